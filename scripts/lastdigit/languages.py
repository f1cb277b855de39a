"""The tape as a program: in Python for any arithmetic, and in C and JavaScript for the portable one.

Each is straight-line code, with one statement per line of the tape.
"""

from collections.abc import Callable, Iterator, Sequence

from lastdigit.exponential import exp_between
from lastdigit.symbols import GIVEN, Tape, record

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
BRACES = PYTHON | {
    "exp": "{0} = exponential({1})",
    "at least": "{0} = {2} > {1} ? {2} : {1}",
    "at most": "{0} = {2} < {1} ? {2} : {1}",
}
C = {name: f"const double {text};" for name, text in (BRACES | {"abs": "{0} = fabs({1})"}).items()}
JAVASCRIPT = {name: f"const {text};" for name, text in (BRACES | {"abs": "{0} = Math.abs({1})"}).items()}


def names(tape: Tape, constant: Callable[[str], str]) -> list[str]:
    """The name of each line in a program: x0, x1, … for inputs, t7, t8, … for results, constants as given."""
    words = {"input": lambda operand: f"x{operand}", "constant": constant}
    return [
        words[line.operation](line.operands[0]) if line.operation in words else f"t{number}"
        for number, line in enumerate(tape.lines)
    ]


def statements(tape: Tape, called: Sequence[str], dialect: dict[str, str]) -> Iterator[str]:
    """A statement for each line that computes something."""
    for name, (operation, operands) in zip(called, tape.lines, strict=True):
        if operation not in GIVEN:
            yield dialect[operation].format(name, *(called[operand] for operand in operands))


def literal(constant: str) -> str:
    """A constant as Python, C and JavaScript write it: the shortest digits that read back as the same double."""
    return f"({float.fromhex(constant)!r})"


def python_program(tape: Tape) -> str:
    """The source of a generator function `epochs`, which takes the inputs and yields the outputs of epoch after epoch.

    It is defined inside a function of the arithmetic's exp and log, and of the constants as numbers of the arithmetic.
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


# Both programs change an array of numbers in place: the weights, row by row, and then what else is kept.
C_PROGRAM = """\
/* One epoch in the portable arithmetic. Compile it without contraction: gcc -O2 -ffp-contract=off … -lm */
#include <math.h>

static double scale(double x, double power) {{ return isnan(x) ? x : ldexp(x, (int) power); }}

/* Correctly rounded where the result is normal; NaN for the one argument in 2^46 that pairs of doubles leave open. */
static double exponential(double x0) {{
{exponential}
  return {low} == {high} ? scale({low}, {power}) : NAN;
}}

void epoch(double *numbers) {{
{epoch}
}}
"""
JAVASCRIPT_PROGRAM = """\
// One epoch in the portable arithmetic.
const view = new DataView(new ArrayBuffer(8));
function powerOfTwo(power) {{ view.setUint32(0, (power + 1023) << 20); return view.getFloat64(0); }}
function scale(x, power) {{
  const half = Math.floor(power / 2);
  return x * powerOfTwo(half) * powerOfTwo(power - half);
}}

// Correctly rounded where the result is normal; NaN for the one argument in 2^46 that pairs of doubles leave open.
function exponential(x0) {{
{exponential}
  return {low} === {high} ? scale({low}, {power}) : NaN;
}}

function epoch(numbers) {{
{epoch}
}}
"""


def c_program(tape: Tape) -> str:
    """C source of a function `epoch` on an array with an element for each output of the tape, the inputs first."""
    return _program(tape, C_PROGRAM, C, "const double ")


def javascript_program(tape: Tape, dialect: dict[str, str] = JAVASCRIPT) -> str:
    """JavaScript source of the same function, on an array or a Float64Array; a dialect may have more operations."""
    return _program(tape, JAVASCRIPT_PROGRAM, dialect, "const ")


def _program(tape: Tape, template: str, dialect: dict[str, str], declare: str) -> str:
    exponential = record(exp_between, inputs=1)
    in_exponential, called = names(exponential, literal), names(tape, literal)
    low, high, power = (in_exponential[number] for number in exponential.outputs)
    epoch = [f"{declare}x{number} = numbers[{number}];" for number in range(tape.inputs)]
    epoch += statements(tape, called, dialect)
    epoch += [f"numbers[{number}] = {called[output]};" for number, output in enumerate(tape.outputs)]
    return template.format(
        exponential="\n".join(f"  {line}" for line in statements(exponential, in_exponential, dialect)),
        low=low,
        high=high,
        power=power,
        epoch="\n".join(f"  {line}" for line in epoch),
    )
