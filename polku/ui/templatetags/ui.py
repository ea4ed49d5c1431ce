"""`{% load ui %}`: words as filters, and the smallest parts of a page as tags."""

from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from polku.kit import public_id
from polku.ui import fields as drawing
from polku.ui import words
from polku.ui.icons import icon as draw_icon

register = template.Library()

for _name in (
    "bare_day", "clock_time", "day", "days", "digits", "duration", "long_day", "moment", "nbsp", "number", "percent",
    "person", "phone", "share", "short_day", "short_moment", "ticking", "weekday", "weekday_as", "weekday_name",
    "working_days",
):  # fmt: skip
    register.filter(_name, getattr(words, _name))


@register.filter
def clock_seconds(value: Any) -> str:
    """Return `klo 9.12.40`."""
    return words.clock_time(value, seconds=True)


@register.filter
def iso(value: Any) -> str:
    """Return the moment for `datetime` and `data-` attributes."""
    return value.isoformat() if value is not None and hasattr(value, "isoformat") else ""


@register.simple_tag
def icon(name: str, size: int = 24) -> SafeString:
    """Draw an icon; it is decoration and always stands beside words."""
    return draw_icon(name, size)


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """Draw a key hint: `Ctrl Enter`. Hidden from readers, who get `aria-keyshortcuts`."""
    return format_html('<kbd class="kbd" aria-hidden="true">{}</kbd>', keys) if keys else SafeString("")


@register.simple_tag
def field(
    bound: BoundField,
    hint: str = "",
    width: str = "",
    keys: str = "",
    columns: int = 1,
    label: str = "",
    optional: bool = False,
    key: str = "",
    rows: int = 0,
    title: str = "",
) -> SafeString:
    """Draw a form field with its label, hint and error (see `polku.ui.fields.draw`)."""
    look = drawing.Look(
        hint=hint,
        width=width,
        keys=keys,
        columns=columns,
        label=label,
        optional=optional,
        key=key,
        rows=rows,
        title=title,
    )
    return drawing.draw(bound, look)


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """Draw every field of a form in its own order, hidden ones too."""
    return format_html_join("\n", "{}", ((drawing.draw(bound, drawing.Look()),) for bound in form))


@register.simple_tag
def error_summary(form: BaseForm, *more: BaseForm) -> SafeString:
    """Draw the box that names every error with a link to its field; nothing when there is none."""
    return drawing.summary([form, *more])


@register.simple_tag
def once(key: str = "") -> SafeString:
    """Draw the hidden idempotency key: a double submit, or a repeat after a lost answer, changes nothing more."""
    return format_html('<input type="hidden" name="key" value="{}">', key or public_id.new())
