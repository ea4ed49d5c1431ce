"""The worklist's rows drawn in Python are the HTML of the templates that other lists use, and escape every text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Literal, get_args

import pytest
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from polku.desk.worklist import drawing
from polku.desk.worklist.rows import Line
from polku.ui import clocks
from polku.ui.clocks import Clock

TONES: tuple[clocks.Tone, ...] = get_args(clocks.Tone)
ODD = "<b onclick=\"a('x')\">Bé & co</b>"
LINE = Line(
    id="a1", url="/work/a1/", clock=Clock("none", "2 h", "left", until="klo 12.00"), urgent=False, name="Matti Meikäläinen",
    said="Vuokra.", channel="Puhelin", urgency="", language="suomi", municipality="Kotka", owner="Aino", owner_note="",
    free=False, protected=False,
)  # fmt: skip


def folded(html: str) -> str:
    """Fold white space: none between elements, one blank elsewhere."""
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", html)).strip()


def cell(html: str, name: str) -> str:
    """Return what stands in the first cell of a class."""
    return html.split(f'class="{name}">', 1)[1].split("</td>", 1)[0]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(("tone", "urgent"), list(product(TONES, (False, True))))
def test_clock_is_that_of_the_template_in_every_state(tone: clocks.Tone, urgent: bool, language: str) -> None:
    with override(language):
        for word, until in (("left", "klo 12.00"), (gettext("late"), ""), ("", ODD), (ODD, "3.12.")):
            clock = Clock(tone, "2 h 18 min", word, what="answer", until=until)
            html = str(drawing.rows([replace(LINE, clock=clock, urgent=urgent)]))
            template = render_to_string("ui/clock_cell.html", {"clock": clock, "urgent": urgent})
            assert folded(cell(html, "c-time")) == folded(template)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    ("change", "name", "tag"),
    [
        ({"protected": True}, "c-main", ("plain", "Ban on disclosure", "lock")),
        ({"urgency": "urgent"}, "c-tag", ("urgent", "Urgent", "")),
    ],
)
def test_tag_is_that_of_the_template(
    change: dict[str, bool | str], name: str, tag: tuple[Literal["plain", "urgent"], str, str], language: str
) -> None:
    tone, text, icon = tag
    with override(language):
        html = str(drawing.rows([replace(LINE, **change)]))  # type: ignore[arg-type]
        template = render_to_string("ui/tag.html", {"tone": tone, "text": gettext(text), "icon": icon})
    assert folded(template) in folded(cell(html, name))
    assert folded(html).count('class="tag ') == 1


def test_every_text_of_a_row_is_escaped() -> None:
    odd = {name: ODD for name, kind in Line.__annotations__.items() if kind == "str" and name != "urgency"}
    assert {"name", "said", "owner", "owner_note", "municipality", "language"} <= set(odd)
    line = replace(LINE, **odd, clock=Clock("late", ODD, ODD, until=ODD), urgency="open", assess_late=True)  # type: ignore[arg-type]
    for free in (False, True):
        html = str(drawing.rows([replace(line, free=free)]))
        assert "<b onclick" not in html and "Bé & co" not in html
        # Two ids, two addresses, and each of the others once; a clock's time and word on one line.
        assert html.count("Bé &amp; co") == len(odd) + 2 + 3
