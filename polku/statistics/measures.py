"""The measures and their written definitions, in one place: the page, the CSV and the tests read these.

Every measure counts a contact from the moment its last moment has passed, whatever happened to it: late ones and those
that nobody has served stay in the denominator. Municipality, team, channel and language are those of the day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from polku.acting import beyond
from polku.kit.localtime import HELSINKI, local_date

# Groups under this many contacts are not shown, nor another with which they could be counted by subtraction.
SMALL = 5
GOAL = 0.95
# The first and last of some days in a row.
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its key in addresses, its name, what exactly it counts, and what "not served" is called.

    `sql` (for `on`) counts contacts as they are: day, channel, unit_id, municipality, language, total, kept, late, and
    whether some have not reached their last moment: those are in none of the sums.
    """

    key: str
    name: Promise
    definition: Promise
    unserved: Promise
    rule: str
    sql: str


# One clock a contact: the one that stands; else one that was taken back after its last moment (nothing drops out by
# being late), or that the case had already. The matter's clocks follow the case: they are looked for there too.
_FROM = """
FROM contacts_contact c
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(p.case_id), '{}') AS cases, coalesce(array_agg(s.work_item_id), '{}') AS items
    FROM contacts_contactparty p JOIN cases_case s ON s.id = p.case_id
    WHERE p.contact_id = c.id
) own
JOIN LATERAL (
    SELECT d.due_at, d.last_day, d.met_at
    FROM (
        SELECT * FROM deadlines_clock WHERE work_item_id = c.work_item_id AND rule = %(rule)s
        UNION ALL
        SELECT * FROM deadlines_clock
        WHERE work_item_id = ANY (own.items) AND rule = %(rule)s AND counted_from_at = c.received_at
    ) d
    WHERE d.cancelled_at IS NULL OR d.cancelled_at > d.due_at OR d.cancel_reason = 'same_clock'
       OR %(rule)s = 'promise_answer' AND c.result = 'not_reached'
    ORDER BY d.cancelled_at IS NOT NULL, d.due_at, d.id
    LIMIT 1
) k ON true
"""
# Where the days of arrival go (`on`): written out, so that the planner sees how few they are.
_DAYS = "/* days */"
_COUNTED = f"""
WHERE {_DAYS} AND c.state <> 'discarded'
  AND (%(units)s::bigint[] IS NULL OR c.unit_id = ANY (%(units)s))
"""
_CELLS = """
SELECT date_trunc('week', day)::date, channel, unit_id, municipality, language,
       sum(total)::int, sum(kept)::int, sum(late)::int
FROM ({counted}) counted GROUP BY 1, 2, 3, 4, 5 HAVING sum(total) > 0 ORDER BY 1
"""
_RIPE = "k.due_at < %(at)s"
_SELECT = """
SELECT (c.received_at AT TIME ZONE 'Europe/Helsinki')::date AS day,
       c.channel, c.unit_id, coalesce(c.municipality_id, '') AS municipality, c.language,
       count(*) FILTER (WHERE {ripe}) AS total,
       count(*) FILTER (WHERE {ripe} AND ({kept})) AS kept,
       count(*) FILTER (WHERE {ripe} AND ({late})) AS late,
       bool_or(k.due_at >= %(at)s) AS unripe
"""
_GROUP = "GROUP BY 1, 2, 3, 4, 5"
# Times of the contact itself, and those that its case got afterwards; a seat in a group time is a time. Nobody asks for
# the times of a contact that is not counted yet.
_TIMES = """
LEFT JOIN LATERAL (
    SELECT bool_or(x.told_in_first_contact) AS told,
           bool_or(x.told_at IS NOT NULL) AS told_later,
           min((lower(x.during) AT TIME ZONE 'Europe/Helsinki')::date) FILTER (WHERE x.booked) AS booked,
           min((lower(x.during) AT TIME ZONE 'Europe/Helsinki')::date) FILTER (WHERE x.state = 'done') AS held
    FROM (
        SELECT a.told_in_first_contact, a.told_at, a.during, a.booked_at IS NOT NULL AS booked, a.state
        FROM appointments_appointment a WHERE a.contact_id = c.id
        UNION ALL
        SELECT a.told_in_first_contact, a.told_at, a.during, a.booked_at IS NOT NULL, a.state
        FROM appointments_appointment a
        WHERE a.case_id = ANY (own.cases) AND a.contact_id IS NULL AND a.created_at >= c.received_at
        UNION ALL
        SELECT o.told_in_first_contact, o.told_at, g.during, true, o.state
        FROM appointments_participant o JOIN appointments_appointment g ON g.id = o.appointment_id
        WHERE o.contact_id = c.id
        UNION ALL
        SELECT o.told_in_first_contact, o.told_at, g.during, true, o.state
        FROM appointments_participant o JOIN appointments_appointment g ON g.id = o.appointment_id
        WHERE o.case_id = ANY (own.cases) AND o.contact_id IS NULL AND o.created_at >= c.received_at
    ) x WHERE k.due_at < %(at)s
) t ON true
"""


