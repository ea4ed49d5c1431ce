import pytest
from django.db import IntegrityError, transaction

from polku.access.models import Code
from polku.access.states import Role
from polku.cases.models import WorkItem
from polku.contacts import actions as contacts
from polku.contacts.models import Contact
from polku.contacts.states import ContactState
from polku.kit.errors import Invalid, NotAllowed
from polku.triage import actions
from polku.triage.models import FirstAssessment
from polku.triage.states import AssessmentNeed
from tests.register import NOW, START, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    for place, key in enumerate(("life", "food", "shelter")):
        Code.objects.create(
            set="urgency_criteria", key=key, name_fi=key, name_sv=key, name_en=key, place=place, valid_from=START
        )
    Code.objects.create(
        set="urgency_criteria", key="soon", name_fi="s", name_sv="s", name_en="s", place=9, valid_from=START,
        data={"urgent": False},
    )  # fmt: skip
    return Register()


@pytest.fixture
def suvi(register: Register):
    return register.person("Suvi")


@pytest.fixture
def call(register: Register, suvi) -> Contact:
    return contacts.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="c")


def test_a_ticked_criterion_makes_it_urgent_with_its_grounds(call: Contact, suvi) -> None:
    made = actions.assess(contact=call, criteria=["food"], grounds="Ei ruokaa.", by=suvi, at=NOW, key="a")
    assert made.urgent and made.criteria == ["food"] and made.version == 1
    assert WorkItem.objects.get().urgent
    call.refresh_from_db()
    assert call.state == ContactState.OPEN


def test_none_of_them_is_not_urgent_and_says_that_somebody_looked(call: Contact, suvi) -> None:
    made = actions.assess(contact=call, criteria=[], none_apply=True, by=suvi, at=NOW, key="a")
    assert not made.urgent and made.none_apply


def test_a_second_look_is_a_new_version(call: Contact, suvi) -> None:
    actions.assess(contact=call, criteria=[], none_apply=True, by=suvi, at=NOW, key="a")
    again = actions.assess(contact=call, criteria=["life"], grounds="Soitti.", by=suvi, at=NOW, key="b")
    assert again.version == 2 and actions.latest(call) == again
    assert actions.assess(contact=call, criteria=["life"], grounds="Soitti.", by=suvi, at=NOW, key="b") == again
    assert FirstAssessment.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"criteria": []}, "criteria"),
        ({"criteria": ["food"], "none_apply": True}, "criteria"),
        ({"criteria": ["dragons"]}, "criteria"),
        ({"criteria": ["food"]}, "grounds"),
        ({"criteria": ["soon"], "urgent": True}, "grounds"),
        ({"criteria": ["food"], "urgent": False}, "grounds"),
        ({"criteria": [], "none_apply": True, "assessment_need": "not_needed"}, "assessment_grounds"),
        ({"criteria": [], "none_apply": True, "assessment_need": "perhaps"}, "assessment_need"),
        ({"criteria": [], "none_apply": True, "facts": {"special_support_child": 7}}, "facts.special_support_child"),
    ],
)
def test_a_half_assessment_is_refused_at_the_field(call: Contact, suvi, given: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.assess(contact=call, by=suvi, at=NOW, key="a", **given)
    assert refusal.value.field == field
    assert not FirstAssessment.objects.exists()
    assert not WorkItem.objects.get().urgent


def test_the_worker_decides_and_the_criteria_propose(call: Contact, suvi) -> None:
    made = actions.assess(
        contact=call, criteria=["food"], urgent=False, grounds="Sai jo apua.", by=suvi, at=NOW, key="a"
    )
    assert not made.urgent


def test_the_decision_on_the_assessment_becomes_a_fact(call: Contact, suvi) -> None:
    actions.assess(
        contact=call, criteria=[], none_apply=True, by=suvi, at=NOW, key="a",
        assessment_need=AssessmentNeed.NEEDED, facts={"disabled": True},
    )  # fmt: skip
    call.refresh_from_db()
    assert call.facts == {"disabled": True, "assessment_needed": True}


def test_the_database_refuses_urgency_without_grounds(call: Contact, suvi) -> None:
    made = actions.assess(contact=call, criteria=["food"], grounds="x", by=suvi, at=NOW, key="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        FirstAssessment.objects.filter(pk=made.pk).update(grounds="")


def test_a_secretary_does_not_assess(call: Contact, register: Register) -> None:
    secretary = register.person("Sari", Role.SECRETARY)
    with pytest.raises(NotAllowed):
        actions.assess(contact=call, criteria=[], none_apply=True, by=secretary, at=NOW, key="a")
