from datetime import timedelta

import pytest

from polku.access.models import Actor, Code
from polku.access.queries import codes
from polku.access.states import Role
from polku.audit.models import Event
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.kit.localtime import local_date
from polku.triage import criteria
from tests.register import NOW, START, Register

pytestmark = pytest.mark.django_db
TODAY = local_date(NOW)
NEW = criteria.Words("Sähköt katkeavat", "Strömmen stängs av", "Electricity is cut")


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def lead(register: Register) -> Actor:
    return register.person("Helena", Role.LEAD)


@pytest.fixture(autouse=True)
def standing() -> Code:
    Code.objects.filter(set=criteria.CRITERIA).delete()
    return Code.objects.create(
        set=criteria.CRITERIA, key="violence", name_fi="Väkivalta", name_sv="Våld", name_en="Violence",
        valid_from=START,
    )  # fmt: skip


def in_use(days: int = 0) -> list[str]:
    return [code.name_en for code in codes(criteria.CRITERIA, day=TODAY + timedelta(days=days))]


def test_adds_a_criterion_from_a_day_on(lead: Actor) -> None:
    row = criteria.add(words=NEW, valid_from=TODAY + timedelta(days=2), by=lead, at=NOW)
    assert (in_use(), in_use(2)) == (["Violence"], ["Violence", "Electricity is cut"])
    assert Event.objects.get(what="triage.criterion_added").subject == row.key
    assert [code.pk for code in criteria.in_force_or_ahead(day=TODAY)][-1] == row.pk


def test_ends_a_criterion_and_keeps_its_row(lead: Actor, standing: Code) -> None:
    criteria.add(words=NEW, valid_from=TODAY, by=lead, at=NOW)
    criteria.end(key="violence", last_day=TODAY, by=lead, at=NOW)
    assert (in_use(), in_use(1)) == (["Violence", "Electricity is cut"], ["Electricity is cut"])
    assert Code.objects.filter(pk=standing.pk).exists()
    with pytest.raises(Conflict):
        criteria.end(key="violence", last_day=TODAY, by=lead, at=NOW)


def test_refuses_what_would_rewrite_the_past_or_leave_none(lead: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        criteria.end(key="violence", last_day=TODAY, by=lead, at=NOW)
    assert refused.value.code == "last_criterion"
    with pytest.raises(Invalid) as refused:
        criteria.add(words=NEW, valid_from=TODAY - timedelta(days=1), by=lead, at=NOW)
    assert refused.value.field == "valid_from"
    with pytest.raises(Invalid) as refused:
        criteria.add(words=criteria.Words("A", " ", "B"), valid_from=TODAY, by=lead, at=NOW)
    assert refused.value.field == "name_sv"


def test_is_for_heads_of_units(register: Register) -> None:
    with pytest.raises(NotAllowed):
        criteria.add(words=NEW, valid_from=TODAY, by=register.person("Suvi"), at=NOW)
