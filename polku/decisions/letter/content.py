"""What stands in a letter: put together from a decision's written parts and the standard words of its language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from polku.decisions.letter.errors import LetterError
from polku.kit.localtime import local
from polku.rules.decisions import parts, review, words
from polku.rules.decisions.parts import Given, Kind
from polku.rules.decisions.review import Paragraph, Period, Where
from polku.rules.errors import RuleError


@dataclass(frozen=True, slots=True)
class Section:
    """A side heading with its text; `lead` goes first, in bold. `missing` is a part that has not been written yet."""

    label: str
    lines: tuple[str, ...] = ()
    lead: str = ""
    items: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed and when; the words of the office in the letter's language."""

    name: str
    office: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """The authority as it stands at the head and foot of a letter, in the letter's language.

    Without `foot` county and unit stand at the foot as they are.
    """

    county: str
    unit: str
    web: str
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it goes to paper. Everything is words already; nothing is looked up any more.

    Attributes:
        address: the lines for the envelope's window; none when the address is protected or the letter is handed over.
        box: the last day of the review, with the word before it.
        wanting: the names of the parts that are missing; a letter that wants anything is a draft.
    """

    language: str
    title: str
    kind: str
    day: date
    diary: str
    secret: str
    sender: Sender
    address: tuple[str, ...]
    sections: tuple[Section, ...]
    signature: Signature | None
    signed: str
    attachment: Section
    review_title: str
    review_lead: str
    box: tuple[str, str]
    review: tuple[Section, ...]
    page_number: str
    draft_word: str
    missing_word: str
    wanting: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The letter in plain words, a line for each heading and paragraph; what two languages are compared by."""
        head = (self.sender.county, self.sender.unit, self.kind, words.day(self.day), self.diary, *self.address)
        signed = (self.signature.name, self.signature.office, self.signed) if self.signature else (self.signed,)
        told = [*head, self.title, *_told(self.sections), *signed, *_told((self.attachment,))]
        told += [self.review_title, self.review_lead, " ".join(self.box), *_told(self.review)]
        return "\n".join(line for line in told if line)


def _told(sections: Sequence[Section]) -> list[str]:
    return [
        line
        for section in sections
        for line in (section.label, section.lead, *section.items, *section.lines, *section.after)
    ]


