"""What the pages of a contact and a case show, put together from the stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor, Deputy
from polku.access.permissions import can, may_ever, permitted
from polku.access.queries import current
from polku.appointments import queries as appointments
from polku.asking import Question, value
from polku.cases import queries as cases
from polku.cases.models import Case, CasePerson, Relation, WorkItem
from polku.clients import queries as clients
from polku.clients.models import Client
from polku.contacts import queries as contacts
from polku.contacts.models import Contact, ContactParty
from polku.desk.call.people import names_of, other, spoken
from polku.desk.frame import address
from polku.desk.happened import events
from polku.desk.meetings import meetings
from polku.desk.people import page as people
from polku.desk.records.path import path_of
from polku.desk.running import of_items
from polku.desk.strip import party_name
from polku.kit.localtime import local_date
from polku.triage import actions as triage
from polku.ui import words


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a contact, with its source line."""

    text: str
    source: str
    url: str


def said_of(found: list[contacts.Words], *, at: datetime) -> list[Said]:
    """Return what was said, newest first, with who wrote it down."""
    return [
        Said(
            text=words_.text,
            source=_("%(way)s %(time)s, written down by %(name)s.")
            % {
                "way": words_.contact.get_channel_display(),
                "time": words.moment(words_.contact.received_at),
                "name": words_.author,
            },
            url=reverse("desk:contact", args=[words_.contact.public_id]),
        )
        for words_ in found
    ]


def contact_page(contact: Contact, *, by: Actor, at: datetime, before: str = "") -> dict[str, Any]:
    """Return everything of a contact's page; events from before an entry of the timeline, when it is named."""
    parties = contacts.people(contact)
    main = next((party for party in parties if party.role in ("concerned", "caller")), None)
    texts = contacts.texts(contact)
    case = next((party.case for party in parties if party.case is not None), None)
    times = appointments.agreed(contacts=[contact])
    assessment = triage.latest(contact)
    return {
        "title": _("Contact: %(name)s") % {"name": party_name(main)},
        "contact": contact,
        "facts": contact_facts(contact, main),
        "texts": texts,
        "draft": contacts.draft(contact) if contact.is_open and not texts else None,
        "clocks": of_items([contact.work_item], at=at),
        "assessment": assessment,
        "path": path_of(contact, case, times, at=at),
        **happened(cases.timeline(items=[contact.work_item_id], before=before), before=before),
        "others": [other(party, by=by, at=at) for party in parties if party is not main],
        "person_url": _person_url(main, by=by, at=at),
        "case": case if case is not None and can(by, "cases.read", case, at=at) else None,
        "meetings": meetings(times, by=by, at=at),
        "may_work": contact.is_open and can(by, "contacts.write", contact, at=at),
        "may_take": contact.work_item.assignee_id is None and can(by, "work.change", contact.work_item, at=at),
        "may_give_back": contact.is_open and contact.work_item.assignee_id == by.pk,
        "may_reopen": contact.state == "closed" and can(by, "contacts.write", contact, at=at),
    }


def contact_facts(contact: Contact, main: ContactParty | None) -> str:
    """Return the line under the heading: way, time, municipality, language, number."""
    protected = main is not None and main.client is not None and main.client.protected
    parts = [
        f"{contact.get_channel_display()} {words.moment(contact.received_at)}",
        contact.municipality.name if contact.municipality and not protected else "",
        spoken(contact.language, contact.interpreter_language),
        _("number %(number)s") % {"number": contact.reference},
    ]
    return ", ".join(part for part in parts if part) + "."


def _person_url(main: ContactParty | None, *, by: Actor, at: datetime) -> str:
    if main is None or main.client is None:
        return ""
    client = main.client.merged_into or main.client
    return reverse("desk:person", args=[client.public_id]) if can(by, "clients.read", client, at=at) else ""


def happened(stretch: cases.Stretch, *, before: str, case_id: str = "") -> dict[str, Any]:
    """Return a page of the timeline in words, with the addresses of the one before it and of the newest."""
    rows = stretch.entries
    return {
        "events": events(rows, case_id=case_id),
        "older_url": f"?before={cases.place(rows[-1])}#events" if stretch.older else "",
        "newest_url": "?#events" if before else "",
    }


# What was linked to the case, oldest first.
_LINKED = Question(
    lambda: (
        Contact.objects.filter(Exists(ContactParty.objects.filter(contact_id=OuterRef("pk"), case_id=value("case"))))
        .select_related("work_item", "municipality")
        .order_by("received_at")
    )
)


