"""The measures against a slow recount from the rows, over made-up fates; and fates that once dropped out."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from polku.access.models import Actor
from polku.appointments.models import Appointment, Kind, Participant
from polku.cases.models import Case
from polku.contacts import actions as contacts
from polku.contacts import matters, people
from polku.contacts.details import Details
from polku.contacts.models import Contact, ContactParty
from polku.contacts.people import Told
from polku.contacts.states import Channel, ContactState, PartyRole, Result
from polku.deadlines.models import Clock
from polku.kit.errors import Refused
from polku.kit.localtime import local_date
from polku.statistics import measures, queries
from polku.statistics.measures import ANSWERED, BOOKED, HELD, MEASURES, TOLD, Measure
from tests.register import Register

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 9, 7, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
FIRST, LAST = date(2026, 10, 5), date(2026, 11, 24)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOT_GOING_ON = {Result.ADVICE, Result.GUIDED, Result.DUPLICATE, Result.WITHDRAWN, Result.NOT_REACHED, Result.PASSED_ON}


class World:
    """Two teams, their workers, and a kind of appointment."""

    def __init__(self) -> None:
        self.register = Register()
        self.workers = [self.register.person("suvi"), self.register.person("olli", unit="tuki")]
        self.kind = Kind.objects.create(
            key="meet", name_fi="T", name_sv="M", name_en="M", duration_minutes=45, modes=["office"], valid_from=FIRST
        )

    def paper(self, key: str, *, team: int = 0, arrived: datetime = MONDAY, **details: object) -> Contact:
        by = self.workers[team]
        unit = self.register.unit(("neuvonta", "tuki")[team])
        row = contacts.start(unit=unit, by=by, at=arrived, key=key, channel=Channel.PAPER, happened_at=arrived)
        return contacts.record(contact=row, details=Details(**details), by=by, at=arrived)  # type: ignore[arg-type]

    def case(self, contact: Contact, *, at: datetime, team: int = 0) -> Case:
        by = self.workers[team]
        party = people.add(contact=contact, role=PartyRole.CONCERNED, told=Told(family_name="Salo"), by=by, at=at)
        return matters.open_case(contact=contact, party=people.make_known(party=party, by=by, at=at), by=by, at=at)

    def time(self, begins: datetime, *, made: datetime, state: str = "booked", **who: object) -> Appointment:
        by: Actor = self.workers[0]
        ended = {"closed_at": begins, "closed_by": by} if state in ("cancelled", "done", "no_show") else {}
        why = {"cancelled_side": "client", "cancelled_reason": "-"} if state == "cancelled" else {}
        span = (begins, begins + HOUR)
        return Appointment.objects.create(
            kind=self.kind, unit=self.register.unit("neuvonta"), mode="office", during=span, blocks=span, state=state,
            created_at=made, created_by=by, booked_at=made, booked_by=by, **ended, **why, **who,
        )  # fmt: skip


@pytest.fixture
def world() -> World:
    return World()


def whole(measure: Measure, at: datetime = NOW) -> tuple[int, int, int, int]:
    tally = measures.total(measures.cells(measure, first=FIRST, last=LAST, at=at))
    return tally.total, tally.kept, tally.late, tally.unserved


# --- The slow recount -------------------------------------------------------------------------------------------------


class Rows:
    """Every row that matters, read once."""

    def __init__(self) -> None:
        self.clocks = list(Clock.objects.all())
        self.parties = list(ContactParty.objects.exclude(case=None).select_related("case"))
        self.times = [*Appointment.objects.all(), *Participant.objects.select_related("appointment")]

    def cases(self, contact: Contact) -> list[Case]:
        return [party.case for party in self.parties if party.contact_id == contact.pk and party.case is not None]


def _clock(contact: Contact, rule: str, rows: Rows) -> Clock | None:
    """The clock by which a contact counts: found by looking at every clock there is."""
    cases = {case.work_item_id for case in rows.cases(contact)}
    standing, taken_back = [], []
    for clock in rows.clocks:
        own = clock.work_item_id == contact.work_item_id
        if clock.rule != rule or not (
            own or (clock.work_item_id in cases and clock.counted_from_at == contact.received_at)
        ):
            continue
        assert clock.due_at is not None
        if clock.cancelled_at is None:
            standing.append(clock)
        elif (
            clock.cancelled_at > clock.due_at
            or clock.cancel_reason == "same_clock"
            or (rule == "promise_answer" and contact.result == Result.NOT_REACHED)
        ):
            taken_back.append(clock)
    return min(standing or taken_back, key=lambda clock: (clock.due_at, clock.pk), default=None)


def _times(contact: Contact, rows: Rows) -> list[tuple[date, str, bool, bool]]:
    """(day, state, told in the first contact, told) of each time that the contact or its case got."""
    cases = {case.pk for case in rows.cases(contact)}
    found = []
    for row in rows.times:
        its_own = row.contact_id == contact.pk
        later = row.contact_id is None and row.case_id in cases and row.created_at >= contact.received_at
        if its_own or later:
            during = row.during if isinstance(row, Appointment) else row.appointment.during
            found.append((local_date(during.lower), row.state, row.told_in_first_contact, row.told_at is not None))
    return found


def _fate(measure: Measure, contact: Contact, at: datetime, rows: Rows) -> str | None:
    """`kept`, `late` or `unserved`; None for a contact that does not count."""
    clock = _clock(contact, measure.rule, rows)
    if contact.state == ContactState.DISCARDED or clock is None or not clock.due_at or clock.due_at >= at:
        return None
    if measure is ANSWERED:
        if clock.met_at is None:
            return "unserved"
        return "kept" if clock.met_at <= clock.due_at else "late"
    times = _times(contact, rows)
    if measure is TOLD:
        if contact.result in NOT_GOING_ON:
            return None
        in_time = any(first for _, _, first, _ in times)
        return "kept" if in_time else "late" if any(told for *_, told in times) else "unserved"
    days = [day for day, state, *_ in times if measure is BOOKED or state == "done"]
    if not days or clock.last_day is None:
        return "unserved"
    return "kept" if min(days) <= clock.last_day else "late"


def _recounted(measure: Measure, at: datetime, rows: Rows) -> dict[tuple[object, ...], list[int]]:
    sums: dict[tuple[object, ...], list[int]] = {}
    for contact in Contact.objects.all():
        day = local_date(contact.received_at)
        fate = _fate(measure, contact, at, rows)
        if fate is None or not FIRST <= day <= LAST:
            continue
        monday = day - timedelta(days=day.weekday())
        group = (monday, contact.channel, contact.unit_id, contact.municipality_id or "", contact.language)
        row = sums.setdefault(group, [0, 0, 0])
        row[0] += 1
        row[1] += fate == "kept"
        row[2] += fate == "late"
    return sums


def _live(world: World, chance: Random, number: int) -> None:
    """One made-up fate of a contact, by the product's own actions; what is refused does not happen."""
    team = chance.randrange(2)
    by = world.workers[team]
    arrived = MONDAY + chance.randrange(-30, 15) * DAY + chance.randrange(0, 23) * HOUR
    town = chance.choice([None, "049", "444"])
    row = world.paper(f"n{number}", team=team, arrived=arrived, municipality=town, language=chance.choice(["fi", "sv"]))
    moment, case = arrived, None
    for _ in range(chance.randrange(5)):
        moment += chance.choice([HOUR, 5 * HOUR, DAY, 4 * DAY, 12 * DAY])
        try:
            step = chance.randrange(8)
            if step == 0:
                contacts.answer(contact=row, by=by, at=moment)
            elif step == 1:
                result = chance.choice([Result.NOT_REACHED, Result.WITHDRAWN, Result.DUPLICATE, Result.ADVICE])
                contacts.close(contact=row, result=result, by=by, at=moment, topics=["benefits"], minutes=5)
            elif step == 2:
                case = world.case(row, at=moment, team=team)
            elif step == 3:
                contacts.reopen(contact=row, reason="Called back.", by=by, at=moment)
            elif step == 4:
                contacts.discard(contact=row, by=by, at=moment)
            else:
                who = {"case": case, "client": case.client} if case and step == 5 else {"contact": row}
                first = step == 7 and "contact" in who
                told = {"told_at": moment, "told_by": by, "told_text": "-"} if first or chance.random() < 0.5 else {}
                world.time(
                    moment + chance.randrange(1, 20) * DAY, made=moment,
                    state=chance.choice(["booked", "done", "cancelled", "no_show"]),
                    told_in_first_contact=first, **told, **who,
                )  # fmt: skip
        except Refused:
            continue


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))])
def test_equals_a_slow_recount_of_made_up_fates(world: World, seed: int) -> None:
    chance = Random(seed)
    for number in range(30):
        _live(world, chance, number)
    counted, rows = 0, Rows()
    for at in (NOW - 7 * DAY, NOW, NOW + 60 * DAY):
        for measure in MEASURES.values():
            found = measures.cells(measure, first=FIRST, last=LAST, at=at)
            cells = {
                (c.week, c.channel, c.unit_id, c.municipality, c.language): [c.total, c.kept, c.late] for c in found
            }
            assert cells == _recounted(measure, at, rows), (measure.key, at)
            counted += sum(c.total for c in found)
    assert counted > 100, "the fates are too alike to prove anything"


