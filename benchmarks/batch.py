"""What an ensemble costs: networks trained one by one, many at once, and many at once in PyTorch."""

import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy
from race import race

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from any_binary64 import AnyBinary64

from lastdigit import command
from lastdigit.arithmetic import Array, Batch, Native
from lastdigit.ensembles import stack, train_together
from lastdigit.experiments import Experiment
from lastdigit.network import Network
from lastdigit.project import Project

EXAMPLES = """\
  python benchmarks/batch.py                                     half a minute
  python benchmarks/batch.py --chunks 10 --epochs 5 --rounds 1   only whether all agree"""

CHECKED_EPOCHS = 10  # few, because balls that allow for every order of sums grow: tenfold every three epochs or so
NATIVE = "native, one by one"

Program = Callable[[Experiment, list[Array]], Array]
"""Trains stacked starting weights; gives the outputs of the last epoch, examples by units by starts."""


def last(items: Iterable[Any]) -> Any:
    """The last of them, none of the others kept."""
    return deque(items, maxlen=1).pop()


def train_native(experiment: Experiment, weights: list[Array]) -> Array:
    """One start after the other, in binary64 as installed."""
    outputs = []
    with Native() as arithmetic:
        for start in range(weights[0].shape[-1]):
            states = Network(experiment, arithmetic).train([matrix[..., start] for matrix in weights])
            outputs.append(last(states).activations[-1])
    return numpy.stack(outputs, axis=-1)


def train_batch(experiment: Experiment, weights: list[Array]) -> Array:
    """All starts at once, as scripts/ensemble.py trains them."""
    state, _ = last(train_together(experiment, weights, []))
    return state.activations[-1]


def torch_programs() -> dict[str, Program]:
    """Two ways to write the same work in PyTorch, both for two sigmoid layers, one output and a rate of 1.

    None of them where PyTorch is not installed: nothing else needs it.
    """
    try:
        import torch
    except ModuleNotFoundError:
        return {}
    torch.set_num_threads(1)

    @torch.inference_mode()
    def by_matrices(experiment: Experiment, weights: list[Array]) -> Array:
        """As PyTorch's own products of many matrices want it: the starts first."""
        starts = weights[0].shape[-1]
        inputs = torch.tensor(experiment.inputs, dtype=torch.float64).expand(starts, -1, -1).contiguous()
        targets = torch.tensor(experiment.targets, dtype=torch.float64)
        first, second = (torch.from_numpy(matrix).permute(2, 0, 1).contiguous() for matrix in weights)
        for _ in range(experiment.epochs):
            hidden = torch.sigmoid(torch.bmm(inputs, first))
            output = torch.sigmoid(torch.bmm(hidden, second))
            delta = (targets - output) * (output * (1 - output))
            hidden_delta = torch.bmm(delta, second.transpose(1, 2)) * (hidden * (1 - hidden))
            second = second + torch.bmm(hidden.transpose(1, 2), delta)
            first = first + torch.bmm(inputs.transpose(1, 2), hidden_delta)
        return output.permute(1, 2, 0).numpy()

    @torch.inference_mode()
    def by_elements(experiment: Experiment, weights: list[Array]) -> Array:
        """As a processor's vectors want it: the starts last, which makes one product of all that the inputs meet."""
        starts = weights[0].shape[-1]
        inputs = torch.tensor(experiment.inputs, dtype=torch.float64)
        columns = inputs.T.contiguous()
        targets = torch.tensor(experiment.targets, dtype=torch.float64)
        first, second = (torch.from_numpy(matrix) for matrix in weights)
        units, second = first.shape[1], second[:, 0]
        for _ in range(experiment.epochs):
            hidden = torch.sigmoid((inputs @ first.reshape(-1, units * starts)).view(-1, units, starts))
            output = torch.sigmoid((hidden * second).sum(1))
            delta = (targets - output) * (output * (1 - output))
            hidden_delta = delta[:, None] * second * (hidden * (1 - hidden))
            second = second + (hidden * delta[:, None]).sum(0)
            first = first + (columns @ hidden_delta.view(-1, units * starts)).view(-1, units, starts)
        return output[:, None].numpy()

    print(f"NumPy {numpy.__version__}; PyTorch {torch.__version__}, one thread.")
    return {"torch, bmm": by_matrices, "torch, by elements": by_elements}


def check(programs: dict[str, Program], experiment: Experiment, chunks: dict[int, list[Array]]) -> None:
    """Stop unless every output of every program, at every chunk size, lies in the ball that it must lie in."""
    most = max(chunks)
    with AnyBinary64(128) as arithmetic:
        network = Network(experiment, arithmetic)
        starts = ([arithmetic.lift(matrix[..., start]) for matrix in chunks[most]] for start in range(most))
        allowed = numpy.stack([last(network.train(start)).activations[-1] for start in starts], axis=-1)
    radius = max(float(held.ball.rad()) for held in allowed.flat)
    print(f"xor-sigmoid: the outputs of epoch {experiment.epochs} from {most} starts, beside balls that contain")
    print(f"whatever a program in binary64 can compute there (radius {radius:.1e} or less):")
    native = train_native(experiment, chunks[most])
    for name, train in programs.items():
        difference = 0.0
        for chunk, weights in chunks.items():
            outputs = train(experiment, weights)
            for output, held in zip(outputs.ravel().tolist(), allowed[..., :chunk].flat, strict=True):
                if not held.ball.contains(output):
                    sys.exit(f"{name}, {chunk} starts: {output!r} lies outside {held.ball}")
            difference = max(difference, float(numpy.abs(outputs - native[..., :chunk]).max()))
        print(f"  {name:20}all inside; greatest difference from native {difference:.1e}")


