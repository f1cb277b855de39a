"""What an ensemble costs: one network after another, and many at once in NumPy, compiled, in JAX and in PyTorch."""

import os
import sys
from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy
from race import race

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from any_binary64 import AnyBinary64

from lastdigit import command, ensembles, tape
from lastdigit.arithmetic import Array, Native
from lastdigit.batch import Program
from lastdigit.experiments import Experiment
from lastdigit.network import Network
from lastdigit.project import Project

EXAMPLES = """\
  python benchmarks/batch.py                                     half a minute
  python benchmarks/batch.py --chunks 10 --epochs 5 --rounds 1   only whether all agree"""

CHECKED_EPOCHS = 10  # few, because balls that allow for every order of sums grow: tenfold every three epochs or so
NATIVE, NUMPY, BATCH = "native, one by one", "NumPy", "batch"
# How many times as fast as these the batch is to be.
GOALS = {NUMPY: 6, "JAX": 2}

Train = Callable[[Array, int], Array]
"""Trains starting weights, row by row by starts, for some epochs; gives the outputs of the last, likewise by starts."""


def native(experiment: Experiment) -> Train:
    """One start after the other, in binary64 as installed."""

    def train(weights: Array, epochs: int) -> Array:
        outputs = []
        with Native() as arithmetic:
            network = Network(experiment, arithmetic)
            for start in weights.T:
                states = network.train(tape.shaped(start, experiment.shapes))
                (last,) = deque(islice(states, epochs), maxlen=1)
                outputs.append(last.activations[-1].ravel())
        return numpy.stack(outputs, axis=1)

    return train


def compiled(experiment: Experiment) -> Train:
    """The tape of an epoch, compiled once, as scripts/ensemble.py trains."""
    program = Program.training(experiment, ensembles.output)

    def train(weights: Array, epochs: int) -> Array:
        ((_, outputs),) = program.run(weights, [epochs - 1])
        return outputs

    return train


