"""Write the log: one row per event, in the caller's transaction. Nothing else may write these rows.

Every function is keyword-only and returns the row's number, None when it is stored later with the action's other rows
(`storing.together`). `by` is whoever did it (any object with id, public id, name and kind; None for somebody not signed
in), `at` is now, `clients` the ids of the people concerned, `subject` the public id of the thing. No text may carry a
personal identity code: what looks like one is hidden before it is written.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from django.db import connection
from django.db.transaction import on_commit

from polku.audit import marks, origin, words
from polku.audit.queries import CHECKED
from polku.audit.states import Kind, Register
from polku.audit.verify import Report
from polku.kit.masking import masked
from polku.storing import keep

MAX_CLIENTS = 5000

_PLACES = {"clients": "%s::bigint[]"}

# Months whose partition a transaction of this process has seen and committed, per database.
_ready: set[tuple[str, int, int]] = set()
# The database that this process has met last.
_met = ""


class Doer(Protocol):
    """What the log copies of an actor."""

    @property
    def id(self) -> int: ...
    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


def changed(
    *,
    by: Doer | None,
    at: datetime,
    what: str,
    subject: str = "",
    clients: Iterable[int] = (),
    purpose: str = "",
    unit: str = "",
    details: Mapping[str, object] | None = None,
    happened_at: datetime | None = None,
    record_class: str = "",
    register: str = Register.SOCIAL,
) -> int | None:
    """Log a change; called by every action in its own transaction. `what` is the action's name."""
    return write(
        kind=Kind.CHANGE, by=by, at=at, what=what, subject=subject, clients=clients, purpose=purpose, unit=unit,
        details=details, happened_at=happened_at, record_class=record_class, register=register,
    )  # fmt: skip


def read(
    *,
    by: Doer | None,
    at: datetime,
    what: str,
    subject: str = "",
    clients: Iterable[int] = (),
    purpose: str = "",
    unit: str = "",
    details: Mapping[str, object] | None = None,
    record_class: str = "",
    register: str = Register.SOCIAL,
) -> int | None:
    """Log that data were shown: one row a page, with the ids of all the people whose data stood on it."""
    return write(
        kind=Kind.READ, by=by, at=at, what=what, subject=subject, clients=clients, purpose=purpose, unit=unit,
        details=details, record_class=record_class, register=register,
    )  # fmt: skip


def searched(
    *,
    by: Doer | None,
    at: datetime,
    what: str,
    how: str,
    clients: Iterable[int] = (),
    purpose: str = "",
    words: str = "",
    shown: Iterable[str] = (),
) -> int | None:
    """Log a search: how it was done (`name`, `code`, `phone`, `words`) and who was found; never what was typed of
    a person. Of a search of what was said: its words, without identity codes, and the public ids of what was shown.
    """
    told = {"words": words, "shown": list(shown)} if words else {}
    return write(
        kind=Kind.SEARCH, by=by, at=at, what=what, clients=clients, purpose=purpose, details={"how": how, **told}
    )  # fmt: skip


def refused(
    *,
    by: Doer | None,
    at: datetime,
    what: str,
    subject: str = "",
    clients: Iterable[int] = (),
    details: Mapping[str, object] | None = None,
) -> int | None:
    """Log a try that was refused: no right, or not there for this reader."""
    return write(kind=Kind.REFUSED, by=by, at=at, what=what, subject=subject, clients=clients, details=details)


def emergency(
    *,
    by: Doer,
    at: datetime,
    what: str,
    subject: str = "",
    clients: Iterable[int] = (),
    reason: str,
    reference: str = "",
    unit: str = "",
    register: str = Register.SOCIAL,
) -> int | None:
    """Log that somebody opened data without a relation, for a reason; the data-protection officer reviews each."""
    return write(
        kind=Kind.EMERGENCY, by=by, at=at, what=what, subject=subject, clients=clients, purpose="emergency",
        unit=unit, details={"reason": reason, "reference": reference}, register=register,
    )  # fmt: skip


def signed_in(*, by: Doer | None, at: datetime, what: str, details: Mapping[str, object] | None = None) -> int | None:
    """Log a sign-in, a sign-out or a failed try (`what` tells which)."""
    return write(kind=Kind.SIGN_IN, by=by, at=at, what=what, details=details)


def disclosed(
    *,
    by: Doer,
    at: datetime,
    what: str,
    to: str,
    basis: str,
    subject: str = "",
    clients: Iterable[int] = (),
    purpose: str = "",
    unit: str = "",
    record_class: str = "",
    register: str = Register.SOCIAL,
) -> int | None:
    """Log that data were given to somebody outside: to whom and on what basis (luovutusloki, 10 §)."""
    return write(
        kind=Kind.DISCLOSURE, by=by, at=at, what=what, subject=subject, clients=clients, purpose=purpose, unit=unit,
        details={"to": to, "basis": basis}, record_class=record_class, register=register,
    )  # fmt: skip


def checked(*, by: Doer | None, at: datetime, report: Report) -> int | None:
    """Log that the log was verified, and what came of it."""
    found = [f"{finding.code} ({finding.about})" for finding in report.findings[:20]]
    return write(
        kind=Kind.READ, by=by, at=at, what=CHECKED, purpose="oversight",
        details={
            "sound": report.sound, "rows": report.rows, "unsealed": report.unsealed, "seals": report.seals,
            "anchors": report.anchors, "findings": len(report.findings) + report.more, "first": found,
        },
    )  # fmt: skip


