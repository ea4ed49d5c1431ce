from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from polku.access.states import Role
from polku.cases.models import Relation, TimelineEntry, WorkItem
from polku.cases.states import RelationKind
from polku.clients import actions as clients
from polku.clients.models import ProtectedDetail
from polku.contacts import actions, drafts, matters, people, queries
from polku.contacts.details import Details
from polku.contacts.models import Contact, ContactText
from polku.contacts.people import Told
from polku.contacts.states import Channel, ContactState, Knowledge, LegalKind, PartyRole, Result
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register):
    return register.person("Suvi")


@pytest.fixture
def unit(register: Register):
    return register.unit("neuvonta")


@pytest.fixture
def call(unit, suvi) -> Contact:
    return actions.start(unit=unit, by=suvi, at=NOW, key="call-1")


def test_start_makes_the_row_at_the_first_keystroke(call: Contact, suvi) -> None:
    assert call.state == ContactState.DRAFT
    assert call.work_item.assignee == suvi
    assert queries.in_hand(suvi, at=NOW) == [call]
    assert queries.draft(call).version == 0


def test_start_twice_with_the_same_key_gives_the_same_contact(call: Contact, unit, suvi) -> None:
    assert actions.start(unit=unit, by=suvi, at=NOW, key="call-1") == call
    assert WorkItem.objects.count() == 1


@pytest.mark.parametrize("moment", [NOW + timedelta(minutes=1), NOW - timedelta(days=3000)])
def test_start_refuses_an_arrival_that_cannot_be(unit, suvi, moment) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.start(unit=unit, by=suvi, at=NOW, key="x", happened_at=moment)
    assert refusal.value.field == "received_at"
    assert not Contact.objects.exists()


def test_start_asks_for_a_post(register: Register, unit) -> None:
    officer = register.person("virve", Role.PROTECTION_OFFICER, "tietosuoja")
    with pytest.raises(NotAllowed):
        actions.start(unit=unit, by=officer, at=NOW, key="x")


def test_record_keeps_what_was_said_and_answers_a_call_when_it_came(call: Contact, suvi) -> None:
    drafts.save(contact=call, version=0, said="Vuokra on maksamatta.", by=suvi, at=NOW)
    row = actions.record(contact=call, by=suvi, at=NOW + timedelta(minutes=5))
    assert row.state == ContactState.OPEN
    assert row.answered_at == row.received_at == NOW
    kept = queries.said(row)
    assert (kept.text, kept.version, kept.author_name) == ("Vuokra on maksamatta.", 1, "Suvi")
    assert kept.author_title == "asiakasohjaaja"


def test_record_of_a_paper_is_not_an_answer(unit, suvi) -> None:
    paper = actions.start(
        unit=unit, by=suvi, at=NOW, key="p", channel=Channel.PAPER, happened_at=NOW - timedelta(days=1)
    )
    row = actions.record(contact=paper, by=suvi, at=NOW)
    assert row.answered_at is None
    assert row.received_at == NOW - timedelta(days=1)


def test_a_changed_text_is_a_new_version_and_the_old_one_stays(call: Contact, suvi) -> None:
    saved = drafts.save(contact=call, version=0, said="Ensin.", by=suvi, at=NOW)
    actions.record(contact=call, by=suvi, at=NOW)
    drafts.save(contact=call, version=saved.version, said="Ensin. Sitten lisää.", by=suvi, at=NOW)
    actions.park(contact=call, by=suvi, at=NOW, note="soittaa lääkärille")
    actions.resume(contact=call, by=suvi, at=NOW)
    actions.close(contact=call, result=Result.ADVICE, by=suvi, at=NOW)
    texts = ContactText.objects.filter(contact=call).order_by("version").values_list("text", flat=True)
    assert list(texts) == ["Ensin.", "Ensin. Sitten lisää."]


