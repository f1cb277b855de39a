rule train_ensemble:
    input:
        code("ensemble"),
        EXPERIMENTS,
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
        seeds=lambda wildcards: ENSEMBLES[wildcards.experiment + wildcards.size],
    shell:
        "python scripts/ensemble.py {wildcards.experiment} {params.hidden} --epochs {params.epochs}"
        " --seeds 0:{params.seeds} --output {output} &> {log} || (cat {log} >&2; exit 1)"
