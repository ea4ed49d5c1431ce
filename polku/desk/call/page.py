"""What the call desk shows, put together from the stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from polku.access.models import Actor, Unit
from polku.access.permissions import visible_to
from polku.clients.models import Client
from polku.contacts import queries as contacts
from polku.contacts.models import Contact, StaleDraft
from polku.contacts.states import LIVE, ContactState, LegalKind
from polku.desk.call import given as giving
from polku.desk.call.channels import WORDS, Words
from polku.desk.call.forms import NONE_APPLY, CallForm
from polku.desk.call.given import Bar, Note
from polku.desk.call.people import caller
from polku.desk.call.telling import initial, keep
from polku.desk.clocks import preview
from polku.desk.strip import my_contacts
from polku.kit.errors import Conflict, NotFound, Refused
from polku.kit.localtime import local_date
from polku.triage import actions as triage
from polku.triage.routing import route_of
from polku.ui import words
from polku.ui.clocks import Clock
from polku.ui.fields import at_field
from polku.ui.icons import icon

# The fields behind "Way, kind, language, arrival": it stands open when something is wrong in one of them.
DETAILS = frozenset(
    {
        "channel", "legal_kind", "received_on", "received_time", "consent", "preferred_way", "language",
        "interpreter_language", "municipality", "age", "application", "no_consent_reason", "facts",
    }
)  # fmt: skip


@dataclass(slots=True)
class Desk:
    """The whole desk of a contact, or (from `given`) its right side."""

    contact: Contact
    clocks: list[Clock]
    verdict: str
    direction: str
    direction_why: str
    signature: str
    unit: Unit | None = None
    form: CallForm | None = None
    version: int = 0
    saved_at: datetime | None = None
    stale: list[StaleDraft] = field(default_factory=list)
    focus: str = ""
    details_open: bool = False
    urgent: bool = False

    @property
    def reason_optional(self) -> bool:
        """Whether the reason for a missing consent may stay empty (1301/2014 35 § 2 mom.: a notification needs it)."""
        return self.contact.legal_kind != LegalKind.NOTIFICATION

    @property
    def words(self) -> Words:
        """What the contact and its person are called."""
        return WORDS[self.contact.channel]

    @property
    def arrival(self) -> str:
        """`Puhelin, alkoi ti 24.11.2026 klo 9.06.`, of what was sent `Sähköinen lomake, saapui ...`."""
        facts = {"way": self.contact.get_channel_display(), "time": words.moment(self.contact.received_at)}
        said = _("%(way)s, began %(time)s.") if self.contact.channel in LIVE else _("%(way)s, arrived %(time)s.")
        return said % facts

    @property
    def details_line(self) -> str:
        """The choices behind the closed details, in a line."""
        contact = self.contact
        parts = [contact.get_channel_display(), contact.get_legal_kind_display().split(",")[0]]
        return ", ".join(str(part) for part in parts)

    @property
    def need_control(self) -> SafeString:
        """The choice of what the contact is about, drawn without its label."""
        if self.form is None:
            return SafeString("")
        control = self.form["need"].as_widget(attrs={"class": "input is-select"})
        return format_html('<span class="select-box">{}{}</span>', control, icon("chevron-down", 20))

    @property
    def criteria(self) -> list[tuple[str, str, bool, str]]:
        """The urgency criteria: key, name, whether ticked, the digit that ticks it."""
        if self.form is None:
            return []
        ticked = set(self.form["criteria"].value() or [])
        choices = list(self.form.fields["criteria"].choices)  # type: ignore[attr-defined]
        return [
            (key, str(name), key in ticked, "0" if key == NONE_APPLY else str(number) if number < 6 else "")
            for number, (key, name) in enumerate(choices, start=1)
        ]


def mine(public_id: str, *, by: Actor, at: datetime) -> Contact:
    """Return a contact that the actor may write.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    rows = Contact.objects.select_related("work_item", "work_item__assignee", "unit", "municipality")
    found = visible_to(by, "contacts.write", rows, at=at).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such contact, or it is not yours to see."))
    return found


def given(contact: Contact, *, by: Actor, at: datetime) -> Desk:
    """Return what the system gives back for what is known now."""
    route = route_of(contact, day=local_date(at))
    why = reverse("desk:why", args=[contact.public_id, "RULE"])
    day = giving.promise_day(contact)
    urgent = verdict(contact)
    return Desk(
        contact=contact,
        clocks=preview(contact, at=at, why_url=why),
        verdict=_("Not assessed") if urgent is None else _("Urgent") if urgent else _("Not urgent"),
        direction=_("Goes to: %(unit)s.") % {"unit": route.unit.name},
        direction_why=route.steps[-1].sentence,
        signature=f"{route.unit.key}.{contact.need}.{day}.{contact.language}.{contact.municipality_id}",
        unit=route.unit,
        urgent=bool(urgent),
    )


