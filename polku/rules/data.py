"""Reads the YAML beside the rules, once."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PARAMETERS = Path(__file__).parent / "parameters"
LANGUAGES = ("fi", "sv", "en")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same safe loader, in C where there is one


def read(path: Path) -> Any:
    """Return what a YAML file holds, as plain Python values."""
    with path.open("rb") as file:
        return yaml.load(file, Loader=_Loader)  # noqa: S506 - safe, see above


@cache
def parameters(name: str) -> Any:
    """Return a file of `parameters/` by its name without the ending; read once."""
    return read(PARAMETERS / f"{name}.yaml")
