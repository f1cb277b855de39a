include: "workflow/Snakefile"


# Snakemake takes no default target from a file that is included.
rule reproduce:
    default_target: True
    input:
        rules.all.input,
    message:
        "All is made"
