rule certify:
    input:
        code("certify"),
        starts,
        printed_about,
    output:
        "results/enclosures/{experiment}.json",
    log:
        "results/logs/certify/{experiment}.log",
    conda:
        "../../environment.yml"
    params:
        digits=config["certification"]["digits"],
        first_bits=config["certification"]["first_bits"],
        most_bits=config["certification"]["most_bits"],
    shell:
        "python scripts/certify.py {wildcards.experiment} --digits {params.digits} --first-bits {params.first_bits}"
        " --most-bits {params.most_bits} --output {output} &> {log} || (cat {log} >&2; exit 1)"


rule recompute:
    input:
        code("recompute"),
        starts,
        printed_about,
    output:
        "results/recomputed/{experiment}.json",
    log:
        "results/logs/recompute/{experiment}.log",
    # The longest jobs, so that they are started first and the others fill up the cores beside them.
    priority: 10
    conda:
        "../../environment.yml"
    params:
        digits=lambda wildcards: config["certification"]["decimal_digits_of"].get(
            wildcards.experiment, config["certification"]["decimal_digits"]
        ),
    shell:
        "python scripts/recompute.py {wildcards.experiment} --digits {params.digits} --output {output} &> {log} || (cat {log} >&2; exit 1)"


rule tabulate:
    input:
        code("tabulate"),
        starts,
        printed_about,
        run="results/runs/portable/{experiment}.npz",
        enclosures="results/enclosures/{experiment}.json",
        recomputed="results/recomputed/{experiment}.json",
    output:
        "data/reference/{experiment}/certificate.json",
        "data/reference/{experiment}/trajectory.csv",
    log:
        "results/logs/tabulate/{experiment}.log",
    conda:
        "../../environment.yml"
    shell:
        "python scripts/tabulate.py {wildcards.experiment} --run {input.run} --enclosures {input.enclosures}"
        " --recomputed {input.recomputed} --folder data/reference/{wildcards.experiment} &> {log} || (cat {log} >&2; exit 1)"


rule checksum:
    input:
        code("checksum"),
        "data/reference/README.md",
        expand("data/reference/{experiment}/{file}", experiment=TRAINED, file=["certificate.json", "trajectory.csv"]),
    output:
        "data/reference/SHA256SUMS",
    log:
        "results/logs/checksum.log",
    conda:
        "../../environment.yml"
    shell:
        "python scripts/checksum.py data/reference --output {output} &> {log} || (cat {log} >&2; exit 1)"
