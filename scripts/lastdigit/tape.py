"""The tape: one epoch of a network as a straight-line program, recorded by running network.py once on symbols.

The statement of the algorithm stays what it is; what it does is written down operation by operation, and the list is
emitted as Python (for floats, balls and the numbers of other libraries), as Python for Numba, as C and as JavaScript.

What keeps a tape the same computation as the statement:

- Constants are never combined: 0.1 · 3 stays a product, made in the arithmetic that runs the tape.
- A factor of exactly 1, a product with exactly 0 and a term of exactly 0 are left out only where the arithmetic says
  that nothing changes: not the last bit, not the sign of a zero, not an infinity, not the radius of a ball.
- 0.0 and -0.0 are two constants.
- Equal operations on equal operands are done once; what no output needs is not done.
- Operands keep their order, and sums the order that the arithmetic adds in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy

from lastdigit.arithmetic import Arithmetic, Array, Elementwise, each, fused_multiply_add
from lastdigit.experiments import Experiment
from lastdigit.exponential import scale
from lastdigit.network import Network, State

Keep = Callable[[Network, State], Iterable[Array]]
"""What to compute of an epoch besides its weights, such as the output."""


class Line(NamedTuple):
    """One line of a tape.

    Attributes:
        operation: "input"; "constant"; or a key of the dialects below.
        operands: numbers of earlier lines; of an input its index; of a constant its value as `float.hex` writes it.
    """

    operation: str
    operands: tuple[Any, ...]


class Tape(NamedTuple):
    """A straight-line program.

    Attributes:
        lines: in the order of computation, the inputs first.
        inputs: how many of them there are.
        outputs: numbers of lines. Of a tape that is run again and again, the first are the next inputs.
    """

    lines: list[Line]
    inputs: int
    outputs: list[int]

    def in_order(self, order: Iterable[int]) -> "Tape":
        """The tape of these of its lines, in this order: each after its operands, all that an output needs."""
        numbers = {old: new for new, old in enumerate(order)}
        lines = [
            Line(operation, operands if operation in GIVEN else tuple(numbers[operand] for operand in operands))
            for operation, operands in map(self.lines.__getitem__, numbers)
        ]
        return Tape(lines, self.inputs, [numbers[output] for output in self.outputs])


GIVEN = ("input", "constant")  # the operations that have no lines for operands


class Symbol:
    """A number that is not known yet: its operators append a line to the recording that it belongs to."""

    __slots__ = ("line", "recorder")

    def __init__(self, recorder: "Recorder", line: int) -> None:
        self.recorder, self.line = recorder, line

    def __neg__(self) -> "Symbol":
        return self.recorder.append("negate", self)

    def __abs__(self) -> "Symbol":
        return self.recorder.append("abs", self)

    def __add__(self, other: Any) -> "Symbol":
        return self.recorder.add(self, other)

    def __radd__(self, other: Any) -> "Symbol":
        return self.recorder.add(other, self)

    def __sub__(self, other: Any) -> "Symbol":
        return self.recorder.append("-", self, other)

    def __rsub__(self, other: Any) -> "Symbol":
        return self.recorder.append("-", other, self)

    def __mul__(self, other: Any) -> "Symbol":
        return self.recorder.multiply(self, other)

    def __rmul__(self, other: Any) -> "Symbol":
        return self.recorder.multiply(other, self)

    def __truediv__(self, other: Any) -> "Symbol":
        return self.recorder.append("/", self, other)

    def __rtruediv__(self, other: Any) -> "Symbol":
        return self.recorder.append("/", other, self)

    def exp(self) -> "Symbol":
        return self.recorder.append("exp", self)

    def log(self) -> "Symbol":
        return self.recorder.append("log", self)

    def fused_multiply_add(self, factor: "Symbol", term: "Symbol") -> "Symbol":
        """The number times a factor plus a term, rounded once."""
        return self.recorder.append("fused", self, factor, term)

    def clip(self, low: float, high: float) -> "Symbol":
        """The number, or the bound that it lies beyond; NaN stays NaN."""
        return self.recorder.append("at least", self.recorder.append("at most", self, high), low)

    def scale(self, power: "Symbol") -> "Symbol":
        """The number times two to a whole power between -1100 and 1100, rounded once."""
        return self.recorder.append("scale", self, power)


class Recorder:
    """A tape being recorded.

    Args:
        folds: which constants may be left out: 1.0 as a factor; 0.0 as a term, and as a factor with its product.
    """

    def __init__(self, folds: Sequence[float] = ()) -> None:
        self.folds = folds
        self.inputs = 0
        self.lines: list[Line] = []
        self.known: dict[Line, int] = {}

    def _symbol(self, line: Line) -> Symbol:
        if line not in self.known:
            self.known[line] = len(self.lines)
            self.lines.append(line)
        return Symbol(self, self.known[line])

    def input(self) -> Symbol:
        """The next input."""
        self.inputs += 1
        return self._symbol(Line("input", (self.inputs - 1,)))

    def constant(self, value: float) -> Symbol:
        """A binary64, or a whole number that is one."""
        return self._symbol(Line("constant", (float(value).hex(),)))

    def append(self, operation: str, *operands: Any) -> Symbol:
        """The result of an operation on symbols and constants."""
        symbols = [item if isinstance(item, Symbol) else self.constant(item) for item in operands]
        return self._symbol(Line(operation, tuple(symbol.line for symbol in symbols)))

    def _is(self, operand: Any, constant: float) -> bool:
        """Whether an operand is a constant that may be left out."""
        if constant not in self.folds:
            return False
        if isinstance(operand, Symbol):
            return self.lines[operand.line] == Line("constant", (constant.hex(),))
        return float(operand).hex() == constant.hex()

    def add(self, first: Any, second: Any) -> Symbol:
        """A sum, or one of its terms if the other is left out."""
        for term, other in ((first, second), (second, first)):
            if self._is(term, 0.0) and isinstance(other, Symbol):
                return other
        return self.append("+", first, second)

    def multiply(self, first: Any, second: Any) -> Symbol:
        """A product, or one of its factors if the other is left out."""
        for factor, other in ((first, second), (second, first)):
            if self._is(factor, 1.0) and isinstance(other, Symbol):
                return other
            if self._is(factor, 0.0):
                return self.constant(0.0)
        return self.append("*", first, second)

    def tape(self, outputs: Iterable[Symbol]) -> Tape:
        """The inputs, and the lines that the outputs need."""
        whole = Tape(self.lines, self.inputs, [symbol.line for symbol in outputs])
        needed = {number for number, line in enumerate(self.lines) if line.operation == "input"}
        waiting = list(whole.outputs)
        while waiting:
            number = waiting.pop()
            if number not in needed:
                needed.add(number)
                operation, operands = self.lines[number]
                waiting += () if operation in GIVEN else operands
        return whole.in_order(sorted(needed))


class Symbols(Arithmetic):
    """Symbols in place of the numbers of another arithmetic, added in the same order as those.

    Args:
        arithmetic: what the tape is for.
    """

    name = "symbols"

    def __init__(self, arithmetic: Elementwise) -> None:
        self.recorder = Recorder(arithmetic.folds)
        self.arithmetic = arithmetic

    def lift(self, numbers: Any) -> Array:
        return each(self.recorder.constant, numpy.array(numbers, dtype=numpy.float64))

    def exp(self, x: Array) -> Array:
        return each(self.arithmetic.exp_of if self.arithmetic.spells_exp else Symbol.exp, x)

    def log(self, x: Array) -> Array:
        return each(Symbol.log, x)

    def dot(self, a: Array, b: Array) -> Array:
        return self.arithmetic.dot(a, b)

    def mean(self, x: Array) -> Any:
        return self.arithmetic.mean(x)


def record(function: Callable[..., Iterable[Any]], inputs: int, folds: Sequence[float] = ()) -> Tape:
    """The tape of a function that takes so many numbers and gives some."""
    recorder = Recorder(folds)
    outputs = function(*(recorder.input() for _ in range(inputs)))
    return recorder.tape(outputs)


def trace(experiment: Experiment, arithmetic: Elementwise, keep: Keep | None = None) -> Tape:
    """The tape of one epoch: the weights of every layer, row by row, to those after the update and what is to be kept.

    Args:
        experiment: what is trained.
        arithmetic: the one that the tape is for; its order of sums is recorded.
        keep: arrays to compute from the state besides, such as the output.
    """
    symbols = Symbols(arithmetic)
    network = Network(experiment, symbols)
    state = network.step([each(lambda _: symbols.recorder.input(), numpy.empty(shape)) for shape in experiment.shapes])
    kept = keep(network, state) if keep else ()
    return symbols.recorder.tape(number for array in (*state.updated, *kept) for number in array.flat)


# More products than this in a forward pass are better made by whole matrices; 3-32-1 with four examples has 512.
MOST_PRODUCTS = 512
WATCHED = 1000  # epochs between two reports of a training

# How a line is written in a language: {0} is the name of the result, {1}, {2} and {3} are the operands.
PYTHON = {
    "+": "{0} = {1} + {2}",
    "-": "{0} = {1} - {2}",
    "*": "{0} = {1} * {2}",
    "/": "{0} = {1} / {2}",
    "negate": "{0} = -{1}",
    "abs": "{0} = abs({1})",
    "exp": "{0} = exp({1})",
    "log": "{0} = log({1})",
    "at least": "{0} = {2} if {2} > {1} else {1}",
    "at most": "{0} = {2} if {2} < {1} else {1}",
    "scale": "{0} = scale({1}, {2})",
    "fused": "{0} = fma({1}, {2}, {3})",
}
BRACES = PYTHON | {"at least": "{0} = {2} > {1} ? {2} : {1}", "at most": "{0} = {2} < {1} ? {2} : {1}"}
C = {operation: f"const double {text};" for operation, text in BRACES.items()} | {
    "abs": "const double {0} = fabs({1});"
}
JAVASCRIPT = {operation: f"const {text};" for operation, text in BRACES.items()} | {"abs": "const {0} = Math.abs({1});"}


def names(tape: Tape, constant: Callable[[str], str]) -> list[str]:
    """What each line is called in a program: x0, x1, … the inputs, t7, t8, … what is computed, constants as given."""
    words = {"input": lambda operand: f"x{operand}", "constant": constant}
    return [
        words[line.operation](line.operands[0]) if line.operation in words else f"t{number}"
        for number, line in enumerate(tape.lines)
    ]


def statements(tape: Tape, called: Sequence[str], dialect: dict[str, str]) -> Iterator[str]:
    """The text of each line that computes something."""
    for name, (operation, operands) in zip(called, tape.lines, strict=True):
        if operation not in GIVEN:
            yield dialect[operation].format(name, *(called[operand] for operand in operands))


def literal(constant: str) -> str:
    """A constant as Python, C and JavaScript read it: the shortest digits that give the same double."""
    return f"({float.fromhex(constant)!r})"


def python_program(tape: Tape) -> str:
    """Python text of a generator function `epochs`: from the inputs, the outputs of one epoch after the other.

    It is the body of a function of the arithmetic's exp and log, and of the constants as numbers of the arithmetic.
    """
    constants = dict.fromkeys(line.operands[0] for line in tape.lines if line.operation == "constant")
    called = names(tape, {constant: f"c{number}" for number, constant in enumerate(constants)}.__getitem__)
    results = [f"x{number}" if number < tape.inputs else f"k{number}" for number in range(len(tape.outputs))]
    body = [
        *statements(tape, called, PYTHON),
        f"{', '.join(results)}, = {', '.join(called[number] for number in tape.outputs)},",
        f"yield {', '.join(results)},",
    ]
    return "\n".join(
        [
            f"def program({', '.join(['exp', 'log', *(f'c{number}' for number in range(len(constants)))])}):",
            f"    def epochs({', '.join(f'x{number}' for number in range(tape.inputs))}):",
            "        while True:",
            *(f"            {line}" for line in body),
            "    return epochs",
            "",
        ]
    )


def compile_python(tape: Tape, arithmetic: Elementwise) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The generator function `epochs` of a tape, over the numbers of an arithmetic, to be run inside it."""
    constants = dict.fromkeys(line.operands[0] for line in tape.lines if line.operation == "constant")
    scope: dict[str, Any] = {"scale": scale, "fma": fused_multiply_add}
    exec(python_program(tape), scope)
    numbers = (arithmetic.number(float.fromhex(constant)) for constant in constants)
    epochs: Callable[..., Iterator[tuple[Any, ...]]] = scope["program"](arithmetic.exp_of, arithmetic.log_of, *numbers)
    return epochs


