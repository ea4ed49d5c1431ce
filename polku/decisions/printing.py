"""The secretary's desk: what waits to be printed, a print run as one file in posting order, marked as posted.

Under a ban on disclosure the letter carries no address and no list shows one: whoever posts it asks for the envelope's
lines of that letter alone, and the log keeps it (661/2009 36-37 §).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require, visible_to
from polku.access.queries import who
from polku.access.states import Role
from polku.acting import action
from polku.audit import actions as audit
from polku.decisions import delivering, letters
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions.delivering import locked_one, made_for, move
from polku.decisions.letter import pdf as paper
from polku.decisions.letter.errors import LetterError
from polku.decisions.models import Delivery, PrintRun
from polku.decisions.moves import RECORD_CLASS
from polku.decisions.states import RUN_TRANSITIONS, DeliveryState, RunState, Way
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.kit.localtime import local_date
from polku.rules import calendar

MOST = 200
ON_DESK = (DeliveryState.WAITING, DeliveryState.PRINTED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class PostRow:
    """A letter on the desk. `hindrance` says in a word why it cannot be printed: no_address, failed; empty when it can.

    No address here: it stands in the letter's window, or is asked for one letter at a time.
    """

    public_id: str
    diary: str
    name: str
    protected: bool
    language: str
    waits_since: datetime
    state: str
    way: str
    note: str
    hindrance: str
    run: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A print run: how many letters are in it, when it is to be posted, how it stands."""

    public_id: str
    unit: str
    state: str
    letters: int
    made_at: datetime
    made_by: str
    post_on: date
    posted_at: datetime | None


# --- Looking ---------------------------------------------------------------------------------------------------------


def _on_desk(by: Actor, *, at: datetime) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(state__in=ON_DESK).select_related("decision__case__client__merged_into", "run")
    rows = rows.exclude(state=DeliveryState.WAITING, way__in=[Way.ELECTRONIC, Way.HANDED_OVER])
    return visible_to(by, "decisions.post", rows.filter(followed_by__isnull=True), at=at)


def waiting(by: Actor, *, at: datetime) -> list[PostRow]:
    """Return the letters that wait for the secretary, oldest first: to print, printed, or not gone by wire."""
    rows = list(_on_desk(by, at=at).order_by("created_at", "id").defer("pdf", "decision__parts")[: MOST * 2])
    known = letters.addresses_of([row.decision.case.client for row in rows], day=local_date(at))
    return [_row(row, known) for row in rows]


def _row(row: Delivery, known: Mapping[int, tuple[str, ...]]) -> PostRow:
    client = row.decision.case.client
    hindrance = ""
    if row.state == DeliveryState.FAILED:
        hindrance = "failed"
    elif row.state == DeliveryState.WAITING and not client.protected and not known[client.pk]:
        hindrance = "no_address"
    return PostRow(
        public_id=row.public_id,
        diary=row.decision.diary or "",
        name=str(client),
        protected=client.protected,
        language=row.language,
        waits_since=row.created_at,
        state=row.state,
        way=row.way,
        note=row.note,
        hindrance=hindrance,
        run=row.run.public_id if row.run is not None else "",
    )


def runs(by: Actor, *, at: datetime, limit: int = 30) -> list[RunRow]:
    """Return the print runs that the secretary may see, newest first."""
    rows = visible_to(by, "decisions.run", PrintRun.objects.select_related("unit", "made_by"), at=at)
    return [
        RunRow(
            row.public_id, row.unit.name, row.state, row.deliveries.count(), row.made_at, row.made_by.name, row.post_on,
            row.posted_at,
        )
        for row in rows.order_by("-made_at", "-id")[:limit]
    ]  # fmt: skip


