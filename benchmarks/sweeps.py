"""What a sweep costs here: training, a start beside it, and a job; and from these what a hundred cores would do."""

import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from lastdigit import command, sweeps
from lastdigit.project import Project
from lastdigit.sweeps import Sweep

EXAMPLES = """\
  python benchmarks/sweeps.py                              a minute
  python benchmarks/sweeps.py --updates 100000 --most 3    only whether it runs"""

CORES, MINUTES = 100, 5


def seconds(sweep: Sweep) -> float:
    """The processor time that all of a sweep takes, until what is kept of it is in a file."""
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        sweeps.train_part(sweep, 1, 1, Path(folder) / "all.npz")
    return time.process_time() - begun


def of_a_program(*words: str) -> float:
    """The least processor time of a program, in seconds, of three runs."""
    least = math.inf
    for _ in range(3):
        before = os.times()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        after = os.times()
        least = min(least, after.children_user + after.children_system - before.children_user - before.children_system)
    return least


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument(
        "--updates", type=command.positive, default=6 * 10**7, help="of each row (default: %(default)s)"
    )
    parser.add_argument("--most", type=command.positive, default=6, help="powers of ten (default: %(default)s)")
    options = parser.parse_args()
    experiment = Project().as_published["xor-sigmoid"]
    seconds(Sweep((experiment.changed(epochs=1),), range(1000)))  # the first draw imports, the first program compiles
    print("|   seeds | epochs | µs a start beside training | network-epochs a second |\n|---:|---:|---:|---:|")
    for power in range(min(3, options.most), options.most + 1):
        starts, epochs = 10**power, max(options.updates // 10**power, 10)
        beside, all_of_it = (seconds(Sweep((experiment.changed(epochs=n),), range(starts))) for n in (1, epochs))
        speed = starts * (epochs - 1) / (all_of_it - beside)
        print(f"| {starts:7} | {epochs:6} | {beside / starts * 1e6:26.1f} | {speed / 1e6:21.1f} M |", flush=True)

    program = of_a_program("scripts/sweep.py", "xor-sigmoid", "--seeds", "0:1", "--epochs", "1")
    workflow = of_a_program("-m", "snakemake", "--cores", "1", "--dry-run", "results/ensembles/xor-linear.npz")
    job = program + 2 * workflow  # on a cluster, Snakemake starts Snakemake on a node, which starts the program
    print(
        f"\nA program takes {program:.2f} s to start and end, Snakemake {workflow:.2f} s: a cluster's job, {job:.1f} s."
    )
    sweep = Sweep.of(experiment, range(10**6), [2, 3, 4], [0.5, 1, 2])
    each = beside / starts + experiment.epochs / speed
    work = len(sweep.seeds) * each * sum(map(sweeps.cost, sweep.points)) / sweeps.cost(experiment)
    parts = sweep.parts(MINUTES)
    most, share = math.ceil(parts / CORES) * (work / parts + job), parts * job / work
    print(
        f"Estimate: a million starts with 3 sizes and 3 rates, {experiment.epochs} epochs each, are {parts} parts and"
    )
    print(f"{work / 3600:.1f} hours of one core; on {CORES}, {most / 60:.1f} minutes. Jobs cost {share:.1%} of it.")


if __name__ == "__main__":
    command.run(main)
