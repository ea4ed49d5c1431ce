"""What stands around a section: whose assessment, what was said first, the clocks, and the one act that comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Actor
from polku.access.permissions import can
from polku.assessments import published, queries, voices
from polku.assessments.models import Assessment
from polku.assessments.shown import Outline, SectionRow
from polku.assessments.states import OPEN, AssessmentState
from polku.cases.queries import own_worker
from polku.clients import queries as clients
from polku.contacts import queries as contacts
from polku.deadlines import faces
from polku.deadlines import queries as deadlines
from polku.deadlines.models import Clock
from polku.deadlines.states import Stop
from polku.kit.localtime import local_date
from polku.ui import clocks as ui
from polku.ui import words

OF_ASSESSING = frozenset({Stop.ASSESSMENT_STARTED, Stop.ASSESSMENT_COMPLETED})
OTHERS_AT_MOST = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in the latest contact, with when and how."""

    text: str
    source: str
    contact: str


@dataclass(frozen=True, slots=True)
class Band:
    """The clock of the page, and at most two others."""

    clock: ui.Clock
    others: list[ui.Clock]


@dataclass(frozen=True, slots=True)
class Next:
    """The page's one button: a way on, or an act. With `reason` it cannot work now, and says why."""

    text: str
    url: str
    act: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A section in the list, with its state in words; `tone` is done, soon or empty."""

    section: SectionRow
    url: str
    words: str
    tone: str
    current: bool


def title(row: Assessment) -> str:
    """Return the page's job."""
    if row.state == AssessmentState.LOCKED:
        return _("Read the assessment")
    if published.is_assessment_of_needs(published.of(row)):
        return _("Assess the need of services")
    return _("Fill in: %(form)s") % {"form": row.form.title}


def facts(row: Assessment, *, at: datetime) -> str:
    """Return whose assessment it is: name and age."""
    client = clients.root(row.case.client)
    age = clients.age(client, day=local_date(at))
    name = words.person(client)
    return f"{name}, " + _("%(age)s y") % {"age": age} if age is not None else name


