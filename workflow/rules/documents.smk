rule weave:
    input:
        code("weave", "figures"),
        "scripts/lastdigit.mplstyle",
        "data/stacks.yaml",
        "workflow/notebooks/{document}.md",
        made_from,
    output:
        "results/notebooks/{document}.ipynb",
    log:
        "results/logs/weave/{document}.log",
    wildcard_constraints:
        document=one_of(DOCUMENTS),
    # Documents about no article take longest: begun first, they do not run alone at the end.
    priority: lambda wildcards: wildcards.document not in ARTICLES
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1200,
    params:
        entries=lambda wildcards: entries(*experiments_of(wildcards.document)),
        witnesses=lambda wildcards: [
            WITNESSED[name].model_dump_json() for name in experiments_of(wildcards.document) if name in WITNESSED
        ],
    message:
        "{wildcards.document}: document"
    shell:
        "python scripts/weave.py {wildcards.document} --output {output} &> {log}"


rule publish:
    input:
        code("publish", "figures"),
        sorted(str(path) for path in Path("workflow/site").rglob("*") if path.is_file()),
        EXPERIMENTS,
        PRINTED,
        expand("figures/{figure}.{ending}", figure=FIGURES, ending=["svg", "png"]),
        expand("results/notebooks/{document}.ipynb", document=DOCUMENTS),
        expand("results/runs/portable/{experiment}.npz", experiment=TRAINED),
        expand("results/usual-ratios/{experiment}.json", experiment=TRAINED),
        WITNESSES,
        "data/reference/SHA256SUMS",
        "pyproject.toml",
        "CITATION.cff",
        verdicts="results/verdicts.json",
    output:
        directory("results/site"),
    log:
        "results/logs/publish.log",
    conda:
        "../../environment.yml"
    message:
        "Site"
    shell:
        "python scripts/publish.py --verdicts {input.verdicts} --output {output} &> {log}"
