"""What the living style page shows: every component, in every state, with long and short words.

People and places are invented; nothing here reads data. The words are samples in Finnish, as names of things are
data, not words of the program.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polku.ui import charts, clocks, heat, path
from polku.ui.frame import OpenContact, Urgent

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


class SampleForm(forms.Form):
    """Every kind of field."""

    phone = forms.CharField(label=gettext_lazy("Phone number"), help_text=gettext_lazy("For the text message."))
    story = forms.CharField(label=gettext_lazy("What was said"), widget=forms.Textarea, required=False, max_length=4000)
    team = forms.ChoiceField(
        label=gettext_lazy("Team"), choices=[("a", "Toimeentulotukitiimi"), ("b", "Aikuissosiaalityö, läntinen tiimi")]
    )
    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("Assessment of urgency"),
        choices=[
            ("1", "Henki tai terveys vaarassa"),
            ("2", "Ei ruokaa tai lääkkeitä"),
            ("3", "Ei yöpaikkaa ensi yöksi"),
            ("4", "Väkivallan uhka"),
            ("5", "Hoiva puuttuu"),
            ("0", "Ei mitään näistä"),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    way = forms.ChoiceField(
        label=gettext_lazy("Way of meeting"), choices=[("p", "Puhelu"), ("f", "Kasvotusten")], widget=forms.RadioSelect
    )
    wants = forms.BooleanField(label=gettext_lazy("Asks to talk with a worker"), required=False)


@dataclass(frozen=True)
class Note:
    """A notice."""

    tone: str
    title: str
    text: str
    icon: str = ""
    url: str = ""
    link: str = ""


NOTES = (
    Note("late", "Puhelinnumero puuttuu", "Kirjoita numero, johon tekstiviesti lähetetään, tai valitse kirje.", "alert"),
    Note(
        "info",
        "Laura Heikkilä ehti ensin",
        "Aika pe\u00a027.11. klo\u00a012.30 on hänellä pidossa vielä 3\u00a0min. Valitse toinen aika.",
        "lock",
    ),
    Note("soon", "Pito päättyi, aika on yhä vapaa", "Pidä aika uudelleen tai valitse toinen."),
    Note(
        "late",
        "Yhtään aikaa ei ole to\u00a03.12. mennessä",
        "Tiimiltä puuttuu 3 aikaa viikolla 49. Esihenkilö sai ilmoituksen. Aikaisin aika on pe\u00a04.12., "
        "1\u00a0arkipäivän myöhässä.",
    ),
    Note(
        "soon",
        "Yhteys katkesi klo\u00a09.13",
        "Kirjoita rauhassa. Luonnos on tallessa ja lähtee, kun yhteys palaa.",
        "offline",
    ),
    Note("ok", "Aika on vahvistettu", "Tekstiviesti on perillä klo\u00a09.14."),
    Note(
        "still",
        "Anna Ranta lukitsi arvion ti\u00a017.11. klo\u00a015.02",
        "Muutos tehdään uutena versiona.",
        url="#notices",
        link="Tee uusi versio",
    ),
)
WORDS = {
    "heads": ("Aikaa jäljellä", "Asiakas ja asia", "Kanava", "Kiireellisyys", "Kieli", "Kunta", "Kenellä"),
    "urgent": "Kiireellinen",
    "soon": "Pian",
    "late": "Myöhässä",
    "kept": "Pidossa",
    "open": "Arvioimatta",
    "calm": "Ei kiireellinen",
    "held": "avoinna hänellä",
    "nobody": "Ei kenelläkään",
    "confirm": "Vahvista aika",
    "print": "Tulosta",
    "focused": "Kohdistettu",
    "release": "Vapauta aika",
    "sign": "Allekirjoita",
    "reason": "Perustelu puuttuu.",
    "left": "4\u00a0min 12\u00a0s",
    "hold": "aika pidossa sinulla",
    "read": "Lue asiakkaalle",
    "park": "Siirrä tauolle",
    "say": "Aikanne on huomenna keskiviikkona 25.11. kello 13.15 Hiidenlahden terveysasemalla, Kauppatie\u00a011. "
    "Teidät ottaa vastaan sosiaaliohjaaja Anna-Kaisa Nieminen.",
    "empty": "Kaikki yhteydenotot on hoidettu.",
    "empty_text": "Uudet tulevat tähän kiireellisin ensin.",
    "empty_link": "Kirjaa uusi yhteydenotto",
    "filters": "Tallennetut suodattimet",
    "filter": "Suodata",
    "rows": "Rivit 1\u20135, yhteensä 25",
    "quote": "En pärjää enää yksin kotona. Unohdan lääkkeet, ja vuokra on jäänyt kaksi kertaa maksamatta.",
    "source": "Puhelu to\u00a05.11.2026 klo\u00a010.20, kirjasi Suvi Rantala.",
    "whole": "Koko yhteydenotto",
    "ask": "Vapautetaanko aika?",
    "ask_text": "Toinen voi varata sen heti.",
}


def samples() -> dict[str, Any]:
    """Return the context of the style page."""
    return {
        "clocks": _clocks(),
        "bands": _bands(),
        "form": SampleForm(initial={"grounds": ["0"], "team": "a", "wants": True}, auto_id="sample_%s"),
        "wrong": _wrong(),
        "slots": _slots(),
        "limit_text": _("No later than %(day)s") % {"day": "to\u00a03.12."},
        "heat": _heat(),
        "meter": charts.Meter(
            176 / 187,
            "vastattu viimeistään seuraavana arkipäivänä",
            0.95,
            "tavoite\u00a095\u00a0%",
            [
                charts.Part("ajoissa", 176, "ok"),
                charts.Part("myöhässä", 9, "late"),
                charts.Part("vastaamatta", 2, "missing"),
            ],
            "Viimeiset 5\u00a0arkipäivää:",
        ),
        "chart": _line(),
        "bars": _bars(),
        "path": _path(),
        "events": [
            Event(AT - timedelta(days=1), "Arviointiin lisättiin asuminen ja talous", "Anna-Kaisa Nieminen", "#events"),
            Event(AT - timedelta(days=5), "Sairaanhoitaja täytti oman osansa: lääkehoito ja toimintakyky", "Olli Mäkelä"),
        ],
        "todos": [
            Todo("Asiakkaan oma näkemys tuen tarpeesta", False, "#todo"),
            Todo("Läheisen näkemys", True),
        ],
        "tabs": [
            Tab("Kaikki", "#tabs", 25, True),
            Tab("Ei kenelläkään", "#tabs", 9),
            Tab("Omat", "#tabs", 6),
            Tab("Kiireelliset", "#tabs", 1),
            Tab("Ruotsiksi", "#tabs", 4),
            Tab("Tulkki", "#tabs", 3),
            Tab("Poissa olevien", "#tabs", 4),
        ],
        "rows": _rows(),
        "facts": [
            ("Henkilötunnus", "040250-912H"),
            ("Kunta", "Hiidenlahti"),
            ("Puhelin", "044\u00a0000\u00a01942"),
            ("Kieli", "suomi, ei tulkkia"),
        ],
        "words": WORDS,
        "notes": NOTES,
        "contacts": [
            OpenContact("6\u00a0min 12\u00a0s", "Raija Koskimäki", "#strip", current=True),
            OpenContact("Tauolla 14\u00a0min", "Nimetön, asunnon haku", "#strip", icon="pause"),
            OpenContact("Soita klo\u00a010.00", "Jani Korpela", "#strip", icon="clock"),
        ],
        "urgent": Urgent(
            "Kiireellinen ilmoitus: 8\u00a0min jäljellä", "Aarne Ojanperä, 81 v, Hiidenlahti.", "#urgent", "Ota työn alle"
        ),
        "colours": [
            ("Korostus", "accent", "#005F66", "7,4"),
            ("Tumma korostus", "dark", "#00454B", "10,8"),
            ("Teksti", "ink", "#1C2426", "15,8"),
            ("Toissijainen", "second", "#4B5659", "7,6"),
            ("Kentän reuna", "edge", "#6B777A", "4,6"),
            ("Myöhässä", "late", "#B01038", "7,1"),
            ("Pian", "soon", "#8A4B00", "6,8"),
        ],
    }


def _clocks() -> list[clocks.Clock]:
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


def _bands() -> list[clocks.Clock]:
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


def _wrong() -> SampleForm:
    form = SampleForm({"phone": "040 12 3456", "team": "a"}, auto_id="wrong_%s")
    form.is_valid()
    form.add_error("phone", _("One digit is missing. Write for example %(number)s.") % {"number": "040\u00a0123\u00a04567"})
    return form


def _slots() -> list[Slot]:
    def local(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 11, day, hour - 2, minute, tzinfo=UTC)

    station, centre = "Hiidenlahden terveysasema", "Suvannon sote-keskus"
    return [
        Slot(local(25, 13, 15), station, "Anna-Kaisa Nieminen, sosiaaliohjaaja", "Aikaisin. Asiakkaan toivoma paikka.", "chosen", "s1"),
        Slot(local(26, 9, 0), centre, "Mikko Salminen, sosiaalityöntekijä", "Toinen kunta, matkaa 18 km.", "free", "s2"),
        Slot(local(27, 12, 30), station, "Fatima Yusuf, sosiaalityöntekijä", "Pidossa Laura Heikkilällä. Vapautuu 3\u00a0min kuluttua.", "held", "s3"),
        Slot(local(27, 14, 0), "Kaivolan lähineuvonta", "Riikka Ahonen, sosiaaliohjaaja", "Toinen kunta, matkaa 9 km.", "free", "s4"),
    ]  # fmt: skip


def _heat() -> heat.Heat:
    days = heat.weekdays(date(2026, 11, 24), 14)
    rows = {
        ("Ahonen Riikka", "sosiaaliohjaaja"): "0001 00102 32014",
        ("Heikkilä Laura", "sosiaaliohjaaja"): "0000 11010 24332",
        ("Lindqvist Eero", "sosiaalityöntekijä"): "xxxx 12114 55435",
        ("Nieminen Anna-Kaisa", "sosiaaliohjaaja"): "01c02 00111 20322",
        ("Virtala Sanna", "sosiaaliohjaaja"): "0000 01320 13423",
        ("Åkerman Henrik", "sosiaaliohjaaja"): "0000 00103 44253",
    }
    shown = []
    for (name, role), drawn in rows.items():
        cells: list[heat.Cell] = []
        for sign in drawn.replace(" ", ""):
            if sign == "c":
                cells[-1] = heat.Cell(cells[-1].count, url="#heat", chosen=True)
                continue
            count = 0 if sign == "x" else int(sign)
            cells.append(heat.Cell(count, away=sign == "x", url="#heat" if count else ""))
        shown.append(heat.Row(name, role, cells[: len(days)]))
    return heat.build(days=days, rows=shown, limit=LIMIT, caption="Vapaat ajat työntekijöittäin")


def _line() -> charts.Line:
    known = [94, 95, 93, 94, 92, 91, 88, 92, 93, 91, 90, 89]
    ahead = [(89, 86, 92), (88, 84, 91), (87, 82, 91), (83, 76, 89), (80, 71, 87)]
    points = [charts.Point(f"{36 + i}", v / 100) for i, v in enumerate(known)]
    points += [charts.Point(f"{48 + i}", m / 100, lo / 100, hi / 100, True) for i, (m, lo, hi) in enumerate(ahead)]
    return charts.Line(
        "Lupaus pidetty viikoittain, %",
        "Viikolta 36 viikolle 47 osuus laski 94 prosentista 89 prosenttiin. Tavoite on 95 prosenttia.",
        points,
        0.95,
        "Tavoite 95\u00a0%",
        0.6,
        1.0,
        "Viikko 47: 89\u00a0%",
        "Ennuste ja 80 %:n väli",
        2,
    )


def _bars() -> charts.Bars:
    amounts = [("Puhelin", 0.95), ("Sähköinen lomake", 0.87), ("Kela", 0.79)]
    return charts.Bars(
        "Lupaus pidetty kanavittain",
        "Puhelin 95, sähköinen lomake 87 ja Kela 79 prosenttia.",
        [
            charts.Amount(name, value, f"{round(value * 100)}\u00a0%", "missing" if value < 0.8 else "plain")
            for name, value in amounts
        ],
        1.0,
    )


def _path() -> path.Path:
    steps = [
        ("Yhteydenotto", "to\u00a05.11.", "done"),
        ("Ensiarvio", "to\u00a05.11.", "done"),
        ("Aika", "pe\u00a013.11.", "done"),
        ("Arviointi", "kesken", "now"),
        ("Kokous", "ke\u00a02.12.", "next"),
        ("Päätös", "viikolla 50", "next"),
        ("Jono", "tarvittaessa", "next"),
        ("Koti", "viimeistään pe\u00a05.2.", "next"),
    ]
    return path.Path("Polku", [path.Step(label, note, state) for label, note, state in steps])  # type: ignore[arg-type]


def _rows() -> list[Row]:
    face = clocks.face

    def due(hours: float) -> datetime:
        return AT + timedelta(hours=hours)

    return [
        Row(
            "r1",
            face(at=AT, due=due(8.5 / 60), urgent=True, until="arvioi heti, saapui klo\u00a08.50"),
            "Aarne Ojanperä, 81 v",
            "Kotiutuu tänään, kotona ei ole lämmitystä eikä ruokaa. Muistisairaus. Ilmoittaja sairaanhoitaja, ei suostumusta.",
            "SHL-ilmoitus",
            "urgent",
            "suomi",
            "Hiidenlahti",
            "",
            urgent=True,
        ),
        Row("r2", face(at=AT, due=due(-17), until="raja oli ma\u00a023.11. klo\u00a016.00"), "Leena Pulkkinen", "Sähkö katkaistaan torstaina, lasku on maksamatta.", "Omaolo-lomake", "no", "suomi", "Suvanto", "Eero Lindqvist"),
        Row("r3", face(at=AT, due=due(0.8), until="soitettava klo\u00a010.00"), "Jani Korpela", "Pyysi soittamaan takaisin: takuuvuokra uuteen asuntoon.", "Puhelin", "no", "suomi", "Suvanto", "Suvi Rantala (sinä)"),
        Row("r4", face(at=AT, due=due(6.8), until="tänään klo\u00a016.00"), "Bo Söderlund", "Behöver hjälp med ansökan om utkomststöd för mamma.", "Omaolo-lomake", "open", "ruotsi", "Lövnäs", ""),
        Row("r5", face(at=AT, due=date(2026, 11, 25), working_days=1, until="ke\u00a025.11. klo\u00a016.00"), "Olena Ševtšuk", "Työ loppui. Ei tiedä, mistä hakea tukea vuokraan.", "Lähineuvonta", "no", "ukraina, tulkki", "Kaivola", "Mikko Salminen", held=True),
    ]  # fmt: skip
