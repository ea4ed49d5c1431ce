"""Puts a deadline into words: the rule's own sentence, its source, and what else is true of this counted."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from polku.rules import calendar
from polku.rules.calendar import BASE, Skipped, day_text, day_texts
from polku.rules.data import LANGUAGES, parameters
from polku.rules.versions import Version

if TYPE_CHECKING:
    from polku.rules.deadlines import Deadline, Reading


def text(key: str, lang: str, **values: Any) -> str:
    """Return a sentence of `texts.yaml` filled in."""
    return _ended(_pattern(key, lang).format(**values))


@lru_cache(maxsize=256)
def _pattern(key: str, lang: str) -> str:
    pattern: str = parameters("texts")[key][lang]
    return pattern


def _ended(sentence: str) -> str:
    return sentence[:-1] if sentence.endswith("..") else sentence  # "36 § 3 mom." ends a sentence by itself


def because(deadline: "Deadline", lang: str) -> str:
    """Return why a deadline is what it is: rule, source, ground, days left out, days moved, validity.

    What is the same for every day (sentence, source and ground in a language) is put together once; the days never are.
    """
    spec, reading, day0 = deadline.spec, deadline.reading, deadline.day0
    days, start = day_texts(lang), day0.toordinal() - BASE
    last, moved_from = deadline.last_day, deadline.moved_from
    filled = reading.filling.get(lang) or _filling(spec, reading, lang)
    if last is None:
        parts = [filled(days[start], "")]
    else:
        end = last.toordinal() - BASE
        parts = [filled(days[start], days[end])]
        if spec.unit == "working_days":
            names = calendar.named_texts(start, end, moved_from, lang)
            parts.append(_named(lang)(", ".join(names)) if names else _weekends(lang))
        if moved_from or last != deadline.last_day_lenient:
            parts += _moved(deadline, lang)
    if not spec.in_force(day0):
        parts.append(_validity(spec, lang, day0 < spec.valid_from).format(days[start]))
    if deadline.pauses:
        spans = [f"{day_text(p.first, lang)} – {day_text(p.last, lang)}" for p in deadline.pauses]
        parts.append(text("paused", lang, days=", ".join(spans)))
    return " ".join(parts)


def _filling(spec: Version, reading: "Reading", lang: str) -> Callable[..., str]:
    """What fills day 0 and the last day into the rule's sentence, source and ground; kept with the reading."""
    places = {"day0": "{0}", "last_day": "{1}", "length": spec.length}
    source = reading.source
    cited = text("source", lang, act=source.act(lang), section=source.section(lang))
    parts = [spec.sentence[lang].format(**places), cited]
    if reading.ground:
        parts.append(text("ground", lang, ground=reading.ground.because[lang]))
    if reading.basis == "precaution":
        parts.append(text("precaution", lang))
    reading.filling[lang] = " ".join(parts).format
    return reading.filling[lang]


@lru_cache(maxsize=len(LANGUAGES))
def _weekends(lang: str) -> str:
    return text("skipped", lang, days=parameters("texts")["weekends"][lang])


@lru_cache(maxsize=len(LANGUAGES))
def _named(lang: str) -> Callable[..., str]:
    """What fills the holidays and eves into the sentence that they and weekends are left out."""
    days = text("and_days", lang, first=parameters("texts")["weekends"][lang], days="{0}")
    return text("skipped", lang, days=days).format


def left_out(named: tuple[Skipped, ...], lang: str) -> str:
    """Return the sentence of the days left out: weekends together, holidays and eves by name and date."""
    if not named:
        return _weekends(lang)
    return _named(lang)(", ".join([f"{calendar.day_name(s.name, lang)} {day_text(s.day, lang)}" for s in named]))


def _moved(deadline: "Deadline", lang: str) -> list[str]:
    parts = []
    last, lenient, moved_from = deadline.last_day, deadline.last_day_lenient, deadline.moved_from
    if moved_from:
        name = calendar.name_of(moved_from)
        if name:  # a promise may also move because its last day was paused
            moved = day_text(moved_from, lang)
            parts.append(text("moved", lang, moved_from=moved, name=calendar.day_name(name, lang)))
    if last and lenient and last != lenient:
        name = calendar.name_of(last)
        values = {
            "last_day": day_text(last, lang),
            "last_day_lenient": day_text(lenient, lang),
            "name": calendar.day_name(name, lang) if name else "",
        }
        parts.append(text(f"lenient_{deadline.unit}", lang, **values))
    return parts


@lru_cache(maxsize=1024)
def _validity(spec: Version, lang: str, before: bool) -> str:
    """That the rule was not in force, with room for the day (0)."""
    if before or spec.valid_to is None:
        return text("not_yet_in_force", lang, day0="{0}", valid_from=day_text(spec.valid_from, lang))
    return text("no_longer_in_force", lang, day0="{0}", valid_to=day_text(spec.valid_to, lang))
