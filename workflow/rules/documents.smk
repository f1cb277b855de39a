rule weave:
    input:
        code("weave"),
        "scripts/lastdigit.mplstyle",
        "data/stacks.yaml",
        "workflow/notebooks/{document}.md",
        shown_in,
        "results/numbers.json",  # made from all runs and certificates, and when these change
    output:
        "results/notebooks/{document}.ipynb",
    log:
        "results/logs/weave/{document}.log",
    wildcard_constraints:
        document=one_of(DOCUMENTS),
    # The one that is about no article trains longest: begun first, it does not run alone at the end.
    priority: lambda wildcards: wildcards.document not in ARTICLES
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1200,
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
        WITNESSES,
        "data/reference/SHA256SUMS",
        "pyproject.toml",
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
