"""Minutes hold what was, as it was; a correction is a new version; the group itself changes by the day."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from polku.access.models import Actor
from polku.access.permissions import can
from polku.access.states import Role
from polku.clients.models import Client
from polku.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from polku.meetings import actions, attendance, groups, items, members, minutes, positions, protocol
from polku.meetings.models import Item, Member, Minutes
from polku.meetings.states import Ground, MemberRole, Outcome
from polku.site.context import fenced
from tests.meetings.group import STARTS, Group
from tests.meetings.group import minutes as after
from tests.register import NOW


@pytest.fixture
def ended(group: Group) -> Group:
    one, two = group.item(group.case("Salmela"), takes=15), group.item(group.case("Lehto"), takes=10)
    attendance.disqualify(item=one, actor=group.kirsi, ground=Ground.PARTY, note="Sisar.", by=group.kirsi, at=NOW)
    actions.begin(
        meeting=group.meeting,
        chair=group.helena,
        present=[group.mikko, group.sari, group.kirsi],
        by=group.sari,
        at=STARTS,
    )
    items.open_item(item=one, by=group.sari, at=after(2))
    actions.pause(meeting=group.meeting, by=group.sari, at=after(5))
    actions.go_on(meeting=group.meeting, by=group.sari, at=after(10))
    positions.record_position(
        item=one, outcome=Outcome.GRANTED, reason="Kriteerit täyttyvät.", by=group.sari, at=after(16), then=two
    )
    actions.end(meeting=group.meeting, by=group.sari, at=after(30))
    return group


def test_minutes_tell_who_was_there_what_was_weighed_and_in_which_time(ended: Group) -> None:
    row = Minutes.objects.get()
    with translation.override("fi"):
        told = protocol.document(protocol.get(row.public_id, by=ended.helena, at=after(31)))
    assert [(one.name, one.part, one.hours) for one in told.present][:2] == [
        ("Helena", "Puheenjohtaja", "13.00–13.30"), ("Mikko", "Johtava sosiaalityöntekijä", "13.00–13.30"),
    ]  # fmt: skip
    assert [one.name for one in told.absent] == ["Petra"]
    assert told.breaks == ("13.05–13.10",)
    first, second = told.entries
    assert (first.client, first.outcome, first.granted) == ("Jari Salmela", "Myönnetään", "Yhteisöllinen asuminen")
    assert first.times == "13.02–13.16, 9 min (arvio 15)"
    assert first.decides == "Mikko, asiakasohjaaja"
    assert [(one.name, one.label) for one in first.criteria] == [
        ("Functioning suomeksi", "Kyllä"), ("Care_Need suomeksi", "Kyllä"),
    ]  # fmt: skip
    assert "Kirsi oli esteellinen ja poistui klo\u00a013.02" in first.disqualified[0]
    assert (second.outcome, second.moved_to.replace("\u00a0", " ")) == ("Siirretään", "ti 1.12.2026 klo 13.00")
    assert "valmistelee" in told.preparation


def test_minutes_stay_as_they_were(ended: Group) -> None:
    row = Minutes.objects.get()
    before = row.content
    Client.objects.update(family_name="Toinen")
    Actor.objects.update(title_fi="muu")
    Item.objects.filter(outcome="granted").update(outcome_reason="Muu.")
    row.refresh_from_db()
    assert row.content == before
    with translation.override("sv"):
        told = protocol.document(row)
    assert [one.client for one in told.entries] == ["Jari Salmela", "Jari Lehto"]
    assert (told.title, told.entries[0].granted) == ("SAP-möte", "Gemenskapsboende")


def test_correcting_is_a_new_version_beside_the_old_one(ended: Group) -> None:
    row = Minutes.objects.get()
    with pytest.raises(Invalid):
        minutes.correct(meeting=ended.meeting, note=" ", by=ended.sari, at=after(40))
    with pytest.raises(NotAllowed):
        minutes.correct(meeting=ended.meeting, note="Petra oli paikalla.", by=ended.kirsi, at=after(40))
    new = minutes.correct(meeting=ended.meeting, note="Petra oli paikalla.", by=ended.sari, at=after(40))
    assert (new.version, new.content) == (2, row.content)
    assert [protocol.document(one).newest for one in (row, new)] == [False, True]
    with pytest.raises(Conflict):
        minutes.check(minutes=row, by=ended.helena, at=after(41))
    minutes.check(minutes=new, by=ended.helena, at=after(41))
    with pytest.raises(Conflict):
        minutes.check(minutes=new, by=ended.mikko, at=after(41))
    with pytest.raises(NotAllowed):
        minutes.check(minutes=new, by=ended.sari, at=after(41))


def test_minutes_are_for_the_group(ended: Group) -> None:
    row = Minutes.objects.get()
    stranger = ended.register.person("Outi", Role.SOCIAL_WORKER, "muu")
    for by, seen in ((ended.kirsi, True), (ended.anna, False), (stranger, False)):
        with fenced(by=by, at=after(31)):
            there = Minutes.objects.filter(pk=row.pk).exists()
        assert there is seen, by.name
    with pytest.raises(NotFound):
        protocol.get(row.public_id, by=stranger, at=after(31))


# --- The group --------------------------------------------------------------------------------------------------------


def test_establish_once_by_whoever_may(group: Group) -> None:
    names = {"fi": "Lapsiperheet", "sv": "Barnfamiljer", "en": "Families"}

    def establish(**more: object) -> object:
        wanted = {"key": "families", "unit": group.series.unit, "names": names, "form": "families", **more}
        return groups.establish(**wanted, at=NOW)  # type: ignore[arg-type]

    with pytest.raises(NotAllowed):
        establish(by=group.anna)
    with pytest.raises(Invalid) as nameless:
        establish(by=group.helena, names={"fi": "x"})
    assert nameless.value.code == "name_missing"
    with pytest.raises(Invalid) as officeless:
        establish(by=group.helena, decider=group.kirsi)
    assert officeless.value.code == "decider_not_in_office"
    assert establish(by=group.helena, decider=group.mikko) == establish(by=group.helena)


def test_appointed_member_sees_what_is_on_the_agenda_and_a_dismissed_one_does_not(group: Group) -> None:
    item = group.item()
    outi = group.register.person("Outi", Role.NURSE, "muu")
    member = groups.appoint(series=group.series, actor=outi, part=MemberRole.MEMBER, by=group.helena, at=NOW)
    assert groups.appoint(series=group.series, actor=outi, part=MemberRole.MEMBER, by=group.helena, at=NOW) == member
    assert can(outi, "cases.read", item.case, at=NOW)
    group.meeting.refresh_from_db()
    assert group.meeting.stamp == 2
    groups.dismiss(member=member, by=group.helena, at=NOW)
    assert not can(outi, "cases.read", item.case, at=NOW + timedelta(minutes=1))
    assert not can(outi, "meetings.see", item, at=NOW)
    with pytest.raises(Conflict):
        groups.dismiss(member=member, by=group.helena, at=NOW)


def test_appoint_changes_a_part_from_a_day_and_keeps_the_former(group: Group) -> None:
    with pytest.raises(Conflict):
        groups.appoint(series=group.series, actor=group.petra, part=MemberRole.CHAIR, by=group.helena, at=NOW)
    with pytest.raises(Invalid):
        groups.appoint(series=group.series, actor=group.petra, part=MemberRole.PRESENTER, by=group.helena, at=NOW)
    groups.appoint(series=group.series, actor=group.petra, part=MemberRole.LEADING, by=group.helena, at=NOW)
    assert members.role(group.series, group.petra, at=NOW) == "leading"
    assert members.role(group.series, group.petra, at=NOW - timedelta(days=1)) == "vice_chair"
    ended = Member.objects.get(actor=group.petra, role="vice_chair")
    assert ended.valid_until == date(2026, 11, 23)


def test_name_decider_is_an_office_holder_or_nobody(group: Group) -> None:
    with pytest.raises(Invalid):
        groups.name_decider(series=group.series, decider=group.kirsi, by=group.helena, at=NOW)
    groups.name_decider(series=group.series, decider=None, by=group.helena, at=NOW)
    group.series.refresh_from_db()
    assert group.series.decider is None
