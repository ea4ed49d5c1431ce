"""Form controls written directly: the same HTML as Django's own templates for them, in a fraction of the time.

A list of a hundred people is two hundred templates for Django, and took longer than all else on its page. What is not
drawn here (or is drawn otherwise by a widget of its own) goes to its template as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]

_OPTION: Final = "django/forms/widgets/select_option.html"
_INPUTS: Final = (
    "input", "text", "number", "email", "url", "tel", "search", "color", "password", "hidden", "checkbox",
    "date", "datetime", "time", "file",
)  # fmt: skip


class Controls(TemplatesSetting):
    """Renders inputs, lists and text areas without a template, everything else by its template."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        """Return a control as HTML."""
        draw = _DRAWN.get(template_name)
        drawn = draw(context["widget"]) if draw is not None else None
        return mark_safe(super().render(template_name, context, request)) if drawn is None else drawn  # noqa: S308


def _input(widget: Widget) -> SafeString:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    name, attrs = _text(widget["name"]), _attrs(widget)
    return mark_safe(f'<input type="{_text(widget["type"])}" name="{name}"{value}{attrs}>')  # noqa: S308 - escaped


def _area(widget: Widget) -> SafeString:
    name, attrs, value = _text(widget["name"]), _attrs(widget), _text(widget["value"] or "")
    return mark_safe(f'<textarea name="{name}"{attrs}>\n{value}</textarea>')  # noqa: S308 - escaped


def _select(widget: Widget) -> SafeString | None:
    """Return the list; None when one of its options has a template of its own."""
    parts = [f'<select name="{_text(widget["name"])}"{_attrs(widget)}>']
    for group, options, _place in widget["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{_text(group)}">')
        for option in options:
            if option["template_name"] != _OPTION:
                return None
            value, label = _text(option["value"]), _text(option["label"])
            parts.append(f'<option value="{value}"{_attrs(option)}>{label}</option>\n')
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return mark_safe("".join(parts))  # noqa: S308 - every part of it is escaped


def _attrs(widget: Widget) -> str:
    """Return attributes with a space before each; one that is True stands alone, one that is False is left out."""
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: object) -> str:
    return value if type(value) is SafeString else conditional_escape(cast("str", value))


_DRAWN: Final[dict[str, Callable[[Widget], SafeString | None]]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in _INPUTS},
    "django/forms/widgets/textarea.html": _area,
    "django/forms/widgets/select.html": _select,
}
