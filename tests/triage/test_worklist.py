from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.access.models import Absence, Deputy
from polku.access.states import Role
from polku.cases.models import WorkItem
from polku.clients import actions as clients
from polku.contacts import actions as contacts
from polku.contacts import callbacks, drafts, matters, people
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.contacts.states import Channel, PartyRole
from polku.kit.errors import Invalid
from polku.triage import filters, sharing, worklist
from polku.triage.states import Scope
from polku.triage.worklist import Filter
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


def make(
    register: Register, by, number: int, *, said: str = "Asia.", channel: str = Channel.KELA, **details
) -> Contact:
    row = contacts.start(
        unit=register.unit("neuvonta"), by=by, at=NOW, key=f"n{number}", channel=channel,
        happened_at=NOW - timedelta(hours=number),
    )  # fmt: skip
    drafts.save(contact=row, version=0, said=said, by=by, at=NOW)
    row = contacts.record(contact=row, details=Details(**details), by=by, at=NOW)
    sharing.release(item=row.work_item, by=by, at=NOW)
    return row


def ids(page: worklist.Page) -> list[int]:
    return [row.item.pk for row in page.rows]


def due(row: Contact, hours: int | None, *, urgent: bool = False) -> None:
    WorkItem.objects.filter(pk=row.work_item_id).update(
        next_due=None if hours is None else NOW + timedelta(hours=hours), urgent=urgent
    )


def test_urgent_first_then_the_nearest_day_and_nothing_due_last(register: Register, suvi) -> None:
    rows = [make(register, suvi, n) for n in range(5)]
    for row, (hours, urgent) in zip(
        rows, [(None, False), (5, False), (1, False), (50, True), (None, True)], strict=True
    ):
        due(row, hours, urgent=urgent)
    wanted = [rows[n].work_item_id for n in (3, 4, 2, 1, 0)]
    assert ids(worklist.page(by=suvi, at=NOW)) == wanted