def test_a_stale_save_keeps_both_texts(call: Contact, suvi, register: Register) -> None:
    first = drafts.save(contact=call, version=0, said="yksi", by=suvi, at=NOW)
    assert first.version == 1 and not first.stale
    other = register.person("Laura")
    late = drafts.save(contact=call, version=0, said="kaksi", fields={"phone": "04"}, by=other, at=NOW)
    assert late.stale and late.draft.said == "yksi" and late.kept.said == "kaksi"
    again = drafts.save(contact=call, version=0, said="kaksi ja puoli", by=other, at=NOW)
    assert [row.said for row in queries.stale_drafts(call)] == ["kaksi ja puoli"]
    drafts.settle(stale=again.kept, by=other, at=NOW)
    assert queries.stale_drafts(call) == []


def test_a_repeated_save_of_the_same_text_is_not_stale(call: Contact, suvi) -> None:
    drafts.save(contact=call, version=0, said="sama", by=suvi, at=NOW)
    assert not drafts.save(contact=call, version=0, said="sama", by=suvi, at=NOW).stale


def test_contact_with_consent_needs_the_consent_and_a_professional(unit, suvi) -> None:
    row = actions.start(unit=unit, by=suvi, at=NOW, key="k", channel=Channel.SHL_CONTACT)
    assert row.legal_kind == LegalKind.CONTACT
    with pytest.raises(Invalid) as refusal:
        actions.record(contact=row, by=suvi, at=NOW)
    assert refusal.value.field == "consent"
    with pytest.raises(Invalid) as refusal:
        actions.record(contact=row, by=suvi, at=NOW, details=Details(consent="given"))
    assert refusal.value.field == "notifier"
    nurse = Told(
        family_name="Nieminen", organisation="Terveysasema", title="terveydenhoitaja", notifier_kind="authority"
    )
    people.add(contact=row, role=PartyRole.NOTIFIER, told=nurse, by=suvi, at=NOW)
    assert actions.record(contact=row, by=suvi, at=NOW, details=Details(consent="given")).state == ContactState.OPEN


def test_notification_without_consent_needs_its_reason(unit, suvi) -> None:
    row = actions.start(unit=unit, by=suvi, at=NOW, key="k", channel=Channel.SHL_NOTIFICATION)
    nurse = Told(family_name="Nieminen", organisation="Terveysasema", notifier_kind="authority")
    people.add(contact=row, role=PartyRole.NOTIFIER, told=nurse, by=suvi, at=NOW)
    with pytest.raises(Invalid) as refusal:
        actions.record(contact=row, by=suvi, at=NOW)
    assert refusal.value.field == "no_consent_reason"
    reason = Details(no_consent_reason="Ei kykene antamaan suostumusta.")
    assert actions.record(contact=row, by=suvi, at=NOW, details=reason).state == ContactState.OPEN
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=row.pk).update(no_consent_reason="")


def test_a_private_notifier_may_be_anonymous_an_authority_never(unit, suvi) -> None:
    row = actions.start(unit=unit, by=suvi, at=NOW, key="k", channel=Channel.SHL_NOTICE)
    with pytest.raises(Invalid) as refusal:
        people.add(contact=row, role=PartyRole.NOTIFIER, told=Told(notifier_kind="authority"), by=suvi, at=NOW)
    assert refusal.value.field == "family_name"
    neighbour = people.add(contact=row, role=PartyRole.NOTIFIER, told=Told(notifier_kind="private"), by=suvi, at=NOW)
    assert neighbour.knowledge == Knowledge.ANONYMOUS
    assert actions.record(contact=row, by=suvi, at=NOW).state == ContactState.OPEN
    with pytest.raises(IntegrityError), transaction.atomic():
        type(neighbour).objects.filter(pk=neighbour.pk).update(notifier_kind="authority")


def test_a_withheld_name_is_not_shown(unit, suvi) -> None:
    row = actions.start(unit=unit, by=suvi, at=NOW, key="k", channel=Channel.SHL_NOTICE)
    told = Told(family_name="Virtanen", notifier_kind="private", name_withheld=True)
    party = people.add(contact=row, role=PartyRole.NOTIFIER, told=told, by=suvi, at=NOW)
    assert queries.shown_name(party) == ""
    assert people.see_notifier(party=party, by=suvi, at=NOW) == "Virtanen"


