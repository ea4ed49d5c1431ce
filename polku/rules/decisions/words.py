"""The standard words of a decision's letter, in the languages that have them (`parameters/letter_<language>.yaml`).

Only days, names and what a worker wrote are put into them. Days are written `25.11.2026`, times `9.14`, as in letters.
"""

from collections.abc import Iterator, Mapping
from datetime import date, time
from functools import lru_cache
from string import Formatter
from typing import Any

from polku.rules.calendar import place_of
from polku.rules.data import PARAMETERS, parameters
from polku.rules.decisions.parts import Kind, kinds
from polku.rules.delivery import ways
from polku.rules.errors import RuleError, shown

# Ways of delivery by which the day of receipt follows from the day of sending.
DEEMED = ("post", "electronic")
_LABELS = (
    "resolution", "party", "initiation", "findings", "clients_view", "reasons", "deviation", "execution", "late",
    "provisions", "fees", "information", "attachment",
)  # fmt: skip


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Return the languages in which a letter can be written."""
    return tuple(sorted(path.stem.removeprefix("letter_") for path in PARAMETERS.glob("letter_*.yaml")))


@lru_cache(maxsize=8)
def letter(lang: str) -> Mapping[str, Any]:
    """Return the standard words of a language.

    Raises:
        RuleError: no letter can be written in the language, or its words have a hole; the message names it.
    """
    if lang not in languages():
        known = ", ".join(languages())
        raise RuleError("no_language", f"There are no words for a letter in {shown(lang)}, only in: {known}.")
    words: Mapping[str, Any] = parameters(f"letter_{lang}")
    wanting = holes(words)
    if wanting:
        raise RuleError("words_missing", f"The words for a letter in {lang} lack: {', '.join(wanting)}.", holes=wanting)
    return words


def version() -> int:
    """Return the number of the words' version, the same in every language."""
    return int(letter(languages()[0])["version"])


def holes(words: Mapping[str, Any]) -> list[str]:
    """Return what a language's words lack, as dotted paths; empty when a letter of every kind can be written."""
    found = []
    for path in _needed():
        value: Any = words
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        if not value:
            found.append(path)
    return found or _forms_missing(words)


def _forms_missing(words: Mapping[str, Any]) -> list[str]:
    """The forms of services' names that the sentences use and the services lack."""
    sentences = [*words["titles"].values(), *words["resolutions"].values(), words["matter"]]
    used = {name for sentence in sentences for _, name, _, _ in Formatter().parse(sentence) if name}
    forms = sorted(used - {"starts_on", "ends_on", "on", "how"})
    return [
        f"services.{key}.{form}" for key, given in words["services"].items() for form in forms if not given.get(form)
    ]


def _needed() -> Iterator[str]:
    for kind in kinds():
        yield f"services.{kind.service}.name"
        yield f"titles.{kind.outcome}"
    yield from (
        f"resolutions.{key}" for key in ("granted_until_further", "granted_until", "refused", "changed", "ended")
    )
    yield from (f"execution.{key}" for key in ("housing", "other", "changed"))
    yield from (f"labels.{key}" for key in _LABELS)
    yield from ("version", "and", "matter", "conditions", "information", "born", "weekdays", "on_weekday")
    for key in ("kind", "secret", "number", "signed", "not_signed", "draft", "missing"):
        yield f"page.{key}"
    for key in ("counted", "to", "where", "content", "attachments", "how", "help", "provisions"):
        yield f"review.labels.{key}"
    for way in ways():
        yield f"review.received.{way}"
        yield f"review.provisions.{way}"
    yield from (f"review.open.{way}" for way in ways() if way not in DEEMED)
    for key in (
        "received.shown", "title", "lead", "box_word", "box_day", "box_open", "rule", "ends", "moved", "ordinal",
        "open.moved", "where", "content", "content_more", "attachments", "how",
        "what.saturday", "what.sunday", "what.holiday",
    ):  # fmt: skip
        yield f"review.{key}"


def day(given: date) -> str:
    """Return a day as letters write it: `4.1.2027`."""
    return f"{given.day}.{given.month}.{given.year}"


def clock(given: time) -> str:
    """Return a time as letters write it: `9.14`."""
    return f"{given.hour}.{given.minute:02d}"


def weekday(given: date, lang: str) -> str:
    """Return the weekday's name: `maanantai`, `måndag`."""
    place_of(given)
    return str(letter(lang)["weekdays"][given.weekday()])


def on_day(given: date, lang: str) -> str:
    """Return a day with its weekday inside a sentence: `maanantaina 4.1.2027`, `måndagen den 4.1.2027`."""
    return str(letter(lang)["on_weekday"].format(weekday=weekday(given, lang), day=day(given)))


def service(kind: Kind, lang: str) -> Mapping[str, str]:
    """Return the forms of the service's name that the language's sentences use."""
    forms: Mapping[str, str] = letter(lang)["services"][kind.service]
    return forms


def title(kind: Kind, lang: str) -> str:
    """Return the letter's heading: `Päätös yhteisöllisestä asumisesta`."""
    return str(letter(lang)["titles"][kind.outcome].format(**service(kind, lang)))


def resolution(kind: Kind, lang: str, *, starts_on: date | None = None, ends_on: date | None = None) -> str:
    """Return the sentence that the letter begins with: `Sinulle myönnetään yhteisöllinen asuminen ... toistaiseksi.`

    Without `ends_on` a grant is until further notice.

    Raises:
        RuleError: the outcome needs a day that is not given, or ends before it begins.
    """
    pattern = kind.outcome
    if kind.outcome == "granted":
        pattern = "granted_until" if ends_on else "granted_until_further"
    if starts_on is None and kind.outcome in ("granted", "changed"):
        raise RuleError("no_day", f"{kind.key} needs the day on which it begins.", field="starts_on")
    if ends_on is None and kind.outcome == "ended":
        raise RuleError("no_day", f"{kind.key} needs the day on which it ends.", field="ends_on")
    if kind.outcome == "granted" and starts_on and ends_on and ends_on < starts_on:
        raise RuleError("wrong_days", f"The service ends {ends_on} before it begins {starts_on}.", field="ends_on")
    days = {"starts_on": day(starts_on) if starts_on else "", "ends_on": day(ends_on) if ends_on else ""}
    return str(letter(lang)["resolutions"][pattern].format(**service(kind, lang), **days))


def execution(kind: Kind, lang: str, by: date) -> str:
    """Return the sentence of the last day on which the service begins: `Asuminen alkaa viimeistään 20.1.2027.`"""
    key = "changed" if kind.outcome == "changed" else "housing" if kind.housing else "other"
    return str(letter(lang)["execution"][key].format(by=day(by)))


def matter(kind: Kind, lang: str, *, on: date, how: str) -> str:
    """Return what the matter is and how it began; `how` goes on after a comma: `kun soitit asiakasneuvontaan`."""
    told = letter(lang)["matter"].format(name=service(kind, lang)["name"], on=day(on), how=how.strip().rstrip("."))
    return f"{told[0].upper()}{told[1:]}"
