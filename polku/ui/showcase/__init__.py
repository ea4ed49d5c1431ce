"""What the living style page shows: every component, in every state, with long and short words.

People and places are invented; nothing here reads data. The words are samples in Finnish, as names of things are
data, not words of the program.
"""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from polku.ui import charts
from polku.ui.frame import OpenContact, Urgent
from polku.ui.showcase import form, lists, pictures
from polku.ui.showcase.words import COLOURS, FACTS, NOTES, WORDS


def samples() -> dict[str, Any]:
    """Return the context of the style page."""
    return {
        "clocks": lists.column(),
        "bands": lists.bands(),
        "form": form.SampleForm(initial={"grounds": ["0"], "team": "a", "wants": True}, auto_id="sample_%s"),
        "wrong": form.wrong(),
        "slots": lists.slots(),
        # The same times once more on the page.
        "more_slots": [replace(slot, value=f"more-{slot.value}") for slot in lists.slots()],
        "limit_text": _("No later than %(day)s") % {"day": "to\u00a03.12."},
        "heat": pictures.free_times(),
        "meter": _meter(),
        "chart": pictures.line(),
        "bars": pictures.bars(),
        "path": pictures.steps(),
        "events": lists.events(),
        "todos": lists.todos(),
        "tabs": lists.tabs(),
        "rows": lists.rows(),
        "facts": FACTS,
        "words": WORDS,
        "notes": NOTES,
        "colours": COLOURS,
        "contacts": _contacts(),
        "urgent": Urgent(
            "Kiireellinen ilmoitus: 8\u00a0min jäljellä",
            "Aarne Ojanperä, 81 v, Hiidenlahti.",
            "#urgent",
            "Ota työn alle",
        ),
    }


def _meter() -> charts.Meter:
    return charts.Meter(
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
    )


def _contacts() -> list[OpenContact]:
    return [
        OpenContact("6\u00a0min 12\u00a0s", "Raija Koskimäki", "#strip", current=True),
        OpenContact("Tauolla 14\u00a0min", "Nimetön, asunnon haku", "#strip", icon="pause"),
        OpenContact("Soita klo\u00a010.00", "Jani Korpela", "#strip", icon="clock"),
    ]