_UNRIPE = (
    "SELECT (c.received_at AT TIME ZONE 'Europe/Helsinki')::date, min(k.due_at)" + _FROM + _COUNTED
    + "GROUP BY 1 HAVING max(k.due_at) >= %(at)s"
)  # fmt: skip


def _sql(*, kept: str, late: str, times: bool = False, also: str = "") -> str:
    select = _SELECT.format(ripe=f"{_RIPE} {also}", kept=kept, late=late)
    return select + _FROM + (_TIMES if times else "") + _COUNTED + _GROUP


ANSWERED = Measure(
    key="answered",
    name=_("Answered in time"),
    definition=_(
        "Contacts whose last moment to answer has passed. In time: the first answer came by the unit's promise "
        "(closing time on its next open working day, or as promised then). Late: answered after it. Without answer: "
        "nobody has answered."
    ),
    unserved=_("Without answer"),
    rule="promise_answer",
    sql=_sql(kept="k.met_at <= k.due_at", late="k.met_at > k.due_at"),
)
TOLD = Measure(
    key="told",
    name=_("Told in the first contact"),
    definition=_(
        "Contacts that go on after the first contact (not solved by advice, withdrawn or doubled) and whose last "
        "moment to answer has passed. In time: the worker read day, time and place aloud while the contact was open, "
        "and said so. Late: told afterwards. Not told: no time has been told."
    ),
    unserved=_("Not told"),
    rule="promise_answer",
    sql=_sql(
        kept="t.told",
        late="NOT coalesce(t.told, false) AND t.told_later",
        times=True,
        also="AND c.result NOT IN ('advice', 'guided', 'duplicate', 'withdrawn', 'not_reached', 'passed_on') ",
    ),
)
BOOKED = Measure(
    key="booked",
    name=_("Booked within 7 working days"),
    definition=_(
        "Contacts that go on and whose last day to meet has passed. In time: a time on or before that day was booked, "
        "whether or not it was held. Late: only later times were booked. Not booked: no time was booked."
    ),
    unserved=_("Not booked"),
    rule="promise_contact",
    sql=_sql(kept="t.booked <= k.last_day", late="t.booked > k.last_day", times=True),
)
HELD = Measure(
    key="held",
    name=_("Held within 7 working days"),
    definition=_(
        "The same contacts. In time: a meeting was held on or before the last day; a time moved by anybody keeps the "
        "first promise. Late: held after it. Not held: cancelled, not come, still ahead or never booked."
    ),
    unserved=_("Not held"),
    rule="promise_contact",
    sql=_sql(kept="t.held <= k.last_day", late="t.held > k.last_day", times=True),
)
MEASURES = {measure.key: measure for measure in (ANSWERED, TOLD, BOOKED, HELD)}


