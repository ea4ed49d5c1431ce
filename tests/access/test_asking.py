"""What is put into SQL once must give what Django gives, and a right told by a row's columns what the database tells."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Model, Q
from django.db.transaction import TransactionManagementError
from pytest_django import DjangoAssertNumQueries

from polku.access import permissions
from polku.access.models import Actor, Code, Membership, OpeningHours, Unit
from polku.access.permissions import permit, require, require_of_locked
from polku.access.states import ActorKind, Role
from polku.asking import Question, value
from polku.audit import actions as audit
from polku.audit import verify
from polku.audit.models import Event
from polku.kit import public_id
from polku.kit.errors import NotAllowed
from polku.storing import insert, insert_all, keep, number, together
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


def test_a_question_gives_the_rows_that_django_gives(register: Register) -> None:
    own = register.unit("neuvonta")
    register.unit("toinen")
    is_own = ExpressionWrapper(Q(key=value("key")), output_field=BooleanField())
    asked: Question[Unit] = Question(
        lambda: Unit.objects.select_related("organisation").filter(key=value("key")).annotate(is_own=is_own)
    )
    for key in ("neuvonta", "toinen", "ei mitään"):
        found, plain = asked(key=key), list(Unit.objects.filter(key=key))
        assert found == plain
        for one, other in zip(found, plain, strict=True):
            assert {f.attname: getattr(one, f.attname) for f in Unit._meta.concrete_fields} == {
                f.attname: getattr(other, f.attname) for f in Unit._meta.concrete_fields
            }
            assert one._state.fields_cache["organisation"] == other.organisation
            assert one.is_own  # type: ignore[attr-defined]
    assert asked.first(key="neuvonta") == own
    assert asked.first(key="ei mitään") is None


def test_a_question_takes_a_list_of_any_length_and_gives_tuples(register: Register) -> None:
    units = [register.unit(key) for key in ("yksi", "kaksi", "kolme")]
    asked = Question(
        lambda: Unit.objects.filter(pk__any_of=value("units")).order_by("pk").values_list("pk", "languages")
    )
    for wanted in ([], units[:1], units):
        assert asked(units=[unit.pk for unit in wanted]) == [(unit.pk, unit.languages) for unit in wanted]
    suvi = register.person("suvi")
    of_units = Question(lambda: Membership.objects.filter(unit_id__any_of=value("units")))
    posts = list(Membership.objects.filter(actor=suvi))
    assert of_units(units=[post.unit_id for post in posts]) == posts


@pytest.mark.django_db(transaction=True)
def test_a_question_locks_rows_in_a_transaction_only() -> None:
    asked = Question(lambda: Unit.objects.select_for_update().filter(pk=value("pk")))
    with transaction.atomic():
        assert asked(pk=0) == []
    with pytest.raises(TransactionManagementError):
        asked(pk=0)


def test_a_stored_row_is_what_save_would_have_stored() -> None:
    row = Actor(kind=ActorKind.STAFF, name="Äijö", languages=["fi", "sv"], created_at=NOW)
    assert insert(row)
    assert not row._state.adding
    stored = Actor.objects.get(pk=row.pk)
    for field in Actor._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(row, field.attname), field.attname


def test_a_row_that_is_there_already_is_not_stored_again() -> None:
    def job() -> Actor:
        return Actor(kind=ActorKind.JOB, name="test.job", public_id=public_id.new(), created_at=NOW)

    assert insert(job(), unless_there=True)
    again = job()
    assert not insert(again, unless_there=True)
    assert again._state.adding
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(job())
    assert Actor.objects.filter(name="test.job").count() == 1


def test_a_right_to_a_locked_row_is_the_right_that_the_database_tells(register: Register) -> None:
    name = "test.locked"
    permit(name, roles=(Role.GUIDANCE,), relation=lambda who, at: Q(unit_id__in=who.units()) | Q(actor_id=who.actor.pk))
    permit(
        name,
        roles=(Role.LEAD,),
        relation=lambda who, at: Q(unit__organisation_id__in=[post.organisation_id for post in who.posts]),
    )
    permit(name, roles=(Role.SECRETARY,), relation=lambda who, at: ~Q(unit_id__in=who.units()))
    permit(name, roles=(Role.NURSE,), relation=lambda who, at: Q(valid_until__isnull=True) & Q(actor_id=who.actor.pk))
    try:
        people = [register.person(role, role) for role in Role.values]
        Membership.objects.filter(pk=Membership.objects.order_by("pk").values("pk")[:1]).update(
            unit=register.unit("toinen"), valid_until=(NOW + timedelta(days=9)).date()
        )
        for rows in (Membership.objects.all(), Membership.objects.select_related("unit")):
            for row in rows:
                for actor in people:
                    told = [_may(check, actor, name, row) for check in (require, require_of_locked)]
                    assert told[0] == told[1], (actor.name, row)
    finally:
        permissions._table.pop(name)


def _may(check: object, actor: Actor, name: str, row: Membership) -> bool:
    try:
        check(actor, name, row, at=NOW)  # type: ignore[operator]
    except NotAllowed:
        return False
    return True


def unit_like(unit: Unit, key: str) -> Unit:
    unit.pk, unit.key, unit.public_id = None, key, public_id.new()
    unit._state.adding = True
    return unit


def plain(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in type(row)._meta.concrete_fields}


def test_rows_stored_together_are_what_each_would_be_alone(
    register: Register, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = register.unit("neuvonta")
    unit.languages, unit.name_fi = ["fi", "sv"], 'Ääkköset "ja" \\ lainaus\n\t☃'
    number(unit := unit_like(unit, "uusi"))
    hours = OpeningHours(unit=unit, weekday=1, opens=time(8, 15), closes=time(16), valid_from=NOW.date())
    names = {"name_fi": "a", "name_sv": "b", "name_en": "c"}
    code = Code(set="s", key="k", **names, data={"a": [1, None, "ö"]}, valid_from=NOW.date())
    actor = Actor(kind=ActorKind.JOB, name="yhdessä", created_at=NOW)
    with django_assert_num_queries(1), together():
        # What refers to a row may come before it: foreign keys are looked at when all is stored.
        for row in (hours, unit, code, actor):
            insert(row)
            assert row._state.adding
    for row, name in ((hours, "unit"), (unit, "key"), (code, "key"), (actor, "name")):
        assert not row._state.adding
        found = type(row).objects.get(**{name: getattr(row, name)})
        assert plain(found) | {"id": row.pk} == plain(row)
    assert Unit.objects.get(key="uusi").pk == unit.pk


def test_a_block_that_raises_stores_nothing_and_one_within_another_is_its_part(
    register: Register, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = Actor.objects.count()
    with pytest.raises(NotAllowed), together():
        insert(Actor(kind=ActorKind.JOB, name="ei", created_at=NOW))
        raise NotAllowed("no", "no")
    assert Actor.objects.count() == before
    with django_assert_num_queries(1), together():
        insert(Actor(kind=ActorKind.JOB, name="yksi", created_at=NOW))
        with together():
            insert(Actor(kind=ActorKind.JOB, name="kaksi", created_at=NOW))
    assert Actor.objects.count() == before + 2


def test_what_is_stored_in_a_savepoint_of_a_block_is_taken_back_with_it(register: Register) -> None:
    before = Actor.objects.count()
    with together():
        insert(Actor(kind=ActorKind.JOB, name="jää", created_at=NOW))
        with pytest.raises(NotAllowed), transaction.atomic():
            insert(Actor(kind=ActorKind.JOB, name="ei jää", created_at=NOW))
            raise NotAllowed("no", "no")
    assert Actor.objects.count() == before + 1


def test_rows_of_one_model_stored_at_once_get_their_ids_in_order(register: Register) -> None:
    rows = [Actor(kind=ActorKind.JOB, name=f"nro {n}", created_at=NOW) for n in range(5)]
    insert_all(rows)
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    assert [Actor.objects.get(pk=row.pk).name for row in rows] == [row.name for row in rows]
    insert_all([])


@pytest.mark.django_db(transaction=True)
def test_rows_of_the_log_go_with_the_others_and_carry_their_marks() -> None:
    suvi = Register().person("suvi")
    assert not keep("audit_row", {})
    # Words that are new are stored at once; from their commit on they are known by number.
    assert audit.changed(by=suvi, at=NOW, what="test", subject="first")
    with transaction.atomic(), together():
        for n in range(3):
            assert audit.changed(by=suvi, at=NOW, what="test", subject=f"{n}", clients=[n, 7], details={"ä": n}) is None
    rows = list(Event.objects.filter(what="test").exclude(subject="first").order_by("id"))
    assert [(row.subject, row.clients) for row in rows] == [("0", [0, 7]), ("1", [1, 7]), ("2", [2, 7])]
    assert {finding.code for finding in verify.verify(at=NOW).findings} == {"row_unsealed"}
