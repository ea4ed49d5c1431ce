from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from polku.access.models import Actor
from polku.audit.models import Event
from polku.clients import actions, queries, relations
from polku.clients.actions import Person
from polku.clients.models import Client, ContactPoint, ProtectedDetail, Residence
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def suvi() -> Actor:
    return Register().person("suvi")


def make(by: Actor, **told: object) -> Client:
    return actions.create(person=Person(**told), by=by, at=NOW)  # type: ignore[arg-type]


def test_create_keeps_the_whole_code_and_the_birth_date_it_carries(suvi: Actor) -> None:
    client = make(suvi, family_name="Koskimäki", given_names="Raija", identity_code=" 010190-900p ")
    assert (client.hetu, client.birth_date) == ("010190-900P", date(1990, 1, 1))


def test_create_keeps_a_temporary_id_of_somebody_without_a_code(suvi: Actor) -> None:
    client = make(suvi, temporary_id="FI-2026-0017")
    assert (client.temporary_id, client.hetu) == ("FI-2026-0017", None)
    assert make(suvi, family_name="Aho").temporary_id is None


def test_create_keeps_apart_two_people_whose_codes_differ_only_by_the_century_sign(suvi: Actor) -> None:
    first = make(suvi, family_name="Aho", identity_code="010180-9015")
    second = make(suvi, family_name="Aho", identity_code="010180Y9015")
    assert first.pk != second.pk
    assert queries.search("010180Y9015", at=NOW).clients == [second]


