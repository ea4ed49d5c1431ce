"""Changing the spine: work items, cases, relation rows, timeline, emergency opening."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import can, require
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import policy as _policy  # noqa: F401 - declares who may
from polku.cases.models import Case, CasePerson, CaseServiceTask, NamedWorker, Relation, TimelineEntry, WorkItem
from polku.cases.states import InitiatedHow, PersonRole, RelationKind, WorkKind
from polku.clients.models import Client
from polku.clients.queries import root
from polku.kit import public_id, reference
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.storing import insert

# First-contact data stays open this long after the contact has been closed; an emergency opening as long.
IN_HAND_AFTER_CLOSING = timedelta(hours=24)
EMERGENCY_LASTS = timedelta(hours=24)


@action
def note(
    *,
    event: str,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    work_item: WorkItem | None = None,
    case: Case | None = None,
    client: Client | None = None,
    text: str = "",
    source: str = "",
    data: Mapping[str, object] | None = None,
    corrects: TimelineEntry | None = None,
    key: str = "",
) -> TimelineEntry:
    """Write a timeline row in the caller's transaction.

    Args:
        event: `<stage>.<verb>`; the page turns it into a sentence with `data`'s plain values.
        happened_at: when it was true, if before `at`.
        source: from whom an outside fact came (703/2023 39 §).

    Raises:
        Invalid: `happened_at` is in the future.
    """
    happened_at = happened_at or at
    if happened_at > at:
        raise Invalid("future", _("The time cannot be in the future."), field="happened_at")
    row = TimelineEntry(
        public_id=public_id.new() if text else None,
        event=event,
        work_item=work_item,
        case=case,
        client=client,
        text=text,
        source=source,
        data=dict(data or {}),
        happened_at=happened_at,
        recorded_at=at,
        actor=by,
        actor_name=by.name,
        actor_title=by.title_fi,
        corrects=corrects,
        key=key,
    )
    insert(row)
    return row


@action
def open_work(
    *,
    kind: WorkKind,
    unit: Unit,
    at: datetime,
    opened_at: datetime | None = None,
    assignee: Actor | None = None,
    language: str,
    interpreter: bool = False,
) -> WorkItem:
    """Make a work item for a thing that its caller creates in the same transaction."""
    row = WorkItem(kind=kind, unit=unit, assignee=assignee, opened_at=opened_at or at)
    row.language, row.interpreter = language, interpreter
    insert(row)
    return row


@action
def close_work(*, item: WorkItem, at: datetime) -> bool:
    """Close a work item; its open contact-in-hand rows end 24 hours later. False if it was closed already."""
    closed = WorkItem.objects.filter(pk=item.pk, closed_at__isnull=True).update(
        closed_at=at, hold_until=None, hold_reason=""
    )
    if closed:
        _end_in_hand(item, at=at)
        item.closed_at = at
    return bool(closed)


def _end_in_hand(item: WorkItem, *, at: datetime) -> None:
    running = Relation.objects.filter(work_item=item, kind=RelationKind.CONTACT_IN_HAND, ends_at__isnull=True)
    running.update(ends_at=at + IN_HAND_AFTER_CLOSING)


@action
def let_wait(*, item: WorkItem, until: date | None, reason: str, at: datetime) -> None:
    """Leave a work item in the list although the thing behind it has ended: something of it must still happen.

    It waits until a day, when one is given; ties of its contact in hand end 24 hours later as after any ending.
    """
    item.hold_until, item.hold_reason = until, reason if until else ""
    item.save(update_fields=["hold_until", "hold_reason"])
    _end_in_hand(item, at=at)


@action
def reopen_work(*, item: WorkItem, assignee: Actor | None) -> None:
    """Open a work item again, on somebody's desk."""
    WorkItem.objects.filter(pk=item.pk).update(closed_at=None, assignee=assignee, hold_until=None, hold_reason="")
    item.closed_at, item.assignee, item.hold_until, item.hold_reason = None, assignee, None, ""


