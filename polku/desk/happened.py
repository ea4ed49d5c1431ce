"""What happened, in sentences: each event of the timeline has its words here; what is not known stands as written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polku.access.models import Unit
from polku.assessments.measures import instrument_name
from polku.assessments.published import form_name
from polku.assessments.states import StartedBy
from polku.cases.models import TimelineEntry
from polku.cases.states import InitiatedHow
from polku.contacts.states import Channel, LegalKind, PartyRole, Result
from polku.decisions.states import Way
from polku.decisions.wording import decision_name
from polku.handover.mapping import system_name
from polku.handover.states import DocumentKind
from polku.meetings.states import Outcome
from polku.triage.states import RouteReason
from polku.ui import words

SENTENCES: dict[str, Promise] = {
    "contacts.started": gettext_lazy("The contact arrived: %(channel)s"),
    "contacts.received": gettext_lazy("The contact arrived: %(channel)s"),
    "contacts.recorded": gettext_lazy("The contact was recorded: %(kind)s"),
    "contacts.described": gettext_lazy("The contact's details were changed"),
    "contacts.answered": gettext_lazy("The person was answered"),
    "contacts.parked": gettext_lazy("The contact was parked"),
    "contacts.resumed": gettext_lazy("The contact was taken up again"),
    "contacts.closed": gettext_lazy("The contact was finished: %(result)s"),
    "contacts.discarded": gettext_lazy("The contact was discarded"),
    "contacts.reopened": gettext_lazy("The contact was opened again"),
    "contacts.advised": gettext_lazy("The contact was solved by advice"),
    "contacts.case_opened": gettext_lazy("A case was opened from the contact: %(reference)s"),
    "contacts.case_linked": gettext_lazy("The contact was linked to the case %(reference)s"),
    "contacts.joined": gettext_lazy("The contact %(reference)s was linked to this case"),
    "contacts.message_queued": gettext_lazy("A message was written to the person"),
    "contacts.call_back_late": gettext_lazy("The agreed time of the call-back passed"),
    "contacts.person_added": gettext_lazy("A person was added: %(role)s"),
    "contacts.person_changed": gettext_lazy("A person's details were changed: %(role)s"),
    "contacts.person_known": gettext_lazy("The person was identified: %(role)s"),
    "contacts.person_removed": gettext_lazy("A person was taken out: %(role)s"),
    "contacts.call_back_promised": gettext_lazy("A call-back was promised: %(agreed_at)s"),
    "contacts.call_back_done": gettext_lazy("The person was called back"),
    "contacts.call_back_not_reached": gettext_lazy("The person was not reached by phone"),
    "contacts.call_back_cancelled": gettext_lazy("The call-back was cancelled"),
    "triage.assessed": gettext_lazy("First assessment: %(urgent)s"),
    "triage.taken": gettext_lazy("Taken to work on"),
    "triage.covered": gettext_lazy("Taken over from %(from)s, who is away"),
    "triage.released": gettext_lazy("Given back to the team's list"),
    "triage.handed_over": gettext_lazy("Handed over: %(to)s %(unit)s"),
    "triage.held": gettext_lazy("Set to wait until %(until)s"),
    "triage.hold_ended": gettext_lazy("The waiting ended"),
    "deadlines.paused": gettext_lazy("A promise was paused"),
    "deadlines.resumed": gettext_lazy("A paused promise went on"),
    "deadlines.restarted": gettext_lazy("A limit was counted anew"),
    "deadlines.recomputed": gettext_lazy("A limit was worked out again"),
    "deadlines.cancelled": gettext_lazy("A limit was cancelled: %(reason)s"),
    "deadlines.run_again": gettext_lazy("A limit runs again that was marked met by mistake"),
    "cases.opened": gettext_lazy("The case became pending"),
    "cases.own_worker_named": gettext_lazy("Own worker: %(worker)s"),
    "cases.closed": gettext_lazy("The case was closed"),
    "cases.event": gettext_lazy("Event"),
    "appointments.booked": gettext_lazy("A time was booked: %(starts_at)s"),
    "appointments.told": gettext_lazy("Day, time and place were told to the client"),
    "appointments.cancelled": gettext_lazy("The time was cancelled"),
    "appointments.restored": gettext_lazy("The cancellation was taken back: %(starts_at)s"),
    "appointments.moved": gettext_lazy("The time was moved: %(starts_at)s"),
    "appointments.arrived": gettext_lazy("The client arrived"),
    "appointments.done": gettext_lazy("The meeting took place"),
    "appointments.no_show": gettext_lazy("The client did not come"),
    "appointments.put_right": gettext_lazy("The attendance was put right"),
    "appointments.waiting_joined": gettext_lazy("The client would come earlier: put on the list"),
    "appointments.waiting_left": gettext_lazy("Taken off the earlier-time list"),
    "appointments.group_joined": gettext_lazy("A seat in a group was given: %(starts_at)s"),
    "appointments.group_told": gettext_lazy("Day, time and place of the group were told to the client"),
    "appointments.group_left": gettext_lazy("The seat in the group was given up"),
    "appointments.group_restored": gettext_lazy(
        "The cancellation of the seat in the group was taken back: %(starts_at)s"
    ),
    "appointments.group_arrived": gettext_lazy("The client arrived at the group"),
    "appointments.group_done": gettext_lazy("The client took part in the group"),
    "appointments.group_no_show": gettext_lazy("The client did not come to the group"),
    "appointments.group_booked": gettext_lazy("What was marked of the group was put right"),
    "assessments.begun": gettext_lazy("A form was opened: %(form)s"),
    "assessments.started": gettext_lazy("Assessing began: %(start)s"),
    "assessments.start_corrected": gettext_lazy("The start of assessing was put right: %(start)s"),
    "assessments.ready": gettext_lazy("The assessment was marked ready"),
    "assessments.taken_back": gettext_lazy("The assessment was taken back to write on"),
    "assessments.locked": gettext_lazy("The assessment was completed and locked"),
    "assessments.broken_off": gettext_lazy("The assessment was broken off"),
    "assessments.measured": gettext_lazy("An instrument was filled in: %(instrument)s"),
    "assessments.measure_withdrawn": gettext_lazy("A result of an instrument was withdrawn: %(instrument)s"),
    "assessments.safety_seen": gettext_lazy("Safety was asked about"),
    "assessments.plan_begun": gettext_lazy("A client plan was begun"),
    "assessments.plan_confirmed": gettext_lazy("The client plan came into force, review %(review_on)s"),
    "assessments.plan_review_due": gettext_lazy("The client plan is to be reviewed: %(review_on)s"),
    "assessments.plan_ended": gettext_lazy("The client plan ended"),
    "assessments.plan_discarded": gettext_lazy("The draft of a client plan was discarded"),
    "meetings.proposed": gettext_lazy("The client was put on the agenda of a meeting: %(meeting_at)s"),
    "meetings.taken_off": gettext_lazy("The client was taken off the agenda of a meeting"),
    "meetings.moved": gettext_lazy("The matter was moved to the next meeting: %(meeting_at)s"),
    "meetings.position": gettext_lazy("The meeting's position: %(outcome)s"),
    "meetings.position_taken_back": gettext_lazy("The meeting's position was taken back"),
    "meetings.disqualified": gettext_lazy("Disqualified at the meeting: %(who)s"),
    "meetings.requalified": gettext_lazy("A disqualification at the meeting was taken back: %(who)s"),
    "decisions.begun": gettext_lazy("A decision was begun: %(decision)s"),
    "decisions.discarded": gettext_lazy("The draft of a decision was given up: %(decision)s"),
    "decisions.signed": gettext_lazy("The decision was signed: %(diary)s, %(decision)s"),
    "decisions.corrects_spelling": gettext_lazy("The correction of a clerical error was begun in %(earlier)s"),
    "decisions.corrects_fact": gettext_lazy("The correction of an error of fact was begun in %(earlier)s"),
    "decisions.withdraws": gettext_lazy("The withdrawal of the decision %(earlier)s was begun"),
    "decisions.replaces": gettext_lazy("A decision in place of %(earlier)s was begun"),
    "decisions.way_chosen": gettext_lazy("Way of delivery of the decision %(diary)s: %(way)s"),
    "decisions.sent": gettext_lazy("The decision %(diary)s left: %(way)s. Deemed received %(received_on)s"),
    "decisions.received": gettext_lazy("The decision %(diary)s was received, the time to request a review began"),
    "decisions.came_back": gettext_lazy("The letter of the decision %(diary)s came back"),
    "decisions.not_sent": gettext_lazy("The decision %(diary)s could not be sent: %(way)s"),
    "handover.made": gettext_lazy("To be stored in the record system %(system)s: %(document)s"),
    "handover.confirmed": gettext_lazy("Stored in the record system %(system)s, number %(number)s: %(document)s"),
    "handover.not_needed": gettext_lazy("Need not be stored in the record system %(system)s: %(document)s"),
    "handover.reopened": gettext_lazy("To be stored after all in the record system %(system)s: %(document)s"),
    "outbox.sent": gettext_lazy("A message was sent"),
}
_LABELS: dict[str, Any] = {
    "channel": Channel,
    "kind": LegalKind,
    "result": Result,
    "role": PartyRole,
    "how": InitiatedHow,
    "start": StartedBy,
    "outcome": Outcome,
    "way": Way,
    "document": DocumentKind,
}
_NAMED = {"form": form_name, "instrument": instrument_name, "decision": decision_name, "system": system_name}
_DAYS = ("until", "review_on", "received_on")


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the timeline as `desk/records/events.html` draws it."""

    at: datetime
    text: str
    by: str
    url: str = ""


