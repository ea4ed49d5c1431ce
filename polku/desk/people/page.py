"""What a person's page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.permissions import can
from polku.acting import beyond
from polku.appointments import queries as appointments
from polku.asking import Question, value
from polku.cases.models import Relation
from polku.cases.queries import cases_visible_to
from polku.cases.states import RelationKind
from polku.clients import queries as clients
from polku.clients.models import Client, Relationship
from polku.contacts import queries as contacts
from polku.desk.call.people import Row, alike, names_of, rows, spoken
from polku.desk.meetings import meetings
from polku.desk.people.forms import WhyForm
from polku.kit.localtime import local_date
from polku.ui import words


def whole(client: Client, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Return everything of the page; protected details stay hidden until the reason is given."""
    ids = clients.same_person([client.pk])
    near = beside(ids)
    return {
        "title": words.person(client),
        "client": client,
        "facts": _facts(client, at=at),
        "details": details(client, at=at),
        "why": WhyForm(),
        "may_see_protected": client.protected and can(by, "clients.see_protected", client, at=at),
        "may_update": can(by, "clients.update", client, at=at),
        "may_merge": can(by, "clients.merge", at=at),
        "alike": duplicates(client, by=by, at=at),
        "merged": list(Client.objects.filter(merged_into=client).order_by("id")),
        "relations": [(one.part, one.text) for one in near],
        "beside": [one.client_id for one in near if one.client_id is not None],
        "contacts": list(contacts.of_client(client, by=by, at=at)[:20]),
        "cases": list(cases_visible_to(by, at=at).filter(client_id__in=ids).order_by("-initiated_at")[:20]),
        "meetings": meetings(appointments.of_person(client, by=by, at=at, most=20), by=by, at=at),
        "emergency": emergency(client, by=by, at=at),
    }


def _facts(client: Client, *, at: datetime) -> str:
    age = clients.age(client, day=local_date(at))
    parts = [
        _("%(age)s y") % {"age": age} if age is not None else "",
        spoken(client.contact_language, client.interpreter_language),
    ]
    return ", ".join(part for part in parts if part) + "."


def details(client: Client, *, at: datetime, protected: bool = False) -> list[tuple[str, str]]:
    """Return the details as facts. `protected`: the caller has required and logged the reading of protected ones."""
    known = clients.details([client], day=local_date(at), protected=protected)[client.pk]
    hidden = _("Hidden: ban on disclosure")
    place = names_of([known.municipality]).get(known.municipality, "")
    found = [
        (_("Identity code"), client.hetu or ""),
        (_("Temporary id"), client.temporary_id or ""),
        (_("Date of birth"), words.day(client.birth_date) if client.birth_date else ""),
        (_("Phone"), hidden if known.hidden else ", ".join(words.phone(number) for number in known.phones)),
        (_("E-mail"), hidden if known.hidden else ", ".join(known.emails)),
        (_("Address"), hidden if known.hidden else "; ".join(known.addresses)),
        (_("Municipality"), hidden if known.hidden else place),
        (_("Wants to be contacted"), str(client.get_preferred_way_display())),
    ]
    return [(str(label), value) for label, value in found if value]


def known(client: Client) -> dict[str, Any]:
    """Return what stands in the form of details; numbers and addresses are added, so their fields are empty."""
    return {
        "given_names": client.given_names,
        "family_name": client.family_name,
        "identity_code": client.hetu or "",
        "birth_date": client.birth_date,
        "language": client.contact_language,
        "interpreter_language": client.interpreter_language,
        "preferred_way": client.preferred_way,
        "protected": client.protected,
    }


def duplicates(client: Client, *, by: Actor, at: datetime) -> list[Row]:
    """Return other records that may be the same person."""
    return rows(alike(client), by=by, at=at)


@beyond("people whom a search has shown, for the log")
def ids(found: Iterable[Row]) -> list[int]:
    """Return the ids of the people of rows, for the log."""
    return list(Client.objects.filter(public_id__in=[row.public_id for row in found]).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Beside:
    """Somebody near to the person or with a part in their matter: which part, their name, who they are if known."""

    part: str
    text: str
    client_id: int | None = None


_NEAR = Question(
    lambda: (
        Relationship.objects.filter(client_id__any_of=value("clients"), valid_until__isnull=True)
        .select_related("other")
        .order_by("pk")
    )
)


def beside(client_ids: list[int]) -> list[Beside]:
    """Return who somebody near is to the person (all rows of a merged one)."""
    found = []
    for tie in _NEAR(clients=client_ids):
        name = words.person(tie.other) if tie.other else tie.name
        parts = [name, words.phone(tie.phone) if tie.phone else "", tie.competence]
        text = ", ".join(part for part in parts if part)
        found.append(Beside(str(tie.get_kind_display()), text, tie.other_id))
    return found


def emergency(client: Client, *, by: Actor, at: datetime) -> Relation | None:
    """Return the actor's running emergency opening, when it is all that ties them to the person."""
    running = Relation.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), client=client, actor=by)
    return running.filter(kind=RelationKind.EMERGENCY).order_by("-ends_at").first()
