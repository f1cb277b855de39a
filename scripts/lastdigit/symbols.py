"""Symbols: stand-ins for numbers that record the operations on them as a straight-line program, the tape.

A tape is the same computation as the code that was run on symbols, because:

- Constants are never combined: 0.1 · 3 stays a product, computed in the arithmetic that runs the tape.
- A factor of 1, a product with 0 and a term of 0 are left out only where the arithmetic says that this changes nothing:
  not the last bit, the sign of a zero, an infinity or the radius of a ball.
- 0.0 and -0.0 are different constants.
- An operation on the same operands is done once, and one that no output needs is not done.
- Operands keep their order.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One line of a tape.

    Attributes:
        operation: "input"; "constant"; or a key of the dialects below.
        operands: the numbers of earlier lines; for an input its index; for a constant its value, as by `float.hex`.
    """

    operation: str
    operands: tuple[Any, ...]


class Tape(NamedTuple):
    """A straight-line program.

    Attributes:
        lines: in the order of computation, the inputs first.
        inputs: how many of them there are.
        outputs: numbers of lines. If the tape is run repeatedly, the first outputs are the next inputs.
    """

    lines: list[Line]
    inputs: int
    outputs: list[int]

    def in_order(self, order: Iterable[int]) -> "Tape":
        """The tape with these of its lines in this order: each after its operands, and all that an output needs."""
        numbers = {old: new for new, old in enumerate(order)}
        lines = [
            Line(operation, operands if operation in GIVEN else tuple(numbers[operand] for operand in operands))
            for operation, operands in map(self.lines.__getitem__, numbers)
        ]
        return Tape(lines, self.inputs, [numbers[output] for output in self.outputs])


GIVEN = ("input", "constant")  # operations whose operands are not lines


class Symbol:
    """A number that is not known yet: its operators append a line to its recording."""

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
        """The number times 2 to an integer power between -1100 and 1100, rounded once."""
        return self.recorder.append("scale", self, power)

    def next_state(self) -> "Symbol":
        """The random generator's next state; a state is the 64 bits of a number."""
        return self.recorder.append("next state", self)

    def next_bit(self) -> "Symbol":
        """A random state shifted by one bit, so that its second bit becomes the first."""
        return self.recorder.append("next bit", self)

    def beside(self, error: "Symbol", state: "Symbol") -> "Symbol":
        """The number, or if the first bit of a random state is 1, its neighbour in the direction of an error."""
        return self.recorder.append("beside", self, error, state)


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
        """A new input."""
        self.inputs += 1
        return self._symbol(Line("input", (self.inputs - 1,)))

    def constant(self, value: float) -> Symbol:
        """A constant: a binary64, or an integer that is one exactly."""
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
        """The tape: the inputs, and the lines that the outputs need."""
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


def record(function: Callable[..., Iterable[Any]], inputs: int, folds: Sequence[float] = ()) -> Tape:
    """The tape of a function that takes this many numbers and returns some."""
    recorder = Recorder(folds)
    outputs = function(*(recorder.input() for _ in range(inputs)))
    return recorder.tape(outputs)


def replay(tape: Tape, inputs: Sequence[Any], constant: Callable[[float], Any], apply: Callable[..., Any]) -> list[Any]:
    """The outputs of a tape on values of any kind, which need not be numbers.

    Args:
        tape: the lines, in order.
        inputs: the value of each input.
        constant: returns the value of a constant.
        apply: returns the value of a line, from its operation and the values of its operands.
    """
    values: list[Any] = []
    for operation, operands in tape.lines:
        match operation:
            case "input":
                values.append(inputs[operands[0]])
            case "constant":
                values.append(constant(float.fromhex(operands[0])))
            case _:
                values.append(apply(operation, *(values[operand] for operand in operands)))
    return [values[number] for number in tape.outputs]
