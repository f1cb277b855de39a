# One job for all: a start of Python with Matplotlib takes longer than most figures do.
rule draw:
    input:
        code("plot", "figures"),
        "scripts/lastdigit.mplstyle",
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        sorted({str(path) for figure in FIGURES.values() for path in figure.drawn_from}),
    output:
        [
            report(
                f"figures/{name}.svg",
                category="Figures",
                caption="../report/figure.rst",
                labels={"figure": name, "title": figure.title},
            )
            for name, figure in FIGURES.items()
        ],
        expand("figures/{figure}.png", figure=FIGURES),
    log:
        "results/logs/draw.log",
    conda:
        "../../environment.yml"
    message:
        "Figures"
    shell:
        "python scripts/plot.py --all --folder figures &> {log}"