def test_pages_follow_each_other_without_gaps_or_repeats(register: Register, suvi) -> None:
    rows = [make(register, suvi, n) for n in range(9)]
    for n, row in enumerate(rows):
        due(row, None if n % 3 == 0 else n // 3, urgent=n % 4 == 0)
    whole = ids(worklist.page(by=suvi, at=NOW))
    found: list[int] = []
    after = ""
    while True:
        page = worklist.page(by=suvi, at=NOW, after=after, size=2)
        found += ids(page)
        if page.after is None:
            break
        after = page.after
    assert found == whole and len(found) == 9


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzEsMiwzXQ", "å" * 9])
def test_a_made_up_cursor_is_refused(suvi, cursor: str) -> None:
    with pytest.raises(Invalid):
        worklist.page(by=suvi, at=NOW, after=cursor)


def test_scopes_and_counts_agree(register: Register, suvi) -> None:
    laura = register.person("Laura")
    rows = [make(register, suvi, n) for n in range(6)]
    sharing.take(item=rows[0].work_item, by=suvi, at=NOW)
    sharing.take(item=rows[1].work_item, by=laura, at=NOW)
    Absence.objects.create(actor=laura, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(days=2))
    sharing.hold(item=rows[2].work_item, until=date(2026, 12, 1), reason="odotetaan", by=suvi, at=NOW)
    due(rows[3], -1)
    due(rows[4], 3, urgent=True)
    counts = worklist.counts(by=suvi, at=NOW)
    for scope in Scope.values:
        assert counts[scope] == len(worklist.page(by=suvi, at=NOW, chosen=Filter(scope=scope)).rows), scope
    assert (counts[Scope.MINE], counts[Scope.TEAM], counts[Scope.ABSENT], counts[Scope.ON_HOLD]) == (1, 5, 1, 1)
    assert (counts[Scope.URGENT], counts[Scope.UNASSIGNED]) == (1, 3)
    later = NOW + timedelta(days=7)
    assert worklist.counts(by=suvi, at=later)[Scope.ON_HOLD] == 0, "it comes back on its day, job or no job"


def test_a_deputy_sees_the_absent_ones_work_as_their_own(register: Register, suvi) -> None:
    laura = register.person("Laura", Role.GUIDANCE, "toinen")
    row = make(register, suvi, 1)
    sharing.take(item=row.work_item, by=suvi, at=NOW)
    assert worklist.page(by=laura, at=NOW, chosen=Filter(scope=Scope.MINE)).rows == []
    Deputy.objects.create(actor=suvi, deputy=laura, valid_from=date(2026, 11, 1))
    later = NOW + timedelta(days=1)
    Absence.objects.create(actor=suvi, starts_at=NOW, ends_at=NOW + timedelta(days=2))
    page = worklist.page(by=laura, at=later, chosen=Filter(scope=Scope.MINE))
    assert [one.thing for one in page.rows] == [row.public_id]
    assert page.rows[0].owner_away_until == NOW + timedelta(days=2)


def test_filters_by_language_interpreter_channel_and_municipality(register: Register, suvi) -> None:
    one = make(register, suvi, 1, language="sv", municipality="444")
    two = make(register, suvi, 2, language="ar", interpreter_language="ar", channel=Channel.PAPER)
    call = callbacks.promise(
        unit=register.unit("neuvonta"), agreed_at=NOW + timedelta(hours=1), reason="x", language="sv", by=suvi, at=NOW,
        key="cb",
    )  # fmt: skip
    found = {
        "sv": {one.work_item_id, call.work_item_id},
        "interpreter": {two.work_item_id},
        "444": {one.work_item_id},
        "paper": {two.work_item_id},
        "call_back": {call.work_item_id},
    }
    chosen = {
        "sv": Filter(language="sv"),
        "interpreter": Filter(interpreter=True),
        "444": Filter(municipality="444"),
        "paper": Filter(channel=Channel.PAPER),
        "call_back": Filter(kind="call_back"),
    }
    for name, filter_ in chosen.items():
        assert set(ids(worklist.page(by=suvi, at=NOW, chosen=filter_))) == found[name], name
        assert worklist.counts(by=suvi, at=NOW, chosen=filter_)[Scope.TEAM] == len(found[name])


def test_a_row_tells_what_is_needed_and_nothing_of_a_protected_persons_place(register: Register, suvi) -> None:
    row = make(register, suvi, 1, said="x" * 500, municipality="444")
    party = people.add(contact=row, role=PartyRole.CONCERNED, told=Told(family_name="Salo"), by=suvi, at=NOW)
    shown = worklist.page(by=suvi, at=NOW).rows[0]
    assert (shown.name, shown.municipality, shown.assessed) == ("Salo", "Lohja", False)
    assert len(shown.said) == 201
    due(row, 1, urgent=True)
    assert len(worklist.page(by=suvi, at=NOW).rows[0].said) == 500
    person = clients.Person(family_name="Salo", given_names="Aino", protected=True)
    people.identify(party=party, client=clients.create(person=person, by=suvi, at=NOW), by=suvi, at=NOW)
    Contact.objects.filter(pk=row.pk).update(municipality="444")
    shown = worklist.page(by=suvi, at=NOW).rows[0]
    assert shown.protected and shown.municipality == ""


def test_a_notifiers_name_never_stands_in_the_list(register: Register, suvi) -> None:
    row = make(register, suvi, 1)
    told = Told(family_name="Naapuri", notifier_kind="private")
    people.add(contact=row, role=PartyRole.NOTIFIER, told=told, by=suvi, at=NOW)
    assert worklist.page(by=suvi, at=NOW).rows[0].name == ""


def test_the_number_of_queries_does_not_grow_with_the_list(register: Register, suvi) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            worklist.page(by=suvi, at=NOW)
        return len(seen)

    def more(start: int) -> None:
        for n in range(start, start + 3):
            row = make(register, suvi, n)
            party = people.add(contact=row, role=PartyRole.CONCERNED, told=Told(family_name=f"S{n}"), by=suvi, at=NOW)
            party = people.make_known(party=party, by=suvi, at=NOW)
            matters.open_case(contact=row, party=party, by=suvi, at=NOW)
            callbacks.promise(
                unit=register.unit("neuvonta"), agreed_at=NOW + timedelta(hours=1), reason="x", contact=row, by=suvi,
                at=NOW, key=f"cb{n}",
            )  # fmt: skip

    more(0)
    queries()
    first = queries()
    more(10)
    assert queries() == first <= 14


def test_the_duty_worker_hears_of_the_urgent_one_that_nobody_present_has(register: Register, suvi) -> None:
    assert worklist.urgent_alert(by=suvi, at=NOW) is None
    row = make(register, suvi, 1)
    due(row, 1, urgent=True)
    alert = worklist.urgent_alert(by=suvi, at=NOW)
    assert alert.count == 1 and alert.first.thing == row.public_id
    sharing.take(item=row.work_item, by=suvi, at=NOW)
    laura = register.person("Laura")
    assert worklist.urgent_alert(by=laura, at=NOW) is None
    Absence.objects.create(actor=suvi, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=5))
    assert worklist.urgent_alert(by=laura, at=NOW).count == 1
    stranger = register.person("Outi", Role.COUNSELLOR, "muu")
    assert worklist.urgent_alert(by=stranger, at=NOW) is None


def test_late_call_backs_shout(register: Register, suvi) -> None:
    callbacks.promise(
        unit=register.unit("neuvonta"), agreed_at=NOW + timedelta(hours=1), reason="x", by=suvi, at=NOW, key="cb"
    )
    assert worklist.late_call_backs(by=suvi, at=NOW) == []
    assert len(worklist.late_call_backs(by=suvi, at=NOW + timedelta(hours=2))) == 1


def test_a_saved_list_is_ones_own_and_replaced_by_name(register: Register, suvi) -> None:
    filters.save(name="Ruotsi", chosen=Filter(language="sv"), by=suvi, at=NOW)
    row = filters.save(name=" Ruotsi ", chosen=Filter(language="sv", scope=Scope.UNASSIGNED), by=suvi, at=NOW)
    assert [saved.pk for saved in filters.saved(suvi, at=NOW)] == [row.pk]
    assert Filter.of(row.values) == Filter(language="sv", scope=Scope.UNASSIGNED)
    assert filters.saved(register.person("Laura"), at=NOW) == []
    filters.remove(filter_=row, by=register.person("Laura"), at=NOW)
    assert filters.saved(suvi, at=NOW) == [row]
    filters.remove(filter_=row, by=suvi, at=NOW)
    assert filters.saved(suvi, at=NOW) == []


@pytest.mark.parametrize("values", [{"scope": "all"}, {"kind": "dragon"}])
def test_a_filter_refuses_what_is_not_a_choice(values: dict) -> None:
    with pytest.raises(Invalid):
        Filter.of(values)


def test_a_filter_leaves_out_what_it_does_not_know() -> None:
    assert Filter.of({"page": "2", "language": "sv", "interpreter": "on"}) == Filter(language="sv", interpreter=True)