def verdict(contact: Contact) -> bool | None:
    """Return whether it is urgent as ticked now, else as assessed; None while nobody has said."""
    draft = contacts.draft(contact)
    ticked = (draft.fields.get("criteria") or []) if draft else []
    if ticked:
        return any(key != NONE_APPLY for key in ticked)
    last = triage.latest(contact)
    return None if last is None else last.urgent


def version_of(contact: Contact) -> int:
    """Return the version of the draft as it stands."""
    draft = contacts.draft(contact)
    return draft.version if draft else 0


def whole(
    contact: Contact, *, by: Actor, at: datetime, query: Mapping[str, str], wrong: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return everything of the page; `wrong` says by field what was refused just now."""
    draft = contacts.draft(contact)
    desk = given(contact, by=by, at=at)
    desk.form = CallForm(initial=initial(contact, draft), day=local_date(at))
    desk.form.cleaned_data = {}
    for name, text in (wrong or {}).items():
        if name in desk.form.fields:
            desk.form.add_error(name, text)
    desk.details_open = not DETAILS.isdisjoint(wrong or {})
    desk.version = draft.version if draft else 0
    desk.saved_at = draft.saved_at if draft and draft.version else None
    desk.stale = contacts.stale_drafts(contact)
    section = caller(contact, by=by, at=at)
    desk.focus = "said" if section.card is not None and not (draft and draft.said) else ""
    around = neighbours(contact, by=by)
    return {
        "title": _("Answer the contact"),
        "desk": desk,
        "caller": section,
        "times": giving.times(
            contact, by=by, at=at, direction=desk.unit, wanted=query.get("kind", ""), mode=query.get("mode", "")
        ),
        "bar": giving.bar(contact, by=by, at=at),
        "before": around[0],
        "after": around[1],
    }


def times_part(
    contact: Contact,
    *,
    by: Actor,
    at: datetime,
    query: Mapping[str, str],
    note: Note | None = None,
    with_bar: bool = False,
    ended: bool = False,
) -> dict[str, Any]:
    """Return the section of free times, with the bar when a time has been held or (`ended`) its hold has run out."""
    desk = given(contact, by=by, at=at)
    times = giving.times(
        contact,
        by=by,
        at=at,
        direction=desk.unit,
        wanted=query.get("kind", ""),
        mode=query.get("mode", ""),
        note=note,
    )
    if ended:
        times.note = giving.ended(contact, times, by=by, at=at) or times.note
    bar = giving.bar(contact, by=by, at=at, oob=True) if with_bar else Bar()
    return {"desk": desk, "times": times, "bar": bar}


def settle(contact: Contact, data: QueryDict, *, by: Actor, at: datetime) -> None:
    """Keep the form for good before the worker acts on the contact.

    Raises:
        Refused: what the law asks for is missing, or somebody else wrote at the same time.
    """
    kept = keep(contact, data, by=by, at=at, final=True)
    if kept.saved.stale:
        raise Conflict(
            "written_meanwhile",
            _("Somebody else wrote here at the same time. Nothing is lost: both texts are below. Read them and go on."),
            field="said",
        )
    if kept.error is not None:
        raise kept.error
    if kept.form.errors:
        name, texts = next(iter(kept.form.errors.items()))
        raise Refused("field_wrong", at_field(kept.form[name].label, texts[0]), field=name)


def client_of(contact: Contact) -> Client | None:
    """Return the client whom the contact is about, when they are known."""
    party = contacts.concerned(contact)
    return party.client if party else None


def neighbours(contact: Contact, *, by: Actor) -> tuple[str, str]:
    """Return the addresses of the open contacts before and after this one in the strip; it is a ring."""
    ids = [row.public_id for row in my_contacts(by)]
    if contact.public_id not in ids or len(ids) < 2:
        return "", ""
    here = ids.index(contact.public_id)
    return (
        reverse("desk:call", args=[ids[here - 1]]),
        reverse("desk:call", args=[ids[(here + 1) % len(ids)]]),
    )


def next_open(contact: Contact, *, by: Actor) -> str:
    """Return the id of another contact that is being talked, if any."""
    rows = my_contacts(by).exclude(pk=contact.pk).exclude(state=ContactState.PARKED)
    found = rows.order_by("-created_at").first()
    return found.public_id if found else ""
