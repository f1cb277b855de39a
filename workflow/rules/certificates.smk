rule certify:
    input:
        code("certify"),
    output:
        update("data/reference/{experiment}/certificate.json"),
        update("data/reference/{experiment}/trajectory.csv"),
        portable="results/runs/portable/{experiment}.npz",
        native="results/runs/native/{experiment}.npz",
    log:
        "results/logs/certify/{experiment}.log",
    # The longest first, and the others beside them.
    priority: lambda wildcards: cost(wildcards.experiment)
    conda:
        "../../environment.yml"
    params:
        experiment=lambda wildcards: entries(wildcards.experiment),
        claims=lambda wildcards: claims(wildcards.experiment),
        limits=" ".join(f"--{key.replace('_', '-')} {value}" for key, value in SETTINGS.certification),
    message:
        "{wildcards.experiment}: runs, proof and second opinion"
    shell:
        "python scripts/certify.py {wildcards.experiment} {params.limits} --folder data/reference/{wildcards.experiment}"
        " --portable-run {output.portable} --native-run {output.native} &> {log}"


rule explain:
    input:
        code("explain"),
        expand("data/reference/{experiment}/trajectory.csv", experiment=["xor", "xor-linear"]),
    output:
        update("data/reference/MISTAKES.md"),
    log:
        "results/logs/explain.log",
    conda:
        "../../environment.yml"
    params:
        experiments=entries(*TRAINED),
    message:
        "The table of known mistakes"
    shell:
        "python scripts/explain.py --output {output} &> {log}"


rule checksum:
    input:
        code("checksum"),
        "data/reference/README.md",
        "data/reference/MISTAKES.md",
        expand("data/reference/{record}.schema.json", record=["certificate", "verdicts"]),
        expand("data/reference/{experiment}/{file}", experiment=TRAINED, file=["certificate.json", "trajectory.csv"]),
    output:
        "data/reference/SHA256SUMS",
    log:
        "results/logs/checksum.log",
    conda:
        "../../environment.yml"
    message:
        "Checksums of the reference data"
    shell:
        "python scripts/checksum.py data/reference --output {output} &> {log}"