# --- Fates one by one -------------------------------------------------------------------------------------------------


def test_a_contact_whose_clock_followed_its_case_still_counts(world: World) -> None:
    row = world.paper("a")
    case = world.case(row, at=MONDAY + HOUR)
    assert not Clock.objects.filter(work_item=row.work_item, rule="promise_contact").exists()
    assert whole(BOOKED) == whole(HELD) == (1, 0, 0, 1)
    world.time(MONDAY + 3 * DAY, made=MONDAY + DAY, state="done", case=case, client=case.client)
    assert whole(BOOKED) == whole(HELD) == (1, 1, 0, 0)
    assert whole(TOLD) == (1, 0, 0, 1)


def test_a_contact_that_was_not_reached_stays_unanswered(world: World) -> None:
    row = world.paper("a")
    contacts.close(contact=row, result=Result.NOT_REACHED, by=world.workers[0], at=MONDAY + 2 * HOUR)
    assert whole(ANSWERED) == (1, 0, 0, 1)


def test_the_same_contact_twice_is_one(world: World) -> None:
    world.paper("a")
    row = world.paper("b")
    contacts.close(contact=row, result=Result.DUPLICATE, by=world.workers[0], at=MONDAY + 2 * HOUR)
    assert whole(ANSWERED)[0] == 1


