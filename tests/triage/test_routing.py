from datetime import date, timedelta

import pytest
from django.utils import translation

from polku.access.models import Municipality, UnitArea
from polku.access.states import Role
from polku.cases.models import TimelineEntry
from polku.clients import actions as clients
from polku.contacts import actions as contacts
from polku.contacts import matters, people
from polku.contacts.details import Details
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from polku.desk.happened import sentence
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.kit.localtime import local_date
from polku.triage import routing
from polku.triage.models import RoutingRule
from polku.triage.routing import Asked, NewRule
from polku.triage.states import RouteReason
from tests.register import NOW, START, Register

pytestmark = pytest.mark.django_db
TODAY = local_date(NOW)


@pytest.fixture
def register() -> Register:
    RoutingRule.objects.all().delete()
    UnitArea.objects.all().delete()
    return Register()


@pytest.fixture
def lead(register: Register):
    return register.person("Leena", Role.LEAD)


@pytest.fixture
def suvi(register: Register):
    return register.person("Suvi")


def rule(register: Register, lead, place: int, unit: str, **change) -> RoutingRule:
    made = NewRule(unit=register.unit(unit), place=place, valid_from=START, **change)
    return routing.add_rule(rule=made, by=lead, at=NOW)


def test_the_first_rule_that_fits_decides_and_the_others_say_why_not(register: Register, lead) -> None:
    rule(register, lead, 10, "perheet", max_age=17)
    rule(register, lead, 20, "asuminen", need="supported_housing", min_age=18)
    rule(register, lead, 30, "lohja", municipality="444", min_age=18, max_age=64)
    rule(register, lead, 99, "neuvonta")
    found = routing.route(Asked(municipality="444", age=40), receiving=register.unit("neuvonta"), day=TODAY)
    assert (found.unit.key, found.reason, found.rule.place) == ("lohja", RouteReason.RULE, 30)
    assert [step.fits for step in found.steps] == [False, False, False, True]
    assert all(step.sentence.endswith(".") for step in found.steps)


@pytest.mark.parametrize(
    ("asked", "unit"),
    [
        (Asked(municipality="444", age=17), "perheet"),
        (Asked(municipality="444", age=18, need="supported_housing"), "asuminen"),
        (Asked(municipality="444", age=64), "lohja"),
        (Asked(municipality="444", age=65), "neuvonta"),
        (Asked(municipality="049", age=40), "neuvonta"),
        (Asked(municipality="444"), "neuvonta"),
        (Asked(), "neuvonta"),
    ],
)
def test_direction_follows_municipality_age_and_need(register: Register, lead, asked: Asked, unit: str) -> None:
    rule(register, lead, 10, "perheet", max_age=17)
    rule(register, lead, 20, "asuminen", need="supported_housing", min_age=18)
    rule(register, lead, 30, "lohja", municipality="444", min_age=18, max_age=64)
    rule(register, lead, 99, "neuvonta")
    assert routing.route(asked, receiving=register.unit("neuvonta"), day=TODAY).unit.key == unit


def test_rules_are_dated(register: Register, lead) -> None:
    old = rule(register, lead, 10, "vanha")
    routing.end_rule(rule=old, last_day=TODAY, by=lead, at=NOW)
    receiving = register.unit("neuvonta")
    assert routing.route(Asked(), receiving=receiving, day=TODAY).unit.key == "vanha"
    assert routing.route(Asked(), receiving=receiving, day=TODAY + timedelta(days=1)).unit.key == "neuvonta"
    with pytest.raises(Conflict):
        routing.end_rule(rule=old, last_day=TODAY, by=lead, at=NOW)


def test_a_rule_may_end_on_its_first_day_and_never_before(register: Register, lead) -> None:
    rule = routing.add_rule(rule=NewRule(unit=register.unit("neuvonta"), place=10, valid_from=TODAY), by=lead, at=NOW)
    with pytest.raises(Invalid):
        routing.end_rule(rule=rule, last_day=TODAY - timedelta(days=1), by=lead, at=NOW)
    routing.end_rule(rule=rule, last_day=TODAY, by=lead, at=NOW)
    rule.refresh_from_db()
    assert rule.valid_until == TODAY


def test_without_rules_the_only_unit_that_serves_the_area_gets_it(register: Register) -> None:
    receiving, only = register.unit("neuvonta"), register.unit("hanko")
    Municipality.objects.get_or_create(code="078", defaults={"name_fi": "Hanko", "name_sv": "Hangö", "in_county": True})
    UnitArea.objects.create(unit=only, municipality_id="078", valid_from=START)
    found = routing.route(Asked(municipality="078", age=40), receiving=receiving, day=TODAY)
    assert (found.unit, found.reason) == (only, RouteReason.AREA)
    assert routing.route(Asked(municipality="444", age=40), receiving=receiving, day=TODAY).reason == RouteReason.AREA


def test_the_own_worker_goes_before_every_rule(register: Register, lead, suvi) -> None:
    rule(register, lead, 1, "muu")
    anna = register.person("Anna", Role.SOCIAL_WORKER, "lohja")
    client = clients.create(person=clients.Person(family_name="Salo"), by=suvi, at=NOW)
    first = contacts.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="1")
    party = people.add(contact=first, role=PartyRole.CONCERNED, told=Told(), by=suvi, at=NOW)
    party = people.identify(party=party, client=client, by=suvi, at=NOW)
    matters.open_case(contact=first, party=party, unit=register.unit("lohja"), own_worker=anna, by=suvi, at=NOW)
    second = contacts.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="2")
    party = people.add(contact=second, role=PartyRole.CONCERNED, told=Told(), by=suvi, at=NOW)
    people.identify(party=party, client=client, by=suvi, at=NOW)
    second.refresh_from_db()
    found = routing.direct(contact=second, by=suvi, at=NOW)
    assert (found.reason, found.worker) == (RouteReason.OWN_WORKER, anna)
    second.work_item.refresh_from_db()
    assert (second.work_item.assignee, second.work_item.unit.key) == (anna, "lohja")
    entry = TimelineEntry.objects.filter(event="triage.handed_over").latest("pk")
    assert (entry.data["why"], entry.text) == ("own_worker", "")
    with translation.override("fi"):
        assert "Asiakkaalla on omatyöntekijä" in sentence(entry, {})
    with translation.override("sv"):
        assert "Klienten har" in sentence(entry, {})


def test_direct_leaves_what_is_there_already(register: Register, suvi) -> None:
    row = contacts.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="1")
    contacts.describe(contact=row, details=Details(municipality="444"), by=suvi, at=NOW)
    assert routing.direct(contact=row, by=suvi, at=NOW).unit.key == "neuvonta"
    row.work_item.refresh_from_db()
    assert row.work_item.assignee == suvi


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"municipality": "999"}, "municipality"),
        ({"min_age": 20, "max_age": 10}, "min_age"),
        ({"valid_until": date(2000, 1, 1)}, "valid_until"),
    ],
)
def test_a_wrong_rule_is_refused_at_the_field(register: Register, lead, change: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rule(register, lead, 1, "neuvonta", **change)
    assert refusal.value.field == field


def test_only_heads_and_main_users_set_rules(register: Register, suvi) -> None:
    with pytest.raises(NotAllowed):
        rule(register, suvi, 1, "neuvonta")
