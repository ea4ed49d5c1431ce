"""The measures and their written definitions, in one place: the page, the CSV and the tests read these.

Every measure counts a contact from the moment its last moment has passed, whatever happened to it: late ones and those
that nobody has served stay in the denominator. Municipality, team, channel and language are those of the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from polku.kit.localtime import HELSINKI, local_date

# Groups under this many contacts are not shown, nor another with which they could be counted by subtraction.
SMALL = 5
GOAL = 0.95


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its key in addresses, its name, what exactly it counts, and what "not served" is called."""

    key: str
    name: Promise
    definition: Promise
    unserved: Promise
    rule: str
    sql: str


_FROM = """
FROM deadlines_clock k
JOIN contacts_contact c ON c.work_item_id = k.work_item_id AND c.state <> 'discarded'
"""
# A clock that was taken back after its last moment still counts: nothing drops out by being late.
_COUNTED = """
WHERE k.rule = %(rule)s
  AND (k.cancelled_at IS NULL OR k.cancelled_at > k.due_at)
  AND k.due_at < %(at)s
  AND k.counted_from_at >= %(start)s AND k.counted_from_at < %(end)s
"""
_SELECT = """
SELECT (date_trunc('week', k.counted_from_at AT TIME ZONE 'Europe/Helsinki'))::date AS week,
       c.channel, c.unit_id, coalesce(c.municipality_id, ''), c.language,
       count(*),
       count(*) FILTER (WHERE {kept}),
       count(*) FILTER (WHERE {late})
"""
_GROUP = "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1"
_TIMES = """
LEFT JOIN LATERAL (
    SELECT bool_or(a.told_in_first_contact) AS told,
           bool_or(a.told_at IS NOT NULL) AS told_later,
           min((lower(a.during) AT TIME ZONE 'Europe/Helsinki')::date) FILTER (WHERE a.booked_at IS NOT NULL) AS booked,
           min((lower(a.during) AT TIME ZONE 'Europe/Helsinki')::date) FILTER (WHERE a.state = 'done') AS held
    FROM (
        SELECT told_in_first_contact, told_at, during, booked_at, state
        FROM appointments_appointment WHERE contact_id = c.id
        UNION ALL
        SELECT p.told_in_first_contact, p.told_at, g.during, p.created_at, p.state
        FROM appointments_participant p JOIN appointments_appointment g ON g.id = p.appointment_id
        WHERE p.contact_id = c.id
    ) a
) t ON true
"""


def _sql(*, kept: str, late: str, times: bool = False, also: str = "") -> str:
    return _SELECT.format(kept=kept, late=late) + _FROM + (_TIMES if times else "") + _COUNTED + also + _GROUP


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
_RULES = {
    "answered": "promise_answer",
    "told": "promise_answer",
    "booked": "promise_contact",
    "held": "promise_contact",
}


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

    def add(self, cell: Cell) -> None:
        """Add a cell."""
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


def cells(measure: Measure, *, first: date, last: date, at: datetime, unit_id: int | None = None) -> list[Cell]:
    """Return the cells of contacts that arrived on these days and whose last moment has passed by `at`."""
    values: dict[str, str | datetime] = {
        "rule": measure.rule,
        "at": at,
        "start": datetime(first.year, first.month, first.day, tzinfo=HELSINKI),
        "end": datetime(last.year, last.month, last.day, tzinfo=HELSINKI) + timedelta(days=1),
    }
    with connection.cursor() as cursor:
        cursor.execute(measure.sql, values)
        found = [Cell(*row) for row in cursor.fetchall()]
    return [cell for cell in found if unit_id is None or cell.unit_id == unit_id]


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
