"""What is typed into a part, checked field by field and brought into the form in which it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.decisions.letters import unfit
from polku.decisions.states import Way
from polku.kit.errors import Invalid
from polku.rules.decisions import parts, words
from polku.rules.errors import RuleError

LONGEST = 20_000
# Texts that are the same in every language: names, numbers, codes.
SAME = {
    "authority": {"decider"},
    "party": {"name", "identity_code"},
    "information": {"name", "phone", "email"},
    "review": {"email", "phone"},
    "delivery": {"way", "language"},
}
# Written elsewhere: reasonings of the library by their own action.
ELSEWHERE = {("reasons", "library"), ("delivery", "language")}


def checked(part: str, values: Mapping[str, Any], stands: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return a part's fields as they are stored: days as `2026-11-25`, texts by language beside those of others.

    Raises:
        Invalid: there is no such part or field, or a value does not fit it; `field` is `part.field`.
    """
    try:
        found = parts.part(part)
        plain = {name: value for name, value in values.items() if (part, name) not in ELSEWHERE}
        parts.from_json({part: plain})
    except RuleError as error:
        raise unfit(error) from None
    kinds = {field.key: field.kind for field in found.fields}
    return {
        name: _value(part, name, kinds.get(name, "text"), value, stands.get(name), language)
        for name, value in plain.items()
    }


def _value(part: str, name: str, kind: str, value: Any, stands: Any, language: str) -> Any:
    field = f"{part}.{name}"
    if kind == "boolean" or name == "conditional":
        if value not in (True, False, None):
            raise Invalid("not_boolean", _("Choose yes or no."), field=field)
        return value
    if kind in ("date", "time"):
        return value or None
    if kind == "way" and value not in Way.values:
        raise Invalid("unknown_way", _("Choose the way of delivery from the list."), field=field)
    if name in SAME.get(part, ()):
        return _text(value, field)
    before = dict(stands) if isinstance(stands, Mapping) else {language: stands} if stands else {}
    told = value if isinstance(value, Mapping) else {language: value}
    for lang, text in told.items():
        if lang not in words.languages():
            raise Invalid("no_language", _("The decision is not written in this language."), field=field)
        before[lang] = _text(text, field)
    return before


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid("not_text", _("Write text here."), field=field)
    if "\x00" in value:
        raise Invalid("nul", _("The text has a character that cannot be stored (NUL)."), field=field)
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST:
        raise Invalid("too_long", _("The text is too long: at most %(most)s characters.") % {"most": LONGEST}, field)
    return text