@action
def relate(
    *,
    kind: RelationKind,
    client: Client,
    by: Actor,
    at: datetime,
    actor: Actor | None = None,
    unit: Unit | None = None,
    case: Case | None = None,
    work_item: WorkItem | None = None,
    ends_at: datetime | None = None,
    reason: str = "",
) -> Relation:
    """Give an actor or a unit a tie to a client; a running tie of the same kind and thing is kept, not doubled."""
    running = Relation.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        kind=kind,
        client=client,
        actor=actor,
        unit=unit,
        case=case,
        work_item=work_item,
    )
    if kind != RelationKind.EMERGENCY and (row := running.first()):
        return row
    row = Relation(
        kind=kind,
        client=client,
        actor=actor,
        unit=unit,
        case=case,
        work_item=work_item,
        starts_at=at,
        ends_at=ends_at,
        reason=reason,
        made_by=by,
    )
    insert(row)
    audit.changed(
        by=by,
        at=at,
        what="relation",
        subject=client.public_id,
        clients=[client.pk],
        purpose=kind,
        details={"to": actor.public_id if actor else unit.key if unit else ""},
    )
    return row


@action
def end_relations(
    *,
    at: datetime,
    case: Case | None = None,
    work_item: WorkItem | None = None,
    actor: Actor | None = None,
    kind: RelationKind | None = None,
) -> int:
    """End running ties of a case or work item (all, or one actor's or kind's); returns how many."""
    if case is None and work_item is None:
        raise ValueError("name the case or the work item")
    rows = Relation.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), case=case, work_item=work_item)
    if actor is not None:
        rows = rows.filter(actor=actor)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return rows.update(ends_at=at)


@action
def open_case(
    *,
    client: Client,
    unit: Unit,
    initiated_at: datetime,
    initiated_how: InitiatedHow,
    by: Actor,
    at: datetime,
    key: str,
    service_tasks: Iterable[str] = (),
    language: str = "fi",
    own_worker: Actor | None = None,
    people: Iterable[tuple[Client, PersonRole]] = (),
) -> Case:
    """Open a case (asia) that became pending at `initiated_at` (vireilletulo, 1301/2014 34.1 §).

    The unit gets its tie, the own worker theirs. Clocks are the caller's to open. A repeat with the same key gives
    the same case.

    Raises:
        NotAllowed; Invalid when `initiated_at` is in the future.
    """
    require(by, "cases.open", at=at)
    if key and (made := Case.objects.filter(created_by=by, key=key).first()):
        return made
    if initiated_at > at:
        raise Invalid("future", _("The time cannot be in the future."), field="initiated_at")
    client = root(client)
    # Locked: a change of the language either is seen here or sees the case.
    speaks = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    item = open_work(
        kind=WorkKind.CASE, unit=unit, at=at, opened_at=initiated_at, assignee=own_worker,
        language=speaks.contact_language, interpreter=speaks.interpreter_language != "",
    )  # fmt: skip
    row = Case(
        work_item=item, client=client, unit=unit, initiated_at=initiated_at, initiated_how=initiated_how,
        clienthood_from=local_date(at), language=language, created_at=at, created_by=by, key=key,
    )  # fmt: skip
    case = _new_case(row, day=local_date(initiated_at))
    _people(case, people, service_tasks)
    relate(kind=RelationKind.UNIT_CASE, client=client, unit=unit, case=case, by=by, at=at)
    if own_worker is not None:
        name_own_worker(case=case, actor=own_worker, by=by, at=at)
    note(event="cases.opened", by=by, at=at, happened_at=initiated_at, case=case, client=client)
    audit.changed(by=by, at=at, what="case", subject=case.public_id, clients=[client.pk], purpose="open")
    return case


def _people(case: Case, people: Iterable[tuple[Client, PersonRole]], service_tasks: Iterable[str]) -> None:
    """Write the case's people, the client first, and its service tasks."""
    CasePerson.objects.create(case=case, client=case.client, role=PersonRole.CLIENT)
    for other, role in people:
        CasePerson.objects.get_or_create(case=case, client=root(other), role=role)
    CaseServiceTask.objects.bulk_create([CaseServiceTask(case=case, task=task) for task in sorted(set(service_tasks))])


def _new_case(case: Case, *, day: date) -> Case:
    """Save with a fresh reference; 700,000 a month are possible, so a clash is rare and simply drawn again."""
    for _attempt in range(20):
        case.reference = reference.new(day)
        try:
            with transaction.atomic():
                case.save()
        except IntegrityError:
            if not Case.objects.filter(reference=case.reference).exists():
                raise
            continue
        return case
    raise Conflict("no_reference", _("No free reference number was found. Try again."))


