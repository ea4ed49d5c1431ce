from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from polku.access import actions, closing, permissions
from polku.access.models import Absence, Account, Actor, Membership, Promise, Unit
from polku.access.permissions import can, may_ever, permit, require, visible_to
from polku.access.queries import away, source_by_key, units_of, who
from polku.access.states import ActorKind, Role
from polku.audit.models import Event
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def rule() -> str:
    """A rule for the length of a test: workers of a unit may do it to their unit, its head to any."""
    name = "test.do"
    permit(name, roles=(Role.GUIDANCE,), relation=lambda person, at: Q(pk__in=person.units((Role.GUIDANCE,))))
    permit(name, roles=(Role.ADMIN,))
    permit(name, scopes=("units:write",))
    yield name
    permissions._table.pop(name)


def test_the_three_forms_of_a_permission_agree(register: Register, rule: str) -> None:
    own, other = register.unit("neuvonta"), register.unit("toinen")
    people = [register.person(role, role) for role in Role.values]
    for actor in people:
        visible = set(visible_to(actor, rule, Unit.objects.all(), at=NOW))
        for unit in (own, other):
            allowed = can(actor, rule, unit, at=NOW)
            assert allowed == (unit in visible)
            if allowed:
                require(actor, rule, unit, at=NOW)
                assert may_ever(actor, rule, at=NOW)
            else:
                with pytest.raises(NotAllowed):
                    require(actor, rule, unit, at=NOW)
    assert set(visible_to(people[0], rule, Unit.objects.all(), at=NOW)) == {own}


def test_a_post_counts_from_its_first_day_to_its_last(register: Register, rule: str) -> None:
    suvi = register.person("suvi")
    Membership.objects.update(valid_from=date(2026, 11, 24), valid_until=date(2026, 11, 25))
    days = {day: who(suvi, at=NOW + timedelta(days=day)).roles for day in (-1, 0, 1, 2)}
    assert days == {-1: frozenset(), 0: {"guidance"}, 1: {"guidance"}, 2: frozenset()}


def test_a_machine_may_what_its_scopes_say_while_its_permission_runs(register: Register, rule: str) -> None:
    admin = register.person("admin", Role.ADMIN)
    source, key = actions.add_source(
        name="E-form", unit=register.unit("neuvonta"), scopes=["units:write"], by=admin, at=NOW
    )
    assert source_by_key(key, at=NOW) == source
    assert key not in source.key_hash
    assert source_by_key(key + "x", at=NOW) is None
    assert can(source.actor, rule, register.unit("neuvonta"), at=NOW)
    source.valid_until = NOW.date() - timedelta(days=1)
    source.valid_from = source.valid_until
    source.save()
    assert source_by_key(key, at=NOW) is None
    assert not can(Actor.objects.get(pk=source.actor_id), rule, at=NOW)


def test_a_deputy_stands_for_the_absent_from_day_to_day(register: Register) -> None:
    suvi, eero = register.person("suvi"), register.person("eero")
    actions.name_deputy(
        actor=eero, deputy=suvi, valid_from=date(2026, 11, 24), valid_until=date(2026, 11, 24), by=eero, at=NOW
    )
    assert who(Actor.objects.get(pk=suvi.pk), at=NOW).stands_for == {suvi.pk, eero.pk}
    assert who(Actor.objects.get(pk=suvi.pk), at=NOW + timedelta(days=1)).stands_for == {suvi.pk}


def test_a_deputy_is_somebody_else_of_the_same_unit(register: Register) -> None:
    suvi, far = register.person("suvi"), register.person("far", unit="toinen")
    for deputy, code in ((suvi, "same_person"), (far, "no_unit")):
        with pytest.raises(Invalid) as refused:
            actions.name_deputy(actor=suvi, deputy=deputy, valid_from=NOW.date(), valid_until=None, by=suvi, at=NOW)
        assert refused.value.code == code


def test_absence_is_ones_own_or_a_lead_s_to_mark(register: Register) -> None:
    suvi, mikko, lead = register.person("suvi"), register.person("mikko"), register.person("leena", Role.LEAD)
    period = {"starts_at": NOW, "ends_at": NOW + timedelta(days=2), "at": NOW}
    actions.add_absence(actor=suvi, by=suvi, **period)
    actions.add_absence(actor=suvi, by=lead, **period)
    with pytest.raises(NotAllowed):
        actions.add_absence(actor=suvi, by=mikko, **period)
    assert Absence.objects.count() == 1
    assert away([suvi.pk, mikko.pk], at=NOW) == {suvi.pk: NOW + timedelta(days=2)}
    assert away([suvi.pk], at=NOW + timedelta(days=2)) == {}
    with pytest.raises(Invalid):
        actions.add_absence(actor=suvi, starts_at=NOW, ends_at=NOW, by=suvi, at=NOW)


