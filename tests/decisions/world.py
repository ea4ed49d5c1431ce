"""What the tests of decisions begin with: a client whose need is assessed, who decides, who posts, the authority's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from polku.access.actions import job
from polku.access.models import Actor
from polku.access.states import Role
from polku.assessments.models import Plan
from polku.cases.models import Case
from polku.clients.models import Client, ContactPoint
from polku.decisions import drafting, library, powers, signing
from polku.decisions.configuration import DecisionSettings
from polku.decisions.models import Decision, Reasoning
from polku.gateways.contract import Outcome, Result
from polku.gateways.suomifi import NO_MAILBOX, Event, Letter
from tests.assessments import world as assessed
from tests.register import NOW, Register

LATER = NOW + timedelta(days=3)  # pe 27.11.2026
DAY = date(2026, 11, 27)
CODE = "010340-900K"
KIND = "community_housing-granted"
REVIEW = {
    "to": {"fi": "Alueen yksilöasioiden jaosto", "sv": "Sektionen för individärenden"},
    "address": {"fi": "Kirjaamo, Satamakatu 2, 09999 SUVANTO", "sv": "Registratorskontoret, Satamakatu 2, 09999 SUVANTO"},
    "open": {"fi": "ma–pe klo 9–16", "sv": "må–fr kl. 9–16"},
    "help": {"fi": "Sosiaaliasiavastaava neuvoo, puh. 050 000 2000.", "sv": "Socialombudet ger råd, tfn 050 000 2000."},
    "email": "kirjaamo@suvanto.example",
    "phone": "050 000 1000",
    "closes": "16:00",
}  # fmt: skip


@dataclass
class Mailbox:
    """A way out that is asked in this process; `answers` are used up one a letter, afterwards letters are taken."""

    longest_seconds: float = 1.0
    answers: list[Result | Exception] = field(default_factory=list)
    taken: dict[str, Letter] = field(default_factory=dict)
    tried: list[Letter] = field(default_factory=list)
    happened: list[Event] = field(default_factory=list)

    def active(self, codes: Iterable[str]) -> set[str]:
        return set(codes)

    def send(self, letter: Letter) -> Result:
        self.tried.append(letter)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None and answer.outcome is not Outcome.UNKNOWN:
            return answer
        had = letter.external_id in self.taken
        if answer is None or answer.detail == "taken":
            self.taken.setdefault(letter.external_id, letter)
        if answer is not None:
            return answer
        return Result(
            Outcome.ACCEPTED, "status 409, had it already" if had else "status 200", f"m-{letter.external_id}"
        )

    def events(self, token: str = "") -> tuple[list[Event], str]:
        start = int(token or 0)
        return self.happened[start:], str(len(self.happened))


def authority(gateway: Mailbox | None = None) -> DecisionSettings:
    return DecisionSettings(
        county={"fi": "Suvannon hyvinvointialue", "sv": "Selets välfärdsområde", "en": "Suvanto"}, web="suvanto.example",
        diary="SHVA", review=REVIEW, gateway=gateway, lease=timedelta(seconds=60),
    )  # fmt: skip


@dataclass
class World:
    register: Register
    case: Case
    anna: Actor  # own worker, social worker
    mikko: Actor  # decides
    sari: Actor  # secretary
    stranger: Actor
    assessed: assessed.World

    @property
    def client(self) -> Client:
        return self.case.client

    @property
    def job(self) -> Actor:
        return job("Päätösten tiedoksianto", at=NOW)

    def begun(self, key: str = "d", **more: Any) -> Decision:
        told = {"service": "community_housing", "outcome": "granted", **more}
        return drafting.begin(case=self.case, by=self.anna, at=LATER, key=key, decider=self.mikko, **told)

    def save(self, decision: Decision, part: str, edit: int = 0, *, by: Actor | None = None, **values: Any):
        return drafting.save_part(
            decision=decision, part=part, values=values, edit=edit, by=by or self.anna, at=LATER
        )  # fmt: skip

    def whole(self, key: str = "d", **more: Any) -> Decision:
        """A decision that lacks nothing."""
        row = self.begun(key, **more)
        text = {
            "fi": "Saat oman asunnon talosta, jossa on apua joka päivä.",
            "sv": "Du får en egen bostad med hjälp varje dag.",
        }
        if row.kind == KIND:
            self.save(row, "resolution", starts_on="2026-12-01", text=text)
        own = {"fi": "Kotiin annettu tuki ei riittänyt.", "sv": "Stödet hemma räckte inte till."}
        self.save(row, "reasons", own=own)
        self.save(row, "clients_view", text={"sv": "Jag är rädd på nätterna."})
        row.refresh_from_db()
        return row

    def signed(self, key: str = "d", *, at: datetime = LATER, **more: Any) -> Decision:
        row = self.whole(key, **more)
        return signing.sign(decision=row, edit=row.edit, by=self.mikko, at=at)

    def reasoning(self, code: str = "AS-21b-2", *, reviewed: bool = True, **more: Any) -> Reasoning:
        told = {
            "text_fi": "Yhteisöllistä asumista saa, kun tarve on kohonnut.",
            "text_sv": "Gemenskapsboende fås.",
            **more,
        }
        row = library.write(code=code, by=self.anna, at=NOW, **told)
        return library.review(reasoning=row, by=self.mikko, at=NOW) if reviewed else row

    def plan(self, **more: Any) -> Plan:
        return Plan.objects.create(
            case=self.case, version=1, state="in_force", agreement="agrees", review_on=date(2027, 5, 1),
            confirmed_at=NOW, confirmed_by=self.anna, created_at=NOW, created_by=self.anna, **more,
        )  # fmt: skip

    def protect(self) -> None:
        from polku.clients.models import ProtectedDetail

        self.client.contact_points.all().delete()
        Client.objects.filter(pk=self.client.pk).update(protected=True)
        self.client.protected = True
        ProtectedDetail.objects.create(
            client=self.client, kind="address", value="Salakuja 1, 02770 ESPOO", valid_from=date(2026, 1, 1)
        )


def build(*, support: str = "no") -> World:
    found = assessed.build()
    register, unit = found.register, found.case.unit
    mikko = register.person("Mikko", Role.SOCIAL_WORKER, "sosiaalityo")
    sari = register.person("Sari", Role.SECRETARY, "sosiaalityo")
    chief = register.person("Pää", Role.ADMIN, "paakayttajat")
    assessed.in_office(found.anna)
    row = found.filled(support=support)
    from polku.assessments import actions

    actions.ready(assessment=row, by=found.anna, at=assessed.LATER)
    actions.lock(assessment=row, by=found.anna, at=assessed.LATER)
    powers.give(actor=mikko, unit=unit, rule="Hallintosääntö 45 §", valid_from=date(2026, 1, 1), by=chief, at=NOW)
    unit.phone, unit.email = "050 000 3000", "ohjaus@suvanto.example"
    unit.save(update_fields=["phone", "email"])
    Client.objects.filter(pk=found.case.client_id).update(hetu=CODE)
    ContactPoint.objects.create(
        client=found.case.client, kind="address", value="Rantakatu 8 B 14, 02770 ESPOO", valid_from=date(2026, 1, 1)
    )
    case = Case.objects.select_related("client", "unit", "work_item__unit").get(pk=found.case.pk)
    return World(register, case, found.anna, mikko, sari, found.stranger, found)


NO_BOX = Result(Outcome.PERMANENT, NO_MAILBOX)
