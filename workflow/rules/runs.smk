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
    resources:
        runtime=10 + SETTINGS.ensembles.seeds * SETTINGS.ensembles.epochs // 10**9,
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


# Sweeps, if the settings name any: in parts where one job would take long. A part is of no use once all are gathered.
# How long one may take the settings say, by `minutes`; a slow machine takes longer.
rule train_part:
    input:
        code("sweep"),
        parts=[],
    output:
        temp("results/sweeps/{sweep}.{first}-{end}.npz"),
    log:
        "results/logs/sweep/{sweep}.{first}-{end}.log",
    wildcard_constraints:
        sweep=one_of(SWEEPS),
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1200 + round(60 * SETTINGS.ensembles.minutes),
        runtime=10 + round(2 * SETTINGS.ensembles.minutes),
    params:
        sweep=lambda wildcards: SWEEPS[wildcards.sweep],
        seeds="{first}:{end}",
    message:
        "{wildcards.sweep}: seeds {params.seeds}"
    shell:
        "python scripts/sweep.py {params.sweep.experiment} --hidden {params.sweep.hidden}"
        " --learning-rates {params.sweep.learning_rates} --epochs {params.sweep.epochs} --seeds {params.seeds}"
        " --most-hours 100 --output {output} --gather {input.parts} &> {log}"


use rule train_part as sweep with:
    input:
        code("sweep"),
        parts=parts,
    output:
        "results/sweeps/{sweep}.csv",
    log:
        "results/logs/sweep/{sweep}.log",
    params:
        sweep=lambda wildcards: SWEEPS[wildcards.sweep],
        seeds=lambda wildcards: f"0:{SWEEPS[wildcards.sweep].seeds}",
    message:
        "{wildcards.sweep}: table of errors"
