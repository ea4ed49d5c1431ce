"""A form as data: sections, questions, code lists and conditions, in languages; made by `reading.read`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Words = Mapping[str, str]

LANGUAGES = ("fi", "sv", "en")
# Several people may answer one question, each in a field of their own (feature A3). SHARED is the one answer of a
# question that has no voices: whoever fills the section in writes it.
SHARED = ""
VOICES = ("client", "child", "parent", "near_person", "social_worker", "nurse")
FILLERS = ("worker", *VOICES)
KINDS = (
    "text",
    "paragraph",
    "boolean",
    "choice",
    "choices",
    "date",
    "integer",
    "decimal",
    "quantity",
    "group",
    "display",
    "score",
)
CODED = ("choice", "choices")
COUNTED = ("integer", "decimal")
UNANSWERED = ("group", "display", "score")  # kinds that nobody writes an answer to
OPERATORS = ("exists", "=", "!=", ">", "<", ">=", "<=")
HOLDS = ("coding", "text", "integer", "date")


@dataclass(frozen=True, slots=True)
class Concept:
    """What a question or a section is in somebody's code system, e.g. LOINC."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list: our own key, words, and the national code where it is known."""

    key: str
    texts: Words
    national: str | None = None
    score: Decimal | None = None
    alone: bool = False  # chosen, it leaves room for no other ("none of these")
    system: str = ""  # where the code is from, if not from the list's own system
    code: str = ""  # as it is written there, if not as the key


@dataclass(frozen=True, slots=True)
class CodeList:
    """The values that a question may have. `national_set` is the identifier of the national code set (an OID)."""

    key: str
    codes: tuple[Code, ...]
    national_set: str = ""
    system: str = ""
    holds: str = "coding"
    inline: bool = False  # belongs to one question only and is written with it in FHIR

    def code(self, key: str) -> Code | None:
        """Return the code by its key, or None."""
        return next((code for code in self.codes if code.key == key), None)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: another question's path, an operator, and the value that it is compared with."""

    question: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class When:
    """When a section or a question is shown: when every one of the terms holds, or any one."""

    every: bool
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, group of questions, text to read or calculated score. `path` is its place in the definition."""

    key: str
    path: str
    kind: str
    texts: Words
    hints: Words = field(default_factory=dict)
    required: tuple[str, ...] = ()  # the voices without whose answer the form is not ready
    repeats: bool = False
    codes: str = ""
    when: When | None = None
    filled_by: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    national_set: str = ""
    prefill: str = ""
    children: tuple["Question", ...] = ()
    max_length: int | None = None
    least: str | None = None
    most: str | None = None
    units: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    read_only: bool = False
    number: str = ""
    concepts: tuple[Concept, ...] = ()
    link: str = ""  # the linkId it had where it came from, if that is not its path

    @property
    def answered_by(self) -> tuple[str, ...]:
        """Return the voices that the question has a field for; none for a group, a score and a text to read."""
        return () if self.kind in UNANSWERED else self.voices or (SHARED,)

    @property
    def rows(self) -> bool:
        """Say whether it is a group that may be filled in several times."""
        return self.kind == "group" and self.repeats


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form that is saved, counted and handed to somebody as one."""

    key: str
    titles: Words
    questions: tuple[Question, ...]
    filled_by: tuple[str, ...] = ("worker",)
    when: When | None = None
    hints: Words = field(default_factory=dict)
    number: str = ""
    concepts: tuple[Concept, ...] = ()
    link: str = ""
    bare: bool = False  # came from a questionnaire where its questions stand in no group

    @property
    def path(self) -> str:
        """Return the section's path: its key."""
        return self.key


@dataclass(frozen=True)
class Definition:
    """A form in one version; a version that has been published never changes (feature A1)."""

    key: str
    version: str
    titles: Words
    sections: tuple[Section, ...]
    code_lists: Mapping[str, CodeList] = field(default_factory=dict)
    national_id: str = ""
    instruments: tuple[str, ...] = ()
    languages: tuple[str, ...] = LANGUAGES
    url: str = ""
    concepts: tuple[Concept, ...] = ()
    index: Mapping[str, Question] = field(init=False, compare=False, repr=False)
    of_section: Mapping[str, Section] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {question.path: question for question in self.questions()})
        object.__setattr__(self, "of_section", {section.key: section for section in self.sections})

    def questions(self) -> Iterator[Question]:
        """Yield every question in the order of the form, groups before what is in them."""
        for section in self.sections:
            yield from walk(section.questions)

    def section(self, path: str) -> Section:
        """Return the section that a path of this definition lies in."""
        return self.of_section[path.partition(".")[0]]

    def code_list(self, question: Question) -> CodeList:
        """Return the code list of a choice."""
        return self.code_lists[question.codes]

    def filled_by(self, question: Question) -> tuple[str, ...]:
        """Return who fills the question in: as it says itself, or else as its nearest group or its section says."""
        path = question.path
        while path in self.index:
            if self.index[path].filled_by:
                return self.index[path].filled_by
            path = path.rpartition(".")[0]
        return self.section(question.path).filled_by


def walk(questions: tuple[Question, ...]) -> Iterator[Question]:
    """Yield the questions and what is in them, in order."""
    for question in questions:
        yield question
        yield from walk(question.children)