@dataclass(frozen=True, slots=True)
class Cell:
    """How many contacts of one week, channel, unit, municipality and language came, were served in time or late."""

    week: date
    channel: str
    unit_id: int
    municipality: str
    language: str
    total: int
    kept: int
    late: int


@dataclass(slots=True)
class Tally:
    """A sum of cells."""

    total: int = 0
    kept: int = 0
    late: int = 0

    def add(self, cell: Cell | Tally) -> None:
        """Add a cell, or another sum."""
        self.total += cell.total
        self.kept += cell.kept
        self.late += cell.late

    @property
    def unserved(self) -> int:
        """Those who have not been served at all."""
        return self.total - self.kept - self.late

    @property
    def share(self) -> float | None:
        """The share served in time, 0-1; None when nobody came."""
        return self.kept / self.total if self.total else None


@beyond("figures of contacts by week, channel, municipality and language; no contact of its own")
def cells(measure: Measure, *, first: date, last: date, at: datetime, units: Iterable[int] | None = None) -> list[Cell]:
    """Return the cells of contacts that arrived on these days in these units (any when left out) and whose last moment
    has passed by `at`.
    """
    with connection.cursor() as cursor:
        asked = values(measure, spans=[(first, last)], at=at, units=units)
        cursor.execute(_CELLS.format(counted=on([(first, last)], measure.sql)), asked)
        return [Cell(*row) for row in cursor.fetchall()]


@beyond("figures of contacts by week, channel, municipality and language; no contact of its own")
def unripe(measure: Measure, *, spans: Iterable[Span], at: datetime) -> dict[date, datetime]:
    """Return the days some of whose contacts have not reached their last moment by `at`, and the first one's."""
    looked_at = list(spans)
    with connection.cursor() as cursor:
        cursor.execute(on(looked_at, _UNRIPE), values(measure, spans=looked_at, at=at))
        return dict(cursor.fetchall())


def on(spans: Collection[Span], sql: str) -> str:
    """Return a measure's SQL for contacts that arrived on these days, each span from its first to its last."""
    arrived = (f"c.received_at >= %(begin{n})s AND c.received_at < %(end{n})s" for n in range(len(spans)))
    return sql.replace(_DAYS, f"({' OR '.join(arrived) or 'false'})")


def values(
    measure: Measure, *, spans: Iterable[Span], at: datetime, units: Iterable[int] | None = None
) -> dict[str, Any]:
    """Return what a measure's SQL asks for; `spans` are the days of arrival that are looked at, as in `on`."""
    asked = {"units": None if units is None else sorted(units), "rule": measure.rule, "at": at}
    for number, (first, last) in enumerate(spans):
        after = last + timedelta(days=1)
        asked[f"begin{number}"] = datetime(first.year, first.month, first.day, tzinfo=HELSINKI)
        asked[f"end{number}"] = datetime(after.year, after.month, after.day, tzinfo=HELSINKI)
    return asked


def total(found: Iterable[Cell]) -> Tally:
    """Sum the cells."""
    tally = Tally()
    for cell in found:
        tally.add(cell)
    return tally


def by(found: Iterable[Cell], key: Callable[[Cell], object]) -> dict[object, Tally]:
    """Sum the cells by a key."""
    sums: dict[object, Tally] = {}
    for cell in found:
        sums.setdefault(key(cell), Tally()).add(cell)
    return sums


def hidden(sums: dict[object, Tally]) -> set[object]:
    """Return the groups that are too small to show, and one more when a single one could be counted by subtraction."""
    small = {key for key, tally in sums.items() if 0 < tally.total < SMALL}
    if len(small) == 1 and len(sums) > 1:
        rest = sorted((tally.total, str(key), key) for key, tally in sums.items() if key not in small)
        small.add(rest[0][2])
    return small


def weeks_back(at: datetime, count: int) -> tuple[date, date]:
    """Return the first and last day of the last `count` weeks, the running one included."""
    today = local_date(at)
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(weeks=count - 1), today
