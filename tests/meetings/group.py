"""A group that meets: its members, the forms it goes by, clients with a case, an assessment and a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from polku.access.models import Actor, Membership
from polku.access.states import Role
from polku.assessments.models import Answer, Assessment, FormVersion, Plan
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.cases.states import InitiatedHow
from polku.clients import actions as clients
from polku.meetings import planning, proposing
from polku.meetings.models import Item, Meeting, Member, Series
from polku.meetings.states import Basis, MemberRole
from tests.register import NOW, START, Register

# ti 24.11.2026 klo 13.00-15.00, and a week later.
STARTS = datetime.fromisoformat("2026-11-24T13:00+02:00")
ENDS = STARTS + timedelta(hours=2)
WEEK = timedelta(days=7)
SERVICE = "community_housing"
CRITERIA = ("functioning", "care_need")


def minutes(count: float) -> datetime:
    """Return the moment so many minutes after the meeting's start."""
    return STARTS + timedelta(minutes=count)


def _texts(word: str) -> dict[str, str]:
    return {"fi": f"{word} suomeksi", "sv": f"{word} på svenska", "en": word}


def rubric() -> dict[str, Any]:
    """Return a form with two criteria, as the definitions that are shipped have them."""
    judged = [
        {"key": "finding", "kind": "choice", "codes": "finding", "texts": _texts("Judgement")},
        {"key": "reason", "kind": "paragraph", "texts": _texts("Reason")},
    ]
    return {
        "key": "weighed",
        "version": "1",
        "titles": _texts("Housing"),
        "code_lists": {"finding": {"codes": [{"key": key, "texts": _texts(key)} for key in ("yes", "partly", "no")]}},
        "sections": [
            {
                "key": "criteria",
                "titles": _texts("Criteria"),
                "questions": [
                    {
                        "key": key,
                        "kind": "group",
                        "texts": _texts(key.title()),
                        "hints": _texts("Look"),
                        "children": judged,
                    }
                    for key in CRITERIA
                ],
            }
        ],
    }


@dataclass
class Group:
    register: Register
    series: Series
    meeting: Meeting
    following: Meeting | None
    form: FormVersion
    helena: Actor  # chair
    mikko: Actor  # leading social worker, office-holder who decides
    petra: Actor  # vice chair
    sari: Actor  # secretary
    kirsi: Actor  # member
    anna: Actor  # presents her clients; no member
    made: int = field(default=0)

    def case(self, name: str = "", *, state: str = "locked", plan: bool = True, rubric: bool = True) -> Case:
        """Return the case of a new client of Anna's, with an assessment in that state (none for an empty state)."""
        self.made += 1
        person = clients.Person(family_name=name or f"Asiakas{self.made}", given_names="Jari")
        client = clients.create(person=person, by=self.anna, at=NOW)
        case = cases.open_case(
            client=client, unit=self.register.unit("aikuiset"), initiated_at=NOW, initiated_how=InitiatedHow.CONTACT,
            by=self.anna, at=NOW, key=f"case{self.made}", own_worker=self.anna,
        )  # fmt: skip
        if state:
            self.assessment(case, state=state, rubric=rubric)
        if plan:
            Plan.objects.create(
                case=case, version=1, state="in_force", agreement="agrees", review_on=date(2027, 5, 1),
                confirmed_at=NOW, confirmed_by=self.anna, created_at=NOW, created_by=self.anna,
            )  # fmt: skip
        return case

    def assessment(self, case: Case, *, state: str = "locked", rubric: bool = True, version: int = 1) -> Assessment:
        """Return a new assessment of the case; in its criteria what Anna has found."""
        row = Assessment.objects.create(
            case=case, form=self.form, version=version, state="draft", responsible=self.anna, created_at=NOW,
            created_by=self.anna, started_at=NOW, started_by=self.anna, started_how="meeting",
        )  # fmt: skip
        for key in CRITERIA if rubric else ():
            for part, value in (("finding", "yes"), ("reason", f"Arjessa näkyy: {key}.")):
                Answer.objects.create(
                    assessment=row, path=f"criteria.{key}.{part}", value=value, written_at=NOW, written_by=self.anna,
                    author_name=self.anna.name,
                )  # fmt: skip
        self.finish(row, state=state)
        return row

    def finish(self, row: Assessment, *, state: str = "locked") -> None:
        """Bring an assessment that is being written to a state."""
        if state in ("ready", "locked"):
            row.state, row.ready_at, row.ready_by = state, NOW, self.anna
        if state == "locked":
            row.locked_at, row.locked_by = NOW, self.anna
        row.save()

    def item(self, case: Case | None = None, *, takes: int = 10, at: datetime = NOW, **more: Any) -> Item:
        """Return a new item of Anna's on the agenda of the group's meeting."""
        more = {"meeting": self.meeting, "service": SERVICE, "basis": Basis.NEW, "by": self.anna, **more}
        self.made += 1
        return proposing.propose(case=case or self.case(), minutes=takes, at=at, key=f"item{self.made}", **more)


def build(register: Register, *, following: bool = True) -> Group:
    """Return the group with its next two meetings (or one)."""
    posts = {
        "Helena": Role.LEAD, "Mikko": Role.SOCIAL_WORKER, "Petra": Role.SOCIAL_WORKER, "Sari": Role.SECRETARY,
        "Kirsi": Role.COUNSELLOR,
    }  # fmt: skip
    people = {name: register.person(name, role, "asuminen") for name, role in posts.items()}
    anna = register.person("Anna", Role.SOCIAL_WORKER, "aikuiset")
    Membership.objects.filter(actor=people["Mikko"]).update(in_office=True)
    series = Series.objects.create(
        key="sap", unit=register.unit("asuminen"), name_fi="SAP-kokous", name_sv="SAP-möte", name_en="SAP meeting",
        rubric="weighed", form="weighed", decider=people["Mikko"], valid_from=START,
    )  # fmt: skip
    parts = (MemberRole.CHAIR, MemberRole.LEADING, MemberRole.VICE_CHAIR, MemberRole.SECRETARY, MemberRole.MEMBER)
    for actor, part in zip(people.values(), parts, strict=True):
        Member.objects.create(series=series, actor=actor, role=part, valid_from=START)
    form = FormVersion.objects.create(
        key="weighed", version=1, title_fi="Asuminen", title_sv="Boende", title_en="Housing", content=rubric(),
        digest="x" * 64, valid_from=START, published_at=NOW, published_by=people["Helena"],
    )  # fmt: skip
    helena = people["Helena"]
    meeting = planning.plan(series=series, starts_at=STARTS, ends_at=ENDS, by=helena, at=NOW, key="m1")
    later = (
        planning.plan(series=series, starts_at=STARTS + WEEK, ends_at=ENDS + WEEK, by=helena, at=NOW, key="m2")
        if following
        else None
    )
    return Group(
        register, series, meeting, later, form, helena, people["Mikko"], people["Petra"], people["Sari"],
        people["Kirsi"], anna,
    )  # fmt: skip