def flat(matrices: Iterable[Array]) -> list[Any]:
    """All numbers of some matrices, one after the other, row by row."""
    return [number for matrix in matrices for number in matrix.ravel().tolist()]


def shaped(numbers: Sequence[Any], shapes: Iterable[tuple[int, int]], kind: Any = numpy.float64) -> list[Array]:
    """The inverse of `flat`: matrices of these shapes, from as many numbers as they need."""
    matrices, first = [], 0
    for rows, columns in shapes:
        matrices.append(numpy.array(numbers[first : first + rows * columns], kind).reshape(rows, columns))
        first += rows * columns
    return matrices


def is_worth_it(network: Network) -> bool:
    """Whether to run a tape in place of the statement: for single numbers, and unless there are too many of them.

    Wide layers are left to NumPy, which multiplies many numbers in one call; so are the balls and decimals of such
    networks, for which either way takes the same time.
    """
    experiment = network.experiment
    return isinstance(network.arithmetic, Elementwise) and products(experiment) <= MOST_PRODUCTS


def products(experiment: Experiment) -> int:
    """How many products a forward pass has, which is about a third of those of an epoch."""
    return len(experiment.inputs) * sum(rows * columns for rows, columns in experiment.shapes)


def lines(experiment: Experiment) -> int:
    """About how many lines the tape of an epoch has, without recording it."""
    return 5 * products(experiment)


