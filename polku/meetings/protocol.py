"""Minutes as a document in the reader's language: drawn from what was kept, never from what is true today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.kit.errors import NotFound
from polku.meetings.models import Minutes
from polku.meetings.states import Basis, Fulfilled, Ground, MemberRole, Outcome
from polku.ui import words

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody at the meeting: name, title, part, from when until when; without times whoever was not there."""

    name: str
    title: str
    part: str
    hours: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A criterion in the minutes."""

    name: str
    label: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in the minutes.

    Attributes:
        times: "13.02–13.11, 9 min (planned 10)".
        decides: who decides on what the group has weighed; empty where nothing is decided.
        disqualified: one sentence each.
    """

    number: int
    client: str
    reference: str
    service: str
    basis: str
    question: str
    presenter: str
    chair: str
    times: str
    outcome: str
    granted: str
    reason: str
    decides: str
    moved_to: str
    assessment: str
    criteria: tuple[Weighed, ...]
    disqualified: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The minutes of a meeting, ready to be drawn and printed."""

    public_id: str
    version: int
    newest: bool
    title: str
    unit: str
    when: str
    place: str
    chair: str
    present: tuple[Present, ...]
    absent: tuple[Present, ...]
    breaks: tuple[str, ...]
    entries: tuple[Entry, ...]
    note: str
    written: str
    checked: str
    preparation: str


def get(public_id: str, *, by: Actor, at: datetime) -> Minutes:
    """Return minutes.

    Raises:
        NotFound: they are not there, or not the actor's to read.
    """
    rows = Minutes.objects.select_related("meeting__series__unit", "written_by", "checked_by")
    row = visible_to(by, "meetings.read_minutes", rows, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no_minutes", gettext_lazy("These minutes were not found."))
    return row


def document(minutes: Minutes) -> Document:
    """Return minutes in the reader's language."""
    content: Mapping[str, Any] = minutes.content
    later = Minutes.objects.filter(meeting_id=minutes.meeting_id, version__gt=minutes.version)
    return Document(
        public_id=minutes.public_id,
        version=minutes.version,
        newest=not later.exists(),
        title=_in_language(content["series"]),
        unit=_in_language(content["unit"]),
        when=f"{words.moment(_moment(content['began_at']))}–{words.digits(_moment(content['ended_at']))}",
        place=content["place"],
        chair=content["chair"].get("name", ""),
        present=tuple(_present(one) for one in content["present"]),
        absent=tuple(_present(one) for one in content["absent"]),
        breaks=tuple(_hours(*one) for one in content["breaks"]),
        entries=tuple(_entry(one) for one in content["items"]),
        note=minutes.note,
        written=_signed(minutes.written_at, minutes.written_by),
        checked=_signed(minutes.checked_at, minutes.checked_by) if minutes.checked_by else "",
        preparation=_("The meeting prepares. A named office-holder decides and signs."),
    )


def _entry(one: Mapping[str, Any]) -> Entry:
    outcome = str(Outcome(one["outcome"]).label) if one["outcome"] else ""
    locked = _moment(one["assessment"].get("locked_at", ""))
    return Entry(
        number=one["number"],
        client=one["client"],
        reference=one["reference"],
        service=_in_language(one["service"]),
        basis=str(Basis(one["basis"]).label),
        question=one["question"],
        presenter=one["presenter"].get("name", ""),
        chair=one["chair"].get("name", ""),
        times=_times(one),
        outcome=outcome,
        granted=_in_language(one["granted"]),
        reason=one["reason"],
        decides=", ".join(part for part in (one["decider"].get("name", ""), _title(one["decider"])) if part),
        moved_to=words.moment(_moment(one["moved_to"])),
        assessment=_("Assessment locked %(day)s") % {"day": words.day(locked)} if locked else "",
        criteria=tuple(_weighed(each) for each in one["criteria"]),
        disqualified=tuple(_disqualified(each) for each in one["disqualified"]),
    )


def _weighed(one: Mapping[str, Any]) -> Weighed:
    name = _in_language(one) or one["path"]
    return Weighed(name, str(Fulfilled(one["fulfilled"]).label), one["reason"], one["by"])


def _times(one: Mapping[str, Any]) -> str:
    if not one["opened_at"]:
        return ""
    used = (one["used_seconds"] + _MINUTE // 2) // _MINUTE
    return _("%(hours)s, %(used)s min (planned %(planned)s)") % {
        "hours": _hours(one["opened_at"], one["settled_at"]), "used": used, "planned": one["planned"],
    }  # fmt: skip


def _disqualified(one: Mapping[str, Any]) -> str:
    ground = ". ".join(part for part in (str(Ground(one["ground"]).label), one["note"]) if part)
    left = _moment(one["left_at"])
    if left is None:
        return _("%(name)s was disqualified: %(ground)s") % {"name": one["name"], "ground": ground}
    return _("%(name)s was disqualified and left %(time)s: %(ground)s") % {
        "name": one["name"], "time": words.clock_time(left), "ground": ground,
    }  # fmt: skip


def _present(one: Mapping[str, Any]) -> Present:
    hours = _hours(one["came_at"], one["left_at"]) if one.get("came_at") else ""
    return Present(one["name"], _title(one), str(MemberRole(one["role"]).label), hours)


def _title(one: Mapping[str, Any]) -> str:
    return str(one.get(f"title_{words.language()}") or one.get("title_fi") or "")


def _in_language(texts: Mapping[str, Any]) -> str:
    return str(texts.get(words.language()) or texts.get("fi") or "")


def _hours(first: str, last: str) -> str:
    return f"{words.digits(_moment(first))}–{words.digits(_moment(last))}"


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _signed(moment: datetime | None, by: Actor | None) -> str:
    return ", ".join(part for part in (words.moment(moment), by.name if by else "") if part)
