rule train_from_another_start:
    input:
        code("train"),
    output:
        "results/runs/portable/{experiment}.from-{start}.npz",
    log:
        "results/logs/train/{experiment}.from-{start}.log",
    conda:
        "../../environment.yml"
    params:
        entries=lambda wildcards: entries(wildcards.experiment, wildcards.start),
    message:
        "{wildcards.experiment}: run from the starting weights of {wildcards.start}"
    shell:
        "python scripts/train.py {wildcards.experiment} --start-of {wildcards.start} --output {output} &> {log}"


rule train_ensemble:
    input:
        code("ensemble"),
    output:
        "results/ensembles/{experiment}.npz",
    log:
        "results/logs/ensemble/{experiment}.log",
    wildcard_constraints:
        experiment=one_of(UNSEEDED),
    conda:
        "../../environment.yml"
    params:
        experiment=lambda wildcards: PUBLISHED[wildcards.experiment].model_dump_json(),
        epochs=SETTINGS.ensembles.epochs,
        seeds=SETTINGS.ensembles.seeds,
    message:
        "{wildcards.experiment}: {params.seeds} starts"
    shell:
        "python scripts/ensemble.py {wildcards.experiment} --epochs {params.epochs} --seeds 0:{params.seeds}"
        " --output {output} &> {log}"


rule train_ensembles_of_other_sizes:
    input:
        code("ensemble"),
    output:
        expand("results/ensembles/{name}.npz", name=OTHER_SIZES),
    log:
        "results/logs/ensemble/other-sizes.log",
    conda:
        "../../environment.yml"
    params:
        experiment=PUBLISHED["xor-sigmoid"].model_dump_json(),
        epochs=SETTINGS.ensembles.epochs,
        seeds=SETTINGS.ensembles.seeds_of_other_sizes,
        hidden=SETTINGS.ensembles.other_sizes,
    message:
        "xor-sigmoid: {params.seeds} starts with hidden layers of {params.hidden}"
    shell:
        "python scripts/ensemble.py xor-sigmoid --hidden {params.hidden} --epochs {params.epochs}"
        " --seeds 0:{params.seeds} --output {output} &> {log}"
