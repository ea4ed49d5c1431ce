"""Form fields with label, hint, error and control, wired for readers, keys and small screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from polku.ui.icons import icon

TITLES: Final = {"": "label", "hidden": "visually-hidden", "heading": "label is-heading"}
WIDTHS: Final = ("", "xs", "s", "m", "l")
EMPTY: Final = mark_safe("")


@dataclass(frozen=True)
class Look:
    """How a field is drawn, where it differs from what the form says.

    `width` is `xs` (4 characters), `s` (10), `m` (20), `l` (40) or empty for all of the room. `keys` are the keys of
    a group's choices in order, `key` the key that brings the focus to the field, `rows` the height of a text area.
    `title` is `hidden` where a heading beside says the same, `heading` where the label is the section's heading.
    """

    hint: str = ""
    width: str = ""
    keys: str = ""
    columns: int = 1
    label: str = ""
    optional: bool = False
    key: str = ""
    rows: int = 0
    title: str = ""


def draw(bound: BoundField, look: Look) -> SafeString:
    """Return the field as HTML.

    Raises:
        ValueError: the width has no such name.
    """
    if look.width not in WIDTHS:
        raise ValueError(f"no such width: {look.width}")
    if bound.is_hidden:
        return format_html("{}{}", bound.as_widget(), _errors(bound)) if bound.errors else bound.as_widget()
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput):
        return _checkbox(bound, look)
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return _group(bound, look)
    return _plain(bound, look)


def _place(bound: BoundField) -> str:
    """Return the field's name as it is the only one on its page: a page may have several forms."""
    return (bound.auto_id or bound.html_name).removeprefix("id_")


def _plain(bound: BoundField, look: Look) -> SafeString:
    widget = bound.field.widget
    kind = "select" if isinstance(widget, Select) else "area" if isinstance(widget, Textarea) else "input"
    attrs = _attrs(bound, look) | {"class": _classes(widget.attrs, kind, look.width)}
    if look.key:
        attrs["data-key"] = look.key
    if look.rows:
        attrs["rows"] = look.rows
    control: SafeString = bound.as_widget(attrs=attrs)
    if kind == "select" and not getattr(widget, "allow_multiple_selected", False):
        width = f" width-{look.width}" if look.width else ""
        control = format_html('<span class="select-box{}">{}{}</span>', width, control, icon("chevron-down", 20))
    return format_html(
        '<div class="field{}" id="field-{}">\n<label class="{}" for="{}">{}{}</label>\n{}{}{}\n</div>',
        " has-error" if bound.errors else "",
        _place(bound),
        TITLES[look.title],
        bound.id_for_label,
        look.label or bound.label,
        _optional(look),
        _hint(bound, look),
        _errors(bound),
        control,
    )


def _checkbox(bound: BoundField, look: Look) -> SafeString:
    attrs = _attrs(bound, look) | {"class": "check-input"}
    if look.key:
        attrs["data-key"] = look.key
    return format_html(
        '<div class="field check-field{}" id="field-{}">{}'
        '<div class="check">{}<label class="check-label" for="{}">{}</label>{}</div>{}</div>',
        " has-error" if bound.errors else "",
        _place(bound),
        _errors(bound),
        bound.as_widget(attrs=attrs),
        bound.id_for_label,
        look.label or bound.label,
        _kbd(look.key),
        _hint(bound, look),
    )


def _group(bound: BoundField, look: Look) -> SafeString:
    # Django draws the group of checkboxes as a kind of radio group, so the more exact one is asked for.
    kind = "check" if isinstance(bound.field.widget, CheckboxSelectMultiple) else "radio"
    described = _described(bound, look)
    choices = []
    for i, choice in enumerate(bound.subwidgets):
        key = look.keys[i] if i < len(look.keys) else ""
        extra: dict[str, Any] = {"class": f"{kind}-input"}
        if key:
            extra["data-key"] = key
        if bound.errors:
            extra["aria-invalid"] = "true"
        choice.data["attrs"] |= extra
        # The widget's own template wraps the input in its label; the parts are drawn apart to be styled.
        choices.append(
            format_html(
                '<div class="{} choice">{}<label class="{}-label" for="{}">{}</label>{}</div>',
                kind,
                _input(choice.data),
                kind,
                choice.data["attrs"]["id"],
                choice.data["label"],
                _kbd(key),
            )
        )
    return format_html(
        '<fieldset class="field group{}" id="field-{}"{}{}>\n<legend class="{}">{}{}</legend>\n{}{}'
        '<div class="choices columns-of-{}">{}</div>\n</fieldset>',
        " has-error" if bound.errors else "",
        _place(bound),
        format_html(' aria-describedby="{}"', described) if described else EMPTY,
        mark_safe(" data-key-scope") if look.keys else EMPTY,
        TITLES[look.title],
        look.label or bound.label,
        _optional(look),
        _hint(bound, look),
        _errors(bound),
        look.columns,
        format_html_join("\n", "{}", ((c,) for c in choices)),
    )


