"""How a decision stands: its parts done and missing, the same in two languages, hints for plain writing. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from polku.access.models import Actor
from polku.decisions import letters, powers
from polku.decisions.configuration import current
from polku.decisions.models import Decision, UsedReasoning
from polku.decisions.prefill import proposed_way
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.rules.decisions import parity, parts, plain, words
from polku.rules.decisions.parity import Difference
from polku.rules.decisions.plain import Hint

# What a person writes in running words; hints look at these.
WRITTEN = (
    ("findings", "text"), ("clients_view", "text"), ("resolution", "text"), ("resolution", "conditions"),
    ("reasons", "own"), ("deviation", "text"), ("fees", "text"), ("execution", "late_because"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part in the list and in its editor; words in the reader's language, `values` as stored.

    `state` is done, missing or not_needed; `wanting` the fields that are missing; `edit` is what the next save names.
    """

    key: str
    number: int
    name: str
    state: str
    word: str
    ask: str
    sources: tuple[str, ...]
    wanting: tuple[str, ...]
    values: Mapping[str, Any]
    source: Mapping[str, Any]
    edit: int
    saved_by: str
    saved_at: datetime | None
    beside: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class UsedRow:
    """A reasoning of the library in the decision, in the decision's language; `newer`: it has been replaced since."""

    public_id: str
    code: str
    version: int
    text: str
    reviewed_at: datetime | None
    newer: bool


@dataclass(frozen=True, slots=True)
class HintRow:
    """A hint beside a field: where in its text, in words; `swap` can take the place of what was found as it is."""

    part: str
    field: str
    start: int
    end: int
    kind: str
    words: str
    swap: str


@dataclass(frozen=True, slots=True)
class Parity:
    """The letter in two languages compared: `lacking` parts are not written in the other one, and nothing is said."""

    other: str
    differences: tuple[Difference, ...]
    lacking: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both say the same days, sums, sections and names."""
        return not self.lacking and not self.differences


@dataclass(frozen=True, slots=True)
class State:
    """How a decision stands. `done` of `of` required parts are ready; `refusal` says why its letter cannot be made."""

    parts: tuple[PartRow, ...]
    done: int
    of: int
    reasonings: tuple[UsedRow, ...]
    hints: tuple[HintRow, ...]
    parity: Parity | None
    refusal: str
    way: str
    deciders: tuple[str, ...]
    may_sign: bool

    @property
    def missing(self) -> tuple[PartRow, ...]:
        """The parts without which it is not signed."""
        return tuple(row for row in self.parts if row.state == parts.MISSING)


def _language() -> str:
    return (get_language() or "fi")[:2]


def state(decision: Decision, *, by: Actor, at: datetime) -> State:
    """Return how a decision stands on the day of `at`, in the reader's language."""
    day = local_date(at)
    rows = tuple(_part(decision, found) for found in _states(decision))
    way = way_of(decision)
    refusal, found = "", None
    try:
        found = _parity(decision, way, day)
    except Invalid as error:
        refusal = str(error.message)
    holders = powers.holders(decision.kind, decision.unit, day=day)
    return State(
        parts=rows,
        done=sum(row.state == parts.DONE for row in rows),
        of=sum(row.state != parts.NOT_NEEDED for row in rows),
        reasonings=tuple(_used(decision)),
        hints=tuple(hints(decision)),
        parity=found,
        refusal=refusal,
        way=way,
        deciders=tuple(actor.name for actor in holders),
        may_sign=any(actor.pk == by.pk for actor in holders),
    )


def way_of(decision: Decision) -> str:
    """Return the way of delivery that is written in the decision, or the one that reaches the client best."""
    return str(decision.parts.get("delivery", {}).get("way") or proposed_way(decision.case.client))


def _states(decision: Decision) -> tuple[parts.State, ...]:
    language = decision.language if decision.language in words.languages() else "fi"
    return parts.states(letters.kind_of(decision), letters.given(decision, language), letters.facts(decision))


def missing(decision: Decision) -> list[parts.Part]:
    """Return the parts without which the decision is not signed, in order."""
    return [found.part for found in _states(decision) if found.state == parts.MISSING]


def _part(decision: Decision, found: parts.State) -> PartRow:
    lang, part = _language(), found.part
    saved = decision.edits.get(part.key, {})
    return PartRow(
        key=part.key,
        number=part.number,
        name=part.name[lang],
        state=found.state,
        word=found.word(lang),
        ask=part.missing(lang),
        sources=tuple(f"{source.act(lang)} {source.section(lang)}" for source in part.sources),
        wanting=found.fields,
        values=decision.parts.get(part.key, {}),
        source=decision.sources.get(part.key, {}),
        edit=int(saved.get("edit", 0)),
        saved_by=str(saved.get("name", "")),
        saved_at=datetime.fromisoformat(saved["at"]) if saved else None,
        beside=tuple(one for one in decision.beside if one["part"] == part.key),
    )


def _used(decision: Decision) -> Iterator[UsedRow]:
    language = decision.language if decision.language in words.languages() else "fi"
    for used in UsedReasoning.objects.filter(decision=decision).select_related("reasoning").order_by("place"):
        text = used.reasoning
        yield UsedRow(
            text.public_id, text.code, text.version, getattr(used, f"text_{language}"), text.reviewed_at,
            text.replaced_at is not None,
        )  # fmt: skip


def hints(decision: Decision) -> Iterator[HintRow]:
    """Yield the hints on what a person wrote in the decision's language; they block nothing."""
    if decision.language not in plain.languages():
        return
    given = letters.given(decision, decision.language)
    for part, field in WRITTEN:
        text = given.get(part, {}).get(field)
        for hint in plain.hints(text, decision.language) if isinstance(text, str) else ():
            yield _hint(part, field, hint)


def _hint(part: str, field: str, hint: Hint) -> HintRow:
    return HintRow(part, field, hint.start, hint.end, hint.kind, hint.words(_language()), hint.swap)


def _parity(decision: Decision, way: str, day: date) -> Parity | None:
    """Compare the letter with itself in the other language.

    Raises:
        Invalid: the letter cannot be made at all.
    """
    here = letters.of(decision, way, day)
    other = next((lang for lang in words.languages() if lang != decision.language), "")
    if not other:
        return None
    there = letters.of(decision, way, day, language=other)
    names = {part.name[other]: part.name[_language()] for part in parts.parts()}
    here_wanting = {part.name[other] for part in parts.parts() if part.name[decision.language] in here.wanting}
    lacking = tuple(names[name] for name in there.wanting if name not in here_wanting)
    fi, sv = (here, there) if decision.language == "fi" else (there, here)
    county, unit = current().county, decision.unit
    pairs = [(county.get("fi", ""), county.get("sv", "")), (unit.name_fi, unit.name_sv)]
    differences = parity.differences(fi.text, sv.text, [pair for pair in pairs if all(pair)])
    return Parity(other, () if lacking else tuple(differences), lacking)
