"""An assessment's questions as they are laid out and drawn: cells, fields, controls.

A cell is what stands together: a question with the follow-ups that its answer has brought. Cells are half as wide as
the sheet, those with several voices, groups and texts to read are whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from polku.assessments import wording
from polku.assessments.shown import GroupRow, KnownRow, QuestionRow, SectionPage, VoiceField
from polku.assessments.states import Voice
from polku.ui.icons import icon

RADIOS_AT_MOST = 7
LEFT = frozenset({Voice.CLIENT, Voice.CHILD, Voice.PARENT, Voice.NEAR_PERSON})
# Whose words may be left unheard for a reason (1301/2014 37 §).
MAY_BE_UNHEARD = LEFT
TOLD_BY_OTHERS = frozenset({Voice.SOCIAL_WORKER, Voice.NURSE})
EMPTY = mark_safe("")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field whose answer did not fit: why, and what was typed."""

    name: str
    message: str
    typed: QueryDict


@dataclass(frozen=True, slots=True)
class Drawn:
    """One voice's field on the page."""

    field: VoiceField
    id: str
    url: str
    label: str
    group: bool
    control: SafeString
    error: str
    left: bool
    may_be_unheard: bool
    asks_source: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a repeating group."""

    row: GroupRow
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its fields, or with what is in it."""

    question: QuestionRow
    fields: list[Drawn]
    cells: list[Cell] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return len(self.fields) > 1 or self.question.kind in ("group", "display")

    @property
    def missing(self) -> bool:
        """Whether something required is missing here."""
        return any(one.field.missing for one in self.fields)


@dataclass(frozen=True, slots=True)
class Cell:
    """A question and what its answer brought."""

    asked: list[Asked]

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.asked[0].wide


@dataclass(frozen=True, slots=True)
class Told:
    """Something known before, with the question it is about."""

    known: KnownRow
    question: QuestionRow


def cells(page: SectionPage, public_id: str, wrong: Wrong | None = None, adding: str = "") -> list[Cell]:
    """Return a section's questions as they stand on the page; what is not asked now is not there.

    Args:
        adding: the path of a row of a group that has been asked for and holds nothing yet.
    """
    return _Page(public_id, wrong, adding).cells(page.questions)


@dataclass(frozen=True, slots=True)
class _Page:
    public_id: str
    wrong: Wrong | None
    adding: str

    def cells(self, questions: Iterable[QuestionRow]) -> list[Cell]:
        """Return the questions that are asked, those that an answer brought together with it."""
        found: list[Cell] = []
        for question in questions:
            if not question.shown:
                continue
            asked = Asked(
                question,
                [_drawn(question, one, self.public_id, self.wrong) for one in question.voices],
                cells=self.cells(question.children),
                rows=[Row(row, self.cells(row.fields)) for row in self.rows(question)],
            )
            if question.because and found and not asked.wide:
                found[-1].asked.append(asked)
            else:
                found.append(Cell([asked]))
        return found

    def rows(self, group: QuestionRow) -> list[GroupRow]:
        """Return a group's rows, and after them an empty one where that has been asked for."""
        first = next(iter(group.rows), None)
        if first is None or not first.begun or self.adding != group.next_row:
            return group.rows
        number = int(self.adding.rpartition("[")[2].rstrip("]"))
        fields = [_blank(one, first.path, self.adding) for one in first.fields]
        return [*group.rows, GroupRow(number=number, path=self.adding, begun=False, fields=fields)]


