"""Many runs at once, from many starting weights: a tape compiled by LLVM to vector instructions.

Each line of the tape becomes an instruction on a vector with one element per start, in IEEE operations alone: LLVM
reassociates and fuses nothing that is not marked for it. So a run has the same bits whatever runs beside it, and those
of the tape on Python's floats.
"""

import ctypes
import heapq
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache

import llvmlite.binding as llvm
import numpy

from lastdigit.arithmetic import Array, Batch
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.languages import names, statements
from lastdigit.symbols import GIVEN, Tape
from lastdigit.tape import Keep, products, trace

STARTS = 16  # in a vector: twice the widest registers, so that a processor need not wait for one
VECTOR, WHOLE_NUMBERS = f"<{STARTS} x double>", f"<{STARTS} x i64>"
# With more products in a forward pass LLVM takes more than a few seconds.
MOST_PRODUCTS = 600
# Operations that a processor begins per cycle, and cycles until a result is there: only the speed depends on them.
WIDTH, LATENCY, LATENCY_OF_DIVISION = 2, 6, 13


def constant(value: str) -> str:
    """A vector of equal doubles, written as LLVM does, by their bits."""
    bits = struct.pack(">d", float.fromhex(value)).hex()
    return f"<{', '.join([f'double 0x{bits}'] * STARTS)}>"


def whole(number: int) -> str:
    """A vector of equal integers, as LLVM writes it."""
    return f"<{', '.join([f'i64 {number}'] * STARTS)}>"


# How a line is written: {0} is the name of the result, {1}, {2} and {3} are the operands.
LLVM = {
    "+": f"{{0}} = fadd {VECTOR} {{1}}, {{2}}",
    "-": f"{{0}} = fsub {VECTOR} {{1}}, {{2}}",
    "*": f"{{0}} = fmul {VECTOR} {{1}}, {{2}}",
    "/": f"{{0}} = fdiv {VECTOR} {{1}}, {{2}}",
    "negate": f"{{0}} = fneg {VECTOR} {{1}}",
    "abs": f"{{0}} = call {VECTOR} @llvm.fabs.v{STARTS}f64({VECTOR} {{1}})",
    "fused": f"{{0}} = call {VECTOR} @llvm.fma.v{STARTS}f64({VECTOR} {{1}}, {VECTOR} {{2}}, {VECTOR} {{3}})",
}
for operation, comparison in (("at least", "ogt"), ("at most", "olt")):
    LLVM[operation] = f"""\
{{0}}.is = fcmp {comparison} {VECTOR} {{2}}, {{1}}
{{0}} = select <{STARTS} x i1> {{0}}.is, {VECTOR} {{2}}, {VECTOR} {{1}}"""
# The low bits of the sum hold k + 2 · 1023: the biased exponents of two powers of 2 whose product is 2^k.
LLVM["scale"] = f"""\
{{0}}.sum = fadd {VECTOR} {{2}}, {constant((1.5 * 2.0**52 + 2046).hex())}
{{0}}.both = bitcast {VECTOR} {{0}}.sum to {WHOLE_NUMBERS}
{{0}}.one = ashr {WHOLE_NUMBERS} {{0}}.both, {whole(1)}
{{0}}.other = sub {WHOLE_NUMBERS} {{0}}.both, {{0}}.one
{{0}}.place1 = shl {WHOLE_NUMBERS} {{0}}.one, {whole(52)}
{{0}}.place2 = shl {WHOLE_NUMBERS} {{0}}.other, {whole(52)}
{{0}}.power1 = bitcast {WHOLE_NUMBERS} {{0}}.place1 to {VECTOR}
{{0}}.power2 = bitcast {WHOLE_NUMBERS} {{0}}.place2 to {VECTOR}
{{0}}.half = fmul {VECTOR} {{1}}, {{0}}.power1
{{0}} = fmul {VECTOR} {{0}}.half, {{0}}.power2"""

