# The documents show the verdicts on the numbers, and find those on the statements; so there are two steps.
rule verify_numbers:
    input:
        code("verify"),
        "data/published/{article}.yaml",
        lambda wildcards: evidence(run_by([wildcards.article])),
    output:
        "results/numbers/{article}.json",
    log:
        "results/logs/verify/{article}.log",
    wildcard_constraints:
        article=one_of(SOURCES),
    conda:
        "../../environment.yml"
    params:
        entries=lambda wildcards: entries(*run_by([wildcards.article])),
    message:
        "Verdicts on the numbers of {wildcards.article}"
    shell:
        "python scripts/verify.py --article {wildcards.article} --output {output} &> {log}"


rule verify:
    input:
        code("verify"),
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        expand("results/notebooks/{document}.ipynb", document=ARTICLES),
        expand("results/numbers/{article}.json", article=SOURCES),
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
        "python scripts/verify.py --numbers results/numbers --output {output.verdicts} --table {output.table} &> {log}"
