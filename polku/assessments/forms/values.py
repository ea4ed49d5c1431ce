"""One answer's value in the kind that its question asks for. What comes out is plain JSON and always the same way.

Numbers with decimals are kept as text ("12.5"), days as `2026-12-01`, quantities as {"value": "2.5", "unit": "h"},
several choices as a list of keys in the order of the code list.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from polku.assessments.forms.definition import CodeList, Question
from polku.rules.errors import shown

TEXT_AT_MOST = 500
PARAGRAPH_AT_MOST = 20_000
VALUES_AT_MOST = 50
_DIGITS_AT_MOST = 15  # as many as every reader of JSON keeps
_TRUE = {"true", "yes", "1", "kyllä", "ja"}
_FALSE = {"false", "no", "0", "ei", "nej"}
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FINNISH_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unfit(ValueError):
    """A value does not fit; `code` is stable, `facts` are the limits."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts


def empty(value: Any) -> bool:
    """Say whether a value is no answer: nothing, blank text, an empty list."""
    return value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, list) and not value)


def fit(question: Question, codes: CodeList | None, value: Any) -> Any:
    """Return the value as it is kept.

    Raises:
        Unfit: it is not of the question's kind or outside its limits.
    """
    if question.kind == "choices":
        return _several(codes, value)
    if question.repeats:
        given = value if isinstance(value, list) else [value]
        if len(given) > VALUES_AT_MOST:
            raise Unfit("too_many", f"at most {VALUES_AT_MOST} values", most=VALUES_AT_MOST)
        return [_one(question, codes, each) for each in given if not empty(each)]
    return _one(question, codes, value)


def _one(question: Question, codes: CodeList | None, value: Any) -> Any:
    if question.kind == "choice":
        return _key(codes, value)
    if question.kind in ("text", "paragraph"):
        return _text(question, value)
    return _KINDS[question.kind](question, value)


def _text(question: Question, value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("not_text", f"give text, not {shown(value)}")
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _CONTROLS.search(text) or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Unfit("control_characters", "the text has characters that cannot be written or read")
    if question.kind == "text" and "\n" in text:
        raise Unfit("several_lines", "give one line")
    most = question.max_length or (TEXT_AT_MOST if question.kind == "text" else PARAGRAPH_AT_MOST)
    if len(text) > most:
        raise Unfit("too_long", f"at most {most} characters, not {len(text)}", most=most, length=len(text))
    return text


def _boolean(question: Question, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise Unfit("not_boolean", f"give true or false, not {shown(value)}")


def _key(codes: CodeList | None, value: Any) -> str:
    known = [] if codes is None else [code.key for code in codes.codes]
    if not isinstance(value, str) or value not in known:
        raise Unfit("unknown_code", f"{shown(value)} is not one of {', '.join(known)}", choices=known)
    return value


def _several(codes: CodeList | None, value: Any) -> list[str]:
    if codes is None:
        raise Unfit("unknown_code", "there is no code list", choices=[])
    chosen = {_key(codes, each) for each in (value if isinstance(value, list) else [value])}
    for code in codes.codes:
        if code.alone and code.key in chosen and len(chosen) > 1:
            raise Unfit("chosen_alone", f"{code.key} cannot be chosen together with others", alone=code.key)
    return [code.key for code in codes.codes if code.key in chosen]


def _date(question: Question, value: Any) -> str:
    day = _day(value)
    if question.least is not None and day < date.fromisoformat(question.least):
        raise Unfit("too_small", f"not before {question.least}", least=question.least)
    if question.most is not None and day > date.fromisoformat(question.most):
        raise Unfit("too_great", f"not after {question.most}", most=question.most)
    return day.isoformat()


def _day(value: Any) -> date:
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
        if finnish := _FINNISH_DAY.fullmatch(text):
            return date(int(finnish[3]), int(finnish[2]), int(finnish[1]))
    except ValueError:
        pass
    raise Unfit("not_a_date", f"give a day such as 1.12.2026, not {shown(value)}")


def _integer(question: Question, value: Any) -> int:
    number = decimal(value)
    if number != number.to_integral_value():
        raise Unfit("not_whole", f"give a whole number, not {shown(value)}")
    _within(question, number)
    return int(number)


def _decimal(question: Question, value: Any) -> str:
    number = decimal(value)
    _within(question, number)
    return plain_number(number)


def _quantity(question: Question, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) - {"value", "unit"} or "value" not in value:
        raise Unfit("not_quantity", f"give a value and a unit, not {shown(value)}")
    unit = value.get("unit") or (question.units[0] if len(question.units) == 1 else "")
    if not isinstance(unit, str) or (question.units and unit not in question.units) or len(unit) > 50:
        raise Unfit("unknown_unit", f"{shown(unit)} is not one of {', '.join(question.units)}", units=question.units)
    number = decimal(value["value"])
    _within(question, number)
    return {"value": plain_number(number), "unit": _text_of_unit(unit)}


def _text_of_unit(unit: str) -> str:
    if _CONTROLS.search(unit) or any("\ud800" <= sign <= "\udfff" for sign in unit):
        raise Unfit("control_characters", "the unit has characters that cannot be written or read")
    return unit


def decimal(value: Any) -> Decimal:
    """Return a number written with a comma or a point.

    Raises:
        Unfit: it is no number, or has more digits than can be kept.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Unfit("not_a_number", f"give a number, not {shown(value)}")
    if isinstance(value, int) and abs(value) >= 10**_DIGITS_AT_MOST:
        raise Unfit("too_long", f"at most {_DIGITS_AT_MOST} digits", most=_DIGITS_AT_MOST)
    try:
        number = Decimal(str(value).strip().replace(",", ".").replace("\u2212", "-"))
    except InvalidOperation as error:
        raise Unfit("not_a_number", f"give a number, not {shown(value)}") from error
    if not number.is_finite():
        raise Unfit("not_a_number", f"give a number, not {shown(value)}")
    if number.adjusted() >= _DIGITS_AT_MOST or number.adjusted() < -_DIGITS_AT_MOST:
        raise Unfit("too_long", f"at most {_DIGITS_AT_MOST} digits", most=_DIGITS_AT_MOST)
    number = number.normalize()
    if len(number.as_tuple().digits) > _DIGITS_AT_MOST:
        raise Unfit("too_long", f"at most {_DIGITS_AT_MOST} digits", most=_DIGITS_AT_MOST)
    return number


def plain_number(number: Decimal) -> str:
    """Return a number as it is kept: without an exponent or needless zeros."""
    text = format(number.normalize(), "f") if number else "0"
    return "0" if text == "-0" else text


def _within(question: Question, number: Decimal) -> None:
    if question.least is not None and number < Decimal(question.least):
        raise Unfit("too_small", f"at least {question.least}", least=question.least)
    if question.most is not None and number > Decimal(question.most):
        raise Unfit("too_great", f"at most {question.most}", most=question.most)


_KINDS: dict[str, Callable[[Question, Any], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "quantity": _quantity,
}
