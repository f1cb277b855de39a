rule certify:
    input:
        code("certify"),
    output:
        update("data/reference/{experiment}/certificate.json"),
        update("data/reference/{experiment}/trajectory.csv"),
        portable="results/runs/portable/{experiment}.npz",
        native="results/runs/native/{experiment}.npz",
        ratios="results/usual-ratios/{experiment}.json",
    log:
        "results/logs/certify/{experiment}.log",
    # The longest first, the others beside it.
    priority: lambda wildcards: cost(RUNNABLE[wildcards.experiment])
    conda:
        "../../environment.yml"
    resources:
        runtime=10 + SETTINGS.certification.most_seconds // 20,
    params:
        experiment=lambda wildcards: entries(wildcards.experiment),
        claims=lambda wildcards: claims(wildcards.experiment),
        limits=" ".join(f"--{key.replace('_', '-')} {value}" for key, value in SETTINGS.certification),
    message:
        "{wildcards.experiment}: runs, proof and second opinion"
    shell:
        "python scripts/certify.py {wildcards.experiment} {params.limits} --folder data/reference/{wildcards.experiment}"
        " --portable-run {output.portable} --native-run {output.native} --usual-ratios {output.ratios} &> {log}"


# Where all that a rule makes is committed, it also touches a file in results/: if the job fails, Snakemake restores the
# committed files with the present time, and would take them for what the job made.
rule explain:
    input:
        code("explain"),
        expand("data/reference/{experiment}/trajectory.csv", experiment=["xor", "xor-linear"]),
    output:
        touch("results/made/mistakes"),
        table=update("data/reference/MISTAKES.md"),
    log:
        "results/logs/explain.log",
    conda:
        "../../environment.yml"
    params:
        experiments=entries("xor", "xor-linear"),
    message:
        "The table of known mistakes"
    shell:
        "python scripts/explain.py --output {output.table} &> {log}"


rule write_schemas:
    input:
        code("write_schemas"),
    output:
        update(expand("data/reference/{record}.schema.json", record=["certificate", "verdicts"])),
        touch("results/made/schemas"),
    log:
        "results/logs/write_schemas.log",
    conda:
        "../../environment.yml"
    message:
        "JSON Schemas of certificates and verdicts"
    shell:
        "python scripts/write_schemas.py --folder data/reference &> {log}"


rule checksum:
    input:
        code("checksum"),
        "data/reference/README.md",
        rules.explain.output,
        rules.write_schemas.output,
        expand("data/reference/{experiment}/{file}", experiment=TRAINED, file=["certificate.json", "trajectory.csv"]),
    output:
        touch("results/made/checksums"),
        sums=update("data/reference/SHA256SUMS"),
    log:
        "results/logs/checksum.log",
    conda:
        "../../environment.yml"
    message:
        "Checksums of the reference data"
    shell:
        "python scripts/checksum.py data/reference --output {output.sums} &> {log}"
