"""Units whose record system no mapping file knows: their documents would be handed over to nobody."""

from __future__ import annotations

from polku.handover import mapping, queries


def check() -> list[str]:
    """Return a sentence for each such unit, and one for a mapping file that does not fit."""
    try:
        known = ", ".join(system.name for system in mapping.systems().values())
    except mapping.MappingError as error:
        return [str(error)]
    return [
        f"Unit {unit} stores its documents in {name}, whose headings are not known. Known are: {known}."
        for unit, name in queries.unknown_systems()
    ]