def side(row: Assessment, *, at: datetime) -> str:
    """Return what stands at the right of the heading: form and version, unit, own worker."""
    worker = own_worker(row.case, day=local_date(at))
    parts = [
        row.form.title,
        _("version %(number)s") % {"number": row.version} if row.version > 1 else "",
        row.case.unit.name,
        _("own worker %(name)s") % {"name": worker.name} if worker is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def said(row: Assessment, *, by: Actor, at: datetime) -> Said | None:
    """Return what was said in the latest contact that the reader may read."""
    people = clients.same_person([row.case.client_id])
    found = next(iter(contacts.said_by(people, by=by, at=at, limit=1)), None)
    if found is None:
        return None
    source = _("Contact %(day)s (%(way)s):") % {
        "day": words.short_day(found.contact.received_at),
        "way": str(found.contact.get_channel_display()).lower(),
    }
    return Said(found.text, source, found.contact.public_id)


def band(row: Assessment, *, at: datetime) -> Band | None:
    """Return the nearest clock of assessing, running before met, with the case's other clocks beside it."""
    rows = deadlines.of_item(row.case.work_item)
    mine = [clock for clock in rows if _stops(clock) in OF_ASSESSING]
    if not mine:
        return None
    first = next((clock for clock in mine if clock.met_at is None), mine[-1])
    others = [clock for clock in (*mine, *rows) if clock is not first]
    beside = list(dict.fromkeys(others))[:OTHERS_AT_MOST]
    return Band(faces.shown(first, at=at), [faces.shown(clock, at=at) for clock in beside])


def _stops(clock: Clock) -> str:
    return clock.spec.stops_at["key"] if clock.spec is not None else clock.met_what


def lines(row: Assessment, outline: Outline, opened: str) -> list[Line]:
    """Return the list of sections in words."""
    return [
        Line(
            section,
            reverse("assessments:section", args=[row.public_id, section.key]),
            *_how_far(section, written=row.state in OPEN),
            current=section.key == opened,
        )
        for section in outline.sections
    ]


def _how_far(section: SectionRow, *, written: bool) -> tuple[str, str]:
    if not written and section.state == "untouched":
        return _("left empty"), ""
    if section.to_choose:
        return _("two answers"), "soon"
    if section.missing and section.state != "untouched":
        return ngettext("%(n)s missing", "%(n)s missing", section.missing) % {"n": section.missing}, ""
    if section.state == "ready":
        return _("ready"), "done"
    if not section.mine:
        return _("part of: %(who)s") % {"who": ", ".join(section.whose)}, ""
    return _("not begun"), ""


def next_act(row: Assessment, outline: Outline, *, by: Actor, at: datetime) -> Next | None:
    """Return the page's one button: the next unfinished section, then ready, then lock, then going on."""
    may_finish = can(by, "assessments.finish", row, at=at)
    if row.state == AssessmentState.DRAFT:
        return _to_write(row, outline, may_finish, by=by, at=at)
    if row.state == AssessmentState.READY:
        url = reverse("assessments:lock", args=[row.public_id])
        return Next(_("Lock the assessment"), url, act=True, reason=_why_not(row, may_finish, by=by, at=at))
    if row.state == AssessmentState.LOCKED and can(by, "assessments.plan", row.case, at=at):
        return Next(_("Go on to the plan"), reverse("assessments:plans", args=[row.case.public_id]))
    return None


def _to_write(row: Assessment, outline: Outline, may_finish: bool, *, by: Actor, at: datetime) -> Next:
    lacking = any(section.missing or section.to_choose for section in outline.sections)
    if outline.next is not None and (lacking or not may_finish):
        return Next(
            _("Go on to %(part)s") % {"part": f"{outline.next.number} {outline.next.title}"}, _part(row, outline)
        )
    url = reverse("assessments:ready", args=[row.public_id])
    return Next(_("Mark as ready"), url, act=True, reason=_why_not(row, may_finish, by=by, at=at))


def _part(row: Assessment, outline: Outline) -> str:
    return reverse("assessments:section", args=[row.public_id, outline.next.key]) if outline.next is not None else ""


def optional_part(row: Assessment, outline: Outline, act: Next | None) -> Next | None:
    """Return the way to a part that may be left unanswered, when the button already marks the whole ready."""
    if row.state != AssessmentState.DRAFT or outline.next is None or act is None or not act.act:
        return None
    return Next(f"{outline.next.number} {outline.next.title}", _part(row, outline))


def _why_not(row: Assessment, may_finish: bool, *, by: Actor, at: datetime) -> str:
    """Return why this reader cannot finish now; empty when nothing is in the way."""
    if not may_finish:
        return _("A professional of social care marks it ready and locks it.")
    if row.started_at is None and published.is_assessment_of_needs(published.of(row)):
        return _("Record first when and how assessing began.")
    if row.special_support and not voices.is_social_worker_in_office(by, at=at):
        return _("Special support: a social worker in office is responsible (1301/2014 36.5 §).")
    return ""


def how_far(outline: Outline) -> str:
    """Return what is still missing before the assessment can be locked."""
    left = outline.of - outline.done
    if not left:
        return ""
    if not any(section.missing or section.to_choose for section in outline.sections):
        return _("Nothing required is missing.")
    return ngettext(
        "It can be locked when the last part is ready.", "It can be locked when the other %(n)s parts are ready.", left
    ) % {"n": left}


def first_open(row: Assessment, *, by: Actor, at: datetime) -> str:
    """Return the section with which one goes on: the first unfinished one, else the first."""
    outline = queries.sections(row, by=by, at=at)
    if row.state == AssessmentState.DRAFT and outline.next is not None:
        return outline.next.key
    return outline.sections[0].key


def opened_in(outline: Outline, key: str) -> bool:
    """Tell whether a section is among those that are shown."""
    return any(section.key == key for section in outline.sections)


def writers(names: Sequence[str], me: bool) -> str:
    """Return who is writing now in a sentence; empty when it is only the reader."""
    if not names:
        return ""
    whole = [_("you"), *names] if me else list(names)
    if len(whole) == 1:
        return _("Writing now: %(names)s") % {"names": whole[0]}
    return _("Writing now: %(names)s and %(last)s") % {"names": ", ".join(whole[:-1]), "last": whole[-1]}