def write(
    *,
    kind: str,
    by: Doer | None,
    at: datetime,
    what: str,
    subject: str = "",
    clients: Iterable[int] = (),
    purpose: str = "",
    unit: str = "",
    details: Mapping[str, object] | None = None,
    happened_at: datetime | None = None,
    record_class: str = "",
    register: str = Register.SOCIAL,
) -> int | None:
    """Write one row of any kind; the named functions above say it better.

    Raises:
        ValueError: `at` has no time zone, or more people than a page can show.
    """
    if at.utcoffset() is None or (happened_at is not None and happened_at.utcoffset() is None):
        raise ValueError("a moment needs its time zone")
    people = sorted(set(clients))
    if len(people) > MAX_CLIENTS:
        raise ValueError(f"one event concerns at most {MAX_CLIENTS} people")
    here = origin.current()
    texts = (_text(str(kind), 10), _text(what, 120), _text(record_class, 60), _text(subject, 80), _text(purpose, 120))
    who = (
        *((by.public_id, str(by.kind), _text(by.name, 200)) if by else ("", "", "")),
        _text(here.role, 120), str(register), _text(here.provider, 120), _text(unit or here.unit, 120),
    )  # fmt: skip
    last = (_text(here.path, 120), _text(here.request, 16), _details(details))
    # Two rows that are alike in everything, the moment too, are still two.
    nonce, actor_id = secrets.randbits(31), by.id if by else None
    text = marks.form(
        (
            str(nonce), marks.microseconds(at), marks.microseconds(happened_at), *texts,
            "" if actor_id is None else str(actor_id), *who, ",".join(map(str, people)), *last,
        )
    )  # fmt: skip
    row: dict[str, Any] = {
        "nonce": nonce, "at": at, "happened_at": happened_at, "kind": texts[0], "subject": texts[3],
        "actor_id": actor_id, "clients": people, "request": last[1], "details": last[2], "mark": marks.mark(text),
    }  # fmt: skip
    alone = {words.WHO: by is not None and str(by.kind) in words.SELDOM, words.ABOUT: what == CHECKED}
    return _add(row, {words.WHO: who, words.ABOUT: (texts[1], texts[2], texts[4], last[0])}, alone)


def _add(
    row: dict[str, Any], told: Mapping[words.Kind, tuple[str, ...]], alone: Mapping[words.Kind, bool]
) -> int | None:
    """Add a row; its words by number, but in the row itself what stands alone: few, or looked for by their name."""
    at, unknown = row["at"], []
    for kind, values in told.items():
        if alone[kind]:
            row |= dict(zip(kind.columns, values, strict=True))
        elif (number := words.known(kind, values)) is not None:
            row[kind.number] = number
        else:
            unknown.append(kind)
    month = _month(at)
    with connection.cursor() as cursor:
        if month not in _ready:
            cursor.execute("SELECT audit_partition((%s AT TIME ZONE 'UTC')::date)", [at])
            # Not before: this transaction may have made it, and may yet be taken back.
            on_commit(lambda: _ready.add(month))
        # With the action's other rows, if all its words are known by number.
        if not unknown and keep("audit_row", row):
            return None
        given = [value for kind in unknown for value in told[kind]] + list(row.values())
        cursor.execute(_insert(tuple(row), tuple(unknown)), given)
        taken = cursor.fetchone()
    for kind, number in zip(unknown, taken[1:], strict=True):
        words.remember(kind, told[kind], int(number))
    return int(taken[0])


@cache
def _insert(columns: tuple[str, ...], unknown: tuple[words.Kind, ...]) -> str:
    """Return the statement that adds a row, and such words as this process does not know; it tells their numbers.

    The row's number is taken first: to be given back a column, the reader's role would have to see the row (row
    security).
    """
    names = ["id", *(kind.number for kind in unknown)]
    numbers = ["nextval('audit_event_id_seq')", *(kind.call() for kind in unknown)]
    first = ", ".join(f"{number} AS {name}" for name, number in zip(names, numbers, strict=True))
    places = [f"(SELECT {name} FROM taken)" for name in names]  # noqa: S608 - names of columns only
    places += [_PLACES.get(name, "%s") for name in columns]
    return (
        f"WITH taken AS MATERIALIZED (SELECT {first}), "  # noqa: S608
        f"added AS (INSERT INTO audit_row ({', '.join([*names, *columns])}) VALUES ({', '.join(places)})) "
        f"SELECT {', '.join(names)} FROM taken"
    )


def meet(database: str) -> None:
    """Forget what this process knows of the log's tables when they are not the ones of before.

    A process may outlive its database: after a return to a moment, a restore or a change of the leader, numbers of
    words may be others', and a month's partition may be missing. Every transaction begins with this; none outlives a
    server.

    Args:
        database: whatever differs from one server or restore to another.
    """
    global _met
    if database != _met:
        words.forget()
        _ready.clear()
        _met = database


def _month(at: datetime) -> tuple[str, int, int]:
    """Return the month (UTC) of a moment in the database at hand."""
    day = at.astimezone(UTC)
    return str(connection.settings_dict["NAME"]), day.year, day.month


def prepare(at: datetime, months: int = 3) -> None:
    """Make the partitions of the month of `at` and of the next ones, unless they are there. A job runs this daily."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_partition((%s::date + make_interval(months => m))::date) FROM generate_series(0, %s) AS m",
            [at.date(), months],
        )


def _text(text: str, limit: int = 0) -> str:
    return marks.plain(masked(str(text)), limit)


def _details(details: Mapping[str, object] | None) -> str:
    if not details:
        return ""
    return _text(json.dumps(details, ensure_ascii=False, sort_keys=True, default=str))
