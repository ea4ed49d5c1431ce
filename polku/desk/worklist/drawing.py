"""The rows of the worklist as HTML: one look at each value, without a template for each cell."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from polku.desk.worklist.rows import Line
from polku.ui.clocks import Clock
from polku.ui.icons import icon


def rows(lines: Sequence[Line]) -> SafeString:
    """Draw the rows of the list's table; every text in them is escaped here."""
    urgency = {
        "urgent": f'<span class="tag tag-urgent">{escape(_("Urgent"))}</span>',
        "open": f"<b>{escape(_('Not assessed'))}</b>",
        "no": f'<span class="quiet">{escape(_("Not urgent"))}</span>',
        "": "",
    }
    tag = f' <span class="tag tag-plain">{icon("lock", 18)}{escape(_("Ban on disclosure"))}</span>'
    return mark_safe("\n".join([_row(line, urgency[line.urgency], tag) for line in lines]))  # noqa: S308 - escaped


def _row(line: Line, urgency: str, tag: str) -> str:
    mark, url = escape(line.id), escape(line.url)
    assess = _second(line.assess, late=line.assess_late) if line.urgency == "open" and line.assess else ""
    owner = f"<b>{escape(line.owner)}</b>" if line.free else escape(line.owner)
    classes = ' class="is-urgent"' if line.urgent else ""
    return (
        f'<tr role="row" data-row="{mark}" id="row-{mark}" tabindex="-1" data-open="{url}"{classes}>'
        f'<td role="cell" class="c-time">{_clock(line.clock, urgent=line.urgent)}</td>'
        f'<td role="cell" class="c-main"><a href="{url}" tabindex="-1">{escape(line.name)}</a>'
        f"{tag if line.protected else ''}"
        f'<span class="second{"" if line.urgent else " cut"}">{escape(line.said)}</span></td>'
        f'<td role="cell" class="c-meta">{escape(line.channel)}</td>'
        f'<td role="cell" class="c-tag">{urgency}{assess}</td>'
        f'<td role="cell" class="c-meta">{escape(line.language)}</td>'
        f'<td role="cell" class="c-meta">{escape(line.municipality)}</td>'
        f'<td role="cell" class="c-meta">{owner}{_second(line.owner_note) if line.owner_note else ""}</td></tr>'
    )


def _second(text: str, *, late: bool = False) -> str:
    return f' <span class="second{" late-text" if late else ""}">{escape(text)}</span>'


def _clock(clock: Clock, *, urgent: bool) -> str:
    """Draw time left, as `ui/clock_cell.html` does."""
    classes = f"cell-clock is-{clock.tone}{' is-urgent' if urgent else ''}{' has-icon' if clock.colour else ''}"
    drawn = icon(clock.icon, 20) if clock.colour else ""
    return (
        f'<div class="{classes}">{drawn}<span class="line">{escape(clock.line)}</span>'
        f'<span class="second">{escape(clock.until)}</span></div>'
    )
