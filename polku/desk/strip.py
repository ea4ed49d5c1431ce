"""My open contacts above every page, and the urgent one that a duty worker hears of wherever they are."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.asking import Question, value
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.clients.models import Client
from polku.contacts.models import CallBack, Contact, ContactParty
from polku.contacts.states import IN_HAND, CallBackState, ContactState, PartyRole
from polku.desk.call.channels import WORDS
from polku.desk.worklist.rows import clock_of
from polku.triage.rows import Row, people_of
from polku.triage.worklist import urgent_alert
from polku.ui import words
from polku.ui.frame import OpenContact, Urgent

# The parts of a contact in the order in which its name is taken from them.
_NAMED_BY = (PartyRole.CONCERNED, PartyRole.CALLER)
MOST = 12
# A contact in hand for longer is no call that goes on: its age is told in words and does not tick.
STILL = timedelta(hours=24)


def present_parties() -> Prefetch[str, QuerySet[ContactParty], str]:
    """Return what fetches a contact's people, their clients with them, in one query."""
    rows = ContactParty.objects.filter(removed_at__isnull=True).select_related("client__merged_into").order_by("id")
    return Prefetch("parties", queryset=rows, to_attr="present")


def main_party(parties: list[ContactParty]) -> ContactParty | None:
    """Return the person whom the contact is about: the person concerned, else the caller."""
    for role in _NAMED_BY:
        for party in parties:
            if party.role == role:
                return party
    return None


def party_name(party: ContactParty | None) -> str:
    """Return the person's name as known or as told."""
    if party is None:
        return _("Name not known")
    client: Client | None = party.client
    if client is not None:
        return words.person(client.merged_into or client)
    return party.told_name or party.description or _("Name not known")


def my_contacts(actor: Actor) -> QuerySet[Contact]:
    """Return the contacts that are in hand on the actor's own desk, oldest first."""
    rows = Contact.objects.filter(work_item__in=[pk for (pk,) in _desk(actor=actor.pk)], state__in=IN_HAND)
    return rows.select_related("work_item").prefetch_related(present_parties()).order_by("created_at", "id")


# Its own desk first: else every contact and call-back that waits anywhere would be weighed by row security.
_desk = Question(
    lambda: WorkItem.objects.filter(
        assignee=value("actor"), closed_at__isnull=True, kind__in=(WorkKind.CONTACT, WorkKind.CALL_BACK)
    ).values_list("pk")
)
_in_hand = Question(
    lambda: (
        Contact.objects.filter(work_item__any_of=value("items"), state__in=IN_HAND)
        .only("public_id", "state", "channel", "created_at", "parked_at")
        .order_by("created_at", "id")[:MOST]
    )
)
_soon = Question(
    lambda: CallBack.objects.filter(
        work_item__any_of=value("items"), state=CallBackState.WAITING, agreed_at__lte=value("until")
    ).order_by("agreed_at")[:3]
)
_known = Question(lambda: Contact.objects.filter(pk__any_of=value("ids")).values_list("pk"))


def open_contacts(actor: Actor, *, at: datetime, here: str = "") -> list[OpenContact]:
    """Return the strip: contacts being talked, parked ones, call-backs agreed for the next hours."""
    desk = [pk for (pk,) in _desk(actor=actor.pk)]
    if not desk:
        return []
    found = _in_hand(items=desk)
    names = _names([contact.pk for contact in found])
    items = [_item(contact, names[contact.pk], at=at, here=here) for contact in found]
    calls = _soon(items=desk, until=at + timedelta(hours=3))
    return items + _calls(calls, at=at) if calls else items


def _names(contacts: list[int]) -> dict[int, str]:
    """Return the names of contacts: of whom they are about."""
    people = people_of(contacts)
    return {pk: party_name(main_party(people.get(pk, []))) for pk in contacts}


def _item(contact: Contact, name: str, *, at: datetime, here: str) -> OpenContact:
    url = reverse("desk:call", args=[contact.public_id])
    current = here.startswith(url)
    if contact.state == ContactState.PARKED and contact.parked_at is not None:
        state = _("Parked for %(time)s") % {"time": words.duration(at - contact.parked_at)}
        return OpenContact(state=state, name=name, url=url, icon="pause", current=current)
    if at - contact.created_at >= STILL:
        lasted = words.duration(at - contact.created_at)
        return OpenContact(state=lasted, name=name, url=url, icon="clock", current=current)
    return OpenContact(
        state=words.ticking(at - contact.created_at),
        name=name,
        url=url,
        icon=WORDS[contact.channel].icon,
        current=current,
        since=contact.created_at,
    )


def _calls(calls: list[CallBack], *, at: datetime) -> list[OpenContact]:
    about = [call.contact_id for call in calls if call.contact_id]
    names = _names([pk for (pk,) in _known(ids=about)]) if about else {}
    return [
        OpenContact(
            state=_call_state(call.agreed_at, at=at),
            name=names.get(call.contact_id or 0) or call.reason[:40],
            url=reverse("desk:call_back", args=[call.public_id]),
            icon="clock",
        )
        for call in calls
    ]


def _call_state(agreed: datetime, *, at: datetime) -> str:
    """Return by when the call is to be made; a bare hour is said only of today."""
    if agreed <= at:
        return _("Call, late by %(time)s") % {"time": words.duration(at - agreed)}
    return _("Call at %(time)s") % {"time": words.clock_time(agreed)}


def urgent_notice(actor: Actor, *, at: datetime) -> Urgent | None:
    """Return the notice of urgent work that nobody present has, with its time left; name and municipality only."""
    alert = urgent_alert(by=actor, at=at)
    if alert is None:
        return None
    row = alert.first
    who = [row.name or _("Name not known"), _("%(age)s y") % {"age": row.age} if row.age is not None else ""]
    clock = clock_of(row, row.due, at=at)
    text = ", ".join(part for part in (*who, row.municipality) if part)
    return Urgent(
        title=_urgent_title(row, clock.line),
        text=". ".join(part[:1].upper() + part[1:] for part in (text, clock.until)) + ".",
        url=reverse("desk:item", args=[row.item.public_id]),
        link=_("Open and take it"),
        key=row.item.public_id,
        client=row.client_id,
    )


def _urgent_title(row: Row, left: str) -> str:
    """Return what shouts, with its time left in the words of its row in the list; a late call is late, not urgent."""
    facts = {"left": left[:1].lower() + left[1:]}
    if row.kind == WorkKind.CALL_BACK:
        return _("Call-back: %(left)s") % facts
    return _("Urgent contact: %(left)s") % facts
