"""Letters on paper: PDF/UA-1 and PDF/A-2a by Typst, one letter or a print run in the order of posting.

The same letter gives the same bytes: the time in the file is the letter's own.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from polku.decisions.letter import fonts
from polku.decisions.letter.content import Letter, Section
from polku.decisions.letter.errors import LetterError
from polku.kit.localtime import instant
from polku.rules.decisions import words

TEMPLATE = Path(__file__).parent / "letter.typ"
# What belongs on one line: a section and its sign, "klo" and its hour, a telephone number and its groups.
_TIES = (
    re.compile(r"(?<=[\da-z]) (?=§)"),
    re.compile(r"(?<=\bklo) (?=\d)|(?<=\bkl\.) (?=\d)"),
    re.compile(r"(?<=\bpuh\.) (?=[+\d])|(?<=\btfn) (?=[+\d])|(?<=\d) (?=\d{3,4}\b)"),
)


def pdf(letter: Letter, *, draft: bool = False) -> bytes:
    """Return the letter as a file.

    Args:
        letter: what stands in it.
        draft: show it before it is signed: marked as a draft, with the missing parts as holes.

    Raises:
        LetterError: a part is missing, it is not signed, or a character is in none of the fonts.
    """
    return _typeset([letter], duplex=False, draft=draft)


def print_run(letters: Sequence[Letter], *, duplex: bool = True) -> bytes:
    """Return many letters as one file, in the order given; on both sides each begins on a sheet of its own.

    Raises:
        LetterError: there are none, or one of them cannot be sent; see `pdf`.
    """
    if not letters:
        raise LetterError("no_letters")
    return _typeset(letters, duplex=duplex, draft=False)


def posting_order(letters: Iterable[Letter]) -> list[Letter]:
    """Return letters as the post sorts them: by postal code, then place and name; those without an address last."""
    return sorted(letters, key=lambda letter: (not letter.address, *map(str.casefold, reversed(letter.address))))


def check(letter: Letter) -> None:
    """Refuse a letter that could not be sent; for asking before anybody signs, so an unsigned one passes.

    Raises:
        LetterError: a part is missing, or a character is in none of the fonts.
    """
    if letter.wanting:
        raise LetterError("missing_part", parts=", ".join(letter.wanting))
    _check_characters([letter])


def _check_characters(letters: Sequence[Letter]) -> None:
    lacking = fonts.lacking(text for letter in letters for text in _texts(_data(letter, draft=False)))
    if lacking:
        raise LetterError("unknown_letters", letters=fonts.named(lacking))


def _typeset(letters: Sequence[Letter], *, duplex: bool, draft: bool) -> bytes:
    import typst  # 25 MB that only a letter needs

    for letter in letters:
        if not draft and letter.wanting:
            raise LetterError("missing_part", parts=", ".join(letter.wanting))
        if not draft and letter.signature is None:
            raise LetterError("not_signed")
    _check_characters(letters)
    inputs = {
        "letters": json.dumps([_data(letter, draft=draft) for letter in letters], ensure_ascii=False),
        "duplex": "yes" if duplex else "no",
    }
    try:
        made = typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=["ua-1", "a-2a"],
            timestamp=_time(letters[0]),
        )
    except typst.TypstError as error:
        raise LetterError("not_typeset", reason=error.message) from error
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts.FOLDER])


def _time(letter: Letter) -> datetime:
    """The time that stands in the file: when the letter was signed, else the beginning of its day."""
    return (letter.signature.at if letter.signature else instant(letter.day, time())).astimezone(UTC)


def _data(letter: Letter, *, draft: bool) -> dict[str, Any]:
    """What the template reads; days as letters write them, words tied that belong on one line."""
    sender, signature = letter.sender, letter.signature
    signed = [signature.name, signature.office, letter.signed] if signature else [letter.signed]
    box_word, box = letter.box
    data = {
        "language": letter.language,
        "document_title": f"{letter.title}, {letter.diary}",
        "title": letter.title,
        "kind": letter.kind,
        "day": words.day(letter.day),
        "diary": letter.diary,
        "secret": letter.secret,
        "county": sender.county,
        "unit": sender.unit,
        "foot": sender.foot or f"{sender.county} · {sender.unit}",
        "web": sender.web,
        "address": list(letter.address),
        "sections": [_section(section) for section in letter.sections],
        "signature": signed,
        "attachment": _section(letter.attachment),
        "review_title": letter.review_title,
        "review_lead": letter.review_lead,
        "box_word": box_word,
        "box": box,
        "review": [_section(section) for section in letter.review],
        "page_number": letter.page_number,
        "draft_word": letter.draft_word,
        "missing_word": letter.missing_word,
    }
    return {**_tied(data), "draft": draft}


def _section(section: Section) -> dict[str, Any]:
    return {
        "label": section.label,
        "lead": section.lead,
        "lines": list(section.lines),
        "items": list(section.items),
        "after": list(section.after),
        "missing": section.missing,
    }


def _tied(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _tied(value) for key, value in given.items()}
    if isinstance(given, list):
        return [_tied(value) for value in given]
    if isinstance(given, str):
        for tie in _TIES:
            given = tie.sub("\u00a0", given)
    return given


def _texts(data: Any) -> Iterable[str]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
    elif isinstance(data, str):
        yield data
