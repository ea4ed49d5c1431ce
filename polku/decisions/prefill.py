"""What a decision holds already when it is begun, each part with where it came from: nobody types it again.

Words that belong to the product are given in Finnish and in Swedish; what people said and wrote stays in the language
in which they said it. The client's own view comes from the client's own field of the locked assessment, never from a
professional's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from polku.access.models import Actor
from polku.assessments import queries as assessments
from polku.assessments.models import Assessment, Plan
from polku.assessments.states import Voice
from polku.cases.models import Case, NamedWorker
from polku.cases.states import InitiatedHow
from polku.clients.models import Client
from polku.clients.queries import root
from polku.clients.states import PreferredWay
from polku.decisions.configuration import current
from polku.decisions.states import Way
from polku.kit.localtime import local_date
from polku.meetings.models import Item
from polku.meetings.states import Outcome
from polku.rules.decisions import execution, parts, words
from polku.rules.decisions.parts import Kind

LANGUAGES = ("fi", "sv")
Values = dict[str, Any]

_HOW: dict[str, Values] = {
    InitiatedHow.APPLICATION: {"fi": "kun hakemuksesi saapui", "sv": "när din ansökan kom in"},
    InitiatedHow.CONTACT: {"fi": "kun meihin otettiin yhteyttä asiassasi", "sv": "när vi kontaktades i ditt ärende"},
    InitiatedHow.NOTIFICATION: {
        "fi": "kun saimme ilmoituksen sosiaalihuollon tarpeestasi",
        "sv": "när vi fick en anmälan om ditt behov av socialvård",
    },
    InitiatedHow.WORKER: {
        "fi": "kun työntekijämme sai tietää tuen tarpeestasi",
        "sv": "när vår medarbetare fick veta om ditt behov av stöd",
    },
    InitiatedHow.OTHER: {"fi": "kun saimme tietää tuen tarpeestasi", "sv": "när vi fick veta om ditt behov av stöd"},
}
_OWN_WORKER = {"fi": "Omatyöntekijäsi", "sv": "Din egen kontaktperson"}
_RESPONSIBLE = {"fi": "Arvion tekijä", "sv": "Den som gjort bedömningen"}
_PLAN = {"fi": "Asiakassuunnitelma {day}.", "sv": "Klientplan {day}."}
_FEES = {"fi": "Saat asiakasmaksusta erillisen päätöksen.", "sv": "Du får ett separat beslut om klientavgiften."}


@dataclass
class Prefilled:
    """Parts as they are stored, and by part where they came from."""

    parts: dict[str, Values] = field(default_factory=dict)
    sources: dict[str, Values] = field(default_factory=dict)

    def put(self, part: str, values: Values, source: str, **about: object) -> None:
        """Put what is known into a part; `source` names what it came from, `about` its id and day."""
        known = {name: value for name, value in values.items() if value not in (None, "", {}, [])}
        if known:
            self.parts[part] = {**self.parts.get(part, {}), **known}
            self.sources[part] = {"kind": source, **about}


@dataclass(frozen=True)
class About:
    """What a decision is made from."""

    case: Case
    kind: Kind
    language: str
    decider: Actor | None
    item: Item | None
    assessment: Assessment | None
    plan: Plan | None


def fill(about: About, *, at: datetime) -> Prefilled:
    """Return every part that can be told already."""
    made = Prefilled()
    day = local_date(at)
    made.put("authority", authority(about.case, about.decider), "unit", id=about.case.unit.key)
    made.put("party", _party(root(about.case.client)), "client")
    initiated = local_date(about.case.initiated_at)
    how = _HOW[about.case.initiated_how]
    made.put("initiation", {"on": initiated.isoformat(), "how": how}, "case", id=about.case.reference)
    _findings(made, about)
    _view(made, about)
    _resolution(made, about)
    if about.item is not None and about.item.outcome_reason.strip():
        # The group's words are a beginning: the decider makes them their own.
        reason = {about.language: about.item.outcome_reason.strip()}
        made.put("reasons", {"own": reason}, "meeting", id=about.item.public_id)
    sections = {lang: parts.provisions(about.kind, day, lang) for lang in LANGUAGES}
    made.put("provisions", {"text": sections}, "law")
    if about.kind.outcome in ("granted", "changed"):
        made.put("fees", {"text": _FEES}, "template")
        limit = execution.limit(initiated).last_day
        made.put("execution", {"by": limit.isoformat() if limit else None}, "law")
    _information(made, about, day=day)
    made.put("review", dict(current().review), "county")
    made.put("delivery", {"way": proposed_way(about.case.client), "language": about.language}, "client")
    return made


def authority(case: Case, decider: Actor | None) -> Values:
    """Return the part of the authority: county, unit and, when known, who decides in which office."""
    settings, unit = current(), case.unit
    found: Values = {
        "county": {lang: settings.county.get(lang, "") for lang in LANGUAGES},
        "unit": {"fi": unit.name_fi, "sv": unit.name_sv},
    }
    if decider is not None:
        found |= {"decider": decider.name, "office": office(decider)}
    return found


def office(actor: Actor) -> Values:
    """Return the actor's office in both languages."""
    return {"fi": actor.title_fi, "sv": actor.title_sv or actor.title_fi}


