"""What a sweep costs here, on one core: drawing starts, training, and a job."""

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from lastdigit import command, sweeps
from lastdigit.experiments import Experiment
from lastdigit.project import Project

EXAMPLES = """\
  python benchmarks/sweeps.py                              a minute
  python benchmarks/sweeps.py --updates 100000 --most 3    only whether it runs"""


def seconds(experiment: Experiment, starts: int) -> float:
    """The processor time of a training."""
    begun = time.process_time()
    sweeps.train(experiment, range(starts))
    return time.process_time() - begun


def of_a_program(*words: str) -> float:
    """The processor time of a program, in seconds."""
    before = os.times()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--updates", type=command.positive, default=2 * 10**8, help="of each row")
    parser.add_argument("--most", type=command.positive, default=6, help="powers of ten")
    options = parser.parse_args()
    experiment = Project().as_published["xor-sigmoid"]
    seconds(experiment.changed(epochs=1), 1000)  # the first draw imports, the first program compiles
    print("|   seeds | epochs | µs a start beside training | network-epochs a second |\n|---:|---:|---:|---:|")
    for power in range(3, options.most + 1):
        starts, epochs = 10**power, max(options.updates // 10**power, 10)
        beside, all_of_it = (seconds(experiment.changed(epochs=n), starts) for n in (1, epochs))
        speed = starts * (epochs - 1) / (all_of_it - beside)
        print(f"| {starts:7} | {epochs:6} | {beside / starts * 1e6:26.1f} | {speed / 1e6:21.1f} M |", flush=True)

    # On a cluster Snakemake starts Snakemake on a node, which starts the program.
    job = of_a_program("scripts/sweep.py", "xor-sigmoid", "--seeds", "0:1", "--epochs", "1")
    job += 2 * of_a_program("-m", "snakemake", "--cores", "1", "--dry-run", "results/ensembles/xor-linear.npz")
    print(f"\nA job on a cluster takes {job:.1f} s beside its training.")


if __name__ == "__main__":
    command.run(main)
