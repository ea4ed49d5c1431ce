"""A record system's own order of headings, as data (`systems/*.yaml`), and a document written in it.

A system that orders its headings otherwise is another file; no code is written for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from polku.assessments.forms.shipped import shipped
from polku.handover.states import DocumentKind
from polku.rules.decisions import parts

FOLDER = Path(__file__).parent / "systems"
LANGUAGES = ("fi", "sv", "en")
PLAN_SECTIONS = (
    "situation", "strengths", "environment", "client_proposal", "agreement", "differing_view", "goals", "services",
    "cooperation", "meetings", "duration", "follow_up", "review_on",
)  # fmt: skip


class MappingError(ValueError):
    """A mapping file does not fit; the sentence names the file, the heading and what is unknown."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the system, and which sections of the document stand under it."""

    title: Mapping[str, str]
    take: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A record system: its headings by kind of document, the last one for what no other takes."""

    key: str
    name: str
    version: int
    days: int
    number: re.Pattern[str]
    headings: Mapping[str, tuple[Heading, ...]]


def known_sections(kind: str) -> frozenset[str]:
    """Return the sections that a kind of document can have."""
    if kind == DocumentKind.DECISION:
        return frozenset(part.key for part in parts.parts())
    if kind == DocumentKind.PLAN:
        return frozenset(PLAN_SECTIONS)
    return frozenset(section.key for form in shipped().values() for section in form.sections)


def read(data: Mapping[str, Any], where: str) -> System:
    """Return a system from its file's data.

    Raises:
        MappingError: a heading takes a section that no document has, or two take the same; a kind of document or a
            language is missing.
    """
    found: dict[str, tuple[Heading, ...]] = {}
    for kind in DocumentKind.values:
        told = data.get("documents", {}).get(kind)
        if not told:
            raise MappingError(f"{where}: there are no headings for {kind}.")
        headings = [_heading(row, kind, where) for row in told["headings"]]
        taken: set[str] = set()
        for heading in headings:
            if twice := taken & set(heading.take):
                raise MappingError(f"{where}: {kind}: two headings take {', '.join(sorted(twice))}.")
            taken |= set(heading.take)
        found[kind] = (*headings, _heading({"title": told["rest"], "take": []}, kind, where))
    return System(
        data["key"], data["name"], int(data["version"]), int(data["days"]), re.compile(data["number"]), found
    )  # fmt: skip


def _heading(row: Mapping[str, Any], kind: str, where: str) -> Heading:
    title = row["title"]
    lacking = [lang for lang in LANGUAGES if not title.get(lang)]
    if lacking:
        raise MappingError(f"{where}: {kind}: a heading is not said in {', '.join(lacking)}.")
    unknown = sorted(set(row["take"]) - known_sections(kind))
    if unknown:
        raise MappingError(
            f"{where}: {kind}: the heading “{title['en']}” takes {', '.join(unknown)}, which no document has. "
            f"The sections are: {', '.join(sorted(known_sections(kind)))}."
        )
    return Heading(title, tuple(row["take"]))


@lru_cache(maxsize=1)
def systems() -> Mapping[str, System]:
    """Return the record systems by key.

    Raises:
        MappingError: a file does not fit.
    """
    found = (
        read(yaml.safe_load(path.read_text(encoding="utf-8")), path.name) for path in sorted(FOLDER.glob("*.yaml"))
    )
    return {system.key: system for system in found}


def named(name: str) -> System | None:
    """Return the system that a unit names, by key or by name; None when there is none."""
    wanted = name.strip().casefold()
    return next((one for one in systems().values() if wanted in (one.key.casefold(), one.name.casefold())), None)


def system_name(key: str) -> str:
    """Return a system's name by its key; one that is no longer known by its key."""
    found = systems().get(key)
    return found.name if found is not None else key


def text(system: System, content: Mapping[str, Any]) -> str:
    """Return a document as text in the system's order of headings; a heading with nothing under it is left out."""
    language, kind = content["language"], content["kind"]
    sections = {section["key"]: section for section in content["sections"]}
    *headings, rest = system.headings[kind]
    taken = {key for heading in headings for key in heading.take}
    left = [section for key, section in sections.items() if key not in taken]
    blocks = [_head(content)]
    for heading in headings:
        taken_here = [sections[key] for key in heading.take if key in sections]
        blocks.append(_block(heading.title[language], taken_here))
    blocks.append(_block(rest.title[language], left))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(content: Mapping[str, Any]) -> str:
    return "\n".join(line for line in (content["title"], *content["head"]) if line)


def _block(title: str, sections: Iterable[Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for section in sections:
        told = [line for entry in section["entries"] for line in _lines(entry)]
        if told:
            lines += [section["title"], *told] if section["title"] != title else told
    return "\n".join([title.upper(), *lines]) if lines else ""


def _lines(entry: Mapping[str, Any]) -> list[str]:
    label, told = entry["label"], [line for line in entry["lines"] if line]
    if not told:
        return []
    return [f"{label}: {told[0]}" if label else told[0], *(f"  {line}" for line in told[1:])]
