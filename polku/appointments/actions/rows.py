"""The row that an action changes: locked, read once, and kept in step with what is written."""

from __future__ import annotations

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from polku.appointments.models import Appointment, Claim, Participant
from polku.appointments.snapshot import CLAIMS
from polku.appointments.states import LIVE, State, before
from polku.kit.errors import Conflict

_SETTLED = ("kind", "unit", "place")


def locked(appointment: Appointment) -> Appointment:
    """The row as it is now, locked until the end of the transaction.

    One query on one table: kind, unit and place are those that the caller's row has, whoever it is for is read anew
    when asked for. A join over all of them costs more to plan than the action to run.
    """
    row = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    for name in _SETTLED:
        known = appointment._state.fields_cache.get(name)
        if known is not None and known.pk == getattr(row, f"{name}_id"):
            setattr(row, name, known)
    return row


def turn(row: Appointment, state: State, **values: object) -> None:
    """Take a locked row along `TRANSITIONS` to a state, with what is written at the same time.

    Raises:
        Conflict: the row is in a state from which this one cannot follow.
    """
    if not Appointment.objects.filter(pk=row.pk, state__in=before(state)).update(state=state, **values):
        raise changed_meanwhile(row)
    keep(row, state=state, live=state in LIVE, **values)


def keep(row: Appointment, **values: object) -> None:
    """Let the object say what has been written."""
    for name, value in values.items():
        setattr(row, name, value)


def worker_claims(row: Appointment) -> list[Claim]:
    """The claims on workers, in the order of their seats, read once for the row."""
    prefetch_related_objects([row], CLAIMS)
    return [claim for claim in row.claims.all() if claim.position > 0]


def changed_meanwhile(row: Appointment | Participant) -> Conflict:
    """The error of a page that shows an older state."""
    return Conflict(
        "changed",
        _("This time has changed since you opened it: it is now “%(state)s”. Open it again.")
        % {"state": row.get_state_display().lower()},
        state=row.state,
    )
