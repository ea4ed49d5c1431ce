"""An item of an agenda: its page, its place, its time, who must not take part in it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from polku.access.models import Actor
from polku.access.needs import need
from polku.kit.errors import NotFound, Refused
from polku.meetings import actions, attendance, drawn, items, members, opened, proposing, queries
from polku.meetings.forms import DisqualifyForm, ItemForm, ReasonForm
from polku.meetings.models import Attendance, Disqualification, Item
from polku.meetings.states import UNDER_WAY, ItemState
from polku.meetings.views.asking import Asking, asked, asking, done, go, page, say, say_refused, told
from polku.ui import words

MINUTES = 5


@require_safe
@need("meetings.see")
def item(request: HttpRequest, item_id: str) -> HttpResponse:
    """An item: what was said, what is ready, what is weighed, who must not take part."""
    ask = asking(request)
    return show(ask, ask.item(item_id))


def show(ask: Asking, row: Item, wrong: drawn.Wrong | None = None) -> HttpResponse:
    """Answer with an item's page; 422 when something on it was refused."""
    barred = ask.by.pk in attendance.disqualified_in(row)
    found = opened.of(row, row.meeting, items.number(row), barred=barred, by=ask.by, at=ask.at)
    waits = row.state == ItemState.WAITING
    run, arrange = (drawn.may(ask.by, action, row.meeting, at=ask.at) for action in ("run", "arrange"))
    context = {
        "title": _("Item %(number)s") % {"number": found.number},
        "row": row.meeting,
        "one": row,
        "when": queries.span(row.meeting),
        "waits": waits,
        "under_way": row.meeting.state in UNDER_WAY,
        "may_open": waits and run and row.meeting.state == "running",
        "may_move": waits and arrange and row.meeting.state in ("planned", *UNDER_WAY),
        "may_change": waits and drawn.may(ask.by, "change", row, at=ask.at),
        "may_take_back": row.state == ItemState.DONE and run and row.meeting.state == "running",
        "chairs": _leaders(ask, row) if waits and run else [],
        **drawn.weighing(found, row.meeting, at=ask.at, wrong=wrong),
    }
    return page(ask.request, "item.html", context, status=422 if wrong else 200)


def _leaders(ask: Asking, row: Item) -> list[Actor]:
    """Return who may lead an item instead, when the meeting's chair must not."""
    gone = attendance.disqualified_in(row)
    return drawn.leaders(row.meeting, at=ask.at, without=gone) if row.meeting.chair_id in gone else []


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.change")
def change(request: HttpRequest, item_id: str) -> HttpResponse:
    """Change the estimate and the question of an item that waits."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.change")
    given = request.POST if request.method == "POST" else None
    form = ItemForm(given, initial={"minutes": row.minutes, "question": row.question})
    if done(form, lambda data: proposing.change(item=row, by=ask.by, at=ask.at, **data)):
        say(request, _("The item was changed."))
        return go("item", item_id)
    return _asked(ask, row, form, title=_("Change the estimate and the question"), send=_("Save the item"))


def _asked(ask: Asking, row: Item, form: Any, *, title: str, send: str, text: str = "") -> HttpResponse:
    facts = f"{words.person(row.case.client)}, {row.meeting.series.name} {queries.span(row.meeting)}"
    back = reverse("meetings:item", args=[row.public_id])
    words_ = _("Back to the item")
    return asked(ask, form, title=title, send=send, back=back, facts=facts, text=text, back_words=words_)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.change")
def take_off(request: HttpRequest, item_id: str) -> HttpResponse:
    """Take an item off the agenda, for a reason."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.change")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if done(form, lambda given: proposing.take_off(item=row, by=ask.by, at=ask.at, **given)):
        say(request, _("The item was taken off the agenda."))
        return go("page", row.meeting.public_id)
    text = _("The group no longer sees the client's matter.")
    return _asked(ask, row, form, title=_("Take the item off the agenda"), send=_("Take off the agenda"), text=text)


