"""Clocks, times, events and rows of the work list."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from polku.ui import clocks

AT = datetime(2026, 11, 24, 7, 12, tzinfo=UTC)
LIMIT = date(2026, 12, 3)


@dataclass(frozen=True)
class Slot:
    """A time as the slot component reads it."""

    when: datetime
    place: str
    who: str
    reason: str
    state: str
    value: str
    url: str = "#slots"


@dataclass(frozen=True)
class Event:
    """A row of the timeline."""

    at: datetime
    text: str
    by: str
    url: str = ""


@dataclass(frozen=True)
class Todo:
    """A row of the readiness list."""

    text: str
    done: bool
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """A saved filter."""

    label: str
    url: str
    count: int | None
    current: bool = False


@dataclass(frozen=True)
class Row:
    """A row of the work list."""

    id: str
    clock: clocks.Clock
    name: str
    said: str
    channel: str
    urgency: str
    language: str
    municipality: str
    owner: str
    urgent: bool = False
    held: bool = False


def column() -> list[clocks.Clock]:
    """Return a clock of each tone."""
    face = clocks.face
    return [
        face(
            at=AT,
            due=LIMIT,
            working_days=7,
            what="Keskustelu työntekijän kanssa",
            until="viimeistään to\u00a03.12.2026 – 7.\u00a0arkipäivä pyynnöstä, toimeentulotukilaki 14\u00a0d\u00a0§",
            why_url="#clocks",
        ),
        face(at=AT, due=AT + timedelta(minutes=48), what="Pian", until="viimeistään tänään klo\u00a010.00"),
        face(at=AT, due=AT - timedelta(hours=17), what="Myöhässä", until="raja oli ma\u00a023.11. klo\u00a016.00"),
        face(at=AT, due=AT, met=True, until="klo\u00a09.06 – lupaus oli ke\u00a025.11."),
        face(at=AT, due=None, waiting=True, until="palaa listalle ma\u00a030.11., odottaa tiliotetta"),
        face(at=AT, due=None, until="ilman aiheetonta viivytystä, SHL\u00a036\u00a0§"),
    ]


def bands() -> list[clocks.Clock]:
    """Return the bands of a page about one thing."""
    face = clocks.face
    return [
        face(at=AT, due=date(2026, 12, 2), working_days=6, what="Aikaa on.", until="Arvio valmiiksi ke\u00a02.12.2026"),
        face(
            at=AT,
            due=date(2026, 11, 26),
            soon_days=14,
            what="Raja lähellä.",
            until="Asuminen alkaa viimeistään to\u00a026.11.2026",
        ),
        face(at=AT, due=date(2026, 11, 19), what="Raja ylittynyt.", until="Asumisen piti alkaa to\u00a019.11.2026"),
        clocks.Clock("met", "Täyttyi ke\u00a025.11.", what="Kello pysähtyi.", until="Päätös tehtiin ennen rajaa"),
        clocks.Clock(
            "hold",
            "Odottaa ti\u00a01.12. asti",
            what="Asiakkaalta pyydetty lisäselvitys ke\u00a025.11.",
            until="Uusi raja lasketaan, kun se saapuu (toimeentulotukilaki 14\u00a0a\u00a0§)",
        ),
    ]


def slots() -> list[Slot]:
    """Return times in each state."""

    def local(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 11, day, hour - 2, minute, tzinfo=UTC)

    station, centre = "Hiidenlahden terveysasema", "Suvannon sote-keskus"
    held = "Pidossa Laura Heikkilällä. Vapautuu 3\u00a0min kuluttua."
    drawn = (
        (local(25, 13, 15), station, "Anna-Kaisa Nieminen, sosiaaliohjaaja", "Aikaisin. Toivottu paikka.", "chosen"),
        (local(26, 9, 0), centre, "Mikko Salminen, sosiaalityöntekijä", "Toinen kunta, matkaa 18 km.", "free"),
        (local(27, 12, 30), station, "Fatima Yusuf, sosiaalityöntekijä", held, "held"),
        (local(27, 14, 0), "Kaivolan lähineuvonta", "Riikka Ahonen, sosiaaliohjaaja", "Matkaa 9 km.", "free"),
    )
    return [Slot(*facts, value=f"s{i}") for i, facts in enumerate(drawn, 1)]


def events() -> list[Event]:
    """Return two events."""
    return [
        Event(AT - timedelta(days=1), "Arviointiin lisättiin asuminen ja talous", "Anna-Kaisa Nieminen", "#events"),
        Event(AT - timedelta(days=5), "Sairaanhoitaja täytti oman osansa: lääkehoito ja toimintakyky", "Olli Mäkelä"),
    ]


def todos() -> list[Todo]:
    """Return what is missing and what is done."""
    return [Todo("Asiakkaan oma näkemys tuen tarpeesta", False, "#todo"), Todo("Läheisen näkemys", True)]


def tabs() -> list[Tab]:
    """Return saved filters with their counts."""
    counts = {"Kaikki": 25, "Ei kenelläkään": 9, "Omat": 6, "Kiireelliset": 1, "Ruotsiksi": 4, "Tulkki": 3}
    return [Tab(label, "#tabs", count, label == "Kaikki") for label, count in counts.items()]


def rows() -> list[Row]:
    """Return rows of the work list: urgent, late, soon, with time, open at a colleague."""
    at = {
        "r1": clocks.face(at=AT, due=_after(0.142), urgent=True, until="arvioi heti, saapui klo\u00a08.50"),
        "r2": clocks.face(at=AT, due=_after(-17), until="raja oli ma\u00a023.11. klo\u00a016.00"),
        "r3": clocks.face(at=AT, due=_after(0.8), until="soitettava klo\u00a010.00"),
        "r4": clocks.face(at=AT, due=_after(6.8), until="tänään klo\u00a016.00"),
        "r5": clocks.face(at=AT, due=date(2026, 11, 25), working_days=1, until="ke\u00a025.11. klo\u00a016.00"),
    }
    return [
        Row(id_, at[id_], name, said, *facts, urgent=id_ == "r1", held=id_ == "r5") for id_, name, said, facts in ROWS
    ]


def _after(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


ROWS = (
    (
        "r1",
        "Aarne Ojanperä, 81 v",
        "Kotiutuu tänään, kotona ei ole lämmitystä eikä ruokaa. Muistisairaus. Ilmoittaja sairaanhoitaja.",
        ("SHL-ilmoitus", "urgent", "suomi", "Hiidenlahti", ""),
    ),
    (
        "r2",
        "Leena Pulkkinen",
        "Sähkö katkaistaan torstaina, lasku on maksamatta.",
        ("Omaolo-lomake", "no", "suomi", "Suvanto", "Eero Lindqvist"),
    ),
    (
        "r3",
        "Jani Korpela",
        "Pyysi soittamaan takaisin: takuuvuokra uuteen asuntoon.",
        ("Puhelin", "no", "suomi", "Suvanto", "Suvi Rantala (sinä)"),
    ),
    (
        "r4",
        "Bo Söderlund",
        "Behöver hjälp med ansökan om utkomststöd för mamma.",
        ("Omaolo-lomake", "open", "ruotsi", "Lövnäs", ""),
    ),
    (
        "r5",
        "Olena Ševtšuk",
        "Työ loppui. Ei tiedä, mistä hakea tukea vuokraan.",
        ("Lähineuvonta", "no", "ukraina, tulkki", "Kaivola", "Mikko Salminen"),
    ),
)
