"""One decision in two languages: the same matter, days, sums, sections and names."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from polku.decisions.letter.content import Letter, Sender, Signature, compose
from polku.rules.decisions import parts, review

KIND = parts.kind("community_housing-granted")
DAY = date(2026, 11, 25)
SIGNED = datetime(2026, 11, 25, 7, 14, tzinfo=UTC)


@dataclass(frozen=True)
class Words:
    """What differs by language."""

    given: dict[str, dict[str, Any]]
    sender: Sender
    address: tuple[str, ...]
    office: str


def _shared() -> dict[str, dict[str, Any]]:
    return {
        "party": {"name": "Jari Salmela", "identity_code": "140374-9539"},
        "initiation": {"on": date(2026, 10, 20)},
        "resolution": {"starts_on": DAY, "until_further": True},
        "deviation": {"deviates": True},
        "execution": {"by": date(2027, 1, 20)},
        "information": {"name": "Anna Ranta", "phone": "050 000 1234", "email": "anna.ranta@suvanto.example"},
        "review": {"email": "kirjaamo@suvanto.example", "phone": "050 000 1000", "closes": time(16)},
        "delivery": {"way": "post"},
    }


def _with(more: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    shared = _shared()
    return {key: {**shared.get(key, {}), **more.get(key, {})} for key in {**shared, **more}}


FI = Words(
    given=_with(
        {
            "authority": {
                "county": "Suvannon hyvinvointialue",
                "unit": "Asumispalvelujen asiakasohjaus",
                "decider": "Mikko Aalto",
                "office": "johtava sosiaalityöntekijä",
            },
            "initiation": {"how": "kun soitit asiakasneuvontaan"},
            "findings": {
                "text": "Palvelutarpeen arvio 17.11.2026 (sosiaalityöntekijä Anna Ranta, sairaanhoitaja Petra Lahtinen). "
                "Epikriisi 12.10.2026, saatu suostumuksellasi. Asiakassuunnitelma 3.11.2026. SAP-kokous 24.11.2026."
            },
            "clients_view": {
                "text": "Haluat oman asunnon, jossa saat apua iltaisin. Et halua muuttaa pois Suvannosta."
            },
            "resolution": {
                "text": "Saat oman asunnon talosta, jossa on apua joka päivä klo 7–21. Jonokoordinaattori tarjoaa sinulle "
                "asuntoa."
            },
            "reasons": {
                "library": [
                    (
                        "Yhteisöllistä asumista järjestetään henkilölle, jonka toimintakyky on alentunut ja hoidon ja huolenpidon "
                        "tarve kohonnut sairauden vuoksi."
                    )
                ],
                "own": "Sinulla on ollut kaksi osastojaksoa vuoden aikana. Kotiin annettu tuki kaksi kertaa viikossa "
                "1.3.–30.9.2026 ei riittänyt: ruoka ja siivous jäivät iltaisin tekemättä. Öisin et ole tarvinnut apua. "
                "Siksi et tarvitse ympärivuorokautista palveluasumista.",
            },
            "deviation": {
                "text": "Asiakassuunnitelmassasi 3.11.2026 on tuettu asuminen. Siinä ei ole henkilöstöä klo 16 jälkeen. "
                "Arvio osoitti, että tarvitset apua juuri iltaisin."
            },
            "provisions": {"text": parts.provisions(KIND, DAY, "fi")},
            "fees": {"text": "Maksat asunnosta vuokran. Palvelun asiakasmaksusta saat erillisen päätöksen."},
            "information": {"role": "Omatyöntekijäsi", "office": "sosiaalityöntekijä"},
            "review": {
                "to": "Suvannon hyvinvointialueen yksilöasioiden jaosto",
                "address": "Kirjaamo, Satamakatu 2, 09999 SUVANTO",
                "open": "ma–pe klo 9–16",
                "help": "Sosiaaliasiavastaava neuvoo sinua maksutta, puh. 050 000 2000.",
            },
            "delivery": {"language": "fi"},
        }
    ),
    sender=Sender(
        "Suvannon hyvinvointialue",
        "Asumispalvelujen asiakasohjaus",
        "suvanto.example",
        "Suvannon hyvinvointialue, asumispalvelujen asiakasohjaus",
    ),
    address=("Jari Salmela", "Rantakatu 8 B 14", "09999 SUVANTO"),
    office="johtava sosiaalityöntekijä",
)

SV = Words(
    given=_with(
        {
            "authority": {
                "county": "Selets välfärdsområde",
                "unit": "Klienthandledningen för boendeservice",
                "decider": "Mikko Aalto",
                "office": "ledande socialarbetare",
            },
            "initiation": {"how": "när du ringde klientrådgivningen"},
            "findings": {
                "text": "Bedömning av servicebehovet 17.11.2026 (socialarbetare Anna Ranta, sjukskötare Petra Lahtinen). "
                "Epikris 12.10.2026, erhållen med ditt samtycke. Klientplan 3.11.2026. SAP-möte 24.11.2026."
            },
            "clients_view": {
                "text": "Du vill ha en egen bostad där du får hjälp på kvällarna. Du vill inte flytta från Selet."
            },
            "resolution": {
                "text": "Du får en egen bostad i ett hus där hjälp finns varje dag kl. 7–21. Kösamordnaren erbjuder dig en "
                "bostad."
            },
            "reasons": {
                "library": [
                    (
                        "Gemenskapsboende ordnas för en person vars funktionsförmåga är nedsatt och vars behov av vård och omsorg "
                        "har ökat på grund av sjukdom."
                    )
                ],
                "own": "Du har haft två vårdperioder på avdelning under ett år. Det stöd som du fick hemma två gånger i veckan "
                "1.3–30.9.2026 räckte inte till: matlagning och städning blev ogjorda på kvällarna. Du har inte behövt "
                "hjälp på nätterna. Därför behöver du inte serviceboende med heldygnsomsorg.",
            },
            "deviation": {
                "text": "I din klientplan 3.11.2026 ingår stödboende. Där finns ingen personal efter kl. 16. Bedömningen "
                "visade att du behöver hjälp just på kvällarna."
            },
            "provisions": {"text": parts.provisions(KIND, DAY, "sv")},
            "fees": {"text": "Du betalar hyra för bostaden. Du får ett separat beslut om klientavgiften för servicen."},
            "information": {"role": "Din egen kontaktperson", "office": "socialarbetare"},
            "review": {
                "to": "Sektionen för individärenden vid Selets välfärdsområde",
                "address": "Registratorskontoret, Hamngatan 2, 09999 SELET",
                "open": "må–fr kl. 9–16",
                "help": "Socialombudet ger dig råd utan kostnad, tfn 050 000 2000.",
            },
            "delivery": {"language": "sv"},
        }
    ),
    sender=Sender("Selets välfärdsområde", "Klienthandledningen för boendeservice", "suvanto.example"),
    address=("Jari Salmela", "Strandgatan 8 B 14", "09999 SELET"),
    office="ledande socialarbetare",
)
BY_LANGUAGE = {"fi": FI, "sv": SV}


def letter(lang: str, *, signed: bool = True, **changed: dict[str, Any]) -> Letter:
    """Return the letter; `changed` puts other values into a part's fields."""
    told = BY_LANGUAGE[lang]
    given = {key: {**fields, **changed.get(key, {})} for key, fields in told.given.items()}
    return compose(
        KIND,
        given,
        lang,
        day=DAY,
        diary="SHVA/4821/2026",
        sender=told.sender,
        period=review.period("post", DAY),
        address=told.address,
        signature=Signature("Mikko Aalto", told.office, SIGNED) if signed else None,
        facts={"plan": True},
    )
