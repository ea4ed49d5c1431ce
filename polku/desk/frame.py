"""What stands around every staff page: navigation by role, my open contacts, the urgent one of the duty worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import TypeVar, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from polku.access.models import Actor, Organisation
from polku.access.permissions import may_ever
from polku.access.states import OrganisationKind
from polku.asking import Question
from polku.desk.dpo import policy as _oversight  # noqa: F401 - declares audit.review
from polku.desk.strip import open_contacts, urgent_notice
from polku.ui.frame import Frame, NavItem

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the top row: who sees it, and on which pages it is the current one."""

    label: Promise
    page: str
    action: str
    views: tuple[str, ...]
    key: str = ""


NAV = (
    Entry(_("Contacts"), "desk:calls", "contacts.start", ("desk:call", "desk:calls", "desk:finish", "desk:advice")),
    Entry(
        _("Worklist"),
        "desk:worklist",
        "work.read",
        ("desk:worklist", "desk:contact", "desk:case", "desk:person", "assessments:"),
    ),
    Entry(_("Free times"), "appointments:free", "appointments.search", ("appointments:",), key="b"),
    Entry(pgettext_lazy("of a group", "Meetings"), "meetings:list", "meetings.read", ("meetings:",)),
    Entry(_("The promise"), "statistics:promise", "statistics.read", ("statistics:",)),
    Entry(_("Data protection"), "desk:dpo", "audit.review", ("desk:dpo",)),
    Entry(
        _("Register"),
        "desk:register",
        "access.manage",
        ("desk:register", "desk:worker", "desk:add_worker", "desk:machines"),
    ),
    Entry(_("Forms"), "assessments:forms", "assessments.forms", ("assessments:forms", "assessments:import_form")),
    Entry(_("Help"), "desk:help", "", ("desk:help", "ui:states")),
)


_county = Question(lambda: Organisation.objects.filter(kind=OrganisationKind.COUNTY).order_by("id")[:1])


def frame(request: HttpRequest) -> Frame:
    """Return the frame of this answer; without a signed-in person only the county's name."""
    actor: Actor | None = getattr(request, "actor", None)
    county = _county.first()
    name = county.name if county else ""
    if actor is None:
        return Frame(county=name)
    at: datetime = request.at  # type: ignore[attr-defined]
    here = getattr(request.resolver_match, "view_name", "") or ""
    starts = may_ever(actor, "contacts.start", at=at)
    assesses = may_ever(actor, "triage.assess", at=at)
    return Frame(
        county=name,
        nav=_nav(actor, here, at=at),
        search_url=_standing("desk:search") if may_ever(actor, "clients.search", at=at) else "",
        home_url=_standing("desk:home"),
        person=actor.name,
        person_url=_standing("desk:me"),
        sign_out_url=_standing("account_logout"),
        new_url=_standing("desk:start") if starts else "",
        contacts=_when_drawn(partial(open_contacts, actor, at=at, here=request.path)) if starts else (),
        urgent=_when_drawn(partial(urgent_notice, actor, at=at)) if assesses else None,
        alerts_url=_standing("desk:alerts") if assesses else "",
    )


def _when_drawn(find: Callable[[], R]) -> R:
    """Return what is asked for only when the page draws it."""
    return cast("R", SimpleLazyObject(find))


def _nav(actor: Actor, here: str, *, at: datetime) -> list[NavItem]:
    items = []
    for entry in NAV:
        url = _standing(entry.page)
        if url and (not entry.action or _allowed(actor, entry.action, at=at)):
            current = any(here == view or (view.endswith(":") and here.startswith(view)) for view in entry.views)
            items.append(NavItem(label=str(entry.label), url=url, current=current, key=entry.key))
    return items


def _allowed(actor: Actor, action: str, *, at: datetime) -> bool:
    try:
        return may_ever(actor, action, at=at)
    except KeyError:
        return False


def address(page: str, *args: str) -> str:
    """Return a page's address; empty where the page is not part of this installation."""
    try:
        return reverse(page, args=args)
    except NoReverseMatch:
        return ""


@cache
def _standing(page: str) -> str:
    """Return the address of a page that stands around every page; looked up once a process."""
    return address(page)