# A random state is bits: G. Marsaglia's generator by shifts and exclusive or (Journal of Statistical Software 8, 2003).
LLVM["next state"] = f"""\
{{0}}.a = bitcast {VECTOR} {{1}} to {WHOLE_NUMBERS}
{{0}}.b = shl {WHOLE_NUMBERS} {{0}}.a, {whole(13)}
{{0}}.c = xor {WHOLE_NUMBERS} {{0}}.a, {{0}}.b
{{0}}.d = lshr {WHOLE_NUMBERS} {{0}}.c, {whole(7)}
{{0}}.e = xor {WHOLE_NUMBERS} {{0}}.c, {{0}}.d
{{0}}.f = shl {WHOLE_NUMBERS} {{0}}.e, {whole(17)}
{{0}}.g = xor {WHOLE_NUMBERS} {{0}}.e, {{0}}.f
{{0}} = bitcast {WHOLE_NUMBERS} {{0}}.g to {VECTOR}"""
LLVM["next bit"] = f"""\
{{0}}.bits = bitcast {VECTOR} {{1}} to {WHOLE_NUMBERS}
{{0}}.shifted = shl {WHOLE_NUMBERS} {{0}}.bits, {whole(1)}
{{0}} = bitcast {WHOLE_NUMBERS} {{0}}.shifted to {VECTOR}"""
# The bits of the neighbour are those of the number plus one if the error has its sign, else minus one.
LLVM["beside"] = f"""\
{{0}}.bits = bitcast {VECTOR} {{1}} to {WHOLE_NUMBERS}
{{0}}.error = bitcast {VECTOR} {{2}} to {WHOLE_NUMBERS}
{{0}}.state = bitcast {VECTOR} {{3}} to {WHOLE_NUMBERS}
{{0}}.signs = xor {WHOLE_NUMBERS} {{0}}.bits, {{0}}.error
{{0}}.inward = ashr {WHOLE_NUMBERS} {{0}}.signs, {whole(63)}
{{0}}.step = or {WHOLE_NUMBERS} {{0}}.inward, {whole(1)}
{{0}}.mask = ashr {WHOLE_NUMBERS} {{0}}.state, {whole(63)}
{{0}}.chosen = and {WHOLE_NUMBERS} {{0}}.step, {{0}}.mask
{{0}}.inexact = fcmp one {VECTOR} {{2}}, {constant("0x0p+0")}
{{0}}.change = select <{STARTS} x i1> {{0}}.inexact, {WHOLE_NUMBERS} {{0}}.chosen, {WHOLE_NUMBERS} {whole(0)}
{{0}}.moved = add {WHOLE_NUMBERS} {{0}}.bits, {{0}}.change
{{0}} = bitcast {WHOLE_NUMBERS} {{0}}.moved to {VECTOR}"""


def interleaved(tape: Tape) -> Tape:
    """The same lines, reordered so that other work comes between an operation and the use of its result.

    The order is that in which a simple processor would begin them: always the first line whose operands are ready.
    """
    users: list[list[int]] = [[] for _ in tape.lines]
    missing = [0] * len(tape.lines)
    for number, (operation, operands) in enumerate(tape.lines):
        for operand in set(operands) if operation not in GIVEN else ():
            users[operand].append(number)
            missing[number] += 1
    ready = [number for number, count in enumerate(missing) if not count]
    waiting: list[tuple[int, int]] = []
    order: list[int] = []
    cycle = begun = 0
    while ready or waiting:
        while waiting and waiting[0][0] <= cycle:
            heapq.heappush(ready, heapq.heappop(waiting)[1])
        if not ready or begun == WIDTH:
            cycle, begun = cycle + 1, 0
            continue
        number = heapq.heappop(ready)
        order.append(number)
        operation = tape.lines[number].operation
        begun += operation not in GIVEN
        latency = 0 if operation in GIVEN else LATENCY_OF_DIVISION if operation == "/" else LATENCY
        for user in users[number]:
            missing[user] -= 1
            if not missing[user]:
                heapq.heappush(waiting, (cycle + latency, user))
    return tape.in_order(order)


