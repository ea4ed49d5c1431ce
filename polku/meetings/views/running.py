"""A meeting's page: before it begins, while it goes on, after it has ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from polku.access.models import Actor
from polku.access.needs import need
from polku.kit.errors import NotFound
from polku.meetings import actions, attendance, carrying, drawn, members, queries
from polku.meetings import page as pages
from polku.meetings.forms import BeginForm, EmptyForm, LeadForm
from polku.meetings.models import Attendance, Item, Meeting
from polku.meetings.states import ItemState
from polku.meetings.views.asking import Asking, asked, asking, done, go, page, say, told
from polku.ui import words


@require_safe
@need("meetings.read")
def meeting(request: HttpRequest, public_id: str) -> HttpResponse:
    """The meeting as it stands: agenda, open item, who is there."""
    ask = asking(request)
    return show(ask, ask.meeting(public_id))


def show(ask: Asking, row: Meeting, wrong: drawn.Wrong | None = None) -> HttpResponse:
    """Answer with a meeting's page; 422 when something on it was refused."""
    _saw(ask, row)
    found = drawn.context(row, by=ask.by, at=ask.at, wrong=wrong)
    return page(ask.request, "meeting.html", found, status=422 if wrong else 200)


def _saw(ask: Asking, row: Meeting) -> None:
    shown = (
        Item.objects.filter(meeting=row).exclude(state=ItemState.TAKEN_OFF).values_list("case__client_id", flat=True)
    )
    ask.saw("meeting", sorted(set(shown)), subject=row.public_id)


@require_safe
@need("meetings.read")
def now(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page's parts that change, when they have: asked every second by every open page."""
    ask = asking(request)
    row = ask.meeting(public_id)
    tag, known = drawn.tag(row, at=ask.at), request.headers.get("If-None-Match", "")
    if known == tag:
        response = HttpResponse(status=304)
    else:
        # What stands on the page already was logged when it came; times alone show nothing more of anybody.
        if known.partition("-")[0] != tag.partition("-")[0]:
            _saw(ask, row)
        response = page(request, "now.html", drawn.context(row, by=ask.by, at=ask.at))
    response["ETag"] = tag
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.run")
def begin(request: HttpRequest, public_id: str) -> HttpResponse:
    """Begin: who leads, who is there."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    chairs, group = drawn.leaders(row, at=ask.at), members.actors(row.series, at=ask.at)
    initial = {"chair": chairs[0].public_id if chairs else "", "present": [ask.by.public_id]}
    form = BeginForm(request.POST if request.method == "POST" else None, chairs=chairs, group=group, initial=initial)

    def act(given: dict[str, Any]) -> None:
        there = [one for one in group if one.public_id in given["present"]]
        actions.begin(meeting=row, chair=_one(chairs, given["chair"]), present=there, by=ask.by, at=ask.at)

    if done(form, act):
        return go("page", public_id)
    return asked(
        ask, form, title=_("Begin the meeting"), send=_("Begin the meeting"), back=drawn.back_to(row),
        facts=f"{row.series.name} {queries.span(row)}",
    )  # fmt: skip


def _one(people: Iterable[Actor], public_id: str) -> Actor:
    for one in people:
        if one.public_id == public_id:
            return one
    raise NotFound("no_person", _("This person was not found."))


@require_POST
@need("meetings.run")
def pause(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have a break."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    told(request, lambda: actions.pause(meeting=row, by=ask.by, at=ask.at))
    return go("page", public_id)


@require_POST
@need("meetings.run")
def go_on(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go on after a break."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    told(request, lambda: actions.go_on(meeting=row, by=ask.by, at=ask.at))
    return go("page", public_id)


@require_POST
@need("meetings.arrange")
def remedy(request: HttpRequest, public_id: str) -> HttpResponse:
    """Move what does not fit to the next meeting, as the page proposed."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.arrange")
    wanted = Item.objects.filter(meeting=row, public_id__in=request.POST.getlist("item")[:50]).order_by("place")

    def act() -> None:
        for item in wanted.select_related("meeting__series__unit"):
            actions.move_on(item=item, by=ask.by, at=ask.at)

    told(request, act, _("Moved. It comes first there."))
    return go("page", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.run")
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End the meeting; what goes on in the next one is said before."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    form = EmptyForm(request.POST if request.method == "POST" else None)
    if done(form, lambda _given: actions.end(meeting=row, by=ask.by, at=ask.at)):
        say(request, _("The meeting has ended and its minutes are written."))
        return go("page", public_id)
    return asked(
        ask, form, title=_("End the meeting"), send=_("End the meeting"), back=drawn.back_to(row),
        facts=f"{row.series.name} {queries.span(row)}", text=_what_goes_on(row),
    )  # fmt: skip


def _what_goes_on(row: Meeting) -> str:
    left = Item.objects.filter(meeting=row, state__in=carrying.GOING_ON).count()
    if not left:
        return _("Every item has its position. The minutes are written when the meeting ends.")
    following = carrying.next_of(row)
    if following is None:
        return _("Items without a position: %(count)s. Plan the next meeting first: they go on there.") % {
            "count": left
        }
    when = words.moment(following.starts_at)
    return _("Items without a position: %(count)s. They go on first in the meeting of %(time)s.") % {
        "count": left, "time": when,
    }  # fmt: skip


# --- Who is there -----------------------------------------------------------------------------------------------------


@require_safe
@need("meetings.run")
def attending(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who is there: came, left, who leads."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    item = Item.objects.filter(meeting=row, state=ItemState.OPEN).first()
    there = pages.attending(row, item, at=ask.at)
    around = {one.public_id for one in (*there.present, *there.out, *there.absent)}
    guests = [one for one in _people(row, ask) if one.public_id not in around]
    found = {"title": _("Who is there"), "row": row, "there": there, "guests": guests, "when": queries.span(row)}
    found["lead"] = LeadForm(chairs=drawn.leaders(row, at=ask.at), initial={"chair": row.chair and row.chair.public_id})
    return page(request, "attendance.html", found)


def _people(row: Meeting, ask: Asking) -> list[Actor]:
    """Return who may be at a meeting: its group, those who present an item, those who have been there."""
    rows = {one.pk: one for one in members.actors(row.series, at=ask.at)}
    presenting = Item.objects.filter(meeting=row).values("presenter_id")
    been = Attendance.objects.filter(meeting=row).values("actor_id")
    others = Actor.objects.filter(pk__in=presenting) | Actor.objects.filter(pk__in=been)
    return list((rows | {one.pk: one for one in others.distinct().order_by("name")}).values())


@require_POST
@need("meetings.run")
def attend(request: HttpRequest, public_id: str, actor_id: str) -> HttpResponse:
    """Note that somebody came or left."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    who = _one(_people(row, ask), actor_id)
    act = attendance.left if request.POST.get("way") == "left" else attendance.came
    told(request, lambda: act(meeting=row, actor=who, by=ask.by, at=ask.at))
    return go("attendance", public_id)


@require_POST
@need("meetings.run")
def lead(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name who leads from now on."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.run")
    form = LeadForm(request.POST, chairs=drawn.leaders(row, at=ask.at))
    if form.is_valid():
        chair = _one(drawn.leaders(row, at=ask.at), form.cleaned_data["chair"])
        told(request, lambda: attendance.lead(meeting=row, chair=chair, by=ask.by, at=ask.at))
    return go("attendance", public_id)