def run(network: Network, weights: Sequence[Array], keep: Keep | None = None) -> Iterator[tuple[Any, ...]]:
    """For each epoch in turn, without end: the weights after it, row by row, and what is to be kept besides."""
    if is_worth_it(network):
        assert isinstance(network.arithmetic, Elementwise)
        yield from compile_python(trace(network.experiment, network.arithmetic, keep), network.arithmetic)(
            *flat(weights)
        )
    while True:
        state = network.step(list(weights))
        weights = state.updated
        yield tuple(flat([*weights, *(keep(network, state) if keep else ())]))


def train(
    network: Network, weights: Sequence[Array], epochs: Iterable[int], watch: Callable[[int, Sequence[Any]], bool]
) -> Iterator[State]:
    """The states of some epochs, in ascending order; between them the tape runs.

    Args:
        network: in any arithmetic.
        weights: the starting weights.
        epochs: those whose states are wanted.
        watch: is told every now and then how many epochs are done, and the weights; where it answers false, the
            training ends.
    """
    numbers, done, running = flat(weights), 0, run(network, weights)
    for epoch in sorted(set(epochs)):
        while done < epoch:
            step = min(WATCHED, epoch - done)
            numbers, done = list(next(islice(running, step - 1, None))), done + step
            if not watch(done, numbers):
                return
        yield network.step(shaped(numbers, network.experiment.shapes, network.inputs.dtype), epoch)