def epoch(first: Any, second: Any, inputs: Any, targets: Any, sigmoid: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    """One epoch of two sigmoid layers, one output and a rate of 1, on arrays of any library; the starts lie last.

    So all that the inputs meet is one product of matrices.
    """
    examples, (_, units, starts) = len(inputs), first.shape
    hidden = sigmoid((inputs @ first.reshape(-1, units * starts)).reshape(examples, units, starts))
    output = sigmoid((hidden * second).sum(1))
    delta = (targets - output) * (output * (1 - output))
    hidden_delta = delta[:, None] * second * (hidden * (1 - hidden))
    second = second + (hidden * delta[:, None]).sum(0)
    first = first + (inputs.T @ hidden_delta.reshape(-1, units * starts)).reshape(first.shape)
    return first, second, output


def layers(experiment: Experiment, weights: Array) -> tuple[Array, Array]:
    """The weights of both layers: inputs by units by starts, and units by starts."""
    units = experiment.layers[1]
    return weights[:-units].reshape(-1, units, weights.shape[1]), weights[-units:]


def by_numpy(experiment: Experiment) -> Train:
    """Many starts at once in arrays."""
    inputs, targets = numpy.array(experiment.inputs), numpy.array(experiment.targets)

    def train(weights: Array, epochs: int) -> Array:
        first, second = layers(experiment, weights)
        for _ in range(epochs):
            first, second, output = epoch(first, second, inputs, targets, lambda x: 1 / (1 + numpy.exp(-x)))
        return numpy.asarray(output)

    return train


def by_jax(experiment: Experiment) -> dict[str, Train]:
    """The arrays of JAX in a compiled loop, faster than a mapped step. None where JAX is not installed."""
    try:
        # One thread, like all the others; what is not set before JAX is imported comes too late.
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ["JAX_PLATFORMS"] = "cpu"
        import jax
    except ModuleNotFoundError:
        return {}
    jax.config.update("jax_enable_x64", True)
    inputs, targets = jax.numpy.array(experiment.inputs), jax.numpy.array(experiment.targets)

    @jax.jit
    def run(first: Any, second: Any, epochs: int) -> Any:
        state = first, second, jax.numpy.zeros((len(inputs), first.shape[-1]))
        return jax.lax.fori_loop(0, epochs, lambda _, s: epoch(*s[:2], inputs, targets, jax.nn.sigmoid), state)[2]

    print(f"JAX {jax.__version__}, one thread.")
    return {"JAX": lambda weights, epochs: numpy.asarray(run(*layers(experiment, weights), epochs))}


def by_torch(experiment: Experiment) -> dict[str, Train]:
    """The arrays of PyTorch, which has a fused sigmoid. None where PyTorch is not installed."""
    try:
        import torch
    except ModuleNotFoundError:
        return {}
    torch.set_num_threads(1)
    inputs, targets = (torch.tensor(rows, dtype=torch.float64) for rows in (experiment.inputs, experiment.targets))

    @torch.inference_mode()
    def train(weights: Array, epochs: int) -> Array:
        first, second = map(torch.from_numpy, layers(experiment, weights))
        for _ in range(epochs):
            first, second, output = epoch(first, second, inputs, targets, torch.sigmoid)
        return numpy.asarray(output.numpy())

    print(f"PyTorch {torch.__version__}, one thread.")
    return {"PyTorch": train}


def check(programs: dict[str, Train], experiment: Experiment, weights: Array, epochs: int, chunks: list[int]) -> None:
    """Stop unless every output of every program, at every chunk size, lies in the ball that it must lie in."""
    most = max(chunks)
    with AnyBinary64(128) as arithmetic:
        network = Network(experiment, arithmetic)
        allowed = []
        for start in weights[:, :most].T:
            lifted = [arithmetic.lift(matrix) for matrix in tape.shaped(start, experiment.shapes)]
            (last,) = deque(islice(network.train(lifted), epochs), maxlen=1)
            allowed.append(last.activations[-1].ravel())
    balls = numpy.stack(allowed, axis=1)
    radius = max(float(held.ball.rad()) for held in balls.flat)
    print(f"{experiment.name}: the outputs of epoch {epochs} from {most} starts, beside balls that contain")
    print(f"whatever a program in binary64 can compute there (radius {radius:.1e} or less):")
    for name, train in programs.items():
        for chunk in chunks:
            outputs = train(weights[:, :chunk].copy(), epochs)
            for output, held in zip(outputs.ravel().tolist(), balls[:, :chunk].flat, strict=True):
                if not held.ball.contains(output):
                    sys.exit(f"{name}, {chunk} starts: {output!r} lies outside {held.ball}")
        print(f"  {name:20}all inside")


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--epochs", type=command.positive, default=500, help="updates (default: %(default)s)")
    parser.add_argument("--rounds", type=command.positive, default=10, help="the best counts (default: %(default)s)")
    parser.add_argument("--chunks", type=command.positive, nargs="+", default=[100, 1000, 2000], metavar="STARTS")
    options = parser.parse_args()
    experiment = Project().as_published["xor-sigmoid"]
    weights = ensembles.draw(experiment, range(max(options.chunks)))
    together = {NUMPY: by_numpy(experiment), BATCH: compiled(experiment)}
    together |= by_jax(experiment) | by_torch(experiment)
    one_by_one = native(experiment)
    check({NATIVE: one_by_one, **together}, experiment, weights, min(CHECKED_EPOCHS, options.epochs), options.chunks)

    rows = {(NATIVE, 1): one_by_one} | {(name, chunk): together[name] for chunk in options.chunks for name in together}
    starts = {chunk: weights[:, :chunk].copy() for _, chunk in rows}
    programs = {row: lambda train=train, row=row: train(starts[row[1]], options.epochs) for row, train in rows.items()}
    seconds = race(programs, options.rounds)
    each = {row: least / (row[1] * options.epochs) for row, least in seconds.items()}
    print(f"\n{'':20}{'starts':>8}{'ns per network-epoch':>22}{'batch is faster':>18}{'goal':>6}")
    for (name, chunk), spent in each.items():
        faster = spent / each[BATCH, chunk] if chunk in options.chunks else spent / each[BATCH, max(options.chunks)]
        row = f"{name:20}{chunk:8}{spent * 1e9:22,.1f}{faster:16.1f} ×"
        print(row + (f"{GOALS[name]:4} ×" if name in GOALS else ""))


if __name__ == "__main__":
    command.run(main)
