"""Prints from which folder `polku` is imported: a test of two versions would otherwise prove nothing."""

from pathlib import Path

import polku

assert polku.__file__ is not None
print(Path(polku.__file__).parents[1])
