"""Time several programs side by side, so that what else the machine does falls on all of them alike."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any


def race(programs: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The least processor time of each program, in seconds, over so many rounds in which each runs once in its turn.

    Processor time counts every thread of this process and nothing else: neither other jobs nor further cores enter.
    """
    best = dict.fromkeys(programs, math.inf)
    for _ in range(rounds):
        for name, program in programs.items():
            begun = time.process_time()
            program()
            best[name] = min(best[name], time.process_time() - begun)
    return best
