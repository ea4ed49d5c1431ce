"""What many rows of the log have in common, kept once: who did it, and what it was. A row names both by number.

Marks and seals are over the whole row as `audit_event` shows it, so a word that is changed or taken away is found in
every row that names it. Nobody waits here: two who add the same at once add it twice, and that is all.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.transaction import on_commit

# A client by link does a thing or two and is gone: they stand in the row itself.
SELDOM = frozenset({"link"})
MOST_KNOWN = 50_000

# Numbers that a transaction of this process has seen and committed, per database.
_known: dict[tuple[str, str, tuple[str, ...]], int] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of words: the column that names them by number, and the columns that hold them."""

    number: str
    columns: tuple[str, ...]

    def call(self) -> str:
        """Return the SQL that gives the words' number; they are added where they are not there."""
        name = self.number.removesuffix("_id")
        return f"audit_{name}_number({', '.join(['%s'] * len(self.columns))})"


WHO = Kind("who_id", ("actor_public_id", "actor_kind", "actor_name", "role", "register", "provider", "unit"))
ABOUT = Kind("about_id", ("what", "record_class", "purpose", "path"))


def known(kind: Kind, told: tuple[str, ...]) -> int | None:
    """Return the number of these words, where this process knows it."""
    return _known.get((str(connection.settings_dict["NAME"]), kind.number, told))


def remember(kind: Kind, told: tuple[str, ...], number: int) -> None:
    """Know the number from the commit on: this transaction may have added the words, and may yet be taken back."""
    key = (str(connection.settings_dict["NAME"]), kind.number, told)
    on_commit(lambda: _keep(key, number))


def forget() -> None:
    """Know no number any more: the database is not the one it was."""
    _known.clear()


def _keep(key: tuple[str, str, tuple[str, ...]], number: int) -> None:
    if connection.in_atomic_block:
        return
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[key] = number
