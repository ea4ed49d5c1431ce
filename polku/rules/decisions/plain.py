"""Hints for plain writing: long sentences, officialese, labels about people, sources left out. Never blocking.

The lists are `parameters/plain_<language>.yaml`. Places are character positions in the text, so that an editor can
underline them. Where words overlap, a label goes before officialese and the longer saying before the shorter.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from polku.rules.data import PARAMETERS, parameters
from polku.rules.errors import RuleError, shown


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that could be said more plainly, from `start` up to `end` in the text."""

    start: int
    end: int
    kind: str  # long_sentence | jargon | label | source
    found: str
    say: str = ""
    swap: str = ""  # what can stand in its place as it is, with its capital letter; "" when a human chooses the words
    count: int = 0  # words in a long sentence

    def words(self, lang: str) -> str:
        """Return the hint as its reader sees it, in `fi`, `sv` or `en`; the suggestion is in the text's language."""
        pattern: str = parameters("decisions")["hints"][self.kind][lang]
        return pattern.format(found=self.found, say=self.say, count=self.count)


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    pattern: re.Pattern[str]
    say: str
    swap: str


@dataclass(frozen=True, slots=True)
class _Lists:
    longest: int
    entries: tuple[_Entry, ...]
    sources: tuple[re.Pattern[str], ...]
    abbreviations: frozenset[str]


_END = re.compile(r"[.!?](?=\s)|\n")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_DAY = re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.")


def languages() -> tuple[str, ...]:
    """Return the languages that have hints."""
    return tuple(sorted(path.stem.removeprefix("plain_") for path in PARAMETERS.glob("plain_*.yaml")))


def hints(text: str, lang: str) -> list[Hint]:
    """Return the hints on a text, in the order of the text.

    Raises:
        RuleError: there are no hints in the language.
    """
    if lang not in languages():
        raise RuleError("no_language", f"There are no hints in {shown(lang)}, only in: {', '.join(languages())}.")
    lists = _lists(lang)
    found: list[Hint] = []
    for start, end in _sentences(text, lists.abbreviations):
        sentence = text[start:end]
        count = len(_WORD.findall(sentence))
        if count > lists.longest:
            found.append(Hint(start, end, "long_sentence", sentence, count=count))
        if not _DAY.search(sentence):
            found += [hint for pattern in lists.sources for hint in _sources(pattern, text, start, end)]
    found += _entries(text, lists)
    return sorted(found, key=lambda hint: (hint.start, -hint.end))


@cache
def _lists(lang: str) -> _Lists:
    given: Mapping[str, Any] = parameters(f"plain_{lang}")
    entries = []
    for kind in ("label", "jargon"):
        words = [(word, entry) for entry in given[kind] for word in entry["words"]]
        for word, entry in sorted(words, key=lambda pair: -len(pair[0])):
            swap = entry.get("swap", "")
            entries.append(_Entry(kind, _pattern(word), entry.get("say", swap), swap))
    sources = tuple(_pattern(word) for word in given["source"]["words"])
    return _Lists(given["longest_sentence"], tuple(entries), sources, frozenset(given["abbreviations"]))


def _pattern(word: str) -> re.Pattern[str]:
    """A word or saying in any letters, case and all only where it is written with a capital; `*` is any ending."""
    stem = r"\s+".join(re.escape(part) for part in word.rstrip("*").split())
    tail = r"\w*" if word.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<!\w){stem}{tail}", 0 if word[0].isupper() else re.IGNORECASE)


def _sentences(text: str, abbreviations: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends; a full stop after an abbreviation or before a small letter ends nothing."""
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        before = re.search(r"\w+$", text[: match.start()])
        after = text[end:].lstrip()
        if match.group() == "." and ((before and before.group().lower() in abbreviations) or after[:1].islower()):
            continue
        yield from _trimmed(text, start, end)
        start = end
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    sentence = text[start:end]
    if sentence.strip():
        begin = start + len(sentence) - len(sentence.lstrip())
        yield begin, begin + len(sentence.strip())


def _sources(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[Hint]:
    for match in pattern.finditer(text, start, end):
        yield Hint(match.start(), match.end(), "source", match.group())


def _entries(text: str, lists: _Lists) -> list[Hint]:
    taken: list[Hint] = []
    for entry in lists.entries:
        for match in entry.pattern.finditer(text):
            start, end, word = match.start(), match.end(), match.group()
            if any(start < other.end and other.start < end for other in taken):
                continue
            swap = entry.swap[:1].upper() + entry.swap[1:] if word[0].isupper() else entry.swap
            taken.append(Hint(start, end, entry.kind, word, entry.say, swap))
    return taken
