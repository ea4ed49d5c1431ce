"""A group that meets: its members from day to day, and who decides on what it has weighed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from polku.access.models import Actor, Membership
from polku.access.needs import need
from polku.access.queries import current
from polku.access.states import ActorKind
from polku.kit.errors import NotFound
from polku.kit.localtime import local_date
from polku.meetings import groups, members
from polku.meetings.forms import AppointForm, DeciderForm
from polku.meetings.models import Member, Series
from polku.meetings.views.asking import Asking, asking, done, go, page, say, told


@require_safe
@need("meetings.appoint")
def group(request: HttpRequest, key: str) -> HttpResponse:
    """A group: its members and who decides."""
    ask = asking(request)
    return _show(ask, ask.series(key, "meetings.appoint"))


def _show(ask: Asking, row: Series, form: AppointForm | None = None, status: int = 200) -> HttpResponse:
    initial = {"decider": row.decider.public_id if row.decider else ""}
    context = {
        "title": row.name,
        "row": row,
        "members": members.of(row, at=ask.at),
        "form": form or AppointForm(people=_staff(ask)),
        "decider": DeciderForm(people=_staff(ask, in_office=True), initial=initial),
    }
    return page(ask.request, "group.html", context, status=status)


def _staff(ask: Asking, *, in_office: bool = False) -> list[Actor]:
    """Return the staff with a post today, by name; those in office only, when asked."""
    posts = Membership.objects.filter(current(local_date(ask.at)))
    posts = posts.filter(in_office=True) if in_office else posts
    rows = Actor.objects.filter(kind=ActorKind.STAFF, pk__in=posts.values("actor_id"))
    return list(rows.order_by("name", "pk"))


@require_POST
@need("meetings.appoint")
def appoint(request: HttpRequest, key: str) -> HttpResponse:
    """Appoint somebody to the group."""
    ask = asking(request)
    row = ask.series(key, "meetings.appoint")
    people = _staff(ask)
    form = AppointForm(request.POST, people=people)

    def act(given: dict[str, Any]) -> None:
        who = next(one for one in people if one.public_id == given["actor"])
        day = given["valid_from"]
        groups.appoint(series=row, actor=who, part=given["part"], valid_from=day, by=ask.by, at=ask.at)

    if done(form, act):
        say(request, _("Appointed."))
        return go("group", key)
    return _show(ask, row, form, status=422)


@require_POST
@need("meetings.appoint")
def dismiss(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Let a membership end today."""
    ask = asking(request)
    row = ask.series(key, "meetings.appoint")
    found = Member.objects.filter(series=row, pk=number).select_related("series__unit", "actor").first()
    if found is None:
        raise NotFound("no_member", _("There is no such member in the group."))
    said = _("%(name)s no longer belongs to the group.") % {"name": found.actor.name}
    told(request, lambda: groups.dismiss(member=found, by=ask.by, at=ask.at), said)
    return go("group", key)


@require_POST
@need("meetings.appoint")
def decider(request: HttpRequest, key: str) -> HttpResponse:
    """Name who decides on what the group has weighed."""
    ask = asking(request)
    row = ask.series(key, "meetings.appoint")
    people = _staff(ask, in_office=True)
    who = next((one for one in people if one.public_id == request.POST.get("decider")), None)
    told(request, lambda: groups.name_decider(series=row, decider=who, by=ask.by, at=ask.at), _("Saved."))
    return go("group", key)
