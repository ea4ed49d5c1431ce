"""What a page of an assessment shows: plain things, ready for a template, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section in the list: how far it is, and whose part. `state` is untouched, missing, ready or hidden."""

    key: str
    number: str
    title: str
    state: str
    missing: int
    answered: int
    to_check: int
    to_choose: int
    whose: tuple[str, ...]
    mine: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """The sections that are shown; `next` is the key of the first unfinished one after the open one."""

    sections: list[SectionRow]
    done: int
    of: int
    next: SectionRow | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One alternative of a question."""

    key: str
    text: str
    chosen: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class BesideRow:
    """An answer that somebody wrote on top of an older one, waiting for a choice."""

    public_id: str
    text: str
    value: Any
    author: str
    written_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class KnownRow:
    """Something known before: `source_kind` is contact or assessment, `source_at` when it was told or locked."""

    public_id: str
    voice: str
    whose: str
    text: str
    source_kind: str
    source_at: datetime | None
    source_id: str
    state: str
    checked_by: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class VoiceField:
    """One voice's field in a question: what stands, who wrote it, whether this reader may write it.

    `writing_now` names somebody else who has written it within the last seconds; `not_asked` tells why a voice was not
    heard.
    """

    path: str
    voice: str
    label: str
    value: Any
    text: str
    version: int
    source: str
    author: str
    author_title: str
    written_at: datetime | None
    mine: bool
    may_write: bool
    writing_now: str
    not_asked: str
    required: bool
    missing: bool
    choices: list[Choice]
    beside: list[BesideRow]

    @property
    def name(self) -> str:
        """The field's name, unique on its page."""
        return f"{self.path}:{self.voice}" if self.voice else self.path


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One row of a repeating group."""

    number: int
    path: str
    begun: bool
    fields: list[QuestionRow]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as it is asked now. `because` names the question whose answer brought it, and that answer.

    `decides` says that other questions are shown or hidden by its answer. A hidden question's answers are kept;
    `hidden_answers` says how many.
    """

    path: str
    kind: str
    text: str
    hint: str
    number: str
    shown: bool
    decides: bool
    because: tuple[str, str] | None
    hidden_answers: int
    voices: list[VoiceField]
    known: list[KnownRow]
    children: list[QuestionRow]
    rows: list[GroupRow]
    next_row: str
    repeats: bool
    read_only: bool
    units: tuple[str, ...]
    max_length: int | None
    least: str | None
    most: str | None
    total: str
    total_of: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SectionPage:
    """A section with everything in it; `writing_now` names who else is writing in the assessment."""

    key: str
    number: str
    title: str
    hint: str
    questions: list[QuestionRow]
    writing_now: list[str]
    stamp: int
    may_write: bool


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One answer in two versions.

    `state` is same, changed, only_before or only_now; `asked` says how the question itself has fared (alike, otherwise,
    no_longer, newly).
    """

    path: str
    section: str
    text: str
    whose: str
    state: str
    asked: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """An answer in a document: in whose voice, what, from whom it was heard, who wrote it down and when."""

    voice: str
    whose: str
    text: str
    not_asked: str
    source: str
    author: str
    author_title: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A question of a document with what was answered; `depth` is how deep in groups, `row` the row of its group."""

    path: str
    kind: str
    text: str
    depth: int
    row: int
    answers: list[DocumentAnswer]


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """A section of a document: only what was asked and answered."""

    key: str
    number: str
    title: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class DocumentMeasure:
    """An instrument's result in a document."""

    name: str
    done_on: str
    total: str
    band: str


@dataclass(frozen=True, slots=True)
class Document:
    """An assessment as a document, in one language."""

    public_id: str
    form: str
    title: str
    language: str
    version: int
    state: str
    national_id: str
    case_reference: str
    initiated_at: datetime
    started_at: datetime | None
    started_how: str
    ready_at: datetime | None
    locked_at: datetime | None
    locked_by: str
    responsible: str
    unit: str
    special_support: bool | None
    authors: list[tuple[str, str]]
    sections: list[DocumentSection]
    measures: list[DocumentMeasure] = field(default_factory=list)
