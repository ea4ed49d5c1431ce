"""The invented workers of the demo county: who they are, where they work, when they can be booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from polku.access import actions as access
from polku.access.models import Account, Actor, Unit
from polku.access.states import AbsenceKind, Role
from polku.appointments.models import Opening, Place, Resource
from polku.appointments.states import Mode, ResourceKind
from polku.kit.localtime import HELSINKI

LEPPAVAARA, MATINKYLA, KIVENLAHTI = "leppavaaran-terveysasema", "matinkylan-terveysasema", "kivenlahden-terveysasema"
LOHJA, TAMMISAARI, KARKKILA = "lohjan-terveysasema", "tammisaaren-lahineuvonta", "karkkilan-lahineuvonta"

TITLES = {
    Role.GUIDANCE: ("asiakasohjaaja", "klientrådgivare", "guidance worker"),
    Role.SOCIAL_WORKER: ("sosiaalityöntekijä", "socialarbetare", "social worker"),
    Role.COUNSELLOR: ("sosiaaliohjaaja", "socialhandledare", "social counsellor"),
    Role.NURSE: ("sairaanhoitaja", "sjukskötare", "nurse"),
    Role.HEALTH: ("terveydenhoitaja", "hälsovårdare", "public health nurse"),
    Role.SECRETARY: ("sihteeri", "sekreterare", "secretary"),
    Role.LEAD: ("palveluesihenkilö", "servicechef", "head of unit"),
    Role.PROTECTION_OFFICER: ("tietosuojavastaava", "dataskyddsombud", "data protection officer"),
    Role.ADMIN: ("pääkäyttäjä", "huvudanvändare", "main user"),
}

# Who holds an office (virkasuhde): whose task it is to assess special support, and to decide.
IN_OFFICE = (Role.SOCIAL_WORKER, Role.LEAD)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented worker. `places` are the units where clients are met, by weekday (1-5); none at all = not booked."""

    username: str
    name: str
    role: Role
    unit: str
    languages: tuple[str, ...] = ("fi",)
    places: tuple[str, ...] = ()


PEOPLE = (
    Person("suvi", "Suvi Rantala", Role.GUIDANCE, "aikuisneuvonta", ("fi", "en")),
    Person("laura", "Laura Heikkilä", Role.GUIDANCE, "aikuisneuvonta"),
    Person("bo", "Bo Söderholm", Role.GUIDANCE, "aikuisneuvonta", ("sv", "fi", "en")),
    Person("nina", "Nina Korhonen", Role.GUIDANCE, "aikuisneuvonta", ("fi", "ru")),
    Person("helena", "Helena Koskinen", Role.LEAD, "aikuisneuvonta"),
    Person("pirjo", "Pirjo Lehtonen", Role.SECRETARY, "aikuisneuvonta"),
    Person("annakaisa", "Anna-Kaisa Nieminen", Role.COUNSELLOR, "toimeentulotukitiimi", ("fi", "sv"), (LEPPAVAARA,) * 5),
    Person("mikko", "Mikko Salminen", Role.SOCIAL_WORKER, "toimeentulotukitiimi", ("fi", "en"), (MATINKYLA,) * 5),
    Person("tiina", "Tiina Kettunen", Role.COUNSELLOR, "toimeentulotukitiimi", ("fi",), (LOHJA,) * 5),
    Person("riikka", "Riikka Ahonen", Role.COUNSELLOR, "toimeentulotukitiimi", ("fi", "sv"), (TAMMISAARI, "", TAMMISAARI, "", "")),
    Person("fatima", "Fatima Yusuf", Role.SOCIAL_WORKER, "toimeentulotukitiimi", ("fi", "so", "en"), (KIVENLAHTI,) * 5),
    Person("petri", "Petri Virtanen", Role.LEAD, "toimeentulotukitiimi"),
    Person("sanna", "Sanna Virtala", Role.SOCIAL_WORKER, "aikuissosiaalityo-ita", ("fi", "en"), (MATINKYLA,) * 5),
    Person("eero", "Eero Lindqvist", Role.SOCIAL_WORKER, "aikuissosiaalityo-ita", ("fi", "sv"), (LEPPAVAARA,) * 5),
    Person("pekka", "Pekka Ovaska", Role.COUNSELLOR, "aikuissosiaalityo-ita", ("fi",), (LEPPAVAARA, MATINKYLA, KIVENLAHTI, "", LEPPAVAARA)),
    Person("maija", "Maija Hakala", Role.LEAD, "aikuissosiaalityo-ita"),
    Person("jenni", "Jenni Turunen", Role.COUNSELLOR, "aikuissosiaalityo-pohjoinen", ("fi",), (LOHJA,) * 5),
    Person("kaisa", "Kaisa Hallamaa", Role.SOCIAL_WORKER, "aikuissosiaalityo-pohjoinen", ("fi",), (KARKKILA, LOHJA, KARKKILA, LOHJA, "")),
    Person("johanna", "Johanna Sjöblom", Role.SOCIAL_WORKER, "aikuissosiaalityo-lansi", ("sv", "fi"), (TAMMISAARI,) * 5),
    Person("henrik", "Henrik Åkerman", Role.COUNSELLOR, "aikuissosiaalityo-lansi", ("sv", "fi"), (TAMMISAARI,) * 5),
    Person("leena", "Leena Partanen", Role.SOCIAL_WORKER, "asumispalvelujen-ohjaus", ("fi",), (MATINKYLA,) * 5),
    Person("olli", "Olli Mäkelä", Role.NURSE, "asumispalvelujen-ohjaus", ("fi", "sv"), (MATINKYLA,) * 5),
    Person("marja", "Marja Kallio", Role.LEAD, "asumispalvelujen-ohjaus"),
    Person("tuula", "Tuula Niskanen", Role.SOCIAL_WORKER, "iakkaiden-asiakasohjaus", ("fi", "sv"), (LEPPAVAARA,) * 5),
    Person("ville", "Ville Jokinen", Role.SOCIAL_WORKER, "perheiden-palvelut", ("fi", "en"), (LEPPAVAARA,) * 5),
    Person("janne", "Janne Karhu", Role.SOCIAL_WORKER, "sosiaalipaivystys", ("fi", "sv", "en")),
    Person("heli", "Heli Aaltonen", Role.HEALTH, "leppavaaran-terveysasema"),
    Person("sami", "Sami Laakso", Role.HEALTH, "kivenlahden-terveysasema"),
    Person("tuomas", "Tuomas Rinne", Role.PROTECTION_OFFICER, "hallinto"),
    Person("outi", "Outi Savolainen", Role.ADMIN, "hallinto"),
)  # fmt: skip

