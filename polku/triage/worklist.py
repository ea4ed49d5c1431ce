"""The one worklist of work items: filters, counts, order, keyset pages. A fixed number of queries whatever its length.

Order: urgent first, then what is due next (nothing due last), then the oldest. What waits until a later day stands only
in its own list. Rows carry no municipality, phone or address of a person under a ban on disclosure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Absence, Actor
from polku.access.permissions import condition, permitted, visible_to
from polku.access.queries import who
from polku.acting import beyond
from polku.asking import Question, placed, value
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.contacts.models import CallBack
from polku.contacts.states import CallBackState
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.triage import lists
from polku.triage import policy as _policy  # noqa: F401 - declares who may
from polku.triage.lists import Place
from polku.triage.rows import Row, rows_of
from polku.triage.sharing import waits
from polku.triage.states import Scope

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list shows. Plain texts, so that it can stand in a URL and be saved; empty = any."""

    scope: str = Scope.TEAM
    unit: str = ""
    kind: str = ""
    language: str = ""
    interpreter: bool = False
    channel: str = ""
    municipality: str = ""

    def as_values(self) -> dict[str, Any]:
        """Return what differs from the usual list."""
        return {name: getattr(self, name) for name, usual in _USUAL.items() if getattr(self, name) != usual}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Filter:
        """Return a filter from a URL's or a saved row's values; unknown names are left out.

        Raises:
            Invalid: a value is not one of its alternatives.
        """
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in values.items() if name in known and value not in (None, "")}
        given["interpreter"] = given.get("interpreter") in (True, "1", "true", "on")
        given = {name: value if name == "interpreter" else str(value)[:60] for name, value in given.items()}
        found = cls(**given)
        if found.scope not in Scope.values:
            raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="scope")
        if found.kind and found.kind not in WorkKind.values:
            raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="kind")
        return found


_USUAL = asdict(Filter())


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `after` opens the next one, None when this is the last."""

    rows: list[Row]
    after: str | None


def page(*, by: Actor, at: datetime, chosen: Filter | None = None, after: str = "", size: int = PAGE) -> Page:
    """Return a page of the worklist that the actor may see.

    Args:
        after: the cursor of the page before.

    Raises:
        Invalid: the cursor or the filter is not one that a page gives.
    """
    return shown(nearest(chosen or Filter(), after=after, by=by, at=at, size=size), by=by, at=at, size=size)


def shown(nearest: list[WorkItem], *, by: Actor, at: datetime, size: int = PAGE) -> Page:
    """Return the page that begins with these rows of `nearest`: those that the actor may see, read whole."""
    allowed = permitted(by, "work.read", nearest, at=at)[: size + 1]
    found = {row.pk: row for row in _of(ids=[row.pk for row in allowed[:size]])} if allowed else {}
    # Behind the fence a row may be missing; its place in the list is as it was when the page was looked for.
    rows = [found[row.pk] for row in allowed[:size] if row.pk in found]
    last = allowed[size - 1] if len(allowed) > size else None
    return Page(rows_of(rows, at=at), after=Place(last.urgent, last.next_due, last.pk).cursor() if last else None)


_of = Question(
    lambda: WorkItem.objects.filter(pk__any_of=value("ids"), closed_at__isnull=True).select_related("assignee")
)


@beyond("numbers of a list's next rows; the rows themselves are read behind the fence")
def nearest(chosen: Filter, *, by: Actor, at: datetime, after: str = "", size: int = PAGE) -> list[WorkItem]:
    """Return the first rows of each part, in order and with a few columns only: every unit of the actor's, and the
    desks of those they stand for.

    Each part is read in the order of its own index and only as far as needed; all that the actor may see lies in one of
    them (`policy`). The page itself (`shown`) then asks for the right and takes the first of these few.

    Raises:
        Invalid: the cursor is not one that a page gives.
    """
    person, given = who(by, at=at), lists.given(chosen, by=by, at=at)
    return lists.nearest(
        chosen.scope,
        given,
        Place.of(after) if after else None,
        units=person.units(),
        people=sorted(person.stands_for),
        size=size + 1,
    )


def counts(
    *, by: Actor, at: datetime, chosen: Filter | None = None, scopes: Iterable[str] = tuple(Scope.values)
) -> dict[str, int]:
    """Return how many work items each of the scopes holds, in one query; the rest of the filter applies."""
    wanted = {scope: replace(chosen or Filter(), scope=scope) for scope in scopes}
    return dict(zip(wanted, sizes(list(wanted.values()), by=by, at=at), strict=True))


@beyond("how many a list holds, by the rule itself")
def sizes(chosen: Sequence[Filter], *, by: Actor, at: datetime) -> list[int]:
    """Return how many work items each of the lists holds that the actor may see, in one query."""
    right = condition(by, "work.read", at=at)
    if right is None:
        return [0] * len(chosen)
    seen, values = placed(right)
    words = []
    for number, one in enumerate(chosen):
        given = lists.given(one, by=by, at=at)
        words.append((one.scope, tuple(sorted(given))))
        values |= lists.sizes_given(number, given)
    found = lists.sizes(tuple(words), seen).first(**values)
    return list(found or [0] * len(chosen))


@dataclass(frozen=True, slots=True)
class Alert:
    """What a duty worker hears of wherever they are: the urgent work item that nobody has, and how many there are."""

    first: Row
    count: int


def urgent_alert(*, by: Actor, at: datetime) -> Alert | None:
    """Return the most urgent work item in the actor's units that nobody present has; for every page."""
    right = condition(by, "work.read", at=at)
    units = who(by, at=at).units()
    if right is None or not units:
        return None
    seen, values = placed(right)
    found = _alerting(seen)(units=units, at=at, day=local_date(at), **values)
    return Alert(first=rows_of(found[:1], at=at)[0], count=len(found)) if found else None


@lru_cache(maxsize=32)
def _alerting(seen: Q) -> Question[WorkItem]:
    """Return the question of urgent work in some units that nobody present has, among what fulfils `seen`."""

    def rows() -> QuerySet[WorkItem]:
        away = Absence.objects.filter(starts_at__lte=value("at"), ends_at__gt=value("at"))
        found = WorkItem.objects.filter(seen, closed_at__isnull=True, urgent=True, unit__any_of=value("units"))
        found = found.filter(Q(assignee__isnull=True) | Q(assignee__in=away.values("actor")))
        return lists.ordered(found.exclude(waits(value("day")))).select_related("unit", "assignee")[:20]

    return Question(rows)


def late_call_backs(*, by: Actor, at: datetime) -> list[Row]:
    """Return the call-backs in the actor's units whose agreed time has passed: they shout."""
    waiting = CallBack.objects.filter(state=CallBackState.WAITING, agreed_at__lte=at)
    rows = visible_to(by, "work.read", WorkItem.objects.filter(closed_at__isnull=True), at=at)
    rows = rows.filter(pk__in=waiting.values("work_item_id")).order_by(F("next_due").asc(nulls_last=True), "id")
    return rows_of(list(rows.select_related("unit", "assignee")[:20]), at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> WorkItem | None:
    """Return a work item that the actor may see."""
    rows = visible_to(by, "work.read", WorkItem.objects.select_related("unit", "assignee"), at=at)
    return rows.filter(public_id=public_id).first()