def llvm_program(tape: Tape) -> str:
    """LLVM source of a function `train` of a matrix, the number of starts and the number of epochs.

    The matrix has a row for each output of the tape, the inputs first, and a column for each start; it is changed in
    place. The number of starts is a multiple of STARTS, and that of epochs at least one.
    """
    called = [name if name.startswith("<") else f"%{name}" for name in names(tape, constant)]
    rows, results = range(len(tape.outputs)), [called[number] for number in tape.outputs]
    lines = ["entry:", "br label %group", "group:", "%first = phi i64 [0, %entry], [%next, %done]"]
    for row in rows:
        lines += [f"%row{row} = mul i64 %starts, {row}", f"%place{row} = add i64 %row{row}, %first"]
        lines += [f"%at{row} = getelementptr double, ptr %numbers, i64 %place{row}"]
        lines += [f"%from{row} = load {VECTOR}, ptr %at{row}, align 8"]
    lines += ["br label %epoch", "epoch:", "%before = phi i64 [0, %group], [%after, %epoch]"]
    for row in rows[: tape.inputs]:
        lines += [f"%x{row} = phi {VECTOR} [%from{row}, %group], [{results[row]}, %epoch]"]
    lines += statements(tape, called, LLVM)
    lines += ["%after = add i64 %before, 1", "%more = icmp ult i64 %after, %epochs"]
    lines += ["br i1 %more, label %epoch, label %done", "done:"]
    lines += [f"store {VECTOR} {result}, ptr %at{row}, align 8" for row, result in enumerate(results)]
    lines += [f"%next = add i64 %first, {STARTS}", "%again = icmp ult i64 %next, %starts"]
    lines += ["br i1 %again, label %group, label %end", "end:", "ret void"]
    # A processor that has vectors of 512 bits may use them.
    head = f"""\
declare {VECTOR} @llvm.fabs.v{STARTS}f64({VECTOR})
declare {VECTOR} @llvm.fma.v{STARTS}f64({VECTOR}, {VECTOR}, {VECTOR})
define void @train(ptr %numbers, i64 %starts, i64 %epochs) "prefer-vector-width"="512" {{
"""
    return head + "\n".join(lines) + "\n}\n"


@lru_cache(maxsize=64)
def compiled(source: str, level: int) -> llvm.ExecutionEngine:
    """An engine with the code of a program, which it owns; the same program is compiled once in a process.

    Args:
        source: the program, as LLVM writes it.
        level: how hard LLVM tries, from 0 to 3.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(source)
    machine = llvm.Target.from_default_triple().create_target_machine(
        llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), opt=level
    )
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


class Program:
    """A tape, compiled to be run repeatedly: of its outputs the first are the next inputs, and the rest is kept.

    Args:
        tape: the program of an epoch.
        in_haste: whether to compile five times faster what then takes three times as long.
    """

    def __init__(self, tape: Tape, in_haste: bool = False) -> None:
        self.tape = tape
        self._engine = compiled(llvm_program(tape if in_haste else interleaved(tape)), 0 if in_haste else 3)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        self._train = kind(self._engine.get_function_address("train"))

    @classmethod
    def training(cls, experiment: Experiment, keep: Keep) -> "Program":
        """The program of an epoch in the batch arithmetic.

        Args:
            experiment: what is trained; its own starting weights do not matter.
            keep: what to compute besides the weights.

        Raises:
            InputError: if the layers are too wide.
        """
        if products(experiment) > MOST_PRODUCTS:
            raise InputError(
                f"an epoch of layers {'-'.join(map(str, experiment.layers))} is too long a program for an ensemble: its"
                f" forward pass has {products(experiment)} products, and at most {MOST_PRODUCTS} are compiled; train"
                " single networks with scripts/train.py"
            )
        return cls(trace(experiment, Batch(), keep))

    def run(self, weights: Array, epochs: Iterable[int]) -> Iterator[tuple[int, Array]]:
        """What is kept of some epochs: each epoch, and a matrix of its numbers by starts.

        Args:
            weights: the starting weights, row by row, in one column per start.
            epochs: those wanted, counted from 0, in ascending order.
        """
        inputs, starts = weights.shape
        numbers = numpy.ones((len(self.tape.outputs), -(-starts // STARTS) * STARTS))
        numbers[:inputs, :starts] = weights
        done = 0
        for epoch in epochs:
            self._train(numbers.ctypes.data, numbers.shape[1], epoch + 1 - done)
            done = epoch + 1
            yield epoch, numbers[inputs:, :starts].copy()
