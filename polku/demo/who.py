"""Who contacts the county, and what they say: drawn people, stories, notifiers."""

from __future__ import annotations

from datetime import date, datetime

from polku.access.models import Actor
from polku.clients.models import Client
from polku.contacts import intake, people
from polku.contacts.details import Details
from polku.contacts.models import ContactParty
from polku.contacts.states import LIVE, Channel, Consent, LegalKind, NotifierKind, PartyRole
from polku.demo import words
from polku.demo.world import County
from polku.kit.localtime import local_date

KELA_REASONS = {
    "Pyytää ehkäisevää tai täydentävää toimeentulotukea.": 51,
    "Toimeentulotuen perusosaa on alennettu.": 20,
    "Yli 25-vuotias, pitkään työttömänä.": 10,
    "Sosiaalityön tarve: elämänhallinta.": 9,
}


def municipality(county: County) -> str:
    """Draw a municipality by its population."""
    return county.pick(county.populations)


def language(county: County) -> str:
    """Draw a contact's language."""
    return "sv" if county.rng.random() < 0.13 else "fi"


def story(county: County, need: str, language: str) -> str:
    """Draw what is said about a need."""
    return county.rng.choice(words.STORIES[need])[language == "sv"]


def _born(county: County, need: str, on: date) -> date:
    rng = county.rng
    low, high = {"older": (75, 93), "family": (24, 41)}.get(need, (19, 79))
    age = int(rng.triangular(low, high, low + (high - low) / 3))
    return date(on.year - age - 1, rng.randrange(1, 13), rng.randrange(1, 29))


def told(county: County, need: str, on: date) -> people.Told:
    """Draw a person as they tell of themselves."""
    rng = county.rng
    if need == "integration" or rng.random() < 0.05:
        family, given, _language = rng.choice(words.ARRIVED)
    else:
        family, given = rng.choice(words.FAMILY), rng.choice(words.WOMEN + words.MEN)
    return people.Told(
        family_name=family, given_names=given, birth_date=_born(county, need, on),
        phone=f"+35844000{rng.randrange(1000, 10000)}",
    )  # fmt: skip


def known_person(county: County, party: ContactParty, need: str, language: str, *, by: Actor, at: datetime) -> None:
    """Most callers are new; some come back and are the same person, some stay anonymous."""
    rng = county.rng
    luck = rng.random()
    if party.contact.channel in LIVE and luck < 0.06:
        return
    if county.known and luck < 0.25 and not party.family_name:
        people.identify(party=party, client=rng.choice(county.known), by=by, at=at)
        return
    if not party.family_name:
        party = people.change(party=party, told=told(county, need, local_date(at)), by=by, at=at)
    code = ""
    if party.birth_date is not None and rng.random() < 0.8:
        born = (party.birth_date.year, party.birth_date.month, party.birth_date.day)
        code = words.identity_code(rng, born)
        if Client.objects.filter(hetu=code).exists():
            code = ""
    party = people.make_known(party=party, by=by, at=at, identity_code=code, municipality=municipality(county))
    if party.client is not None:
        county.known.append(party.client)


def details(county: County, channel: str, need: str, language: str) -> Details:
    """Return what a form tells besides the person."""
    notified = channel == Channel.SHL_NOTIFICATION
    kind = {
        Channel.SHL_CONTACT: LegalKind.CONTACT,
        Channel.SHL_NOTIFICATION: LegalKind.NOTIFICATION,
        Channel.SHL_NOTICE: LegalKind.NOTICE,
        Channel.SOCIAL_ASSISTANCE: LegalKind.APPLICATION,
    }.get(Channel(channel), LegalKind.ADVICE)
    return Details(
        legal_kind=kind, language=language, need=need, municipality=municipality(county),
        consent=Consent.GIVEN if kind == LegalKind.CONTACT else Consent.NOT_ASKED,
        no_consent_reason=county.rng.choice(words.NO_CONSENT) if notified else None,
        asks_to_talk=channel == Channel.KELA and county.rng.random() < 0.3,
    )  # fmt: skip


def message(county: County, channel: str, need: str, language: str) -> str:
    """Return a form's message; Kela's begins with its reason."""
    said = story(county, need, language)
    return f"{county.pick(KELA_REASONS)} {said}" if channel == Channel.KELA else said


def persons(county: County, channel: str, need: str) -> tuple[intake.Person, ...]:
    """Return the people of a form: the person concerned, and the notifier where there is one."""
    on = date(2026, 1, 1)
    concerned = intake.Person(PartyRole.CONCERNED, told(county, need, on))
    if channel in {Channel.SHL_CONTACT, Channel.SHL_NOTIFICATION, Channel.HEALTH_STATION}:
        title, organisation = county.rng.choice(words.NOTIFIERS)
        notifier = people.Told(
            family_name=county.rng.choice(words.FAMILY), given_names=county.rng.choice(words.WOMEN),
            notifier_kind=NotifierKind.AUTHORITY, title=title, organisation=organisation, phone="+358440009000",
        )  # fmt: skip
        return concerned, intake.Person(PartyRole.NOTIFIER, notifier)
    if channel == Channel.SHL_NOTICE:
        private = people.Told(notifier_kind=NotifierKind.PRIVATE, name_withheld=True)
        return concerned, intake.Person(PartyRole.NOTIFIER, private)
    return (concerned,)
