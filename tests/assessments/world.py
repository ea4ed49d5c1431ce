"""What the tests of assessments begin with: a small form, three who work with the client, and a case with its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from polku.access.models import Actor, Membership
from polku.access.states import Role
from polku.assessments import actions, published
from polku.assessments.forms.reading import read
from polku.assessments.models import Assessment, FormVersion
from polku.cases.models import Case
from polku.contacts import actions as contacts
from polku.contacts import drafts, matters, people
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from tests.register import NOW, Register

SAID = "En uskalla olla yksin öisin. En tiedä, missä asun joulun jälkeen."
LATER = NOW + timedelta(days=2)


def words(text: str) -> dict[str, str]:
    return {"fi": f"{text} fi", "sv": f"{text} sv", "en": text}


def form_data(**more: Any) -> dict[str, Any]:
    """A form of three sections with everything that the actions look at."""
    yes_no = {"key": "yes_no", "codes": [{"key": "yes", "texts": words("Yes")}, {"key": "no", "texts": words("No")}]}
    return {
        "key": "small",
        "version": "1",
        "titles": words("Small assessment"),
        "code_lists": {yes_no["key"]: {"codes": yes_no["codes"]}},
        "sections": [
            {
                "key": "start",
                "titles": words("Start"),
                "questions": [
                    {"key": "name", "kind": "text", "texts": words("Family name"), "prefill": "client.family_name"},
                    {"key": "told", "kind": "paragraph", "texts": words("What was told"), "prefill": "contact.words"},
                    {"key": "day", "kind": "date", "texts": words("Day"), "prefill": "assessment.started_on"},
                    {
                        "key": "special_support",
                        "kind": "choice",
                        "codes": "yes_no",
                        "required": True,
                        "filled_by": ["social_worker"],
                        "texts": words("Special support"),
                    },
                ],
            },
            {
                "key": "home",
                "titles": words("Home"),
                "questions": [
                    {
                        "key": "searching",
                        "kind": "boolean",
                        "texts": words("Looking for a home"),
                        "prefill": "previous",
                    },
                    {
                        "key": "where",
                        "kind": "text",
                        "required": True,
                        "texts": words("Where"),
                        "when": {"all": [{"question": "searching", "value": True}]},
                    },
                    {
                        "key": "view",
                        "kind": "paragraph",
                        "voices": ["client", "near_person", "social_worker", "nurse"],
                        "required": ["client"],
                        "texts": words("Situation"),
                    },
                ],
            },
            {
                "key": "people",
                "titles": words("People"),
                "filled_by": ["nurse", "worker"],
                "questions": [
                    {
                        "key": "person",
                        "kind": "group",
                        "repeats": True,
                        "texts": words("Person"),
                        "children": [
                            {"key": "name", "kind": "text", "required": True, "texts": words("Name")},
                            {"key": "since", "kind": "integer", "texts": words("Since"), "least": 1900, "most": 2100},
                        ],
                    }
                ],
            },
        ],
        **more,
    }


def publish(by: Actor, data: Mapping[str, Any] | None = None, *, version: int = 1) -> FormVersion:
    found = read(dict(data or form_data()))
    return published.publish(found, version=version, by=by, at=NOW, valid_from=date(2026, 1, 1))


@dataclass
class World:
    """A client whose matter became pending by her own call, and those who work with her."""

    register: Register
    anna: Actor
    petra: Actor
    olli: Actor
    stranger: Actor
    contact: Contact
    case: Case
    form: FormVersion

    def begun(self, key: str = "a", **more: Any) -> Assessment:
        return actions.begin(case=self.case, form=self.form, by=self.anna, at=NOW, key=key, **more)

    def answer(self, row: Assessment, path: str, value: Any, *, voice: str = "", version: int = 0, **more: Any):
        given = {"by": self.anna, "at": LATER, **more}
        return actions.save(assessment=row, path=path, voice=voice, value=value, version=version, **given)

    def filled(self, key: str = "a", *, support: str = "no") -> Assessment:
        """An assessment that has been started and lacks nothing."""
        row = self.begun(key)
        actions.start(assessment=row, how="meeting", by=self.anna, at=LATER, happened_at=NOW + timedelta(days=1))
        self.answer(row, "start.special_support", support)
        self.answer(row, "home.view", "Pelkään öisin.", voice="client")
        return row

    def locked(self, key: str = "a") -> Assessment:
        row = self.filled(key)
        actions.ready(assessment=row, by=self.anna, at=LATER)
        return actions.lock(assessment=row, by=self.anna, at=LATER)


def in_office(actor: Actor) -> None:
    Membership.objects.filter(actor=actor, role=Role.SOCIAL_WORKER).update(in_office=True)


def build() -> World:
    """Make the register, the call and the case that became pending by it."""
    register = Register()
    suvi = register.person("Suvi")
    anna = register.person("Anna", Role.SOCIAL_WORKER, "sosiaalityo")
    petra = register.person("Petra", Role.COUNSELLOR, "sosiaalityo")
    olli = register.person("Olli", Role.NURSE, "sosiaalityo")
    stranger = register.person("Vieras", Role.SOCIAL_WORKER, "toisaalla")
    contact = contacts.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="call")
    drafts.save(contact=contact, version=0, said=SAID, by=suvi, at=NOW)
    told = Told(family_name="Heinonen", given_names="Satu", birth_date=date(1940, 3, 1))
    party = people.add(contact=contact, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    party = people.make_known(party=party, by=suvi, at=NOW)
    facts = {"assessment_needed": True, "contact_by": "client"}
    contact = contacts.record(contact=contact, details=Details(facts=facts), by=suvi, at=NOW)
    case = matters.open_case(
        contact=contact, party=party, by=suvi, at=NOW, unit=register.unit("sosiaalityo"), own_worker=anna
    )
    return World(register, anna, petra, olli, stranger, contact, case, publish(anna))
