"""What a list of work holds, as conditions over work items: its scope, its order, where a page of it begins.

Conditions are made over `Given`, the values of one reader at one moment, or over places for them (`polku.asking`): a
list is put into SQL once a process and asked again with other values.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Absence, Actor, Unit
from polku.access.queries import who
from polku.asking import Question, totals, value
from polku.cases.models import Case, WorkItem
from polku.cases.states import WorkKind
from polku.contacts.models import CallBack, Contact
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.triage.sharing import URGENT, waits
from polku.triage.states import Scope

if TYPE_CHECKING:
    from polku.triage.worklist import Filter

Given = Mapping[str, Any]
_PLAIN = ("kind", "language", "channel", "municipality")


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the list, behind which a page begins."""

    urgent: bool
    due: datetime | None
    pk: int

    @classmethod
    def of(cls, cursor: str) -> Place:
        """Return the place that a page's cursor names.

        Raises:
            Invalid: not a cursor that a page has given.
        """
        try:
            urgent, due, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            moment = datetime.fromisoformat(due) if due is not None else None
            if (
                not isinstance(urgent, bool)
                or not isinstance(pk, int)
                or (moment is not None and moment.tzinfo is None)
            ):
                raise ValueError(cursor)
        except (ValueError, TypeError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(
                "cursor_wrong", _("This page of the list is not there. Begin from its start."), "after"
            ) from error
        return cls(urgent, moment, pk)

    def cursor(self) -> str:
        """Return the place as text for an address."""
        text = json.dumps([self.urgent, self.due.isoformat() if self.due else None, self.pk])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def given(chosen: Filter, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Return the values of a reader's list at a moment."""
    person = who(by, at=at)
    found: dict[str, Any] = {
        "by": by.pk, "at": at, "day": local_date(at), "units": person.units(), "people": sorted(person.stands_for),
    }  # fmt: skip
    found |= {name: getattr(chosen, name) for name in _PLAIN if getattr(chosen, name)}
    if chosen.unit:
        found["unit"] = list(Unit.objects.filter(public_id=chosen.unit).values_list("pk", flat=True))
    if chosen.interpreter:
        found["interpreter"] = True
    return found


def places(names: Mapping[str, Any] | tuple[str, ...]) -> dict[str, Any]:
    """Return a place for each value."""
    return {name: value(name) for name in names}


def condition(scope: str, given: Given) -> Q:
    """Return what a work item in a list fulfils, whoever may see it."""
    found = Q(closed_at__isnull=True) & _scope(scope, given)
    if "unit" in given:
        found &= Q(unit__any_of=given["unit"])
    if "kind" in given:
        found &= Q(kind=given["kind"])
    return found & _about(given)


def _scope(scope: str, given: Given) -> Q:
    """Return the condition of a scope. Mine includes what waits on the desk of somebody away whose deputy I am."""
    day = given["day"]
    away = Absence.objects.filter(starts_at__lte=given["at"], ends_at__gt=given["at"])
    absent = Q(assignee__in=away.values("actor"))
    mine = Q(assignee=given["by"]) | Q(absent, assignee__any_of=given["people"])
    of_scope: dict[str, Q] = {
        Scope.MINE: mine & ~waits(day),
        Scope.TEAM: Q(unit__any_of=given["units"]) & ~waits(day),
        Scope.UNASSIGNED: Q(assignee__isnull=True) & ~waits(day),
        Scope.URGENT: URGENT & ~waits(day),
        Scope.LATE: Q(next_due__lt=given["at"]),
        Scope.ABSENT: Q(absent) & ~waits(day),
        Scope.ON_HOLD: waits(day),
    }
    return of_scope[scope]


def _about(given: Given) -> Q:
    """Return what stands on the contact, case or call-back behind the work item."""
    narrowed = {name: given[name] for name in ("language", "channel") if name in given}
    if "municipality" in given:
        narrowed["municipality_id"] = given["municipality"]
    of_contact, interpreter = Q(**narrowed), "interpreter" in given
    if interpreter:
        of_contact &= ~Q(interpreter_language="")
    if not of_contact:
        return Q()
    # A row's kind tells where it is looked up: one look a row.
    wanted = Q(kind=WorkKind.CONTACT) & Q(Exists(Contact.objects.filter(of_contact, work_item=OuterRef("pk"))))
    if "channel" in given or "municipality" in given:
        return wanted
    told = Q(interpreter=True) if interpreter else Q()
    if "language" in given:
        told &= Q(language=given["language"])
    # What the row does not tell itself is asked of what stands behind it.
    return told | Q(language="") & (wanted | _behind(given))


def _behind(given: Given) -> Q:
    """Return the same of the case or call-back behind a work item."""
    interpreter = "interpreter" in given
    client = Q(work_item=OuterRef("pk"))
    if interpreter:
        client &= ~Q(client__interpreter_language="")
    if "language" in given:
        client &= Q(client__contact_language=given["language"])
    wanted = Q(kind=WorkKind.CASE) & Q(Exists(Case.objects.filter(client)))
    if "language" in given and not interpreter:
        calls = CallBack.objects.filter(work_item=OuterRef("pk"), language=given["language"])
        wanted |= Q(kind=WorkKind.CALL_BACK) & Q(Exists(calls))
    return wanted


class Later(Func):
    """`(column, column) > (value, value)`: the index is entered at that very row, however many are due with it."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the comparison."""
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        (column, second, value, other), params = [sql for sql, _ in parts], [one for _, given in parts for one in given]
        return f"({column}, {second}) > ({value}, {other})", params


def behind(place: Place | None, given: Given) -> list[Q]:
    """Return the conditions of standing behind a place in the list's order: any of them, each an unbroken stretch of
    the index. The place's moment and number are `due` and `pk` of what is given.
    """
    if place is None:
        return [Q()]
    later: list[Q] = [Q(urgent=False)] if place.urgent else []
    if place.due is None:
        return [Q(urgent=place.urgent, next_due__isnull=True, pk__gt=given["pk"]), *later]
    return [
        Q(Later("next_due", "id", given["due"], given["pk"]), urgent=place.urgent),
        Q(urgent=place.urgent, next_due__isnull=True),
        *later,
    ]


def ordered(rows: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    """Return the rows in the list's order."""
    return rows.order_by("-urgent", F("next_due").asc(nulls_last=True), "id")


_COLUMNS = ("pk", "unit_id", "assignee_id", "urgent", "next_due")


def nearest(
    scope: str, given: dict[str, Any], place: Place | None, *, units: list[int], people: list[int], size: int
) -> list[WorkItem]:
    """Return the first rows of each part (every unit, every desk) behind a place, in order, with a few columns only."""
    parts = {f"unit{n}": pk for n, pk in enumerate(units)} | {f"desk{n}": pk for n, pk in enumerate(people)}
    where = None
    if place is not None:
        # Of the place, the words depend only on these two.
        where = Place(place.urgent, None if place.due is None else _SOME_MOMENT, 0)
        given = {**given, "due": place.due, "pk": place.pk}
    rows = _nearest(scope, tuple(sorted(given)), where, tuple(parts), size)(**given, **parts)
    return [WorkItem.from_db(DEFAULT_DB_ALIAS, _ATTRIBUTES, row) for row in rows]


_ATTRIBUTES = ("id", *_COLUMNS[1:])
_SOME_MOMENT = datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=128)
def _nearest(
    scope: str, names: tuple[str, ...], place: Place | None, parts: tuple[str, ...], size: int
) -> Question[tuple[Any, ...]]:
    return Question(lambda: _pieces(scope, places(names), place, parts, size))


def _pieces(
    scope: str, given: Given, place: Place | None, parts: tuple[str, ...], size: int
) -> QuerySet[WorkItem, tuple[Any, ...]]:
    rows = WorkItem.objects.filter(condition(scope, given))
    pieces = [
        ordered(rows.filter(Q(**{"unit_id" if part.startswith("unit") else "assignee_id": value(part)}), start))
        .values_list(*_COLUMNS)[:size]
        for part in parts
        for start in behind(place, given)
    ]  # fmt: skip
    if len(pieces) == 1:
        return pieces[0]
    return pieces[0].union(*pieces[1:]).order_by("-urgent", F("next_due").asc(nulls_last=True), "pk")


@lru_cache(maxsize=128)
def sizes(lists: tuple[tuple[str, tuple[str, ...]], ...], seen: Q) -> Question[tuple[int, ...]]:
    """Return the question of how many work items each of some lists holds among those that fulfil `seen`.

    Args:
        lists: of each its scope and the names of what is given of it; a value's place is `<number>_<name>`.
    """

    def counted() -> QuerySet[Any, tuple[Any, ...]]:
        sums = {}
        for number, (scope, names) in enumerate(lists):
            own = {name: value(f"{number}_{name}" if name in _OWN else name) for name in names}
            sums[f"list{number}"] = Count("pk", filter=condition(scope, own))
        return totals(WorkItem.objects.filter(seen, closed_at__isnull=True), **sums)

    return Question(counted)


_OWN = frozenset({*_PLAIN, "unit"})


def sizes_given(number: int, values: Given) -> dict[str, Any]:
    """Return the values of one of these lists by the names of their places."""
    return {f"{number}_{name}" if name in _OWN else name: one for name, one in values.items()}
