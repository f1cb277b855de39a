def text_of(document):
    """The source of a document."""
    return Path(f"workflow/notebooks/{document}.md").read_text(encoding="utf-8")


def named_in(document, names):
    """Which of these names stand in a document, in quotes."""
    return [name for name in names if f'"{name}"' in text_of(document)]


def experiments_of(document):
    """The experiments that a document names, and those of the articles that it names."""
    return sorted({*named_in(document, PUBLISHED), *run_by(named_in(document, SOURCES))})


def made_from(wildcards):
    """All files with data that a document reads: none is about an article or experiment that it does not name, so that it
    does not run again when others are added."""
    document = wildcards.document
    articles, experiments = named_in(document, SOURCES), experiments_of(document)
    return [
        *expand("data/published/{article}.yaml", article=articles),
        *expand("results/numbers/{article}.json", article=articles),
        *evidence(experiments),
        *expand(
            "data/reference/{experiment}/trajectory.csv", experiment=[name for name in experiments if name in TRAINED]
        ),
        *expand("results/ensembles/{name}.npz", name=OTHER_SIZES if ".ensemble(" in text_of(document) else []),
        *(str(path) for figure in named_in(document, FIGURES) for path in FIGURES[figure].drawn_from),
    ]


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