def test_child_protection_is_passed_on(unit, suvi) -> None:
    row = actions.start(unit=unit, by=suvi, at=NOW, key="k")
    people.add(contact=row, role=PartyRole.NOTIFIER, told=Told(notifier_kind="private"), by=suvi, at=NOW)
    actions.record(contact=row, by=suvi, at=NOW, details=Details(legal_kind=LegalKind.CHILD_PROTECTION))
    with pytest.raises(Invalid) as refusal:
        actions.close(contact=row, result=Result.ADVICE, by=suvi, at=NOW)
    assert refusal.value.field == "result"
    with pytest.raises(Invalid) as refusal:
        actions.close(contact=row, result=Result.PASSED_ON, by=suvi, at=NOW)
    assert refusal.value.field == "passed_on_to"
    closed = actions.close(contact=row, result=Result.PASSED_ON, passed_on_to="Lastensuojelu, Espoo", by=suvi, at=NOW)
    assert closed.passed_on_to == "Lastensuojelu, Espoo"


def test_an_unknown_person_is_made_known_without_typing_again(call: Contact, suvi) -> None:
    told = Told(family_name="Koskimäki", given_names="Raija Helena", birth_date=date(1950, 2, 4), phone="044 000 1942")
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    assert party.knowledge == Knowledge.PARTLY and party.phone == "+358440001942"
    actions.record(contact=call, by=suvi, at=NOW, details=Details(municipality="444"))
    known = people.make_known(party=party, by=suvi, at=NOW)
    assert known.knowledge == Knowledge.KNOWN
    assert str(known.client) == "Raija Helena Koskimäki"
    call.refresh_from_db()
    assert (call.age, call.municipality_id) == (76, "444")
    tie = Relation.objects.get(kind=RelationKind.CONTACT_IN_HAND)
    assert (tie.actor, tie.client, tie.ends_at) == (suvi, known.client, None)


def test_make_known_finds_the_client_that_has_the_code(call: Contact, suvi) -> None:
    there = clients.create(person=clients.Person(family_name="Mäki", identity_code="010190-900P"), by=suvi, at=NOW)
    party = people.add(contact=call, role=PartyRole.CALLER, told=Told(family_name="Maki"), by=suvi, at=NOW)
    assert people.make_known(party=party, by=suvi, at=NOW, identity_code="010190-900p").client == there
    with pytest.raises(Invalid) as refusal:
        people.make_known(party=party, by=suvi, at=NOW, identity_code="010190-900X")
    assert refusal.value.field == "identity_code"


def test_a_protected_persons_municipality_and_phone_do_not_stay_on_the_contact(call: Contact, suvi, register) -> None:
    register.unit("neuvonta")
    person = clients.Person(family_name="Salo", given_names="Aino", municipality="444", protected=True)
    client = clients.create(person=person, by=suvi, at=NOW)
    told = Told(family_name="Salo", phone="0401234567")
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    actions.describe(contact=call, by=suvi, at=NOW, details=Details(municipality="444"))
    party = people.identify(party=party, client=client, by=suvi, at=NOW)
    call.refresh_from_db()
    assert call.municipality is None
    assert party.phone == ""
    assert ProtectedDetail.objects.filter(client=client, value="+358401234567").exists()


def test_removing_the_wrong_person_ends_the_tie_at_once(call: Contact, suvi) -> None:
    client = clients.create(person=clients.Person(family_name="Väärä"), by=suvi, at=NOW)
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(), by=suvi, at=NOW)
    people.identify(party=party, client=client, by=suvi, at=NOW)
    people.remove(party=party, by=suvi, at=NOW + timedelta(minutes=1))
    assert queries.people(call) == []
    assert Relation.objects.get().ends_at == NOW + timedelta(minutes=1)


