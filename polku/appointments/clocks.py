"""The clocks that a meeting meets: those whose rules its kind names (`Kind.rules`), on its case or contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Min, OuterRef
from django.utils.translation import get_language

from polku.access.models import Actor, Unit
from polku.acting import beyond
from polku.appointments.models import Appointment, Kind, Participant
from polku.appointments.seats import SEATED
from polku.appointments.states import State
from polku.cases.models import Case, WorkItem
from polku.contacts.ahead import starting
from polku.contacts.ending import work_done
from polku.contacts.models import Contact
from polku.contacts.queries import matter_items
from polku.contacts.states import ContactState
from polku.deadlines import actions as deadlines
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.states import Basis, Stop
from polku.rules.versions import Source


@dataclass(frozen=True, slots=True)
class Promised:
    """By which day the meeting was promised, and the sentence that says why."""

    day: date | None = None
    text: str = ""


def promised(contact: Contact | None, case: Case | None, kind: Kind, *, at: datetime) -> Promised:
    """The nearest last day among the running clocks that a meeting of this kind would meet.

    A limit in an act comes before the unit's own promise to answer, which a booked time usually has met.
    """
    items = [item.pk for item in matter_items(contact)] if contact is not None else []
    items += [case.work_item_id] if case is not None else []
    rows = Clock.objects.filter(RUNNING, work_item_id__in=items, rule__in=kind.rules, last_day__isnull=False)
    clocks = sorted(rows, key=lambda clock: (clock.basis == Basis.PROMISE, clock.last_day or date.max))
    if clocks:
        first = clocks[0]
        return _promised(first.last_day, first.name, _law(first.source))
    if contact is None or contact.state != ContactState.DRAFT:
        return Promised()
    # Nothing runs yet while the caller still talks: the limits are those that start when the contact is recorded.
    ahead = [one for one, _because in starting(contact) if one.rule in kind.rules and one.last_day is not None]
    for one in sorted(ahead, key=lambda one: (one.basis == Basis.PROMISE, one.last_day or date.max)):
        return _promised(one.last_day, one.spec.name[(get_language() or "fi")[:2]], _law(one.source))
    return Promised()


def _law(source: Source | None) -> str:
    return f"{source.act('fi')} {source.section('fi')}" if source else ""


def _promised(day: date | None, name: str, law: str) -> Promised:
    return Promised(day, ", ".join(word for word in (name, law.strip()) if word))


@beyond("how many wait, and until which days; no client of theirs")
def waiting(kind: Kind, units: Iterable[Unit], *, at: datetime) -> dict[int, list[date]]:
    """The last days of the clients for whom no time has been booked or held yet, by unit, the nearest first.

    One client counts once, by the nearest of the clocks that a meeting of the kind would meet.
    """
    # A case that was opened from the contact after the booking carries the clocks; the time is the contact's.
    # Each way from the work item is asked by itself: together no index would lead there.
    live = Appointment.objects.filter(live=True).exclude(state=State.HELD, held_until__lte=at)
    seated = Participant.objects.filter(state__in=SEATED)
    served = [
        Exists(times.filter(**{way: OuterRef("work_item")}))
        for times, ways in (
            (live, ("work_item", "contact__parties__case__work_item")),
            (seated, ("contact__work_item", "case__work_item", "contact__parties__case__work_item")),
        )
        for way in ways
    ]
    rows = (
        Clock.objects.filter(
            RUNNING,
            rule__in=kind.rules,
            last_day__isnull=False,
            opened_at__lte=at,
            work_item__unit__in=[unit.pk for unit in units],
            work_item__closed_at__isnull=True,
        )
        .exclude(basis=Basis.PROMISE)
        .filter(*(~way for way in served))
    )
    nearest = rows.values("work_item__unit", "work_item").annotate(nearest=Min("last_day")).order_by("nearest")
    found: dict[int, list[date]] = defaultdict(list)
    for unit, day in nearest.values_list("work_item__unit", "nearest"):
        found[unit].append(day)
    return found


def meet(row: Appointment, *, by: Actor, at: datetime, met_at: datetime) -> None:
    """Meet the running clocks of the appointment's case or contact that its kind names, at the moment it began."""
    running = Clock.objects.filter(
        RUNNING, work_item__in=_items(row), rule__in=row.kind.rules, counted_from_at__lte=met_at
    )
    # In the order of the work items, which `deadlines` locks: two meetings of one matter then wait for each other.
    rules: dict[tuple[WorkItem, str], list[str]] = defaultdict(list)
    for clock in running.select_related("work_item").order_by("work_item_id", "id"):
        if clock.spec is not None:
            rules[clock.work_item, clock.spec.stops_at["key"]].append(clock.rule)
    for (item, stop), named in rules.items():
        deadlines.meet(work_item=item, what=Stop(stop), by=by, at=at, happened_at=met_at, rules=named)
    for item in {item.pk: item for item, _stop in rules}.values():
        work_done(item=item, at=at)


def run_again(row: Appointment, *, reason: str, by: Actor, at: datetime) -> None:
    """Let the clocks run again that the meeting met by its beginning: it was marked held by mistake.

    Raises:
        Conflict: what a clock was about has ended.
    """
    if row.closed_at is None:
        return
    began_at = began(row, row.closed_at)
    met = Clock.objects.filter(
        work_item__in=_items(row), rule__in=row.kind.rules, met_at=began_at, cancelled_at__isnull=True
    )
    rules: dict[WorkItem, list[str]] = defaultdict(list)
    for clock in met.select_related("work_item").order_by("work_item_id", "id"):
        rules[clock.work_item].append(clock.rule)
    for item, named in rules.items():
        deadlines.unmeet(work_item=item, met_at=began_at, rules=named, reason=reason, by=by, at=at)


def began(row: Appointment, held_at: datetime) -> datetime:
    """When a meeting that was held at a moment began: as agreed, or before that when they met earlier on the day."""
    return min(row.starts_at, held_at)


def _items(row: Appointment) -> list[int]:
    """Ids of the work items that carry the clocks of the appointment's matter."""
    found = {row.work_item_id} - {None}
    if row.case is not None:
        found.add(row.case.work_item_id)
    if row.contact is not None:
        found |= {item.pk for item in matter_items(row.contact)}
    return sorted(pk for pk in found if pk is not None)