# Where a newcomer begins: who, and what to try as that person.
BEGIN = (
    ("suvi", _("Answers calls. Press n, write what is said, and book a time while the client is on the line.")),
    ("annakaisa", _("Meets clients. See the day, and what each client said first.")),
    ("janne", _("Is on duty. Urgent contacts come up on every page.")),
    (
        "heli",
        _("Works at a health station. File a notification without consent, or book a time with the patient present."),
    ),
    ("helena", _("Leads the team. See whether the promise holds, for everybody alike.")),
    ("tuomas", _("Protects data. See who has opened what, and why.")),
)

# Guidance workers help each other's teams: the same person may answer for two units.
EXTRA_POSTS = (
    ("laura", "toimeentulotukitiimi", Role.GUIDANCE),
    ("bo", "aikuissosiaalityo-lansi", Role.GUIDANCE),
)

# The bookable hours of a day, in turn: room for one time of 45 minutes, for two, three and two.
OPEN_HOURS = (
    (time(9), time(9, 45)),
    (time(12, 30), time(14, 15)),
    (time(12, 30), time(15, 30)),
    (time(9), time(11, 30)),
)

# Who is away on the day of the demo, so that the lists of absent owners have something to show.
AWAY = ("eero",)


@transaction.atomic
def register(*, at: datetime, start: date) -> dict[str, Actor]:
    """Make the workers, their posts and calendars; those who are there already are kept. Returns them by user name."""
    units = {unit.key: unit for unit in Unit.objects.all()}
    workers: dict[str, Actor] = {}
    chief: Actor | None = None
    # The main user is the first account of an installation and makes the others.
    for person in sorted(PEOPLE, key=lambda person: person.role != Role.ADMIN):
        known = Account.objects.filter(username=person.username).select_related("actor").first()
        actor = known.actor if known else access.add_staff(
            name=person.name, username=person.username, password=None, at=at, by=chief,
            titles=TITLES[person.role], languages=person.languages,
        )  # fmt: skip
        workers[person.username] = actor
        access.give_post(
            actor=actor, unit=units[person.unit], role=person.role, by=None, at=at, valid_from=start,
            in_office=person.role in IN_OFFICE,
        )  # fmt: skip
        chief = chief or actor
        _calendar(person, actor, units[person.unit], start=start, at=at)
    for username, unit, role in EXTRA_POSTS:
        access.give_post(actor=workers[username], unit=units[unit], role=role, by=None, at=at, valid_from=start)
    return workers


def workers() -> dict[str, Actor]:
    """Return the invented workers by user name."""
    names = [person.username for person in PEOPLE]
    return {
        account.username: account.actor
        for account in Account.objects.filter(username__in=names).select_related("actor").order_by("pk")
    }


def _calendar(person: Person, actor: Actor, unit: Unit, *, start: date, at: datetime) -> None:
    """Give a worker the openings of an ordinary week: a part of each day, at a place or by phone.

    The rest of a day goes to visits, meetings and writing, on other days for each worker.
    """
    if not person.places:
        return
    resource, made = Resource.objects.get_or_create(actor=actor, defaults={"kind": ResourceKind.WORKER})
    if not made:
        return
    turn = [one.username for one in PEOPLE if one.places].index(person.username)
    for weekday, unit_key in enumerate(person.places, start=1):
        place = Place.objects.get(unit__key=unit_key) if unit_key else None
        met = [Mode.OFFICE, Mode.STATION] if place else []
        starts, ends = OPEN_HOURS[(turn + weekday) % len(OPEN_HOURS)]
        Opening.objects.create(
            resource=resource, unit=unit, place=place, weekday=weekday, starts=starts, ends=ends,
            modes=[*met, Mode.PHONE, Mode.VIDEO], valid_from=start, created_at=at, created_by=actor,
        )  # fmt: skip


def set_away(workers: dict[str, Actor], *, at: datetime) -> None:
    """Let some workers be away from this morning for four days, marked by themselves."""
    day = at.astimezone(HELSINKI)
    begin = day.replace(hour=8, minute=0, second=0, microsecond=0)
    for username in AWAY:
        access.add_absence(
            actor=workers[username], starts_at=begin, ends_at=_days_on(begin, 4),
            kind=AbsenceKind.HOLIDAY, by=workers[username], at=at,
        )  # fmt: skip


def _days_on(moment: datetime, days: int) -> datetime:
    """Return the same local time some days later, whatever the clock change does."""
    return datetime.combine(date.fromordinal(moment.date().toordinal() + days), moment.time(), HELSINKI)
