"""The client's path as a picture: stages that are done with their dates, the one under way, those to come."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from polku.appointments.models import Appointment
from polku.appointments.states import State
from polku.asking import Question, value
from polku.cases.models import Case
from polku.contacts.models import Contact
from polku.triage.models import FirstAssessment
from polku.ui import words
from polku.ui.path import Path, Step

_ASSESSED = Question(lambda: FirstAssessment.objects.filter(contact_id=value("contact")).order_by("version")[:1])


def path_of(contact: Contact | None, case: Case | None, times: list[Appointment], *, at: datetime) -> Path:
    """Return the path from the contact to the end of the case, with dates where there are any."""
    assessed = _ASSESSED.first(contact=contact.pk) if contact is not None else None
    met = next((row for row in times if row.state == State.DONE), None)
    coming = next((row for row in times if row.state in (State.BOOKED, State.ARRIVED)), None)
    began = contact.received_at if contact else case.initiated_at if case else at
    steps: list[tuple[str, str, bool]] = [
        (_("Contact"), words.short_day(began), True),
        (_("First assessment"), words.short_day(assessed.made_at) if assessed else "", assessed is not None),
        (_("Meeting"), _meeting(met, coming), met is not None),
        (_("Case"), words.short_day(case.initiated_at) if case else _("when needed"), False),
        (_("Assessment"), _("when needed"), False),
        (_("Decision"), _("when needed"), False),
    ]
    if case is not None and case.closed_at is not None:
        steps.append((_("Closed"), words.short_day(case.closed_at), True))
        return Path(_("The path of the matter"), [Step(name, note, "done") for name, note, _done in steps])
    if case is None and contact is not None and contact.closed_at is not None and coming is None:
        # It ended here: what it did not need is not shown as if it still waited.
        ended = [*(step for step in steps if step[2]), (_("Closed"), words.short_day(contact.closed_at), True)]
        return Path(_("The path of the matter"), [Step(name, note, "done") for name, note, _done in ended])
    if case is not None:
        steps[3] = (steps[3][0], steps[3][1], met is not None and assessed is not None)
    return Path(_("The path of the matter"), _with_states(steps))


def _meeting(met: Appointment | None, coming: Appointment | None) -> str:
    if met is not None:
        return words.short_day(met.starts_at)
    return words.short_moment(coming.starts_at) if coming else _("not booked")


def _with_states(steps: list[tuple[str, str, bool]]) -> list[Step]:
    """The first step that is not done is where the matter is; nothing after it is done."""
    found: list[Step] = []
    here = False
    for name, note, done in steps:
        if done and not here:
            found.append(Step(name, note, "done"))
        else:
            found.append(Step(name, note, "next" if here else "now"))
            here = True
    return found