class ClockedBatch(Batch):
    """The batch arithmetic, with a clock on its two functions; what is left are single operations of NumPy."""

    def __init__(self) -> None:
        self.seconds = {"exp": 0.0, "dot": 0.0}

    def exp(self, x: Array) -> Array:
        begun = time.perf_counter()
        result = super().exp(x)
        self.seconds["exp"] += time.perf_counter() - begun
        return result

    def dot(self, a: Array, b: Array) -> Array:
        begun = time.perf_counter()
        result = super().dot(a, b)
        self.seconds["dot"] += time.perf_counter() - begun
        return result


def parts(experiment: Experiment, weights: list[Array]) -> dict[str, float]:
    """Seconds of an epoch spent in exp, in dot and in the rest: the median epoch of each."""
    spent = []
    with ClockedBatch() as arithmetic:
        begun = time.perf_counter()
        for _ in Network(experiment, arithmetic).train(weights):
            total = time.perf_counter() - begun
            spent.append({**arithmetic.seconds, "rest": total - sum(arithmetic.seconds.values())})
            arithmetic.seconds = dict.fromkeys(arithmetic.seconds, 0.0)
            begun = time.perf_counter()
    return {part: statistics.median(seconds[part] for seconds in spent) for part in spent[0]}


def show_parts(experiment: Experiment, chunks: dict[int, list[Array]], rounds: int) -> None:
    """Where the time of an epoch of batch goes, in the fastest round of each chunk size.

    What an epoch takes with a single start is calling, not computing.
    """
    single = [matrix[..., :1].copy() for matrix in chunks[min(chunks)]]
    measured: dict[int, list[dict[str, float]]] = {chunk: [] for chunk in (1, *chunks)}
    for _ in range(rounds):
        for chunk, weights in {1: single, **chunks}.items():
            measured[chunk].append(parts(experiment, weights))
    fastest = {chunk: min(each, key=lambda spent: sum(spent.values())) for chunk, each in measured.items()}
    calling = fastest[1]
    print("\nAn epoch of batch, and what it is spent on:")
    print(f"{'starts':>8}{'µs':>8}{'exp':>8}{'matrix products':>18}{'other operations':>19}{'calls themselves':>19}")
    for chunk in chunks:
        total = sum(fastest[chunk].values())
        exp, dot, rest = ((fastest[chunk][part] - calling[part]) / total for part in ("exp", "dot", "rest"))
        calls = sum(calling.values()) / total
        print(f"{chunk:8}{total * 1e6:8.1f}{exp:8.0%}{dot:18.0%}{rest:19.0%}{calls:19.0%}")


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--epochs", type=command.positive, default=500, help="updates (default: %(default)s)")
    parser.add_argument("--rounds", type=command.positive, default=10, help="the best counts (default: %(default)s)")
    parser.add_argument("--chunks", type=command.positive, nargs="+", default=[100, 500, 1000, 2000], metavar="STARTS")
    options = parser.parse_args()
    experiment = Project().as_published["xor-sigmoid"].model_copy(update={"epochs": options.epochs})
    seeds = range(max(options.chunks))
    weights = stack(experiment.starting_from(seed=seed).starting_weights() for seed in seeds)
    chunks = {chunk: [matrix[..., :chunk].copy() for matrix in weights] for chunk in options.chunks}
    together: dict[str, Program] = {"batch": train_batch, **torch_programs()}
    if len(together) == 1:
        print("PyTorch is not installed, so its rows are left out; benchmarks/README.md says how to have them.")

    short = experiment.model_copy(update={"epochs": min(CHECKED_EPOCHS, options.epochs)})
    check({NATIVE: train_native, **together}, short, chunks)

    rows = {(NATIVE, 1): (train_native, [matrix[..., :1].copy() for matrix in weights])}
    rows |= {(name, chunk): (train, chunks[chunk]) for chunk in chunks for name, train in together.items()}
    programs = {row: lambda train=train, start=start: train(experiment, start) for row, (train, start) in rows.items()}
    seconds = race(programs, options.rounds)
    speeds = {row: row[1] * options.epochs / least for row, least in seconds.items()}
    print(f"\n{'':24}{'starts':>8}{'network-epochs a second':>26}{'× native':>10}")
    for (name, chunk), speed in speeds.items():
        print(f"{name:24}{chunk:8}{speed:26,.0f}{speed / speeds[NATIVE, 1]:10.1f}")
    show_parts(experiment, chunks, options.rounds)


if __name__ == "__main__":
    command.run(main)