def test_a_contact_that_is_opened_again_after_its_last_moment_counts_once(world: World) -> None:
    row = world.paper("a")
    by = world.workers[0]
    contacts.close(contact=row, result=Result.NOT_REACHED, by=by, at=MONDAY + 5 * DAY)
    contacts.reopen(contact=row, reason="The person called back.", by=by, at=MONDAY + 6 * DAY)
    assert whole(ANSWERED)[0] == 1
    contacts.answer(contact=row, by=by, at=MONDAY + 6 * DAY + HOUR)
    assert whole(ANSWERED)[:2] == (1, 0)


def test_a_seat_in_a_group_is_a_time(world: World) -> None:
    row = world.paper("a")
    case = world.case(row, at=MONDAY + HOUR)
    group = world.time(MONDAY + 2 * DAY, made=MONDAY, capacity=6)
    Participant.objects.create(
        appointment=group, seat=1, client=case.client, contact=row, created_at=MONDAY, created_by=world.workers[0],
        state="done", told_at=MONDAY + HOUR, told_by=world.workers[0], told_text="-", told_in_first_contact=True,
    )  # fmt: skip
    assert whole(TOLD) == whole(BOOKED) == whole(HELD) == (1, 1, 0, 0)


def test_a_week_is_not_ripe_before_its_last_contact_has_reached_its_last_moment(world: World) -> None:
    """Seven working days reach past the next Monday: until then the week's share would be that of its first days."""
    world.paper("a", arrived=MONDAY)
    world.paper("b", arrived=MONDAY + 4 * DAY)
    ripe = {}
    for at in (MONDAY + 10 * DAY, MONDAY + 17 * DAY):
        report = queries.report(BOOKED, weeks=4, at=at)
        ripe[at] = {week.monday: (week.ripe, week.tally.total) for week in report.weeks}[date(2026, 11, 9)]
    assert list(ripe.values()) == [(False, 1), (True, 2)]
