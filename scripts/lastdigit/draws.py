"""Random numbers as other languages and libraries draw them, and the ways to fill matrices with them.

All values are dimensionless.
"""

import random
from collections.abc import Callable

import numpy

from lastdigit.arithmetic import Array
from lastdigit.tape import shaped

Draw = Callable[[int, int], Array]
"""So many draws, uniform in [0, 1), of a seed: a flat array."""


def legacy(seed: int, count: int) -> Array:
    """The draws of numpy.random.seed."""
    return numpy.random.RandomState(seed).random_sample(count)


def words(seed: int, count: int) -> Array:
    """The first 32-bit numbers of MT19937, seeded by init_genrand."""
    return numpy.frombuffer(numpy.random.RandomState(seed).bytes(4 * count), "<u4").astype(numpy.float64)


def _python_draws(seed: int, count: int) -> Array:
    generator = random.Random(seed)
    return numpy.array([generator.random() for _ in range(count)])


def _r_draws(seed: int, count: int) -> Array:
    """R's set.seed and runif: its own seeding of MT19937, one word a draw."""
    for _ in range(50):
        seed = (69069 * seed + 1) % 2**32
    key = []
    for _ in range(625):
        seed = (69069 * seed + 1) % 2**32
        key.append(seed)
    generator = numpy.random.RandomState()
    generator.set_state(("MT19937", numpy.array(key[1:], numpy.uint32), 624, 0, 0.0))
    drawn = numpy.frombuffer(generator.bytes(4 * count), "<u4").astype(numpy.float64)
    return drawn * 2.3283064365386963e-10  # what R takes for 1 / (2^32 - 1)


def _java_draws(seed: int, count: int) -> Array:
    """Java's Random.nextDouble: a congruential generator of 48 bits, 26 and 27 of them a draw."""
    state, bits = (seed ^ 0x5DEECE66D) % 2**48, []
    for _ in range(2 * count):
        state = (state * 0x5DEECE66D + 0xB) % 2**48
        bits.append(state)
    return numpy.array([((a >> 22 << 27) + (b >> 21)) / 2.0**53 for a, b in zip(bits[::2], bits[1::2], strict=True)])


def _c_draws(seed: int, count: int) -> Array:
    """rand() / RAND_MAX of the GNU C library: an additive feedback generator of 31 words."""
    state = [seed or 1]
    for _ in range(30):
        state.append(16807 * state[-1] % (2**31 - 1))
    state += state[:3]
    for n in range(34, 344 + count):
        state.append((state[n - 31] + state[n - 3]) % 2**32)
    return numpy.array([word >> 1 for word in state[344:]]) / (2.0**31 - 1)


GENERATORS: list[tuple[str, str, Draw]] = [
    ("drawn-by-default-rng", "", lambda seed, count: numpy.random.Generator(numpy.random.PCG64(seed)).random(count)),
    ("seeded-by-python", "", _python_draws),
    ("drawn-by-c++", "", lambda s, count: (words(s, 2 * count)[0::2] + words(s, 2 * count)[1::2] * 2.0**32) / 2.0**64),
    ("draws-of-32-bits", "", lambda seed, count: words(seed, count) / 2.0**32),
    ("draws-of-32-bits", ", divided by 2^32 - 1", lambda seed, count: words(seed, count) / (2.0**32 - 1)),
    ("drawn-by-r", "", _r_draws),
    ("drawn-by-java", "", _java_draws),
    ("drawn-by-c", "", _c_draws),
]  # fmt: skip


def normal(seed: int, count: int) -> Array:
    """Draws of numpy.random.seed from the normal distribution."""
    return numpy.random.RandomState(seed).standard_normal(count)


def normal_of_default_rng(seed: int, count: int) -> Array:
    """Draws of NumPy's default_rng from the normal distribution."""
    return numpy.random.Generator(numpy.random.PCG64(seed)).standard_normal(count)


def by_columns(draws: list[float], shapes: list[tuple[int, int]]) -> list[Array]:
    """Matrices filled column by column."""
    return [matrix.T for matrix in shaped(draws, [shape[::-1] for shape in shapes])]


def backwards(draws: list[float], shapes: list[tuple[int, int]]) -> list[Array]:
    """Matrices of which the last is filled first."""
    return shaped(draws, shapes[::-1])[::-1]


def again(draws: list[float], shapes: list[tuple[int, int]]) -> list[Array]:
    """Matrices that begin with the same draws."""
    return [shaped(draws, [shape])[0] for shape in shapes]


def by_columns_again(draws: list[float], shapes: list[tuple[int, int]]) -> list[Array]:
    """Matrices that begin with the same draws, column by column."""
    return [by_columns(draws, [shape])[0] for shape in shapes]
