"""A condition with places for its values, sums not asked yet, and rights told by rows already read give what Django does."""

from datetime import timedelta

import pytest
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from polku.access import permissions
from polku.access.models import Actor, Membership, Unit
from polku.access.permissions import permit, permitted, visible_to
from polku.access.queries import who
from polku.access.states import ActorKind, Role
from polku.asking import Question, placed, totals, value
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


def test_a_placed_condition_finds_the_same_rows(register: Register) -> None:
    suvi, laura = register.person("suvi"), register.person("laura")
    conditions = (
        Q(pk=suvi.pk),
        Q(pk__in=[suvi.pk, laura.pk]) & ~Q(name="Laura"),
        Q(pk__in=[]) | Q(name=laura.name),
        ~(Q(pk=suvi.pk) | Q(name=laura.name, kind=ActorKind.STAFF)),
        Q(memberships__unit_id__in=[register.unit("neuvonta").pk], kind__in=("staff",)),
        Q(),
    )
    for condition in conditions:
        words, values = placed(condition)
        asked = Question(lambda words=words: Actor.objects.filter(words).order_by("pk"))
        assert asked(**values) == list(Actor.objects.filter(condition).order_by("pk"))


def test_the_same_words_with_other_values_are_one_question(register: Register) -> None:
    one, values = placed(Q(unit_id__in=[1, 2]) | Q(assignee_id=3))
    other, others = placed(Q(unit_id__in=[4]) | Q(assignee_id=5))
    assert one == other and hash(one) == hash(other)
    assert values != others
    assert placed(Q(unit_id__in=[1, 2]) & Q(assignee_id=3))[0] != one


@pytest.mark.parametrize("odd", [Q(created_at__lt=Now()), Q(name=F("title_fi")), Q(deleted_at=None)], ids=str)
def test_only_plain_values_have_a_place(odd: Q) -> None:
    with pytest.raises(TypeError):
        placed(Q(pk=1) | odd)


def test_sums_are_those_of_an_aggregate(register: Register) -> None:
    for name in ("suvi", "laura", "nina"):
        register.person(name)
    rows = Actor.objects.filter(kind=ActorKind.STAFF).order_by("name")
    sums = {
        "all": Count("pk"),
        "some": Count("pk", filter=Q(name__startswith="S")),
        "none": Count("pk", filter=Q(pk=0)),
    }
    asked = Question(lambda: totals(rows, **sums))
    assert asked() == [tuple(rows.aggregate(**sums).values())]
    nobody = Question(lambda: totals(Actor.objects.filter(pk=value("pk")), all=Count("pk")))
    assert nobody(pk=0) == [(0,)]


def test_rows_already_read_are_permitted_as_the_database_permits_them(
    register: Register, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object
) -> None:
    monkeypatch.setattr(permissions, "_table", {})
    suvi = register.person("suvi")
    own, other = register.unit("neuvonta"), register.unit("toinen")
    role = next(iter(who(suvi, at=NOW).roles))
    permit("test.own", roles=(role,), relation=lambda person, at: Q(id__in=person.units()))
    permit("test.all", roles=(role,))
    permit("test.far", roles=(role,), relation=lambda person, at: Q(memberships__actor_id__in=person.stands_for))
    permit("test.no", roles=(Role.ADMIN,))
    rows = [other, own]
    for action in ("test.own", "test.all", "test.far", "test.no"):
        expected = set(visible_to(suvi, action, Unit.objects.all(), at=NOW))
        assert permitted(suvi, action, rows, at=NOW) == [row for row in rows if row in expected], action
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert permitted(suvi, "test.own", [own], at=NOW) == [own]
        assert permitted(suvi, "test.own", [], at=NOW) == []


def test_a_post_that_has_ended_and_one_stood_in_for_are_known_the_day_they_change(register: Register) -> None:
    suvi, laura = register.person("suvi"), register.person("laura")
    assert who(suvi, at=NOW).units() == [register.unit("neuvonta").pk]
    day = NOW.date()
    laura.deputies.create(deputy=suvi, valid_from=day, valid_until=day)
    Membership.objects.filter(actor=suvi).update(valid_until=day)
    fresh = Actor.objects.get(pk=suvi.pk)
    assert who(fresh, at=NOW).stands_for == {suvi.pk, laura.pk}
    assert len(who(fresh, at=NOW).posts) == 1
    after = who(fresh, at=NOW + timedelta(days=1))
    assert after.stands_for == {suvi.pk} and after.posts == () and after.units() == []