def _input(data: dict[str, Any]) -> SafeString:
    attrs = [(name, value) for name, value in data["attrs"].items() if value is not False]
    drawn = format_html_join(
        "", "{}", ((format_html(" {}", n) if v is True else format_html(' {}="{}"', n, v),) for n, v in attrs)
    )
    value = "" if data["value"] is None else data["value"]
    return format_html('<input type="{}" name="{}" value="{}"{}>', data["type"], data["name"], value, drawn)


def _attrs(bound: BoundField, look: Look) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    described = _described(bound, look)
    if described:
        attrs["aria-describedby"] = described
    # Example text that only says the label again goes away as one types, and looks as if something were filled in.
    example = str(bound.field.widget.attrs.get("placeholder", ""))
    if example and _letters(example) == _letters(str(look.label or bound.label)):
        attrs["placeholder"] = False
    return attrs


def _letters(text: str) -> str:
    return "".join(text.split()).casefold()


def _classes(attrs: dict[str, Any], kind: str, width: str) -> str:
    own = str(attrs.get("class", ""))
    sized = f"width-{width}" if width and kind != "select" else ""
    return " ".join(part for part in ("input", f"is-{kind}", sized, own) if part)


def _described(bound: BoundField, look: Look) -> str:
    ids = []
    if look.hint or bound.help_text:
        ids.append(f"{bound.auto_id}_hint")
    if bound.errors:
        ids.append(f"{bound.auto_id}_error")
    return " ".join(ids)


def _hint(bound: BoundField, look: Look) -> SafeString:
    text = look.hint or bound.help_text
    return format_html('<p class="hint" id="{}_hint">{}</p>\n', bound.auto_id, text) if text else EMPTY


def _errors(bound: BoundField) -> SafeString:
    if not bound.errors:
        return EMPTY
    said = format_html_join(" ", "{}", ((text,) for text in bound.errors))
    return format_html(
        '<p class="error" id="{}_error">{}<span class="visually-hidden">{} </span>{}</p>\n',
        bound.auto_id,
        icon("alert", 20),
        gettext("Error:"),
        said,
    )


def _optional(look: Look) -> SafeString:
    return format_html(' <span class="optional">({})</span>', gettext("optional")) if look.optional else EMPTY


def _kbd(key: str) -> SafeString:
    return format_html('<kbd class="kbd" aria-hidden="true">{}</kbd>', key.upper()) if key else EMPTY


def at_field(label: object, text: object) -> str:
    """Return an error with the name of its field before it; a label that is a question keeps its own mark."""
    name = str(label).rstrip()
    return f"{name}{'' if name.endswith(('?', '!', ':', '.')) else ':'} {text}"


def summary(forms: Sequence[BaseForm]) -> SafeString:
    """Return the error summary of the forms: every error with a link to its field."""
    items: list[tuple[SafeString]] = []
    for form in forms:
        items.extend((format_html("<li>{}</li>", text),) for text in form.non_field_errors())
        for bound in form:
            target = bound.id_for_label or f"field-{_place(bound)}"
            if isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple):
                target = f"{bound.auto_id}_0"
            for text in bound.errors:
                said = at_field(bound.label, text)
                link = said if bound.is_hidden else format_html('<a href="#{}">{}</a>', target, said)
                items.append((format_html("<li>{}</li>", link),))
    if not items:
        return EMPTY
    return format_html(
        '<div class="note note-late error-summary" role="alert" tabindex="-1" data-focus>{}'
        '<div class="note-body"><h2 class="note-title">{}</h2><ul>{}</ul></div></div>',
        icon("alert"),
        gettext("Something is missing or wrong"),
        format_html_join("", "{}", items),
    )