def _blank(question: QuestionRow, old: str, new: str) -> QuestionRow:
    """Return a question of another row as in one without answers: what depends on an answer is not asked."""

    def moved(path: str) -> str:
        return new + path.removeprefix(old)

    nothing: dict[str, Any] = {
        "value": None, "text": "", "version": 0, "source": "", "author": "", "author_title": "", "written_at": None,
        "mine": False, "writing_now": "", "not_asked": "", "missing": False, "beside": [],
    }  # fmt: skip
    voices = [
        replace(one, path=moved(one.path), choices=[replace(each, chosen=False) for each in one.choices], **nothing)
        for one in question.voices
    ]
    return replace(
        question, path=moved(question.path), shown=question.shown and question.because is None, because=None, known=[],
        voices=voices, children=[_blank(one, old, new) for one in question.children], rows=[], total="",
    )  # fmt: skip


def known(page: SectionPage) -> list[Told]:
    """Return what is known before about the section's questions, what is to be checked first."""
    found = [Told(one, question) for question in _all(page.questions) if question.shown for one in question.known]
    return sorted(found, key=lambda one: one.known.state != "proposed")


def _all(questions: Iterable[QuestionRow]) -> Iterator[QuestionRow]:
    for question in questions:
        yield question
        yield from _all(question.children)
        for row in question.rows:
            yield from _all(row.fields)


def _drawn(question: QuestionRow, one: VoiceField, public_id: str, wrong: Wrong | None) -> Drawn:
    name = f"a-{one.name}"
    mistaken = wrong if wrong is not None and wrong.name == one.name else None
    url = reverse("assessments:answer", args=[public_id, one.path])
    return Drawn(
        field=one,
        id=name,
        url=f"{url}?{urlencode({'voice': one.voice})}" if one.voice else url,
        label=one.label or question.text,
        group=_is_group(question, one),
        control=_control(question, one, name, mistaken) if one.may_write else EMPTY,
        error=mistaken.message if mistaken else "",
        left=one.voice in LEFT,
        may_be_unheard=one.voice in MAY_BE_UNHEARD,
        asks_source=one.voice in TOLD_BY_OTHERS or bool(one.source),
    )


def _is_group(question: QuestionRow, one: VoiceField) -> bool:
    if question.kind == "choice" and not question.repeats:
        return len(one.choices) <= RADIOS_AT_MOST
    return question.kind in ("boolean", "choices", "choice")


# --- Controls -------------------------------------------------------------------------------------------------------


def _control(question: QuestionRow, one: VoiceField, name: str, wrong: Wrong | None) -> SafeString:
    """Return the control of a field, with what was typed where that did not fit."""
    attrs = {"id": name, "name": "value"}
    if wrong is not None:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
    typed = wrong.typed if wrong is not None else None
    if _is_group(question, one):
        return _group(question, one, attrs, typed)
    if question.kind == "choice":
        return _select(one, attrs, typed)
    text = typed.get("value", "") if typed is not None else written(question, one.value)
    if question.kind == "paragraph" or question.repeats:
        rows = 5 if one.voice else 4
        return format_html(
            '<textarea class="input is-area"{} rows="{}">\n{}</textarea>', _attrs(attrs),
            3 if question.repeats else rows, text,
        )  # fmt: skip
    return _input(question, one, attrs, text, typed)


def _input(
    question: QuestionRow, one: VoiceField, attrs: Mapping[str, str], text: str, typed: QueryDict | None
) -> SafeString:
    width = {"date": " width-s", "integer": " width-s", "decimal": " width-s", "quantity": " width-s"}
    more = {"autocomplete": "off"}
    if question.kind in ("integer", "decimal", "quantity"):
        more["inputmode"] = "numeric" if question.kind == "integer" else "decimal"
    if question.kind == "text":
        more["maxlength"] = str(question.max_length or 500)
    drawn = format_html(
        '<input type="text" class="input{}" value="{}"{}>',
        width.get(question.kind, ""),
        text,
        _attrs({**attrs, **more}),
    )
    if question.kind != "quantity":
        return drawn
    chosen = one.value.get("unit", "") if isinstance(one.value, dict) else ""
    return format_html('<div class="row">{}{}</div>', drawn, _unit(question, attrs["id"], chosen, typed))


