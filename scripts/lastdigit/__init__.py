"""One training algorithm, many arithmetics: the shared code of the Last Digit programs."""