@action
def file(*, run: PrintRun, by: Actor, at: datetime) -> bytes:
    """Return a run as one file in posting order, each letter on a sheet of its own; who took it is logged.

    Raises:
        NotAllowed; Conflict `run_cancelled`; Invalid `no_letters`.
    """
    require(by, "decisions.run", run, at=at)
    if run.state == RunState.CANCELLED:
        raise Conflict("run_cancelled", _("The print run has been taken back."))
    rows = list(run.deliveries.order_by("run_place").select_related("decision__case__client", "decision__unit"))
    try:
        made = paper.print_run([letters.of(row.decision, row.way, run.post_on, address=row.address) for row in rows])
    except LetterError as error:
        raise letters.unfit(error) from None
    audit.read(
        by=by, at=at, what="decisions.run", subject=run.public_id, unit=run.unit.key, record_class=RECORD_CLASS,
        clients=[row.decision.case.client_id for row in rows],
    )  # fmt: skip
    return made


@action
def envelope(*, delivery: Delivery, by: Actor, at: datetime) -> tuple[str, ...]:
    """Return the lines for the envelope of one letter, for the one who posts it; the reading is logged.

    Raises:
        NotAllowed; Conflict `left`: it is not posted any more.
    """
    require(by, "decisions.post", delivery, at=at)
    if delivery.state not in (DeliveryState.WAITING, DeliveryState.PRINTED) or delivery.way != Way.POST:
        raise Conflict("left", _("The letter has already left, or is leaving now."))
    decision = delivery.decision
    audit.read(
        by=by, at=at, what="decisions.envelope", subject=delivery.public_id, unit=decision.unit.key,
        clients=[decision.case.client_id], record_class=RECORD_CLASS, purpose="posting",
        details={"protected": decision.case.client.protected},
    )  # fmt: skip
    return letters.address_of(decision.case.client, day=local_date(at), protected=True)


# --- Printing --------------------------------------------------------------------------------------------------------


@action
def make_run(
    *, unit: Unit, post_on: date, by: Actor, at: datetime, key: str, only: Iterable[Delivery] | None = None
) -> PrintRun:
    """Put the unit's waiting letters into a print run, made for the day on which they are posted.

    Two secretaries at once get different letters: one that another has in hand is passed by. A letter without an
    address waits on.

    Raises:
        NotAllowed; Invalid `wrong_day`, `nothing_to_print`.
    """
    require(by, "decisions.run", at=at)
    if unit.pk not in who(by, at=at).units((Role.SECRETARY,)):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."), action="decisions.run")
    if key and (made := PrintRun.objects.filter(made_by=by, key=key).first()):
        return made
    if post_on < local_date(at) or not calendar.is_working_day(post_on):
        raise Invalid(
            "wrong_day", _("Choose a working day, today or later, on which the letters are posted."), "post_on"
        )
    taken = _taken(unit, only)
    placed = _in_order(taken, post_on)
    if not placed:
        raise Invalid("nothing_to_print", _("There are no letters to print."))
    run = PrintRun.objects.create(unit=unit, made_at=at, made_by=by, post_on=post_on, key=key)
    for place, (row, address) in enumerate(placed, start=1):
        made_columns = made_for(row, post_on, address=address)
        move(row, DeliveryState.PRINTED, **made_columns, run=run, run_place=place)
    audit.changed(
        by=by, at=at, what="decisions.run_made", subject=run.public_id, unit=unit.key, record_class=RECORD_CLASS,
        clients=[row.decision.case.client_id for row, _address in placed], details={"letters": len(placed)},
    )  # fmt: skip
    return run


def _taken(unit: Unit, only: Iterable[Delivery] | None) -> list[Delivery]:
    """Lock the waiting letters that nobody else has in hand; what they are about is read after the lock."""
    due = Delivery.objects.filter(state=DeliveryState.WAITING, way=Way.POST, decision__unit=unit)
    if only is not None:
        due = due.filter(pk__in=[row.pk for row in only])
    due = due.order_by("created_at", "id").select_for_update(skip_locked=True, no_key=True, of=("self",))
    keys = list(due.values_list("pk", flat=True)[:MOST])
    rows = Delivery.objects.filter(pk__in=keys).select_related("decision__case__client__merged_into", "decision__unit")
    return list(rows.order_by("created_at", "id"))


def _in_order(rows: list[Delivery], post_on: date) -> list[tuple[Delivery, tuple[str, ...]]]:
    """Return letters with their addresses as the post sorts them; those under a ban on disclosure last, without one."""
    told = letters.addresses_of([row.decision.case.client for row in rows], day=post_on)
    known = []
    for row in rows:
        client = row.decision.case.client
        if told[client.pk] or client.protected:
            known.append((row, told[client.pk]))
    return sorted(known, key=lambda one: (not one[1], *map(str.casefold, reversed(one[1])), one[0].pk))


