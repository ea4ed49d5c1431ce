"""The result of a measure: from answers by item, or from a total copied from the owner's form.

A result is a number beside the professional's judgement: it never concludes anything, and what touches safety is put to
a person whatever the sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from polku.rules.data import parameters
from polku.rules.errors import shown
from polku.rules.instruments import SCORINGS, Band, Instrument, InstrumentError, Words

Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a person must now do, in words; `value` is what was answered, None when it is not known."""

    about: str
    value: Decimal | None
    words: Words


@dataclass(frozen=True, slots=True)
class Score:
    """A result.

    Attributes:
        total: None when too much is missing, or the measure has no total.
        subscales: by key; None when too much of it is missing or it was not given.
        band: the band of the total on its day; None without a total or bands.
        prompts: what a person must be asked about or look at.
        missing: items without an answer; empty for a total copied from a form.
        profile: the answers themselves of a measure whose every item is a result.
    """

    instrument: str
    day: date
    total: Decimal | None
    subscales: Mapping[str, Decimal | None]
    band: Band | None
    prompts: tuple[Prompt, ...]
    missing: tuple[str, ...]
    profile: Mapping[str, int]


def score(measure: Instrument, answers: Mapping[str, int | None], *, on: date) -> Score:
    """Return the result of answers by item on the day they were given; None and absence mean not answered.

    Raises:
        InstrumentError: `not_by_items`, `unknown_item` or `out_of_scale`; it names the item and the right values.
    """
    if "items" not in measure.entry:
        raise _wrong(measure, "not_by_items", "is not given item by item")
    given = {key: value for key, value in answers.items() if value is not None}
    for key, value in given.items():
        _check_answer(measure, key, value)
    counted = {key: measure.items[key].counted(value) for key, value in given.items()}
    total = None
    if measure.scoring != "profile":
        total = _result(measure.scoring, tuple(measure.items), counted, measure.minimum_answered)
    return Score(
        instrument=measure.key,
        day=on,
        total=total,
        subscales={
            key: _result(measure.scoring, part.items, counted, part.minimum_answered) if part.items else None
            for key, part in measure.subscales.items()
        },
        band=_band(measure, total, on),
        prompts=_prompts(measure, _touched(measure, given)),
        missing=tuple([key for key in measure.items if key not in given]),
        profile=given if measure.scoring == "profile" else {},
    )


def of_total(measure: Instrument, total: Number, *, on: date, parts: Mapping[str, Number] | None = None) -> Score:
    """Return the result of a total copied from the owner's form or service.

    Args:
        measure: the instrument.
        total: the total as the form says it.
        on: the day of the answers.
        parts: the subscales by key, and the answers to safety items by number, as far as they are known. A safety item
            that is not known is put to a person, unless the total shows that nothing was answered above the lowest.

    Raises:
        InstrumentError: `not_by_total`, `out_of_range`, `too_exact`, `unknown_part` or `out_of_scale`.
    """
    if "total" not in measure.entry:
        raise _wrong(measure, "not_by_total", "has no total to copy")
    whole = _number(measure, "total", total, measure.lowest, measure.highest)
    known: dict[str, Decimal | None] = {}
    for key, value in (parts or {}).items():
        if key in measure.subscales:
            part = measure.subscales[key]
            known[key] = _number(measure, key, value, part.lowest, part.highest)
        elif key in measure.items and any(safety.about == key for safety in measure.safety):
            _check_answer(measure, key, value)
            known[key] = Decimal(value)
        else:
            raise _wrong(measure, "unknown_part", f"has no part {shown(key)}")
    touched = {safety.about: known.get(safety.about) for safety in measure.safety}
    if whole == measure.lowest:
        touched = {about: Decimal(0) if value is None else value for about, value in touched.items()}
    return Score(
        instrument=measure.key,
        day=on,
        total=whole,
        subscales={key: known.get(key) for key in measure.subscales},
        band=_band(measure, whole, on),
        prompts=_prompts(measure, touched),
        missing=(),
        profile={},
    )


def caution(lang: str) -> str:
    """Return the sentence that stands beside every result: what it is not."""
    said: str = parameters("texts")["measure_caution"][lang]
    return said


def _result(scoring: str, keys: Sequence[str], counted: Mapping[str, int], minimum: int) -> Decimal | None:
    """The result of some items, or None when fewer than the minimum are answered."""
    there = [counted[key] for key in keys if key in counted]
    if not there or len(there) < minimum:
        return None
    times = {"sum": len(keys), "mean": 1, "mean_times_10": 10}[scoring]
    return _rounded(Decimal(sum(there) * times) / len(there), SCORINGS[scoring])


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _band(measure: Instrument, total: Decimal | None, day: date) -> Band | None:
    found = None
    if total is not None:
        for band in measure.bands_on(day):
            if band.lowest <= total:
                found = band
    return found


def _touched(measure: Instrument, given: Mapping[str, int]) -> dict[str, Decimal | None]:
    """The highest answer to each matter of safety; None when nothing above is answered and something is missing."""
    found: dict[str, Decimal | None] = {}
    for safety in measure.safety:
        part = measure.subscales.get(safety.about)
        keys = part.items if part else (safety.about,)
        there = [given[key] for key in keys if key in given]
        highest = max(there, default=None)
        known = highest is not None and (highest > safety.above or len(there) == len(keys))
        found[safety.about] = Decimal(highest) if known and highest is not None else None
    return found


def _prompts(measure: Instrument, touched: Mapping[str, Decimal | None]) -> tuple[Prompt, ...]:
    told = []
    for safety in measure.safety:
        value = touched[safety.about]
        if value is None:
            told.append(Prompt(safety.about, None, safety.unknown))
        elif value > safety.above:
            told.append(Prompt(safety.about, value, safety.answered))
    return tuple(told)


def _check_answer(measure: Instrument, key: str, value: object) -> None:
    item = measure.items.get(key)
    if item is None:
        raise _wrong(measure, "unknown_item", f"has no item {shown(key)}")
    if isinstance(value, bool) or value not in item.values:
        allowed = ", ".join(map(str, item.values))
        raise _wrong(measure, "out_of_scale", f"item {key}: {shown(value)} is not one of {allowed}", item=key)


def _number(measure: Instrument, what: str, value: Number, lowest: Decimal, highest: Decimal) -> Decimal:
    number, decimals = Decimal(value), SCORINGS[measure.scoring]
    if not number.is_finite() or not lowest <= number <= highest:
        raise _wrong(measure, "out_of_range", f"{what}: give a number from {lowest} to {highest}", part=what)
    if number != _rounded(number, decimals):
        raise _wrong(measure, "too_exact", f"{what}: give at most {decimals} decimals", part=what)
    return _rounded(number, decimals)


def _wrong(measure: Instrument, code: str, what: str, **facts: object) -> InstrumentError:
    return InstrumentError(code, f"{measure.name['en']} {what}.", instrument=measure.key, **facts)
