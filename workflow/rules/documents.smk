rule weave:
    input:
        code("weave"),
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        shown_in,
        expand("results/runs/{arithmetic}/{experiment}.npz", arithmetic=["native", "portable"], experiment=TRAINED),
        expand("data/reference/{experiment}/{file}", experiment=TRAINED, file=["certificate.json", "trajectory.csv"]),
        document="workflow/notebooks/{document}.md",
        numbers="results/numbers.json",
    output:
        notebook="results/notebooks/{document}.ipynb",
    log:
        "results/logs/weave/{document}.log",
    wildcard_constraints:
        document=one_of(name for name in DOCUMENTS if name not in ARTICLES),
    # The one that is about no article trains longest: begun first, it does not run alone at the end.
    priority: 5
    conda:
        "../../environment.yml"
    message:
        "{wildcards.document}: document"
    shell:
        "python scripts/weave.py {wildcards.document} --output {output.notebook} &> {log}"


use rule weave as weave_article with:
    wildcard_constraints:
        document=one_of(ARTICLES),
    priority: 0


rule publish:
    input:
        code("publish"),
        sorted(str(path) for path in Path("workflow/site").rglob("*") if path.is_file()),
        EXPERIMENTS,
        PRINTED,
        expand("figures/{figure}.{ending}", figure=FIGURES, ending=["svg", "png"]),
        expand("results/notebooks/{document}.ipynb", document=DOCUMENTS),
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