@pytest.mark.parametrize("code", ["010190-999X", "310290-900P", "hei", "010190-9", "010190\x00900P"])
def test_create_names_the_field_of_a_wrong_code(suvi: Actor, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(suvi, family_name="Aho", identity_code=code)
    assert refused.value.field == "identity_code"


def test_create_refuses_a_second_client_with_the_same_code_and_names_the_first(suvi: Actor) -> None:
    first = make(suvi, family_name="Aho", identity_code="010190-900P")
    with pytest.raises(Conflict) as refused:
        make(suvi, family_name="Toinen", identity_code="010190-900P")
    assert refused.value.facts["client"] == first.public_id


def test_create_twice_with_one_key_makes_one_client(suvi: Actor) -> None:
    person = Person(family_name="Aho")
    first = actions.create(person=person, by=suvi, at=NOW, key="k1")
    assert actions.create(person=person, by=suvi, at=NOW, key="k1") == first
    assert Client.objects.count() == 1


def test_create_needs_a_name_or_a_code(suvi: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        make(suvi, phone="040 123 4567")
    assert refused.value.field == "family_name"
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.create(created_at=NOW, created_by=suvi)


def test_create_is_not_for_the_protection_officer() -> None:
    officer = Register().person("tiina", "protection_officer")
    with pytest.raises(NotAllowed):
        make(officer, family_name="Aho")


def test_search_finds_misspelt_names_hyphened_names_and_beginnings(suvi: Actor) -> None:
    anna = make(suvi, family_name="Nieminen", given_names="Anna-Kaisa")
    make(suvi, family_name="Lahtinen", given_names="Pekka")
    for text in ("Niemminen", "nieminen anna", "Kaisa Niem", "NIEMINEN"):
        assert queries.search(text, at=NOW).clients == [anna], text
    assert queries.search("Zzyzx", at=NOW).clients == []


def test_search_by_phone_finds_the_number_however_it_was_typed(suvi: Actor) -> None:
    client = make(suvi, family_name="Aho", phone="044 000 1942")
    for text in ("0440001942", "+358 44 0001942", "044-000 1942"):
        assert queries.search(text, at=NOW).clients == [client], text


def test_search_by_code_finds_the_person_behind_a_merged_row(suvi: Actor) -> None:
    old = make(suvi, family_name="Aho", given_names="Leena")
    new = make(suvi, family_name="Aho", given_names="Leena", identity_code="010190-900P")
    actions.merge(client=old, into=new, reason="Same phone and address", by=suvi, at=NOW)
    assert queries.search("Leena Aho", at=NOW).clients == [new]


def test_order_puts_å_ä_ö_last_and_other_marks_with_their_letter(suvi: Actor) -> None:
    wanted = ["Aho", "Sarv", "Šebek", "Sundö", "Zetter", "Åberg", "Äijälä", "Öhman"]
    for name in reversed(wanted):
        make(suvi, family_name=name)
    assert [c.family_name for c in queries.in_order(Client.objects.all())] == wanted


def test_merge_lets_both_rows_be_one_person_and_undo_takes_it_back(suvi: Actor) -> None:
    one, other = make(suvi, family_name="Aho"), make(suvi, family_name="Ahoo")
    actions.merge(client=one, into=other, reason="Same person", by=suvi, at=NOW)
    assert queries.same_person([one.pk]) == queries.same_person([other.pk]) == sorted([one.pk, other.pk])
    one.refresh_from_db()
    with pytest.raises(Conflict):
        actions.merge(client=one, into=other, reason="Again", by=suvi, at=NOW)
    actions.undo_merge(client=one, by=suvi, at=NOW)
    assert queries.same_person([one.pk]) == [one.pk]
    with pytest.raises(Conflict):
        actions.undo_merge(client=one, by=suvi, at=NOW)


def test_merge_refuses_two_people_with_codes_of_their_own(suvi: Actor) -> None:
    one = make(suvi, family_name="Aho", identity_code="010180-9015")
    other = make(suvi, family_name="Aho", identity_code="010180Y9015")
    with pytest.raises(Conflict) as refused:
        actions.merge(client=one, into=other, reason="Alike", by=suvi, at=NOW)
    assert refused.value.code == "codes_differ"


def test_protection_moves_every_detail_behind_the_ban_and_back(suvi: Actor) -> None:
    client = make(suvi, family_name="Aho", phone="0440001942", address="Tie 1", municipality="049")
    assert queries.details([client], day=TODAY)[client.pk].municipality == "049"
    client = actions.update(client=client, person=Person(protected=True, email="a@b.fi"), by=suvi, at=NOW)
    assert not ContactPoint.objects.exists() and not Residence.objects.exists()
    hidden = queries.details([client], day=TODAY)[client.pk]
    assert hidden.hidden and hidden.phones == () and hidden.municipality == ""
    seen = queries.details([client], day=TODAY, protected=True)[client.pk]
    assert (seen.phones, seen.emails, seen.municipality) == (("+358440001942",), ("a@b.fi",), "049")
    assert queries.search("0440001942", at=NOW).clients == []
    client = actions.update(client=client, person=Person(protected=False), by=suvi, at=NOW)
    assert not ProtectedDetail.objects.exists()
    assert queries.details([client], day=TODAY)[client.pk].phones == ("+358440001942",)


def test_update_keeps_what_was_not_told_and_ends_the_former_municipality(suvi: Actor) -> None:
    client = make(suvi, family_name="Aho", given_names="Leena", municipality="049")
    later = NOW.replace(year=2027)
    client = actions.update(client=client, person=Person(family_name="Laine", municipality="444"), by=suvi, at=later)
    assert (client.family_name, client.given_names) == ("Laine", "Leena")
    assert queries.details([client], day=TODAY)[client.pk].municipality == "049"
    assert queries.details([client], day=later.date())[client.pk].municipality == "444"
    assert queries.search("Laine", at=NOW).clients == [client]
    assert queries.search("Aho", at=NOW).clients == []


def test_update_names_unknown_municipality_and_impossible_phone(suvi: Actor) -> None:
    client = make(suvi, family_name="Aho")
    for told, field in (({"municipality": "999"}, "municipality"), ({"phone": "12"}, "phone")):
        with pytest.raises(Invalid) as refused:
            actions.update(client=client, person=Person(**told), by=suvi, at=NOW)  # type: ignore[arg-type]
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(1951, 11, 24), date(2026, 11, 24), 75),
        (date(1951, 11, 25), date(2026, 11, 24), 74),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_grows_on_the_birthday(born: date, day: date, years: int) -> None:
    assert queries.age(Client(birth_date=born), day=day) == years


def test_duplicates_warn_of_same_birth_date_with_like_name(suvi: Actor) -> None:
    known = make(suvi, family_name="Virtanen", given_names="Matti", birth_date=date(1980, 1, 2))
    make(suvi, family_name="Virtanen", given_names="Matti", birth_date=date(1990, 5, 6))
    found = queries.possible_duplicates(family_name="Wirtanen", given_names="Matti", birth_date=date(1980, 1, 2))
    assert found == [known]


def test_duplicates_find_rows_that_lack_a_name_or_a_birth_date(suvi: Actor) -> None:
    surname = make(suvi, family_name="Virtanen", birth_date=date(1980, 1, 2))
    undated = make(suvi, family_name="Virtanen", given_names="Matti")
    told = {"family_name": "Virtanen", "given_names": "Matti"}
    assert queries.possible_duplicates(**told, birth_date=date(1980, 1, 2)) == [surname, undated]
    assert queries.possible_duplicates(**told, birth_date=date(1991, 1, 2)) == [undated], "another birth date"
    assert queries.possible_duplicates(family_name="Wirtanen", given_names="Anna", birth_date=None) == [surname]
    first = make(suvi, given_names="Shirin")
    assert queries.possible_duplicates(family_name="Ahmadi", given_names="Shirin", birth_date=None) == [first]


def test_update_logs_only_what_was_new(suvi: Actor) -> None:
    client = make(suvi, family_name="Aho", phone="0440001234")
    for _again in range(2):
        actions.update(client=client, person=Person(phone="0440001234"), by=suvi, at=NOW)
    assert not Event.objects.filter(purpose="update").exists()
    actions.update(client=client, person=Person(phone="0440001235"), by=suvi, at=NOW)
    assert Event.objects.filter(purpose="update").count() == 1


def test_details_of_many_people_take_a_fixed_number_of_queries(suvi: Actor) -> None:
    from django.test.utils import CaptureQueriesContext

    people = [make(suvi, family_name=f"Aho{n}", phone=f"04400019{n:02}") for n in range(12)]
    with CaptureQueriesContext(
        connection,
    ) as few:
        queries.details(people[:2], day=TODAY)
    with CaptureQueriesContext(connection) as many:
        queries.details(people, day=TODAY)
    assert len(few) == len(many) <= 3


@pytest.mark.parametrize(
    ("field", "limit"), [("family_name", 100), ("given_names", 100), ("email", 200), ("address", 200), ("phone", 40)]
)
def test_create_refuses_what_does_not_fit_and_cuts_nothing(suvi: Actor, field: str, limit: int) -> None:
    with pytest.raises(Invalid) as refused:
        make(suvi, **({"family_name": "Aho"} | {field: "x" * (limit + 1)}))
    assert (refused.value.code, refused.value.field) == ("too_long", field)


def test_add_relation_keeps_the_number_as_dialled_and_the_same_person_once(suvi: Actor) -> None:
    client = make(suvi, family_name="Aho")
    row = relations.add(client=client, kind="near_person", name=" Liisa  Aho ", phone="040 123 4567", by=suvi, at=NOW)
    assert (row.name, row.phone) == ("Liisa Aho", "+358401234567")
    assert relations.add(client=client, kind="near_person", name="Liisa Aho", by=suvi, at=NOW) == row
    without = relations.add(client=client, kind="near_person", name="Matti Aho", by=suvi, at=NOW)
    assert without.phone == ""
    assert Event.objects.filter(what="client_relation", subject=client.public_id).count() == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [({"kind": "stranger"}, "kind"), ({"name": " "}, "name"), ({"phone": "soita joskus"}, "phone")],
)
def test_add_relation_names_the_field_that_is_wrong(suvi: Actor, told: dict[str, str], field: str) -> None:
    client = make(suvi, family_name="Aho")
    with pytest.raises(Invalid) as refused:
        relations.add(client=client, by=suvi, at=NOW, **({"kind": "near_person", "name": "Liisa"} | told))
    assert refused.value.field == field