def _unit(question: QuestionRow, name: str, chosen: str, typed: QueryDict | None) -> SafeString:
    chosen = typed.get("unit", "") if typed is not None else chosen
    if len(question.units) == 1:
        return format_html(
            '<span>{}</span><input type="hidden" name="unit" value="{}">', question.units[0], question.units[0]
        )
    if not question.units:
        return format_html(
            '<input class="input width-xs" name="unit" value="{}" aria-label="{}" id="{}-unit">',
            chosen,
            _("Unit"),
            name,
        )
    options = format_html_join(
        "", '<option value="{}"{}>{}</option>',
        ((one, mark_safe(" selected") if one == chosen else EMPTY, one) for one in question.units),
    )  # fmt: skip
    return format_html(
        '<span class="select-box width-s"><select class="input is-select" name="unit" aria-label="{}" id="{}-unit">{}'
        "</select>{}</span>",
        _("Unit"), name, options, icon("chevron-down", 20),
    )  # fmt: skip


def _select(one: VoiceField, attrs: Mapping[str, str], typed: QueryDict | None) -> SafeString:
    chosen = typed.get("value", "") if typed is not None else one.value
    options = format_html_join(
        "", '<option value="{}"{}>{}</option>',
        [
            ("", EMPTY, _("Choose")),
            *((c.key, mark_safe(" selected") if c.key == chosen else EMPTY, c.text) for c in one.choices),
        ],
    )  # fmt: skip
    return format_html(
        '<span class="select-box width-l"><select class="input is-select"{}>{}</select>{}</span>', _attrs(attrs),
        options, icon("chevron-down", 20),
    )  # fmt: skip


def _group(question: QuestionRow, one: VoiceField, attrs: Mapping[str, str], typed: QueryDict | None) -> SafeString:
    several = question.kind == "choices" or question.repeats
    kind, box = ("check", "checkbox") if several else ("radio", "radio")
    if question.kind == "boolean":
        now = {True: "true", False: "false"}.get(one.value) if isinstance(one.value, bool) else None
        alternatives = [("true", _("Yes"), now == "true"), ("false", _("No"), now == "false")]
    else:
        alternatives = [(choice.key, choice.text, choice.chosen) for choice in one.choices]
    if not several and not one.required and one.value is not None:
        # What was chosen by mistake can be taken away.
        alternatives.append(("", _("Not answered"), False))
    if typed is not None:
        sent = set(typed.getlist("value"))
        alternatives = [(key, text, key in sent) for key, text, _chosen in alternatives]
    more = {name: value for name, value in attrs.items() if name == "aria-invalid"}
    drawn = format_html_join(
        "", '<div class="{0} choice"><input class="{0}-input" type="{1}" name="value" value="{2}" id="{3}-{2}"{4}{5}>'
        '<label class="{0}-label" for="{3}-{2}">{6}</label></div>',
        (
            (kind, box, key, attrs["id"], mark_safe(" checked") if chosen else EMPTY, _attrs(more), text)
            for key, text, chosen in alternatives
        ),
    )  # fmt: skip
    return format_html('<div class="alternatives">{}</div>', drawn)


def _attrs(attrs: Mapping[str, str]) -> SafeString:
    return format_html_join("", ' {}="{}"', attrs.items())


def written(question: QuestionRow, value: Any) -> str:
    """Return a value as it stands in its field, in the reader's way of writing days and numbers."""
    if value is None or (isinstance(value, dict) and "value" not in value):
        return ""
    if isinstance(value, list):
        return "\n".join(written(question, one) for one in value)
    if isinstance(value, dict):
        return written(question, value["value"])
    if question.kind == "date":
        day = date.fromisoformat(value)
        return f"{day.day}.{day.month}.{day.year}"
    if question.kind in ("integer", "decimal", "quantity"):
        return wording.number(value, (get_language() or "fi")[:2]).replace("\u2212", "-")
    return str(value)
