rule certify:
    input:
        code("certify"),
        starts,
        printed_about,
    output:
        "data/reference/{experiment}/certificate.json",
        "data/reference/{experiment}/trajectory.csv",
        run="results/runs/portable/{experiment}.npz",
    log:
        "results/logs/certify/{experiment}.log",
    # The longest jobs, so that they are started first and the others fill up the cores beside them.
    priority: 10
    conda:
        "../../environment.yml"
    params:
        digits=config["certification"]["digits"],
        first_bits=config["certification"]["first_bits"],
        most_bits=config["certification"]["most_bits"],
        most_seconds=config["certification"]["most_seconds"],
    shell:
        "python scripts/certify.py {wildcards.experiment} --digits {params.digits} --first-bits {params.first_bits}"
        " --most-bits {params.most_bits} --most-seconds {params.most_seconds}"
        " --folder data/reference/{wildcards.experiment} --run {output.run} &> {log} || (cat {log} >&2; exit 1)"


rule checksum:
    input:
        code("checksum"),
        "data/reference/README.md",
        expand("data/reference/{record}.schema.json", record=["certificate", "verdicts"]),
        expand("data/reference/{experiment}/{file}", experiment=TRAINED, file=["certificate.json", "trajectory.csv"]),
    output:
        "data/reference/SHA256SUMS",
    log:
        "results/logs/checksum.log",
    conda:
        "../../environment.yml"
    shell:
        "python scripts/checksum.py data/reference --output {output} &> {log} || (cat {log} >&2; exit 1)"
