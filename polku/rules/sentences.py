"""Puts a deadline into words: the rule's own sentence, its source, and what else is true of this counted."""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from polku.rules import calendar
from polku.rules.calendar import BASE, Count, Skipped, day_text, day_texts
from polku.rules.counting import count
from polku.rules.data import LANGUAGES, parameters
from polku.rules.facts import matches
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
    """Return why a deadline is what it is: rule, source, ground, days left out, days moved, validity."""
    spec = deadline.spec
    if deadline.pauses:
        told = _told(spec, deadline.source, deadline.day0, deadline.count, lang)
        counted = " ".join(_counted(spec, deadline.day0, deadline.count, lang))
    else:
        told, counted = _plain(spec, deadline.source, deadline.day0, lang)
        if not deadline.facts:
            return f"{told} {counted}" if counted else told
    parts = [told, *_ground(deadline, lang), counted]
    if deadline.pauses:
        spans = [f"{day_text(p.first, lang)} – {day_text(p.last, lang)}" for p in deadline.pauses]
        parts.append(text("paused", lang, days=", ".join(spans)))
    return " ".join(filter(None, parts))


@lru_cache(maxsize=16384)
def _plain(spec: Version, source: Source, day0: date, lang: str) -> tuple[str, str]:
    """The two halves between which the ground is put; the same for every matter that counts from the same day."""
    counted = count(spec, day0)
    return _told(spec, source, day0, counted, lang), " ".join(_counted(spec, day0, counted, lang))


def _told(spec: Version, source: Source, day0: date, counted: Count, lang: str) -> str:
    days = day_texts(lang)
    told = spec.sentence[lang].format(
        day0=days[day0.toordinal() - BASE],
        last_day=days[counted.last_day.toordinal() - BASE] if counted.last_day else "",
        length=spec.length,
    )
    return f"{told} {_cited(source, lang)}"


def _counted(spec: Version, day0: date, counted: Count, lang: str) -> list[str]:
    parts = []
    if counted.last_day:
        if spec.unit == "working_days":
            parts.append(left_out(counted.named, lang))
        if counted.moved_from or counted.last_day != counted.last_day_lenient:
            parts += _moved(spec, counted, lang)
    if not spec.in_force(day0):
        parts.append(_validity(spec, day0, lang))
    return parts


@lru_cache(maxsize=1024)
def _cited(source: Source, lang: str) -> str:
    return text("source", lang, act=source.act(lang), section=source.section(lang))


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


@lru_cache(maxsize=1024)
def _grounded(ground: Ground, lang: str) -> str:
    return text("ground", lang, ground=ground.because[lang])


def _ground(deadline: "Deadline", lang: str) -> list[str]:
    parts = []
    for ground in deadline.spec.grounds:
        if ground.when and matches(ground.when, deadline.facts):
            parts.append(_grounded(ground, lang))
            break
    if deadline.spec.routes and deadline.basis == "precaution":
        parts.append(text("precaution", lang))
    return parts


def _moved(spec: Version, counted: Count, lang: str) -> list[str]:
    parts = []
    if counted.moved_from:
        name = calendar.name_of(counted.moved_from)
        if name:  # a promise may also move because its last day was paused
            moved = day_text(counted.moved_from, lang)
            parts.append(text("moved", lang, moved_from=moved, name=calendar.day_name(name, lang)))
    if counted.last_day != counted.last_day_lenient and counted.last_day and counted.last_day_lenient:
        name = calendar.name_of(counted.last_day)
        values = {
            "last_day": day_text(counted.last_day, lang),
            "last_day_lenient": day_text(counted.last_day_lenient, lang),
            "name": calendar.day_name(name, lang) if name else "",
        }
        parts.append(text(f"lenient_{spec.unit}", lang, **values))
    return parts


def _validity(spec: Version, day: date, lang: str) -> str:
    day0 = day_text(day, lang)
    if day < spec.valid_from or spec.valid_to is None:
        return text("not_yet_in_force", lang, day0=day0, valid_from=day_text(spec.valid_from, lang))
    return text("no_longer_in_force", lang, day0=day0, valid_to=day_text(spec.valid_to, lang))
