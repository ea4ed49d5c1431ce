"""Where a text in Finnish and the same text in Swedish say different things.

Compared are days, times, sums, sections, numbers of acts, other numbers, telephone numbers, addresses, codes and names:
what a mistake in would change the decision. The sense of the sentences is not compared, nor numbers written as words; a
human reads them. Names are compared in any case (Ranta, Rannalle): two that differ in their endings only are not seen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from polku.rules.data import parameters


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that stands in one text and not in the other, or not as often; "" on the side that lacks it."""

    kind: str  # date | time | sum | section | act | number | contact | code | name
    fi: str
    sv: str

    def word(self, lang: str) -> str:
        """Return what differs in a word: päivä, rahasumma, pykälä."""
        return str(parameters("decisions")["differences"][self.kind][lang])


_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞŠŽČĐŊŦ", "a-zß-öø-ÿšžčđŋŧ"
_SECTION_NUMBER = r"\d{1,3}(?:\s?[a-z](?![a-zåäö]))?"
_SECTION_LIST = rf"{_SECTION_NUMBER}(?:(?:\s?[–-]\s?|,\s|\s(?:ja|och|sekä|samt|tai|eller)\s){_SECTION_NUMBER})*"
_EURO = r"(?:€|euro\w*)"
_DAY_END = r"\d{1,2}\.\s?\d{1,2}\.?"
# In this order: what one pattern takes, the later ones do not see.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("contact", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("contact", re.compile(r"(?:https?://|www\.)\S+[\w/]")),
    ("code", re.compile(r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b")),
    ("code", re.compile(rf"\b[{_UPPER}]{{2,}}[-/]\d[\w/-]*|\b[{_UPPER}]{{2,}}/\d+/\d{{4}}\b")),
    ("act", re.compile(r"\b\d{1,4}/\d{4}\b")),
    ("section", re.compile(rf"{_SECTION_LIST}\s?§(?:\s?:?n?\s?\d+(?:\s(?:ja|och)\s\d+)?\s(?:mom|kohta|punkten)\.?)*")),
    ("section", re.compile(r"\b\d{1,2}(?:\s[a-z])?\s(?:luku|luvun|luvussa|kap\.|kapitlet)")),
    ("sum", re.compile(rf"(?:\d{{1,3}}(?:[ \u00a0\u202f.]\d{{3}})+|\d+)(?:,\d{{1,2}})?\s?{_EURO}")),
    ("time", re.compile(r"\bkl(?:o|\.)\s?\d{1,2}(?:[.:]\d{2})?(?:\s?[–-]\s?\d{1,2}(?:[.:]\d{2})?)?")),
    ("date", re.compile(rf"\b(?:{_DAY_END}|\d{{1,2}}\.?)\s?[–-]\s?\d{{1,2}}\.\s?\d{{1,2}}\.(?:\s?\d{{4}})?(?!\d)")),
    ("date", re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\b|\b\d{1,2}\.\d{1,2}\.(?!\d)")),
    ("contact", re.compile(r"(?<![\w.])(?:\+\d{1,3}|0)[\d ]{5,}\d(?!\w)")),
    ("number", re.compile(r"(?<![\w/])\d+(?:,\d+)?(?:\s?%|\b)")),
)  # fmt: skip
_NAME = re.compile(
    rf"[{_UPPER}][{_LOWER}]+(?:-[{_UPPER}][{_LOWER}]+)?(?: [{_UPPER}][{_LOWER}]+(?:-[{_UPPER}][{_LOWER}]+)?)+"
)


def differences(fi: str, sv: str, names: Iterable[tuple[str, str]] = ()) -> list[Difference]:
    """Return what stands in one text and not in the other, in the order of the Finnish text, names last.

    Args:
        fi, sv: the texts.
        names: names that differ by language, as pairs: `("Suvanto", "Selet")`. A pair that stands in one text must
            stand in the other. Names of people (two capitalised words or more) are found without being told.
    """
    left, right = _found(fi), _found(sv)
    found: list[Difference] = []
    for kind in dict.fromkeys(kind for kind, _ in _PATTERNS):
        here = Counter(value for _, value in left.get(kind, ()))
        there = Counter(value for _, value in right.get(kind, ()))
        only_here = _told(left.get(kind, ()), here - there)
        only_there = _told(right.get(kind, ()), there - here)
        found += [Difference(kind, *pair) for pair in zip_longest(only_here, only_there, fillvalue="")]
    found.sort(key=lambda difference: fi.find(difference.fi) if difference.fi else len(fi))
    return found + _names(fi, sv, tuple(names))


def _told(found: Iterable[tuple[str, str]], surplus: Counter[str]) -> list[str]:
    """The surplus values as they were written, each piece of text once."""
    return list(dict.fromkeys(text for text, value in found if value in surplus))


def _found(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return what each pattern takes from a text, as written and as compared."""
    found: dict[str, list[tuple[str, str]]] = {}
    left = text
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(left):
            for value in _compared(kind, match.group()):
                found.setdefault(kind, []).append((match.group().strip(), value))
        left = pattern.sub(lambda match: " " * len(match.group()), left)
    return found


def _compared(kind: str, text: str) -> Iterator[str]:
    """What is compared of a piece of text: a list of sections is so many sections, a span of days two days."""
    digits = re.sub(r"[\s\u00a0\u202f]", "", text)
    if kind == "section":
        sections, *details = re.split(r"§", text, maxsplit=1)
        chapter = "" if details else "chapter "
        rest = " ".join(re.findall(r"\d+", details[0])) if details else ""
        for number in re.findall(r"\d{1,3}(?:\s?[a-z](?![a-zåäö]))?|[–-]", sections):
            yield f"{chapter}{number.replace(' ', '').replace('-', '–')} {rest}".strip()
    elif kind == "date":
        for part in re.split(r"[–-]", digits):
            yield ".".join(
                str(int(number)) for number in part.split(".") if number
            )  # Finnish 1.3.–30.9., Swedish 1.3–30.9.
    elif kind == "sum":
        amount = re.sub(_EURO, "", digits)
        whole, _, cents = amount.partition(",")
        yield f"{whole.replace('.', '')},{cents:0<2}"
    elif kind == "time":
        yield re.sub(r"kl(?:o|\.)", "", digits).replace(":", ".").replace("-", "–").removesuffix(".00")
    elif kind == "contact" and "@" not in text and "." not in text:
        yield re.sub(r"^\+358", "0", digits)
    else:
        yield digits.lower() if kind == "contact" else digits


def _names(fi: str, sv: str, pairs: tuple[tuple[str, str], ...]) -> list[Difference]:
    found = []
    for name_fi, name_sv in pairs:
        here, there = _stands(name_fi, fi), _stands(name_sv, sv)
        if here != there:
            found.append(Difference("name", name_fi if here else "", name_sv if there else ""))
    told = {word for pair in pairs for name in pair for word in name.split()}
    only_here = [name for name in _people(fi, told) if not _stands(name, sv)]
    only_there = [name for name in _people(sv, told) if not _stands(name, fi)]
    return found + [Difference("name", *pair) for pair in zip_longest(only_here, only_there, fillvalue="")]


def _people(text: str, told: set[str]) -> Iterator[str]:
    """Names of people: the last two of capitalised words that stand together; each once."""
    seen = set()
    for match in _NAME.finditer(text):
        name = " ".join(match.group().split()[-2:])
        if name not in seen and not set(name.split()) & told:
            seen.add(name)
            yield name


def _stands(name: str, text: str) -> bool:
    """Say whether a name stands in a text in any case."""
    wanted = name.split()
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)
    starts = range(len(words) - len(wanted) + 1)
    return any(all(map(_same, wanted, words[start : start + len(wanted)])) for start in starts)


def _same(one: str, other: str) -> bool:
    """Say whether two words can be the same name in two cases: Ranta and Rannalle, Lahtinen and Lahtisen."""
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    shorter = min(len(one), len(other))
    return shared >= min(shorter, max(3, shorter - 3))
