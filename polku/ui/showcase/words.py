"""Sample words and notices."""

from dataclasses import dataclass


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
    Note(
        "late", "Puhelinnumero puuttuu", "Kirjoita numero, johon tekstiviesti lähetetään, tai valitse kirje.", "alert"
    ),
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
FACTS = (
    ("Henkilötunnus", "040250-912H"),
    ("Kunta", "Hiidenlahti"),
    ("Puhelin", "044\u00a0000\u00a01942"),
    ("Kieli", "suomi, ei tulkkia"),
)
COLOURS = (
    ("Korostus", "accent", "#005F66", "7,4"),
    ("Tumma korostus", "dark", "#00454B", "10,8"),
    ("Teksti", "ink", "#1C2426", "15,8"),
    ("Toissijainen", "second", "#4B5659", "7,6"),
    ("Kentän reuna", "edge", "#6B777A", "4,6"),
    ("Myöhässä", "late", "#B01038", "7,1"),
    ("Pian", "soon", "#8A4B00", "6,8"),
)