def case_page(case: Case, *, by: Actor, at: datetime, before: str = "") -> dict[str, Any]:
    """Return everything of a case's page: what was said first, clocks, path, events, people, times.

    Of a long history a page of events: the newest, or those from before an entry, when it is named.
    """
    client = case.client.merged_into or case.client
    linked = _LINKED(case=case.pk)
    items: list[WorkItem] = [case.work_item, *(row.work_item for row in linked)]
    times = appointments.agreed(contacts=linked, case=case)
    worker = cases.own_worker(case, day=local_date(at))
    everywhere = clients.same_person([client.pk])
    opened = cases.emergency_opening(everywhere, by=by, at=at)
    beside = people_beside(case, client) + people.beside(everywhere)
    story = cases.timeline(case=case, items=[row.work_item_id for row in linked], before=before)
    return {
        "title": _("The matter of %(name)s") % {"name": words.person(client)},
        "case": case,
        "client": client,
        "facts": case_facts(case, client, worker, by=by, at=at),
        "said": said_of(contacts.said_by(everywhere, by=by, at=at, limit=4), at=at),
        "clocks": of_items(items, at=at),
        "path": path_of(linked[0] if linked else None, case, times, at=at),
        **happened(story, before=before, case_id=case.public_id),
        "people": [(person.part, person.text) for person in beside],
        "beside": [person.client_id for person in beside if person.client_id is not None],
        "meetings": meetings(times, by=by, at=at),
        "worker": worker,
        "may_write": case.closed_at is None and can(by, "cases.write", case, at=at),
        "may_hand_over": bool(permitted(by, "work.change", [case.work_item], at=at)),
        "book_url": _book_url(case),
        "assess_url": _assess_url(case, by=by, at=at),
        "propose_url": _propose_url(case, by=by, at=at),
        "opened": opened is not None,
        "tie": _tie(opened),
    }


def _tie(opened: Relation | None) -> str:
    """Say by what right the case is open: an opening for a reason is not a client relationship."""
    if opened is None or opened.ends_at is None:
        return _("You have a client relationship to this matter. Viewing is written in the log.")
    until = words.short_moment(opened.ends_at)
    return _("Opened in an emergency, until %(time)s. Viewing is written in the log.") % {"time": until}


def _book_url(case: Case) -> str:
    url = address("appointments:free")
    return f"{url}?case={case.public_id}" if url else ""


def _assess_url(case: Case, *, by: Actor, at: datetime) -> str:
    may = may_ever(by, "assessments.read", at=at)
    return reverse("assessments:of_case", args=[case.public_id]) if may else ""


def _propose_url(case: Case, *, by: Actor, at: datetime) -> str:
    """Return where the client is put on a group's agenda, to whoever may propose them."""
    may = case.closed_at is None and bool(permitted(by, "meetings.propose", [case], at=at))
    return reverse("meetings:propose", args=[case.public_id]) if may else ""


_DEPUTY = Question(
    lambda: (
        Deputy.objects.filter(current(value("day")), actor_id=value("actor"))
        .select_related("deputy")
        .order_by("pk")[:1]
    )
)


def case_facts(case: Case, client: Client, worker: Actor | None, *, by: Actor, at: datetime) -> str:
    """Return the line under the heading: age, municipality, language, phone, own worker with the deputy."""
    day = local_date(at)
    known = clients.details([client], day=day)[client.pk]
    age = clients.age(client, day=day)
    parts = [
        _("%(age)s y") % {"age": age} if age is not None else "",
        names_of([known.municipality]).get(known.municipality, ""),
        spoken(client.contact_language, client.interpreter_language),
        words.phone(known.phones[0]) if known.phones else "",
    ]
    line = ", ".join(part for part in parts if part) + "."
    if worker is None:
        return " ".join((line, _("No own worker has been named.")))
    name = _("you") if worker.pk == by.pk else worker.name
    deputy = _DEPUTY.first(actor=worker.pk, day=day)
    if deputy is None:
        return f"{line} " + _("Own worker %(name)s.") % {"name": name}
    return f"{line} " + _("Own worker %(name)s, deputy %(deputy)s.") % {"name": name, "deputy": deputy.deputy.name}


_PARTS = Question(lambda: CasePerson.objects.filter(case_id=value("case")).select_related("client").order_by("pk"))


def people_beside(case: Case, client: Client) -> list[people.Beside]:
    """Return the people with a part in the case, but the client."""
    return [
        people.Beside(str(row.get_role_display()), words.person(row.client), row.client_id)
        for row in _PARTS(case=case.pk)
        if row.client_id != client.pk
    ]
