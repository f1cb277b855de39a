EVIDENCE = {
    "certificates": expand("data/reference/{experiment}/certificate.json", experiment=TRAINED),
    "runs": expand("results/runs/{arithmetic}/{experiment}.npz", arithmetic=["native", "portable"], experiment=TRAINED),
    "ensembles": expand("results/ensembles/{experiment}.npz", experiment=UNSEEDED),
}


rule verify_numbers:
    input:
        code("verify"),
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        **EVIDENCE,
    output:
        numbers="results/numbers.json",
        table="results/numbers.txt",
    log:
        "results/logs/verify_numbers.log",
    shell:
        "python scripts/verify.py --numbers-only --output {output.numbers} --table {output.table} &> {log}"


rule verify:
    input:
        code("verify"),
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        expand("figures/{figure}.svg", figure=FIGURES),
        **EVIDENCE,
    output:
        verdicts="results/verdicts.json",
        table="results/verdicts.txt",
    log:
        "results/logs/verify.log",
    shell:
        "python scripts/verify.py --output {output.verdicts} --table {output.table} &> {log}"


onsuccess:
    table = Path("results/verdicts.txt")
    if table.exists():
        print(table.read_text(encoding="utf-8"))