def test_the_tie_of_a_contact_in_hand_ends_24_hours_after_closing(call: Contact, suvi) -> None:
    client = clients.create(person=clients.Person(family_name="Salo"), by=suvi, at=NOW)
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(), by=suvi, at=NOW)
    people.identify(party=party, client=client, by=suvi, at=NOW)
    actions.close(contact=call, result=Result.ADVICE, by=suvi, at=NOW)
    assert Relation.objects.get().ends_at == NOW + timedelta(hours=24)


def test_close_twice_tells_the_second_that_it_is_closed(call: Contact, suvi) -> None:
    actions.close(contact=call, result=Result.ADVICE, by=suvi, at=NOW)
    with pytest.raises(Conflict) as refusal:
        actions.close(contact=call, result=Result.ADVICE, by=suvi, at=NOW)
    assert refusal.value.code == "contact_closed"
    assert WorkItem.objects.get().closed_at == NOW


def test_closing_answers_unless_nobody_was_reached(unit, suvi) -> None:
    rows = [actions.start(unit=unit, by=suvi, at=NOW, key=str(n), channel=Channel.KELA) for n in range(2)]
    told = actions.close(contact=rows[0], result=Result.ADVICE, by=suvi, at=NOW)
    silent = actions.close(contact=rows[1], result=Result.NOT_REACHED, by=suvi, at=NOW)
    assert told.answered_at == NOW and silent.answered_at is None


def test_reopen_needs_a_reason_and_puts_it_back(call: Contact, suvi) -> None:
    actions.close(contact=call, result=Result.ADVICE, by=suvi, at=NOW)
    with pytest.raises(Invalid):
        actions.reopen(contact=call, reason=" ", by=suvi, at=NOW)
    row = actions.reopen(contact=call, reason="Soitti uudelleen.", by=suvi, at=NOW)
    assert row.state == ContactState.OPEN and row.closed_at is None
    assert WorkItem.objects.get().closed_at is None


def test_only_an_empty_draft_is_discarded(unit, suvi) -> None:
    empty = actions.start(unit=unit, by=suvi, at=NOW, key="1")
    actions.discard(contact=empty, by=suvi, at=NOW)
    assert queries.in_hand(suvi, at=NOW) == []
    written = actions.start(unit=unit, by=suvi, at=NOW, key="2")
    drafts.save(contact=written, version=0, said="jotain", by=suvi, at=NOW)
    with pytest.raises(Conflict):
        actions.discard(contact=written, by=suvi, at=NOW)


def test_open_case_became_pending_when_the_contact_arrived(unit, suvi) -> None:
    came = NOW - timedelta(days=2)
    row = actions.start(unit=unit, by=suvi, at=NOW, key="k", channel=Channel.PAPER, happened_at=came)
    party = people.add(contact=row, role=PartyRole.CONCERNED, told=Told(family_name="Salo"), by=suvi, at=NOW)
    with pytest.raises(Invalid) as refusal:
        matters.open_case(contact=row, party=party, by=suvi, at=NOW)
    assert refusal.value.field == "party"
    people.make_known(party=party, by=suvi, at=NOW)
    case = matters.open_case(contact=row, party=party, by=suvi, at=NOW)
    assert case.initiated_at == came
    assert matters.open_case(contact=row, party=party, by=suvi, at=NOW) == case
    party.refresh_from_db()
    assert party.case == case


