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
rule train_part:
    input:
        code("sweep"),
    output:
        temp("results/sweeps/{sweep}.part-{number}-of-{parts}.npz"),
    log:
        "results/logs/sweep/{sweep}.part-{number}-of-{parts}.log",
    wildcard_constraints:
        sweep=one_of(SWEEPS),
        number=r"\d+",
        parts=r"\d+",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
        runtime=most_minutes,
    params:
        sweep=lambda wildcards: SWEEPS[wildcards.sweep]["words"],
    message:
        "{wildcards.sweep}: part {wildcards.number} of {wildcards.parts}"
    shell:
        "python scripts/sweep.py {params.sweep} --part {wildcards.number}/{wildcards.parts} --output {output} &> {log}"


rule sweep:
    input:
        code("sweep"),
        parts=lambda wildcards: SWEEPS[wildcards.sweep]["parts"],
    output:
        "results/sweeps/{sweep}.csv",
    log:
        "results/logs/sweep/{sweep}.log",
    wildcard_constraints:
        sweep=one_of(SWEEPS),
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
        runtime=most_minutes,
    params:
        sweep=lambda wildcards: SWEEPS[wildcards.sweep]["words"],
        gather=lambda wildcards, input: "--gather" if input.parts else "",
    message:
        "{wildcards.sweep}: table of errors"
    shell:
        "python scripts/sweep.py {params.sweep} --output {output} {params.gather} {input.parts} &> {log}"
