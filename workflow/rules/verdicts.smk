EVIDENCE = {
    "certificates": expand("data/reference/{experiment}/certificate.json", experiment=TRAINED),
    "runs": expand("results/runs/{arithmetic}/{experiment}.npz", arithmetic=["native", "portable"], experiment=TRAINED),
    "ensembles": expand("results/ensembles/{experiment}.npz", experiment=UNSEEDED),
}


# The documents show the verdicts on the numbers, and find those on the statements; so there are two steps.
rule verify_numbers:
    input:
        code("verify"),
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        **EVIDENCE,
    output:
        "results/numbers.json",
    log:
        "results/logs/verify_numbers.log",
    conda:
        "../../environment.yml"
    message:
        "Verdicts on the printed numbers"
    shell:
        "python scripts/verify.py --numbers-only --output {output} &> {log}"


rule verify:
    input:
        code("verify"),
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        expand("results/notebooks/{document}.ipynb", document=ARTICLES),
        numbers="results/numbers.json",
    output:
        verdicts="results/verdicts.json",
        table=report("results/verdicts.txt", category="Certificate", caption="../report/certificate.rst"),
    log:
        "results/logs/verify.log",
    conda:
        "../../environment.yml"
    message:
        "Verdicts on all claims"
    shell:
        "python scripts/verify.py --numbers {input.numbers} --output {output.verdicts} --table {output.table} &> {log}"
