rule train:
    input:
        code("train"),
        starts,
    output:
        "results/runs/native/{experiment}.npz",
    log:
        "results/logs/train/native/{experiment}.log",
    conda:
        "../../environment.yml"
    shell:
        "python scripts/train.py {wildcards.experiment} --arithmetic native --output {output} &> {log} || (cat {log} >&2; exit 1)"


rule train_from_another_start:
    input:
        code("train"),
        EXPERIMENTS,
        WITNESSES,
    output:
        "results/runs/{arithmetic}/{experiment}.from-{start}.npz",
    log:
        "results/logs/train/{arithmetic}/{experiment}.from-{start}.log",
    conda:
        "../../environment.yml"
    shell:
        "python scripts/train.py {wildcards.experiment} --start-of {wildcards.start}"
        " --arithmetic {wildcards.arithmetic} --output {output} &> {log} || (cat {log} >&2; exit 1)"