def proposed_way(client: Client) -> str:
    """Return the way by which a decision reaches the client best: their mailbox, unless they want letters on paper."""
    person = root(client)
    by_wire = current().gateway is not None and person.hetu and person.preferred_way != PreferredWay.LETTER
    return str(Way.ELECTRONIC if by_wire else Way.POST)


def _party(client: Client) -> Values:
    born = client.birth_date.isoformat() if client.birth_date else None
    return {"name": str(client), "identity_code": client.hetu, "born_on": None if client.hetu else born}


def _findings(made: Prefilled, about: About) -> None:
    told: dict[str, list[str]] = {lang: [] for lang in LANGUAGES}
    assessment, plan, item = about.assessment, about.plan, about.item
    for lang in LANGUAGES:
        if assessment is not None and assessment.locked_at is not None:
            title = getattr(assessment.form, f"title_{lang}")
            who = f"{getattr(assessment.responsible, f'title_{lang}')} {assessment.responsible.name}".strip()
            told[lang].append(f"{title} {_day(assessment.locked_at)} ({who}).")
        if plan is not None and plan.confirmed_at is not None:
            told[lang].append(_PLAN[lang].format(day=_day(plan.confirmed_at)))
        if item is not None:
            told[lang].append(f"{getattr(item.meeting.series, f'name_{lang}')} {_day(item.meeting.starts_at)}.")
    if told["fi"]:
        made.put("findings", {"text": {lang: " ".join(lines) for lang, lines in told.items()}}, "documents")


def _day(moment: datetime | date) -> str:
    return words.day(local_date(moment) if isinstance(moment, datetime) else moment)


def _view(made: Prefilled, about: About) -> None:
    if about.assessment is not None:
        said = [
            text.strip()
            for voices in assessments.answers(about.assessment).values()
            for voice in (Voice.CLIENT, Voice.CHILD)
            if isinstance(text := voices.get(voice), str) and text.strip()
        ]
        if said:
            view = {about.language: "\n".join(said)}
            made.put("clients_view", {"text": view}, "assessment", id=about.assessment.public_id)
            return
    if about.plan is not None and (told := about.plan.differing_view or about.plan.client_proposal).strip():
        made.put("clients_view", {"text": {about.language: told.strip()}}, "plan", id=about.plan.public_id)


def _resolution(made: Prefilled, about: About) -> None:
    if about.kind.outcome != "granted":
        return
    begins = None
    if about.plan is not None:
        service = about.plan.services.filter(service=about.kind.service, begins__isnull=False).order_by("place").first()
        begins = service.begins if service is not None else None
    source = "meeting" if about.item is not None and about.item.outcome == Outcome.GRANTED else "plan"
    made.put("resolution", {"until_further": True, "starts_on": begins.isoformat() if begins else None}, source)


def _information(made: Prefilled, about: About, *, day: date) -> None:
    named = NamedWorker.objects.filter(case=about.case, valid_until__isnull=True).select_related("actor").first()
    who: Actor | None = named.actor if named is not None else None
    role = _OWN_WORKER
    if who is None and about.assessment is not None:
        who, role = about.assessment.responsible, _RESPONSIBLE
    if who is None:
        return
    unit = about.case.unit
    told = {"name": who.name, "office": office(who), "role": role, "phone": unit.phone, "email": unit.email}
    made.put("information", told, "own_worker" if named is not None else "assessment")
