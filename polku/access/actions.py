"""Changing the register of users and units: actors, accounts, posts, deputies, absences, promises, machine keys.

The register of users and their rights is required by act 703/2023 9 §: rows end, they are not deleted.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from polku.access import policy as _policy  # noqa: F401 - declares who may
from polku.access.models import (
    Absence,
    Account,
    Actor,
    Deputy,
    Membership,
    OpeningHours,
    Promise,
    Source,
    Unit,
)
from polku.access.permissions import require
from polku.access.queries import current, units_of
from polku.access.sessions import end_sessions
from polku.access.states import AbsenceKind, ActorKind, Role, TaskGroup
from polku.acting import action
from polku.audit import actions as audit
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.kit.localtime import local_date

# Which work-task group of decree 457/2024 10 § a role belongs to unless the register says otherwise.
GROUP_OF_ROLE: dict[str, TaskGroup] = {
    Role.GUIDANCE: TaskGroup.BROAD,
    Role.SOCIAL_WORKER: TaskGroup.BROAD,
    Role.COUNSELLOR: TaskGroup.ARRANGING,
    Role.NURSE: TaskGroup.HEALTH_CARE,
    Role.HEALTH: TaskGroup.HEALTH_CARE,
    Role.SECRETARY: TaskGroup.ADMINISTRATIVE,
    Role.LEAD: TaskGroup.MANAGEMENT,
    Role.PROTECTION_OFFICER: TaskGroup.ADMINISTRATIVE,
    Role.ADMIN: TaskGroup.ADMINISTRATIVE,
}


def job(name: str, *, at: datetime) -> Actor:
    """Return the actor of an automatic task, made when first asked for."""
    found = Actor.objects.filter(kind=ActorKind.JOB, name=name).first()
    if found is None:
        Actor.objects.bulk_create([Actor(kind=ActorKind.JOB, name=name, created_at=at)], ignore_conflicts=True)
        found = Actor.objects.get(kind=ActorKind.JOB, name=name)
    return found


@action
def add_staff(
    *,
    name: str,
    username: str,
    password: str | None,
    at: datetime,
    by: Actor | None,
    titles: tuple[str, str, str] = ("", "", ""),
    languages: Iterable[str] = ("fi",),
    email: str = "",
) -> Actor:
    """Add a staff member with an account; `by` is None only when the first account of an installation is made.

    Raises:
        NotAllowed; Invalid when the user name is taken or the name is empty.
    """
    if by is not None:
        require(by, "access.manage", at=at)
    elif Account.objects.exists():
        raise NotAllowed("not_first", _("The first account has been made already."))
    if not name.strip():
        raise Invalid("name_missing", _("Write the name."), field="name")
    if not username.strip() or Account.objects.filter(username__iexact=username.strip()).exists():
        raise Invalid(
            "username_taken",
            _("Choose another user name: this one is in use."),
            field="username",
        )
    actor = Actor.objects.create(
        kind=ActorKind.STAFF, name=name.strip(), title_fi=titles[0], title_sv=titles[1], title_en=titles[2],
        languages=list(languages), created_at=at,
    )  # fmt: skip
    Account.objects.create_account(username=username.strip(), actor=actor, password=password, email=email)
    audit.changed(by=by or actor, at=at, what="access.add_staff", subject=actor.public_id)
    return actor


@action
def give_post(
    *, actor: Actor, unit: Unit, role: str, by: Actor | None, at: datetime,
    valid_from: date | None = None, valid_until: date | None = None, task_group: str = "", in_office: bool = False,
) -> Membership:  # fmt: skip
    """Give a post in a unit, from a day; the same post again is the one that runs.

    `by` is None only while the register is loaded from the county's file. `in_office`: the post is an office
    (virkasuhde), whose holder may assess special support and decide (1301/2014 36.5 and 46 §).

    Raises:
        NotAllowed; Invalid when the period is wrong, or the post runs already and would end on another day.
    """
    if by is not None:
        require(by, "access.manage", at=at)
    day = valid_from or local_date(at)
    if valid_until is not None and valid_until < day:
        raise Invalid("period", _("The last day is before the first."), field="valid_until")
    known = Membership.objects.filter(actor=actor, unit=unit, role=role)
    running = known.filter(current(day)).first()
    if running is not None and running.valid_until == valid_until:
        return running
    if running is not None or known.filter(valid_from=day).exists():
        raise Invalid(
            "post_known",
            _("There is such a post on that day already. End it, or choose a first day after it."),
            field="valid_from",
        )
    row = Membership.objects.create(
        actor=actor, unit=unit, role=role, task_group=task_group or GROUP_OF_ROLE[role],
        valid_from=day, valid_until=valid_until, in_office=in_office,
    )  # fmt: skip
    audit.changed(
        by=by or actor, at=at, what="access.give_post", subject=actor.public_id, unit=unit.key,
        details={"role": role, "first_day": day.isoformat(), "last_day": valid_until and valid_until.isoformat()},
    )  # fmt: skip
    return row


@action
def end_post(*, post: Membership, last_day: date, by: Actor, at: datetime) -> None:
    """End a post on a day; what was seen before stays explainable.

    Raises:
        NotAllowed: it is one's own post as main user: somebody must be left to keep the register.
        Invalid: the day is before yesterday, until when the post gave its rights, or before the post began.
        Conflict: it has ended.
    """
    require(by, "access.manage", at=at)
    if post.actor_id == by.pk and post.role == Role.ADMIN:
        raise NotAllowed("own_post", _("You cannot end your own post as main user. Another main user can."))
    yesterday = local_date(at) - timedelta(days=1)
    if last_day < max(post.valid_from, yesterday):
        raise Invalid(
            "period", _("The post gives its rights until yesterday at least, and from its first day."), field="last_day"
        )
    running = Membership.objects.filter(pk=post.pk).exclude(valid_until__lt=local_date(at))
    if not running.update(valid_until=last_day):
        raise Conflict("post_ended", _("The post has ended already."))
    audit.changed(
        by=by, at=at, what="access.end_post", subject=post.actor.public_id, unit=post.unit.key,
        details={"role": post.role, "last_day": last_day.isoformat()},
    )  # fmt: skip


@action
def add_absence(
    *,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    kind: str = AbsenceKind.OTHER,
    by: Actor,
    at: datetime,
) -> Absence:
    """Mark a worker away, half-open; one's own, or a colleague's in a unit that one leads.

    Raises:
        NotAllowed; Invalid when the end is not after the start or the time is unreasonably long.
    """
    _own_or_led(actor, by=by, at=at)
    if ends_at <= starts_at:
        raise Invalid("period", _("The end must be after the start."), field="ends_at")
    if ends_at - starts_at > timedelta(days=5 * 366):
        raise Invalid(
            "too_long",
            _("An absence cannot be longer than five years."),
            field="ends_at",
        )
    row, made = Absence.objects.get_or_create(
        actor=actor, starts_at=starts_at, ends_at=ends_at, defaults={"kind": kind}
    )
    if made:
        audit.changed(by=by, at=at, what="access.add_absence", subject=actor.public_id)
    return row


@action
def remove_absence(*, absence: Absence, by: Actor, at: datetime) -> None:
    """Take an absence back; a repeat does nothing."""
    _own_or_led(absence.actor, by=by, at=at)
    if Absence.objects.filter(pk=absence.pk).delete()[0]:
        audit.changed(by=by, at=at, what="access.remove_absence", subject=absence.actor.public_id)


@action
def name_deputy(
    *,
    actor: Actor,
    deputy: Actor,
    valid_from: date,
    valid_until: date | None,
    by: Actor,
    at: datetime,
) -> Deputy:
    """Name who stands in for a worker from day to day, inclusive.

    Raises:
        NotAllowed; Invalid when they are the same person, share no unit, or the period is wrong.
    """
    _own_or_led(actor, by=by, at=at)
    if actor.pk == deputy.pk:
        raise Invalid("same_person", _("Nobody can be their own deputy."), field="deputy")
    if valid_until is not None and valid_until < valid_from:
        raise Invalid("period", _("The last day is before the first."), field="valid_until")
    if not set(units_of(actor, at=at)) & set(units_of(deputy, at=at)):
        raise Invalid("no_unit", _("Choose a deputy from the same unit."), field="deputy")
    row, _made = Deputy.objects.get_or_create(
        actor=actor,
        deputy=deputy,
        valid_from=valid_from,
        defaults={"valid_until": valid_until},
    )
    if row.valid_until != valid_until:
        row.valid_until = valid_until
        row.save(update_fields=["valid_until"])
    audit.changed(
        by=by, at=at, what="access.name_deputy", subject=actor.public_id, details={"deputy": deputy.public_id}
    )  # fmt: skip
    return row


def _own_or_led(actor: Actor, *, by: Actor, at: datetime) -> None:
    if actor.pk == by.pk:
        return
    led = set(units_of(actor, at=at).values_list("pk", flat=True))
    if not led & set(Unit.objects.filter(pk__in=_led_units(by, at=at)).values_list("pk", flat=True)):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))


def _led_units(by: Actor, *, at: datetime) -> list[int]:
    day = local_date(at)
    rows = Membership.objects.filter(current(day), actor=by, role__in=(Role.LEAD, Role.ADMIN))
    return list(rows.values_list("unit_id", flat=True))


@action
def set_hours(
    *,
    unit: Unit,
    weekday: int,
    opens: time | None,
    closes: time | None,
    valid_from: date,
    by: Actor,
    at: datetime,
) -> None:
    """Set a weekday's hours from a day on (1 = Monday); None for both shuts the unit on that weekday.

    The former hours end on the day before: what was promised then stays answerable.

    Raises:
        NotAllowed; Invalid when there is no such weekday, the first day is over, or the hours are in the wrong order.
    """
    require(by, "access.set_unit", unit, at=at)
    not_before_today(valid_from, at=at, field="valid_from")
    if not 1 <= weekday <= 7:
        raise Invalid("weekday", _("Choose a weekday."), field="weekday")
    if (opens is None) != (closes is None) or (opens is not None and closes is not None and closes <= opens):
        raise Invalid("hours", _("Give both hours in order, or neither."), field="closes")
    rows = OpeningHours.objects.filter(unit=unit, weekday=weekday)
    _end_before(rows, valid_from)
    if opens is not None and closes is not None:
        OpeningHours.objects.create(
            unit=unit,
            weekday=weekday,
            opens=opens,
            closes=closes,
            valid_from=valid_from,
        )
    audit.changed(by=by, at=at, what="access.set_hours", subject=unit.public_id, unit=unit.key)


@action
def set_promise(
    *,
    unit: Unit,
    rule: str,
    days: int,
    cutoff: time | None,
    valid_from: date,
    by: Actor,
    at: datetime,
) -> Promise:
    """Promise something from a day on; the former promise ends on the day before and keeps binding its contacts.

    Raises:
        NotAllowed; Invalid when the first day is over or the number of days is not 1-60.
    """
    require(by, "access.set_unit", unit, at=at)
    not_before_today(valid_from, at=at, field="valid_from")
    if not 1 <= days <= 60:
        raise Invalid("days", _("Give the number of days, 1-60."), field="days")
    _end_before(Promise.objects.filter(unit=unit, rule=rule), valid_from)
    row = Promise.objects.create(unit=unit, rule=rule, days=days, cutoff=cutoff, valid_from=valid_from)
    audit.changed(
        by=by, at=at, what="access.set_promise", subject=unit.public_id, unit=unit.key, details={"rule": rule}
    )  # fmt: skip
    return row


def not_before_today(day: date, *, at: datetime, field: str) -> None:
    """Refuse a day that is over (`past`): what held on it stays."""
    if day < local_date(at):
        raise Invalid("past", _("Choose today or a later day: what held before stays as it was."), field=field)


def _end_before(rows: object, day: date) -> None:
    """End running rows on the day before; rows that would begin on or after it give way."""
    rows.filter(valid_from__gte=day).delete()  # type: ignore[attr-defined]
    running = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))  # type: ignore[attr-defined]
    running.update(valid_until=day - timedelta(days=1))


@action
def add_source(
    *,
    name: str,
    unit: Unit | None,
    scopes: Iterable[str],
    by: Actor | None,
    at: datetime,
    per_minute: int = 600,
) -> tuple[Source, str]:
    """Let a machine in; returns it and its key, which is shown this once and kept only as a hash."""
    if by is not None:
        require(by, "access.manage", at=at)
    key = secrets.token_urlsafe(32)
    actor = Actor.objects.create(kind=ActorKind.SOURCE, name=name, created_at=at)
    source = Source.objects.create(
        actor=actor, unit=unit, key_hash=hashlib.sha256(key.encode()).hexdigest(), scopes=sorted(scopes),
        per_minute=per_minute, valid_from=local_date(at),
    )  # fmt: skip
    audit.changed(by=by or actor, at=at, what="access.add_source", subject=actor.public_id)
    return source, key


@action
def end_source(*, source: Source, by: Actor, at: datetime) -> None:
    """End a machine's permission now: its key opens nothing from this moment on. Raises Conflict when it has ended."""
    require(by, "access.manage", at=at)
    yesterday = local_date(at) - timedelta(days=1)
    # Days are whole: a key that has leaked on its first day would still have the rest of it.
    running = Q(valid_until__isnull=True) | Q(valid_until__gt=yesterday)
    rows = Source.objects.filter(running, pk=source.pk).exclude(key_hash__startswith=Source.ENDED)
    last = max(yesterday, source.valid_from)
    if not rows.update(valid_until=last, key_hash=Source.ENDED + source.actor.public_id):
        raise Conflict("source_ended", _("The permission of this system has ended already."))
    audit.changed(by=by, at=at, what="access.end_source", subject=source.actor.public_id)


@action
def open_account(*, actor: Actor, is_open: bool, by: Actor, at: datetime) -> None:
    """Close a person's account, or open it again. Nobody closes their own: somebody must be left to open it."""
    require(by, "access.manage", at=at)
    if actor.pk == by.pk:
        raise NotAllowed("own_account", _("You cannot close your own account."))
    Account.objects.filter(actor=actor).update(is_active=is_open)
    if not is_open:
        end_sessions(actor=actor, by=by, at=at)
    audit.changed(by=by, at=at, what=f"access.{'open' if is_open else 'close'}_account", subject=actor.public_id)
