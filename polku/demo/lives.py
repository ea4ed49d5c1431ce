"""Lives: one contact after another on their true dates, each answered, assessed, booked or left as a real day would.

Everything happens through the actions that the pages and the API call, with `at` as it would have been then. What
comes later in a life (a meeting held, a late answer) waits in a queue until its moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from polku.access.models import Actor, Unit
from polku.appointments.actions import attendance, booking, holding
from polku.appointments.actions.claiming import workers_of
from polku.appointments.models import Appointment, Kind
from polku.appointments.search import Slot, Wanted, search
from polku.appointments.snapshot import Wish
from polku.appointments.states import CancelledBy
from polku.contacts import actions as contacts
from polku.contacts import callbacks, drafts, intake, matters, people
from polku.contacts.details import Details
from polku.contacts.models import Contact, ContactParty
from polku.contacts.states import LIVE, Channel, PartyRole, Result
from polku.demo import who, words
from polku.demo.world import County
from polku.kit.localtime import HELSINKI, local_date
from polku.rules import calendar
from polku.triage import actions as triage
from polku.triage import sharing
from polku.triage.states import AssessmentNeed

# Shares of channels (per cent). Kela's share and reasons follow a national study of its notices to social care.
CHANNELS = {
    Channel.PHONE: 46, Channel.E_FORM: 17, Channel.SHL_CONTACT: 8, Channel.SHL_NOTIFICATION: 4, Channel.SHL_NOTICE: 3,
    Channel.KELA: 8, Channel.SOCIAL_ASSISTANCE: 5, Channel.WALK_IN: 3, Channel.LOCAL_POINT: 3,
    Channel.HEALTH_STATION: 2, Channel.PAPER: 1,
}  # fmt: skip
# Contacts an hour of an office day: the line is longest when it opens; the evening belongs to forms.
HOURS = {8: 14, 9: 18, 10: 16, 11: 12, 12: 9, 13: 11, 14: 10, 15: 7}
EVENING = {17: 2, 18: 3, 19: 3, 20: 4, 21: 3, 22: 2}
WEEKDAYS = {0: 1.35, 1: 1.1, 2: 1.0, 3: 1.0, 4: 0.85}


def arrivals(rng: Random, *, count: int, first: date, last: datetime) -> Iterator[datetime]:
    """Return the moments of arrival in order: weekdays and hours by their weights, forms also in the evening."""
    days = [first + timedelta(days=n) for n in range((local_date(last) - first).days + 1)]
    weights = [WEEKDAYS[day.weekday()] if calendar.is_working_day(day) else 0.14 for day in days]
    moments: list[datetime] = []
    while len(moments) < count:
        day = rng.choices(days, weights)[0]
        shut = not calendar.is_working_day(day)
        hours = EVENING if shut or rng.random() < 0.12 else HOURS
        hour = rng.choices(list(hours), list(hours.values()))[0]
        moment = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), HELSINKI).astimezone(UTC)
        if moment < last:
            moments.append(moment)
    return iter(sorted(moments))


def live(county: County, at: datetime, *, now: datetime) -> None:
    """Let one contact arrive and go its way as far as it has come by `now`."""
    hour = at.astimezone(HELSINKI)
    in_office = 8 <= hour.hour < 16 and calendar.is_working_day(hour.date())
    channel = county.pick({str(name): share for name, share in CHANNELS.items()})
    if channel in LIVE and not in_office:
        channel = Channel.E_FORM
    if channel in LIVE and county.rng.random() < 0.3:
        _advice(county, channel, at)
    elif channel in LIVE:
        _call(county, channel, at, now=now)
    else:
        _arrives(county, channel, at, now=now)


def _advice(county: County, channel: str, at: datetime) -> None:
    """A caller who stays anonymous is helped by advice."""
    rng = county.rng
    worker = rng.choice(county.answering)
    minutes = rng.randrange(3, 14)
    topics = ["benefits", "social_assistance", "bills", "housing", "services", "own_matter", "food"]
    advice = intake.Advice(
        topics=(rng.choice(topics),), minutes=minutes, channel=channel, municipality=who.municipality(county),
        language="sv" if rng.random() < 0.12 else "fi", sources_used=("own_knowledge",),
        result=Result.ADVICE if rng.random() < 0.8 else Result.GUIDED, guided_to="",
    )  # fmt: skip
    intake.advise(
        unit=county.units["aikuisneuvonta"], advice=advice, by=worker, at=at + timedelta(minutes=minutes),
        key=county.key(), happened_at=at,
    )  # fmt: skip


def _call(county: County, channel: str, at: datetime, *, now: datetime) -> None:
    """A call or visit: what is said is written while it is said, and the client hears how it goes on."""
    rng = county.rng
    need = county.pick(words.WEIGHTS)
    language = who.language(county)
    worker = county.workers["bo"] if language == "sv" else rng.choice(county.answering)
    contact = contacts.start(
        unit=county.units["aikuisneuvonta"], by=worker, at=at, key=county.key(), channel=channel,
        language=language,
    )  # fmt: skip
    drafts.save(contact=contact, version=0, said=who.story(county, need, language), by=worker, at=at)
    at += timedelta(minutes=rng.randrange(2, 6))
    party = people.add(contact=contact, role=PartyRole.CONCERNED, told=people.Told(), by=worker, at=at)
    who.known_person(county, party, need, language, by=worker, at=at)
    talk = need == "social_assistance" and rng.random() < 0.6
    details = Details(need=need, asks_to_talk=talk, preferred_way="sms")
    contact = contacts.record(contact=contact, by=worker, at=at, details=details)
    _assess(county, contact, need, by=worker, at=at)
    _go_on(county, contact, party, need, language, by=worker, at=at + timedelta(minutes=rng.randrange(1, 5)), now=now)


def _arrives(county: County, channel: str, at: datetime, *, now: datetime) -> None:
    """A form, a notification or a request arrives when nobody is on the line; somebody answers it later, or not yet."""
    need = county.pick(words.WEIGHTS)
    language = who.language(county)
    form = intake.Form(
        external_id=county.key(), received_at=at, channel=channel, details=who.details(county, channel, need, language),
        message=who.message(county, channel, need, language), persons=who.persons(county, channel, need),
    )  # fmt: skip
    contact = intake.receive(
        source=county.source, form=form, by=county.source.actor, at=at, key=county.key()
    ).contact  # fmt: skip
    urgent = channel == Channel.SHL_NOTIFICATION or need == "violence"
    moment = _answer_moment(county, at, urgent=urgent)
    if moment is not None and moment <= now:
        county.plan(moment, lambda then: _answered(county, contact, need, language, then, now=now))


def _answer_moment(county: County, arrived: datetime, *, urgent: bool) -> datetime | None:
    """Return when it is taken up: mostly on the same or next working day, some late, a few never."""
    rng = county.rng
    luck = rng.random()
    if luck > 0.985:
        return None
    days = 0 if urgent else rng.choices([0, 1, 2, 4], [46, 45, 6, 3])[0]
    day = local_date(arrived)
    earliest = arrived + timedelta(minutes=rng.randrange(8, 40))
    while True:
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        if days == 0:
            local = datetime.combine(day, time(rng.randrange(8, 16), rng.randrange(60)), HELSINKI).astimezone(UTC)
            if local >= earliest:
                return local
            if earliest.astimezone(HELSINKI).date() == day and earliest.astimezone(HELSINKI).hour < 15:
                return earliest
        days = max(0, days - 1)
        day += timedelta(days=1)


def _answered(county: County, contact: Contact, need: str, language: str, at: datetime, *, now: datetime) -> None:
    worker = county.workers["bo"] if language == "sv" else county.rng.choice(county.answering)
    sharing.take(item=contact.work_item, by=worker, at=at)
    party = ContactParty.objects.filter(contact=contact, role=PartyRole.CONCERNED).first()
    if party is None:
        party = people.add(contact=contact, role=PartyRole.CONCERNED, told=people.Told(), by=worker, at=at)
    if party.client is None:
        who.known_person(county, party, need, language, by=worker, at=at)
    _assess(county, contact, need, by=worker, at=at)
    reply = (
        "Soitettu ja sovittu, miten asia etenee." if language == "fi" else "Ringde och kom överens om fortsättningen."
    )
    contacts.answer(contact=contact, by=worker, at=at, text=reply)
    _go_on(county, contact, party, need, language, by=worker, at=at + timedelta(minutes=5), now=now)


def _go_on(
    county: County, contact: Contact, party: ContactParty, need: str, language: str, *, by: Actor, at: datetime,
    now: datetime,
) -> None:  # fmt: skip
    """Advice, a booked time, a case, a call-back, or still open."""
    rng = county.rng
    luck = rng.random()
    fresh = at > now - timedelta(hours=3)
    if fresh and luck < 0.5:
        if luck < 0.2:
            contacts.park(
                contact=contact, by=by, at=at, note="Odottaa tietoa Kelasta" if language == "fi" else "Väntar på FPA"
            )
        return
    if luck < 0.42:
        _book(county, contact, party, need, by=by, at=at, now=now)
    elif luck < 0.52:
        _open_case(county, contact, party, need, by=by, at=at)
    elif luck < 0.58:
        _call_back(county, contact, need, language, by=by, at=at)
    else:
        _close(county, contact, Result.ADVICE, need, by=by, at=at)


def _call_back(county: County, contact: Contact, need: str, language: str, *, by: Actor, at: datetime) -> None:
    """Promise to ring back in office hours; most calls are made in time, and the contact ends with them."""
    rng = county.rng
    day = local_date(at)
    while True:
        day += timedelta(days=1)
        if calendar.is_working_day(day):
            break
    agreed = datetime.combine(day, time(rng.randrange(9, 16), rng.choice((0, 15, 30, 45))), HELSINKI).astimezone(UTC)
    reason = "Vastaus Kelasta" if language == "fi" else "Svar från FPA"
    row = callbacks.promise(
        unit=contact.unit, agreed_at=agreed, contact=contact, by=by, at=at, reason=reason, key=county.key(),
        language=language, assignee=by,
    )  # fmt: skip
    called = agreed + timedelta(minutes=rng.randrange(-50, 8))

    def call(then: datetime) -> None:
        outcome = "Soitettu, asia selvisi." if language == "fi" else "Ringde, saken reddes ut."
        callbacks.done(call_back=row, outcome=outcome, by=by, at=then)
        _close(county, contact, Result.ADVICE, need, by=by, at=then + timedelta(minutes=1))

    if rng.random() < 0.9:
        county.plan(called, call)


def _close(county: County, contact: Contact, result: str, need: str, *, by: Actor, at: datetime) -> None:
    topic = {"social_assistance": "social_assistance", "housing": "housing"}.get(need, "services")
    minutes = county.rng.randrange(5, 25)
    contacts.close(contact=contact, result=result, by=by, at=at, topics=[topic], minutes=minutes)


def _book(
    county: County, contact: Contact, party: ContactParty, need: str, *, by: Actor, at: datetime, now: datetime
) -> None:
    """Find, hold, read aloud, confirm; then the day comes."""
    found = _free_time(county, contact, need, at=at)
    if found is None:
        _close(county, contact, Result.ADVICE, need, by=by, at=at)
        return
    kind, unit, slot = found
    party = ContactParty.objects.select_related("client").get(pk=party.pk)
    held = holding.hold(
        kind=kind, unit=unit, start=slot.start, workers=workers_of(slot), mode=slot.mode, by=by, at=at,
        key=county.key(), contact=contact, client=party.client, need=need,
    )  # fmt: skip
    told = contact.channel in LIVE or county.rng.random() < 0.7
    booked = booking.confirm(
        appointment=held, by=by, at=at + timedelta(minutes=1), client=party.client, contact=contact, told=told
    )
    _close(county, contact, Result.BOOKED, need, by=by, at=at + timedelta(minutes=2))
    county.plan(booked.starts_at + timedelta(minutes=50), lambda then: _day_comes(county, booked, then))
    if county.rng.random() < 0.08:
        county.plan(at + timedelta(hours=20), lambda then: _cancels(county, booked, then))


def _free_time(county: County, contact: Contact, need: str, *, at: datetime) -> tuple[Kind, Unit, Slot] | None:
    team = {"049": "ita", "235": "ita", "257": "ita", "224": "pohjoinen", "444": "pohjoinen", "927": "pohjoinen"}
    key = f"aikuissosiaalityo-{team.get(contact.municipality_id or '049', 'lansi')}"
    if need == "social_assistance":
        key = "toimeentulotukitiimi"
    elif need == "supported_housing":
        key = "asumispalvelujen-ohjaus"
    kind = county.kinds["keskustelu"]
    result = search(Wish(kind=kind, unit=county.units[key]), Wanted(municipality=contact.municipality_id or ""), at=at)
    free = [offer for offer in (*result.inside, *result.after) if not offer.held_by][:12]
    return (kind, county.units[key], Slot.parse(county.rng.choice(free).slot)) if free else None


def _day_comes(county: County, appointment: Appointment, at: datetime) -> None:
    worker = appointment.claims.select_related("resource__actor").filter(position=1).get().resource.actor
    if worker is None:
        return
    luck = county.rng.random()
    if luck < 0.88:
        attendance.done(appointment=appointment, by=worker, at=at)
    elif luck < 0.95:
        attendance.no_show(appointment=appointment, by=worker, at=at)


def _cancels(county: County, appointment: Appointment, at: datetime) -> None:
    by = county.rng.choice(county.answering)
    booking.cancel(appointment=appointment, side=CancelledBy.CLIENT, reason="Asiakas soitti: este", by=by, at=at)


def _open_case(county: County, contact: Contact, party: ContactParty, need: str, *, by: Actor, at: datetime) -> None:
    tasks = {"older": ["older"], "family": ["families"], "substance": ["substance"], "disability": ["disability"]}
    worker = {"older": "tuula", "family": "ville", "supported_housing": "leena", "disability": "sanna"}.get(
        need, "sanna"
    )
    unit = {"older": "iakkaiden-asiakasohjaus", "family": "perheiden-palvelut"}.get(need, "aikuissosiaalityo-ita")
    unit = "asumispalvelujen-ohjaus" if need == "supported_housing" else unit
    matters.open_case(
        contact=contact, party=party, by=by, at=at, unit=county.units[unit],
        service_tasks=tasks.get(need, ["working_age"]), own_worker=county.workers[worker],
    )  # fmt: skip
    _close(county, contact, Result.CASE, need, by=by, at=at + timedelta(minutes=2))


def _assess(county: County, contact: Contact, need: str, *, by: Actor, at: datetime) -> None:
    rng = county.rng
    criteria: list[str] = []
    if need == "violence":
        criteria = ["violence"]
    elif rng.random() < 0.07:
        criteria = [rng.choice(["no_food_or_medicine", "no_place_tonight", "care_missing"])]
    grounds = words.GROUNDS[criteria[0]][contact.language == "sv"] if criteria else ""
    broad = need in {"supported_housing", "older", "disability", "adult_social_work"}
    triage.assess(
        contact=contact, criteria=criteria, none_apply=not criteria, grounds=grounds, by=by, at=at, key=county.key(),
        assessment_need=AssessmentNeed.NEEDED if broad and rng.random() < 0.6 else AssessmentNeed.UNDECIDED,
    )  # fmt: skip
