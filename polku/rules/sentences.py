"""Puts a deadline into words: the rule's own sentence, its source, and what else is true of this counted."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from polku.rules import calendar
from polku.rules.calendar import BASE, Count, Skipped, day_text, day_texts
from polku.rules.data import LANGUAGES, parameters
from polku.rules.versions import Ground, Source, Version

if TYPE_CHECKING:
    from polku.rules.deadlines import Deadline


def text(key: str, lang: str, **values: Any) -> str:
    """Return a sentence of `texts.yaml` filled in."""
    template: str = parameters("texts")[key][lang]
    return _ended(template.format(**values))


def _ended(sentence: str) -> str:
    return sentence[:-1] if sentence.endswith("..") else sentence  # "36 § 3 mom." ends a sentence by itself


def because(deadline: "Deadline", lang: str) -> str:
    """Return why a deadline is what it is: rule, source, ground, days left out, days moved, validity.

    What is the same for every day (sentence, source and ground in a language) is put together once; the days never are.
    """
    spec, reading, day0 = deadline.spec, deadline.reading, deadline.day0
    days, start = day_texts(lang), day0.toordinal() - BASE
    last, lenient, moved_from = deadline.count
    template = _template(spec, reading.source, reading.ground, reading.basis, lang)
    if last is None:
        parts = [template.format(days[start], "")]
    else:
        end = last.toordinal() - BASE
        parts = [template.format(days[start], days[end])]
        if spec.unit == "working_days":
            if calendar.has_named(start, end):
                parts.append(left_out(calendar.named(deadline.skipped), lang))
            else:
                parts.append(_weekends(lang))
        if moved_from or last != lenient:
            parts += _moved(spec, deadline.count, lang)
    if not spec.in_force(day0):
        parts.append(_validity(spec, lang, before=day0 < spec.valid_from).format(days[start]))
    if deadline.pauses:
        spans = [f"{day_text(p.first, lang)} – {day_text(p.last, lang)}" for p in deadline.pauses]
        parts.append(text("paused", lang, days=", ".join(spans)))
    return " ".join(parts)


@lru_cache(maxsize=1024)
def _template(spec: Version, source: Source, ground: Ground | None, basis: str, lang: str) -> str:
    """The rule's sentence, source and ground, with room for day 0 (0) and the last day (1)."""
    places = {"day0": "{0}", "last_day": "{1}", "length": spec.length}
    cited = text("source", lang, act=source.act(lang), section=source.section(lang))
    parts = [spec.sentence[lang].format(**places), cited]
    if ground:
        parts.append(text("ground", lang, ground=ground.because[lang]))
    if basis == "precaution":
        parts.append(text("precaution", lang))
    return " ".join(parts)


@lru_cache(maxsize=len(LANGUAGES))
def _weekends(lang: str) -> str:
    return text("skipped", lang, days=parameters("texts")["weekends"][lang])


def left_out(named: tuple[Skipped, ...], lang: str) -> str:
    """Return the sentence of the days left out: weekends together, holidays and eves by name and date."""
    if not named:
        return _weekends(lang)
    days = ", ".join([f"{calendar.day_name(s.name, lang)} {day_text(s.day, lang)}" for s in named])
    weekends: str = parameters("texts")["weekends"][lang]
    return text("skipped", lang, days=text("and_days", lang, first=weekends, days=days))


def _moved(spec: Version, counted: Count, lang: str) -> list[str]:
    parts, (last, lenient, moved_from) = [], counted
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
        parts.append(text(f"lenient_{spec.unit}", lang, **values))
    return parts


@lru_cache(maxsize=1024)
def _validity(spec: Version, lang: str, *, before: bool) -> str:
    """That the rule was not in force, with room for the day (0)."""
    if before or spec.valid_to is None:
        return text("not_yet_in_force", lang, day0="{0}", valid_from=day_text(spec.valid_from, lang))
    return text("no_longer_in_force", lang, day0="{0}", valid_to=day_text(spec.valid_to, lang))