@action
def name_own_worker(*, case: Case, actor: Actor, by: Actor, at: datetime) -> None:
    """Name the own worker (omatyöntekijä, 1301/2014 42 §); the former one's period and tie end."""
    day = local_date(at)
    running = NamedWorker.objects.select_for_update().filter(case=case, valid_until__isnull=True).first()
    if running is not None and running.actor_id == actor.pk:
        return
    if running is not None:
        if running.valid_from >= day:
            running.delete()
        else:
            NamedWorker.objects.filter(pk=running.pk).update(valid_until=day - timedelta(days=1))
        end_relations(at=at, case=case, actor=running.actor, kind=RelationKind.OWN_WORKER)
    NamedWorker.objects.create(case=case, actor=actor, valid_from=day)
    WorkItem.objects.filter(pk=case.work_item_id).update(assignee=actor)
    relate(kind=RelationKind.OWN_WORKER, client=case.client, actor=actor, case=case, by=by, at=at)
    note(event="cases.own_worker_named", by=by, at=at, case=case, client=case.client, data={"worker": actor.name})
    audit.changed(by=by, at=at, what="case", subject=case.public_id, clients=[case.client_id], purpose="own_worker")


@action
def close_case(*, case: Case, ground: str, by: Actor, at: datetime) -> None:
    """Close a case with its ground: no longer a reason for social care (1301/2014 34.2 §, 703/2023 38 §).

    Raises:
        NotAllowed, Invalid `ground_missing`, Conflict when it is closed already. Running clocks are the caller's.
    """
    require(by, "cases.write", case, at=at)
    if not ground.strip():
        raise Invalid("ground_missing", _("Write the ground on which the case ends."), field="ground")
    closed = Case.objects.filter(pk=case.pk, closed_at__isnull=True).update(
        closed_at=at, closed_ground=ground.strip(), clienthood_until=local_date(at)
    )
    if not closed:
        raise Conflict("closed", _("The case has already been closed."))
    close_work(item=case.work_item, at=at)
    end_relations(at=at + IN_HAND_AFTER_CLOSING, case=case)
    NamedWorker.objects.filter(case=case, valid_until__isnull=True).update(valid_until=local_date(at))
    note(event="cases.closed", by=by, at=at, case=case, client=case.client, text=ground.strip())
    audit.changed(by=by, at=at, what="case", subject=case.public_id, clients=[case.client_id], purpose="close")


@action
def correct(*, entry: TimelineEntry, text: str, by: Actor, at: datetime) -> TimelineEntry:
    """Correct a written entry: the new version stands beside the old one, which is never changed.

    Raises:
        NotAllowed, Invalid `text_missing`, Conflict when somebody has already corrected it.
    """
    if entry.case is not None:
        require(by, "cases.write", entry.case, at=at)
    elif entry.actor_id != by.pk:
        require(by, "work.change", entry.work_item, at=at)
    if not text.strip():
        raise Invalid("text_missing", _("Write the corrected text."), field="text")
    locked = TimelineEntry.objects.select_for_update().get(pk=entry.pk)
    if locked.corrections.exists():
        raise Conflict("corrected", _("Somebody has already corrected this entry."))
    made = note(
        event=entry.event,
        by=by,
        at=at,
        happened_at=entry.happened_at,
        work_item=entry.work_item,
        case=entry.case,
        client=entry.client,
        text=text.strip(),
        source=entry.source,
        data=entry.data,
        corrects=entry,
    )
    audit.changed(
        by=by,
        at=at,
        what="timeline",
        subject=made.public_id or "",
        clients=[entry.client_id] if entry.client_id else [],
        purpose="correct",
    )
    return made


@action
def open_emergency(*, client: Client, reason: str, by: Actor, at: datetime, reference_told: str = "") -> Relation:
    """Open a client's data without a tie, by giving the reason; lasts 24 hours, shown to the protection officer.

    `reference_told` is what the worker refers to: a case's reference, a contact, a colleague's request.

    Raises:
        NotAllowed; Invalid when the reason is too short to be one.
    """
    require(by, "cases.emergency", at=at)
    if len(reason.split()) < 3:
        raise Invalid("reason_missing", _("Write why you need this client's data now, in a sentence."), field="reason")
    client = root(client)
    if can(by, "clients.read", client, at=at):
        kept = Relation.objects.filter(client=client, actor=by, kind=RelationKind.EMERGENCY, ends_at__gt=at).first()
        if kept is not None:
            return kept
    row = relate(
        kind=RelationKind.EMERGENCY,
        client=client,
        actor=by,
        by=by,
        at=at,
        ends_at=at + EMERGENCY_LASTS,
        reason=reason.strip(),
    )
    audit.emergency(
        by=by,
        at=at,
        what="client",
        subject=client.public_id,
        clients=[client.pk],
        reason=reason.strip(),
        reference=reference_told.strip(),
    )
    return row