def compose(
    kind: Kind,
    given: Given,
    language: str,
    *,
    day: date,
    diary: str,
    sender: Sender,
    period: Period,
    address: Sequence[str] = (),
    signature: Signature | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Letter:
    """Return the letter of a decision.

    Args:
        kind: service and outcome.
        given: the written parts, in the letter's language (`polku.rules.decisions.parts`); `reasons.library` is a list
            of texts, `review.closes` a time, days are dates.
        period, facts: the review period by the way of delivery; see `parts.states`.

    Raises:
        LetterError: there is no template in the language, it has a hole, or the service would end before it begins.
    """
    told = _words(language)
    states = parts.states(kind, given, facts)
    writer = _Writer(kind, given, language, told, states)
    page, review_words = told["page"], told["review"]
    return Letter(
        language=language,
        title=words.title(kind, language),
        kind=page["kind"],
        day=day,
        diary=diary,
        secret=page["secret"],
        sender=sender,
        address=tuple(address),
        sections=writer.sections(),
        signature=signature,
        signed=_signed(signature, page),
        attachment=Section(told["labels"]["attachment"], (review_words["title"],)),
        review_title=review_words["title"],
        review_lead=review_words["lead"],
        box=(review_words["box_word"], writer.box(period)),
        review=writer.review(period),
        page_number=page["number"],
        draft_word=page["draft"],
        missing_word=page["missing"],
        wanting=tuple(state.part.name[language] for state in states if state.state == parts.MISSING),
    )


def _words(language: str) -> Mapping[str, Any]:
    try:
        return words.letter(language)
    except RuleError as error:
        holes, known = error.facts.get("holes"), ", ".join(words.languages())
        wanted = ", ".join(holes) if isinstance(holes, list) else ""
        raise LetterError(error.code, language=language, known=known, holes=wanted) from error


def _signed(signature: Signature | None, page: Mapping[str, str]) -> str:
    if signature is None:
        return page["not_signed"]
    at = local(signature.at)
    return page["signed"].format(day=words.day(at.date()), time=words.clock(at.time()))


@dataclass(frozen=True)
class _Writer:
    """Writes the sections of one letter; a part that is missing becomes a hole."""

    kind: Kind
    given: Given
    language: str
    told: Mapping[str, Any]
    states: tuple[parts.State, ...]

    @property
    def wanting(self) -> set[str]:
        """The keys of the parts that are missing."""
        return {state.part.key for state in self.states if state.state == parts.MISSING}

    @property
    def needless(self) -> set[str]:
        """The keys of the parts that this decision does not need."""
        return {state.part.key for state in self.states if state.state == parts.NOT_NEEDED}

    def sections(self) -> tuple[Section, ...]:
        """The letter's sections, the outcome first."""
        found = [
            self._resolution(),
            self._written("party", self._party),
            self._written("initiation", self._initiation),
            self._written("findings", self._text),
            self._written("clients_view", self._text),
            self._written("reasons", self._reasons),
            self._deviation(),
            self._late(),
            self._written("provisions", self._text),
            self._written("fees", self._text),
            self._written("information", self._information),
        ]
        return tuple(section for section in found if section is not None)

    def _written(self, key: str, write: Any) -> Section | None:
        if key in self.needless:
            return None
        label = self.told["labels"][key]
        if key in self.wanting:
            return Section(label, missing=True)
        return Section(label, write(key))

    def _text(self, key: str) -> tuple[str, ...]:
        return _lines(self.given[key]["text"])

    def _resolution(self) -> Section:
        label = self.told["labels"]["resolution"]
        if "resolution" in self.wanting:
            return Section(label, missing=True)
        given = self.given.get("resolution", {})
        ends = None if given.get("until_further") else given.get("ends_on")
        try:
            lead = words.resolution(self.kind, self.language, starts_on=given.get("starts_on"), ends_on=ends)
        except RuleError as error:
            raise LetterError("wrong_days") from error
        text = [" ".join(_lines(given.get("text", "")))]
        by = self.given.get("execution", {}).get("by")
        if by is not None and "execution" not in self.needless:
            text.append(words.execution(self.kind, self.language, by))
        more = [" ".join(filter(None, text))]
        if given.get("conditional") and given.get("conditions"):
            more.append(self.told["conditions"].format(text=given["conditions"]))
        return Section(label, tuple(filter(None, more)), lead)

    def _party(self, key: str) -> tuple[str, ...]:
        given = self.given[key]
        born = given.get("identity_code") or self.told["born"].format(born_on=words.day(given["born_on"]))
        return (f"{given['name']}, {born}",)

    def _initiation(self, key: str) -> tuple[str, ...]:
        given = self.given[key]
        return (words.matter(self.kind, self.language, on=given["on"], how=given["how"]),)

    def _reasons(self, key: str) -> tuple[str, ...]:
        given = self.given[key]
        return tuple(line for text in (*given.get("library", ()), given.get("own", "")) for line in _lines(text))

    def _deviation(self) -> Section | None:
        deviates = self.given.get("deviation", {}).get("deviates")
        if deviates is False:
            return None
        return self._written("deviation", self._text)

    def _late(self) -> Section | None:
        given = self.given.get("execution", {})
        if "execution" in self.needless:
            return None
        if "execution" in self.wanting:
            return Section(self.told["labels"]["late" if given.get("by") else "execution"], missing=True)
        because = given.get("late_because", "")
        return Section(self.told["labels"]["late"], _lines(because)) if because.strip() else None

    def _information(self, key: str) -> tuple[str, ...]:
        given = self.given[key]
        name = " ".join(filter(None, (given.get("role", ""), given["name"])))
        first = self.told["information"].format(name=name, office=given["office"], phone=given["phone"])
        return (", ".join(filter(None, (first, given.get("email", "")))),)

    def _where(self) -> Where | None:
        given = self.given.get("review", {})
        if "review" in self.wanting:
            return None
        return Where(**{name: given[name] for name in Where._fields})

    def box(self, period: Period) -> str:
        """What stands in the box: the last day, or a dash while the registry's closing time is not known."""
        where = self._where()
        return period.box(self.language, where.closes) if where else "–"

    def review(self, period: Period) -> tuple[Section, ...]:
        """The review instructions."""
        where = self._where()
        if where is None:
            return (Section(self.told["review"]["labels"]["where"], missing=True),)
        found: tuple[Paragraph, ...] = review.instructions(period, where, self.language)
        return tuple(Section(p.label, p.lines, items=p.items, after=p.after) for p in found)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
