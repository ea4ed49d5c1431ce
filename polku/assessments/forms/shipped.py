"""The definitions that come with Polku: read and checked once, when first asked for."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from polku.assessments.forms.definition import Definition
from polku.assessments.forms.reading import read
from polku.rules import data
from polku.rules.errors import shown

DEFINITIONS = Path(__file__).parent / "definitions"


@cache
def shipped() -> Mapping[str, Definition]:
    """Return the shipped definitions by key."""
    found = [read(data.read(path)) for path in sorted(DEFINITIONS.glob("*.yaml"))]
    return MappingProxyType({definition.key: definition for definition in found})


def form(key: str) -> Definition:
    """Return a shipped definition by its key.

    Raises:
        KeyError: there is none; the sentence names those that there are.
    """
    if key not in shipped():
        raise KeyError(f"There is no form {shown(key)}. The forms are: {', '.join(shipped())}.")
    return shipped()[key]
