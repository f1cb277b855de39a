# One job for all: to start Python with Matplotlib takes longer than to draw most figures.
rule draw:
    input:
        code("plot", "figures"),
        "scripts/lastdigit.mplstyle",
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        expand("results/numbers/{article}.json", article=SOURCES),
        sorted({str(path) for figure in FIGURES.values() for path in figure.drawn_from}),
    output:
        [
            report(
                update(f"figures/{name}.svg"),
                category="Figures",
                caption="../report/figure.rst",
                labels={"figure": name, "title": figure.title},
            )
            for name, figure in FIGURES.items()
        ],
        update(expand("figures/{figure}.png", figure=FIGURES)),
        touch("results/made/figures"),
    log:
        "results/logs/draw.log",
    conda:
        "../../environment.yml"
    message:
        "Figures"
    shell:
        "python scripts/plot.py --all --folder figures &> {log}"
