# An ensemble is named after its experiment, and after the size of its hidden layer where that is another one.
ENSEMBLES = {name: config["ensembles"]["seeds"] for name in UNSEEDED} | {
    f"xor-sigmoid.hidden-{units}": config["ensembles"]["seeds_of_other_sizes"]
    for units in config["ensembles"]["other_sizes"]
}


def parts(wildcards):
    """The pieces in which an ensemble is trained."""
    seeds, chunk = ENSEMBLES[wildcards.experiment + wildcards.size], config["ensembles"]["chunk"]
    return [
        f"results/ensembles/parts/{wildcards.experiment}{wildcards.size}/{first}-{min(first + chunk, seeds)}.npz"
        for first in range(0, seeds, chunk)
    ]


rule train_part_of_ensemble:
    input:
        code("ensemble"),
        EXPERIMENTS,
    output:
        temp("results/ensembles/parts/{experiment}{size}/{first}-{end}.npz"),
    wildcard_constraints:
        size=r"(\.hidden-\d+)?",
        first=r"\d+",
        end=r"\d+",
    params:
        hidden=lambda wildcards: wildcards.size.replace(".hidden-", "--hidden "),
        epochs=config["ensembles"]["epochs"],
        chunk=config["ensembles"]["chunk"],
    log:
        "results/logs/ensemble/{experiment}{size}/{first}-{end}.log",
    shell:
        "python scripts/ensemble.py {wildcards.experiment} {params.hidden} --epochs {params.epochs}"
        " --seeds {wildcards.first}:{wildcards.end} --chunk {params.chunk} --output {output} &> {log}"


rule gather_ensemble:
    input:
        code("ensemble"),
        parts=parts,
    output:
        "results/ensembles/{experiment}{size}.npz",
    wildcard_constraints:
        size=r"(\.hidden-\d+)?",
    log:
        "results/logs/ensemble/{experiment}{size}.log",
    shell:
        "python scripts/ensemble.py {wildcards.experiment} --gather {input.parts} --output {output} &> {log}"