def test_several_people_in_one_contact_each_get_a_case(call: Contact, suvi) -> None:
    cases = []
    for name in ("Aino", "Eino"):
        told = Told(given_names=name, family_name="Lapsi", birth_date=date(2018, 1, 1))
        party = people.add(contact=call, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
        people.make_known(party=party, by=suvi, at=NOW)
        cases.append(matters.open_case(contact=call, party=party, by=suvi, at=NOW))
    assert cases[0].client != cases[1].client


def test_what_was_said_follows_to_the_next_worker(call: Contact, suvi, register: Register) -> None:
    drafts.save(contact=call, version=0, said="Haluaa puhua kasvotusten.", by=suvi, at=NOW)
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(family_name="Salo"), by=suvi, at=NOW)
    client = people.make_known(party=party, by=suvi, at=NOW).client
    team = register.unit("toimeentulo")
    matters.open_case(contact=call, party=party, by=suvi, at=NOW, unit=team)
    anna = register.person("Anna", Role.COUNSELLOR, "toimeentulo")
    words = queries.said_first([client], by=anna, at=NOW)
    assert [(w.text, w.author) for w in words] == [("Haluaa puhua kasvotusten.", "Suvi")]
    stranger = register.person("Outi", Role.COUNSELLOR, "muu")
    assert queries.said_first([client], by=stranger, at=NOW) == []


def test_every_change_is_on_the_timeline(call: Contact, suvi) -> None:
    actions.park(contact=call, by=suvi, at=NOW, note="hetki")
    actions.resume(contact=call, by=suvi, at=NOW)
    actions.answer(contact=call, text="Soita Kelaan.", by=suvi, at=NOW)
    actions.close(contact=call, result=Result.ADVICE, by=suvi, at=NOW)
    events = TimelineEntry.objects.filter(work_item=call.work_item).order_by("id").values_list("event", flat=True)
    wanted = ["started", "recorded", "parked", "resumed", "answered", "closed"]
    assert [event for event in events if event.startswith("contacts.")] == [f"contacts.{name}" for name in wanted]


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (Details(municipality="999"), "municipality"),
        (Details(age=200), "age"),
        (Details(language="finnish"), "language"),
        (Details(channel="fax"), "channel"),
        (Details(facts={"age": 3}), "facts.age"),
        (Details(facts={"disabled": "maybe"}), "facts.disabled"),
        (Details(no_consent_reason="x" * 1001), "no_consent_reason"),
        (Details(minutes=-1), "minutes"),
        (Details(received_at=NOW + timedelta(days=1)), "received_at"),
    ],
)
def test_bad_details_name_the_field_and_change_nothing(call: Contact, suvi, details: Details, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.describe(contact=call, by=suvi, at=NOW, details=details)
    assert refusal.value.field == field
    assert str(refusal.value.message)
    call.refresh_from_db()
    assert call.municipality is None and call.language == "fi"


@pytest.mark.parametrize("text", ["مرحبا", "Ščř 漢字 🙂", "Åke Öhman", "a\r\nb"])
def test_letters_of_any_script_are_kept(call: Contact, suvi, text: str) -> None:
    drafts.save(contact=call, version=0, said=text, by=suvi, at=NOW)
    assert queries.draft(call).said == text.replace("\r\n", "\n")


def test_nul_and_endless_texts_are_refused_at_the_field(call: Contact, suvi) -> None:
    for text in ("a\x00b", "x" * 60_000):
        with pytest.raises(Invalid) as refusal:
            drafts.save(contact=call, version=0, said=text, by=suvi, at=NOW)
        assert refusal.value.field == "said"


def test_a_stranger_sees_no_contact(call: Contact, register: Register) -> None:
    stranger = register.person("Outi", Role.COUNSELLOR, "muu")
    assert not queries.contacts_visible_to(stranger, at=NOW).exists()
    with pytest.raises(NotAllowed):
        actions.park(contact=call, by=stranger, at=NOW)


def test_describe_keeps_a_recorded_contact_complete(call: Contact, suvi) -> None:
    row = actions.record(contact=call, by=suvi, at=NOW)
    for told, field in (
        (Details(legal_kind=LegalKind.CONTACT), "consent"),
        (Details(legal_kind=LegalKind.NOTIFICATION), "no_consent_reason"),
    ):
        with pytest.raises(Invalid) as refusal:
            actions.describe(contact=row, details=told, by=suvi, at=NOW)
        assert refusal.value.field == field
    assert Contact.objects.get(pk=row.pk).legal_kind == row.legal_kind