def jacobian(tape: Tape) -> Tape:
    """The tape of an epoch, with the derivatives of its outputs by every input, row by row (forward differentiation).

    What is recorded is for balls: factors of 1 are left out, which can only make a derivative's radius smaller.
    """

    def outputs(*inputs: Symbol) -> Iterator[Symbol]:
        # A derivative is a factor times a vector without its zeros, so that a chain of functions multiplies one number.
        values: list[Symbol] = []
        slopes: list[tuple[Any, dict[int, Any]]] = []

        def combine(*terms: tuple[Any, tuple[Any, dict[int, Any]]]) -> tuple[Any, dict[int, Any]]:
            terms = tuple(term for term in terms if term[1][1])
            if len(terms) == 1:
                ((outer, (factor, vector)),) = terms
                return factor * outer, vector
            total: dict[int, Any] = {}
            for outer, (factor, vector) in terms:
                scaled = factor * outer
                for place, slope in vector.items():
                    total[place] = total[place] + scaled * slope if place in total else scaled * slope
            return one, total

        one, minus = inputs[0].recorder.constant(1.0), inputs[0].recorder.constant(-1.0)
        for operation, operands in tape.lines:
            if operation == "input":
                values.append(inputs[operands[0]])
                slopes.append((one, {operands[0]: one}))
                continue
            if operation == "constant":
                values.append(one.recorder.constant(float.fromhex(operands[0])))
                slopes.append((one, {}))
                continue
            x, y = values[operands[0]], values[operands[-1]]
            dx, dy = slopes[operands[0]], slopes[operands[-1]]
            match operation:
                case "+":
                    values.append(x + y)
                    slopes.append(combine((one, dx), (one, dy)))
                case "-":
                    values.append(x - y)
                    slopes.append(combine((one, dx), (minus, dy)))
                case "*":
                    values.append(x * y)
                    slopes.append(combine((y, dx), (x, dy)))
                case "/":
                    values.append(x / y)
                    slopes.append(combine((1 / y, dx), (-(values[-1] / y), dy)))
                case "negate":
                    values.append(-x)
                    slopes.append(combine((minus, dx)))
                case "exp":
                    values.append(x.exp())
                    slopes.append(combine((values[-1], dx)))
        yield from (values[number] for number in tape.outputs)
        for number in tape.outputs:
            factor, vector = slopes[number]
            yield from (factor * vector[place] if place in vector else one * 0 for place in range(tape.inputs))

    return record(outputs, tape.inputs, folds=(0.0, 1.0))