@action
def posted(*, run: PrintRun, by: Actor, at: datetime) -> PrintRun:
    """Mark a run as posted on its day: its letters have been sent, their days of receipt and review are known.

    Raises:
        NotAllowed; Conflict `run_moved`; Invalid `too_early`: its day has not come, `empty`.
    """
    require(by, "decisions.run", run, at=at)
    row = _locked_run(run)
    if row.post_on > local_date(at):
        raise Invalid(
            "too_early",
            _("The letters say that they are posted on %(day)s. Mark them then, or take the run back and make it anew.")
            % {"day": f"{row.post_on.day}.{row.post_on.month}.{row.post_on.year}"},
        )
    _move_run(row, RunState.POSTED, posted_at=at, posted_by=by)
    found = list(row.deliveries.filter(state=DeliveryState.PRINTED).order_by("decision_id", "pk"))
    if not found:
        raise Invalid("empty", _("There are no letters in this print run."))
    for one in found:
        delivery = locked_one(one)
        move(delivery, DeliveryState.SENT, **delivering.days(Way.POST, row.post_on))
        delivering.left(delivery, by=by, at=at)
    _log_run(row, "run_posted", by=by, at=at)
    return row


@action
def take_back(*, run: PrintRun, by: Actor, at: datetime) -> PrintRun:
    """Take a run back that was not posted on its day: its letters wait again, to be made for another day.

    Raises:
        NotAllowed; Conflict `run_moved`: it has been posted or taken back.
    """
    require(by, "decisions.run", run, at=at)
    row = _locked_run(run)
    _move_run(row, RunState.CANCELLED)
    for one in row.deliveries.filter(state=DeliveryState.PRINTED).order_by("decision_id", "pk"):
        _wait_again(locked_one(one))
    _log_run(row, "run_taken_back", by=by, at=at)
    return row


@action
def take_out(*, delivery: Delivery, by: Actor, at: datetime) -> Delivery:
    """Take one letter out of a run that has not been posted; it waits again.

    Raises:
        NotAllowed; Conflict `delivery_moved`: it is in no open run.
    """
    require(by, "decisions.post", delivery, at=at)
    row = locked_one(delivery)
    if row.state != DeliveryState.PRINTED:
        raise Conflict("delivery_moved", _("The letter is in no print run that waits for posting."), state=row.state)
    _wait_again(row)
    _log_letter(row, "letter_taken_out", by=by, at=at)
    return row


def _wait_again(row: Delivery) -> None:
    move(row, DeliveryState.WAITING, run=None, run_place=None, pdf=None, digest="", address=[], sent_on=None)


def _locked_run(run: PrintRun) -> PrintRun:
    return PrintRun.objects.select_for_update(no_key=True, of=("self",)).select_related("unit").get(pk=run.pk)


def _move_run(run: PrintRun, to: RunState, **columns: object) -> None:
    origins = [state for state, ways in RUN_TRANSITIONS.items() if to in ways]
    if not PrintRun.objects.filter(pk=run.pk, state__in=origins).update(state=to, **columns):
        raise Conflict("run_moved", _("The print run has already been posted or taken back."), state=run.state)
    run.state = to
    for name, value in columns.items():
        setattr(run, name, value)


def _log_run(run: PrintRun, event: str, *, by: Actor, at: datetime) -> None:
    clients = [row.decision.case.client_id for row in run.deliveries.select_related("decision__case")]
    audit.changed(
        by=by, at=at, what=f"decisions.{event}", subject=run.public_id, unit=run.unit.key, clients=clients,
        record_class=RECORD_CLASS, details={"post_on": run.post_on.isoformat()},
    )  # fmt: skip


def _log_letter(row: Delivery, event: str, *, by: Actor, at: datetime) -> None:
    audit.changed(
        by=by, at=at, what=f"decisions.{event}", subject=row.public_id, clients=[row.decision.case.client_id],
        record_class=RECORD_CLASS,
    )  # fmt: skip