def test_a_new_promise_leaves_the_old_one_answerable(register: Register) -> None:
    unit, lead = register.unit("neuvonta"), register.person("leena", Role.LEAD)
    actions.set_promise(
        unit=unit, rule="promise_answer", days=2, cutoff=None, valid_from=date(2027, 1, 1), by=lead, at=NOW
    )
    rows = Promise.objects.filter(unit=unit, rule="promise_answer").order_by("valid_from")
    assert [(row.days, row.valid_until) for row in rows] == [(1, date(2026, 12, 31)), (2, None)]
    with pytest.raises(NotAllowed):
        actions.set_promise(
            unit=register.unit("toinen"), rule="promise_answer", days=2, cutoff=None, valid_from=NOW.date(), by=lead,
            at=NOW,
        )  # fmt: skip


def test_what_held_yesterday_is_not_changed_today(register: Register) -> None:
    unit, lead = register.unit("neuvonta"), register.person("leena", Role.LEAD)
    day = NOW.date() - timedelta(days=1)
    doings = (
        lambda: actions.set_promise(
            unit=unit, rule="promise_answer", days=2, cutoff=None, valid_from=day, by=lead, at=NOW
        ),
        lambda: actions.set_hours(unit=unit, weekday=1, opens=None, closes=None, valid_from=day, by=lead, at=NOW),
        lambda: closing.close_day(unit=unit, day=day, by=lead, at=NOW),
    )
    for do in doings:
        with pytest.raises(Invalid) as refused:
            do()
        assert refused.value.code == "past"


def test_a_post_gives_its_rights_until_yesterday_at_least_and_ends_once(register: Register) -> None:
    admin, suvi = register.person("admin", Role.ADMIN), register.person("suvi")
    post, today = Membership.objects.select_related("actor", "unit").get(actor=suvi), NOW.date()
    with pytest.raises(Invalid):
        actions.end_post(post=post, last_day=today - timedelta(days=2), by=admin, at=NOW)
    actions.end_post(post=post, last_day=today - timedelta(days=1), by=admin, at=NOW)
    assert not who(Actor.objects.get(pk=suvi.pk), at=NOW).roles
    with pytest.raises(Conflict):
        actions.end_post(post=post, last_day=today, by=admin, at=NOW)
    row = Event.objects.get(what="access.end_post")
    assert row.facts == {"role": "guidance", "last_day": "2026-11-23"}


def test_nobody_ends_their_own_post_as_main_user(register: Register) -> None:
    admin = register.person("admin", Role.ADMIN)
    post = Membership.objects.select_related("actor", "unit").get(actor=admin)
    with pytest.raises(NotAllowed):
        actions.end_post(post=post, last_day=NOW.date(), by=admin, at=NOW)


def test_a_user_name_is_one_person_s_whatever_its_case(register: Register) -> None:
    admin = register.person("admin", Role.ADMIN)
    actions.add_staff(name="Suvi Rantala", username="suvi.rantala", password=None, by=admin, at=NOW)
    with pytest.raises(Invalid) as refused:
        actions.add_staff(name="Suvi Rantanen", username="SUVI.Rantala", password=None, by=admin, at=NOW)
    assert refused.value.field == "username"


def test_a_day_of_its_own_hours_has_both_in_order(register: Register) -> None:
    lead, unit, day = register.person("lead", Role.LEAD), register.unit("neuvonta"), NOW.date() + timedelta(days=1)
    for opens, closes in ((time(8), None), (None, time(16)), (time(9), time(9)), (time(10), time(9))):
        with pytest.raises(Invalid) as refused:
            closing.close_day(unit=unit, day=day, by=lead, at=NOW, opens=opens, closes=closes)
        assert refused.value.field == "closes"
    assert closing.close_day(unit=unit, day=day, by=lead, at=NOW, opens=time(9), closes=time(10)).closes == time(10)
    assert closing.close_day(unit=unit, day=day, by=lead, at=NOW).closes is None


def test_an_account_is_closed_and_opened_by_somebody_else(register: Register) -> None:
    admin = register.person("admin", Role.ADMIN, account=True)
    suvi = register.person("suvi", account=True)
    with pytest.raises(NotAllowed) as refused:
        actions.open_account(actor=admin, is_open=False, by=admin, at=NOW)
    assert refused.value.code == "own_account"
    actions.open_account(actor=suvi, is_open=False, by=admin, at=NOW)
    assert not Account.objects.get(actor=suvi).is_active and Account.objects.get(actor=admin).is_active
    actions.open_account(actor=suvi, is_open=True, by=admin, at=NOW)
    assert Account.objects.get(actor=suvi).is_active
    told = Event.objects.filter(what__endswith="_account").order_by("pk")
    assert [(row.what, row.subject) for row in told] == [
        ("access.close_account", suvi.public_id),
        ("access.open_account", suvi.public_id),
    ]


def test_an_automatic_task_is_one_actor_however_often_it_acts() -> None:
    assert actions.job("reminders", at=NOW) == actions.job("reminders", at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Actor.objects.create(kind=ActorKind.JOB, name="reminders", created_at=NOW)


def test_units_of_lists_the_posts_of_the_day(register: Register) -> None:
    suvi = register.person("suvi")
    register.person("suvi", unit="toinen")
    assert {unit.key for unit in units_of(suvi, at=NOW)} == {"neuvonta", "toinen"}