def sentence(entry: TimelineEntry, units: dict[str, str]) -> str:
    """Return an entry's sentence with its plain values put into words, and what somebody wrote after it."""
    template = str(SENTENCES.get(entry.event, entry.event))
    told = {name: value for name, value in entry.data.items() if f"%({name})" in template}
    values = _Values({name: _value(name, value, units) for name, value in told.items()})
    said = (template % values).strip(" :") if "%(" in template else template
    if entry.event == "cases.event" and entry.text:
        return entry.text
    why = entry.data.get("why", "")
    reason = str(RouteReason(why).label) if why in RouteReason.values else ""
    return ". ".join(part for part in (said, reason, entry.text) if part)


class _Values(dict[str, str]):
    """Values by name; what an old row does not have is left out of its sentence."""

    def __missing__(self, key: str) -> str:
        return ""


def _value(name: str, value: Any, units: dict[str, str]) -> str:
    if name in _LABELS and value in _LABELS[name].values:
        return str(_LABELS[name](value).label).lower()
    if name == "urgent":
        return _("urgent") if value else _("not urgent")
    if name == "unit":
        return units.get(str(value), str(value))
    if name.endswith("_at") and isinstance(value, str):
        return words.short_moment(datetime.fromisoformat(value))
    if name in _NAMED:
        return _NAMED[name](str(value))
    if name in _DAYS and value and isinstance(value, str):
        return words.short_day(date.fromisoformat(value))
    return str(value)


def events(entries: Iterable[TimelineEntry], *, case_id: str = "") -> list[Event]:
    """Return the timeline in words; a text that corrects an older one says when."""
    entries = list(entries)
    named = {entry.data["unit"] for entry in entries if "unit" in entry.data}
    units = {unit.key: unit.name for unit in Unit.objects.filter(key__in=named)} if named else {}
    found = []
    for entry in entries:
        by = ", ".join(part for part in (entry.actor_name, entry.actor_title) if part)
        if entry.corrects_id is not None:
            by += ". " + _("Corrected %(time)s") % {"time": words.short_moment(entry.recorded_at)}
        if entry.source:
            by += ". " + _("Source: %(source)s") % {"source": entry.source}
        url = reverse("desk:case_correct", args=[case_id, entry.public_id]) if case_id and entry.text else ""
        found.append(Event(entry.happened_at, sentence(entry, units), by, url))
    return found