@require_POST
@need("meetings.arrange")
def order(request: HttpRequest, item_id: str) -> HttpResponse:
    """Move an item one place up or down."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.arrange")
    others = list(Item.objects.filter(meeting=row.meeting).exclude(state=ItemState.TAKEN_OFF).order_by("place"))
    place = next(number for number, one in enumerate(others) if one.pk == row.pk)
    wanted = place - 1 if request.POST.get("way") == "up" else place + 2
    if wanted >= 0:
        before = others[wanted] if wanted < len(others) else None
        told(request, lambda: proposing.move_before(item=row, before=before, by=ask.by, at=ask.at))
    return go("page", row.meeting.public_id, part=f"i-{item_id}")


@require_POST
@need("meetings.arrange")
def move_on(request: HttpRequest, item_id: str) -> HttpResponse:
    """Move an item that waits to the next meeting."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.arrange")
    said = _("Moved. It comes first there.")
    told(request, lambda: actions.move_on(item=row, by=ask.by, at=ask.at), said)
    return go("page", row.meeting.public_id)


@require_POST
@need("meetings.run")
def open_item(request: HttpRequest, item_id: str) -> HttpResponse:
    """Open an item: its clock runs."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.run")
    chair = next((one for one in _leaders(ask, row) if one.public_id == request.POST.get("chair")), None)
    before = Item.objects.filter(meeting=row.meeting, public_id=request.POST.get("instead_of", "")).first()
    try:
        items.open_item(item=row, by=ask.by, at=ask.at, instead_of=before, chair=chair)
    except Refused as error:
        say_refused(request, error)
        if error.code in ("chair_disqualified", "presenter_disqualified"):
            return go("item", item_id)
    return go("page", row.meeting.public_id)


@require_POST
@need("meetings.run")
def add_minutes(request: HttpRequest, item_id: str) -> HttpResponse:
    """Give the open item five minutes more."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.run")
    told(request, lambda: items.add_minutes(item=row, minutes=MINUTES, by=ask.by, at=ask.at))
    return go("page", row.meeting.public_id)


# --- Who must not take part (esteellisyys) ----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.see")
def disqualify(request: HttpRequest, item_id: str) -> HttpResponse:
    """Note who must not take part in an item, and on which ground."""
    ask = asking(request)
    row = ask.item(item_id)
    people, chairs = _around(ask, row), drawn.leaders(row.meeting, at=ask.at)
    form = DisqualifyForm(request.POST if request.method == "POST" else None, people=people, chairs=chairs)

    def act(given: dict[str, Any]) -> None:
        by_id = {one.public_id: one for one in (*people, *chairs)}
        who, chair = by_id[given["actor"]], by_id.get(given["chair"])
        told_of = {"ground": given["ground"], "note": given["note"]}
        attendance.disqualify(item=row, actor=who, chair=chair, by=ask.by, at=ask.at, **told_of)

    if done(form, act):
        return _after(ask, row)
    text = _("They leave the room for the item's time. It stands in the minutes.")
    return _asked(ask, row, form, title=_("Note a disqualification"), send=_("Note the disqualification"), text=text)


def _after(ask: Asking, row: Item) -> HttpResponse:
    return go("page", row.meeting.public_id) if row.state == ItemState.OPEN else go("item", row.public_id)


def _around(ask: Asking, row: Item) -> list[Actor]:
    """Return who might have to leave: the group, and those who are there; of oneself everybody may tell."""
    there = Attendance.objects.filter(meeting=row.meeting, left_at__isnull=True).select_related("actor")
    rows = [*members.actors(row.meeting.series, at=ask.at), *(one.actor for one in there)]
    found = list({one.pk: one for one in rows}.values())
    if drawn.may(ask.by, "weigh", row, at=ask.at):
        return found
    return [ask.by]


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.settle")
def requalify(request: HttpRequest, item_id: str, number: int) -> HttpResponse:
    """Take back a disqualification that was noted by mistake."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.settle")
    noted = Disqualification.objects.select_related("item__meeting", "item__case__client", "actor")
    found = noted.filter(item=row, pk=number).first()
    if found is None:
        raise NotFound("no_disqualification", _("There is no such disqualification."))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if done(form, lambda given: attendance.requalify(disqualification=found, by=ask.by, at=ask.at, **given)):
        say(request, _("The disqualification was taken back."))
        return _after(ask, row)
    return _asked(ask, row, form, title=_("Take a disqualification back"), send=_("Take back"), text=found.actor.name)
