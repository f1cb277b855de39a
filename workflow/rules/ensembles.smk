rule train_part_of_ensemble:
    input:
        code("ensemble"),
        EXPERIMENTS,
    output:
        temp("results/ensembles/parts/{experiment}{size}/{first}-{end}.npz"),
    log:
        "results/logs/ensemble/{experiment}{size}/{first}-{end}.log",
    wildcard_constraints:
        experiment=one_of(UNSEEDED),
        size=r"(\.hidden-\d+)?",
        first=r"\d+",
        end=r"\d+",
    conda:
        "../../environment.yml"
    params:
        hidden=lambda wildcards: wildcards.size.replace(".hidden-", "--hidden "),
        epochs=config["ensembles"]["epochs"],
        chunk=config["ensembles"]["chunk"],
    shell:
        "python scripts/ensemble.py {wildcards.experiment} {params.hidden} --epochs {params.epochs}"
        " --seeds {wildcards.first}:{wildcards.end} --chunk {params.chunk} --output {output} &> {log} || (cat {log} >&2; exit 1)"


rule gather_ensemble:
    input:
        code("ensemble"),
        EXPERIMENTS,
        parts=parts_of_ensemble,
    output:
        "results/ensembles/{experiment}{size}.npz",
    log:
        "results/logs/ensemble/{experiment}{size}.log",
    wildcard_constraints:
        experiment=one_of(UNSEEDED),
        size=r"(\.hidden-\d+)?",
    conda:
        "../../environment.yml"
    params:
        hidden=lambda wildcards: wildcards.size.replace(".hidden-", "--hidden "),
        epochs=config["ensembles"]["epochs"],
    shell:
        "python scripts/ensemble.py {wildcards.experiment} {params.hidden} --epochs {params.epochs}"
        " --gather {input.parts} --output {output} &> {log} || (cat {log} >&2; exit 1)"
