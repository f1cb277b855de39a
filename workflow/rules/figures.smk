RUNS = "results/runs/portable"

# What each figure is drawn from.
FIGURES = {
    "correct-digits": ["results/numbers.json"],
    "sigmoid": [],
    "two-layer-outputs": [f"{RUNS}/two-layer.npz"],
    "xor-error-log": [f"{RUNS}/xor.npz"],
    "three-layer-error-log": [f"{RUNS}/three-layer.npz"],
    "cross-entropy-loss": [f"{RUNS}/cross-entropy.npz"],
    "xor-hidden-layer": [f"{RUNS}/xor.npz"],
    "linear-output": [
        f"{RUNS}/xor-sigmoid.npz",
        f"{RUNS}/xor-linear.npz",
        f"{RUNS}/xor-sigmoid.from-xor-linear.npz",
        f"{RUNS}/xor-linear.from-xor-sigmoid.npz",
    ],
    "xor-ensemble": expand("results/ensembles/{experiment}.npz", experiment=UNSEEDED),
    "xor-outputs": expand("results/ensembles/{experiment}.npz", experiment=UNSEEDED),
}


rule draw:
    input:
        code("plot"),
        "scripts/lastdigit.mplstyle",
        EXPERIMENTS,
        WITNESSES,
        PRINTED,
        lambda wildcards: FIGURES[wildcards.figure],
    output:
        svg=report(
            "figures/{figure}.svg", category="Figures", caption="../report/figure.rst", labels={"figure": "{figure}"}
        ),
        png="figures/{figure}.png",
    log:
        "results/logs/draw/{figure}.log",
    wildcard_constraints:
        figure=one_of(FIGURES),
    conda:
        "../../environment.yml"
    message:
        "{wildcards.figure}: figure"
    shell:
        "python scripts/plot.py {wildcards.figure} --verdicts results/numbers.json --svg {output.svg} --png {output.png}"
        " &> {log}"
