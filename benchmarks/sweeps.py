"""What a sweep costs here, on one core: drawing starts, training, and a job."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from lastdigit import command

EXAMPLES = """\
  python benchmarks/sweeps.py                              a minute
  python benchmarks/sweeps.py --updates 100000 --most 3    only whether it runs"""


def seconds(*words: str) -> float:
    """The processor time of a program."""
    before = os.times()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--updates", type=command.positive, default=2 * 10**8, help="of each row")
    parser.add_argument("--most", type=command.positive, default=6, help="powers of ten")
    options = parser.parse_args()
    print("|   seeds | epochs | µs a start beside training | network-epochs a second |\n|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        sweep = ("scripts/sweep.py", "xor-sigmoid", "--output", f"{folder}/errors.npz")
        program = seconds(*sweep, "--seeds", "0:1", "--epochs", "1")
        for power in range(3, options.most + 1):
            starts, epochs = 10**power, max(options.updates // 10**power, 10)
            beside, whole = (seconds(*sweep, "--seeds", f"0:{starts}", "--epochs", str(n)) for n in (1, epochs))
            speed = starts * (epochs - 1) / (whole - beside) / 1e6
            print(
                f"| {starts:7} | {epochs:6} | {(beside - program) / starts * 1e6:26.1f} | {speed:21.1f} M |", flush=True
            )
    # On a cluster Snakemake starts Snakemake on a node, which starts the program.
    workflow = seconds("-m", "snakemake", "--cores", "1", "--dry-run", "results/ensembles/xor-linear.npz")
    print(f"\nA job on a cluster takes {program + 2 * workflow:.1f} s beside its training.")


if __name__ == "__main__":
    command.run(main)
