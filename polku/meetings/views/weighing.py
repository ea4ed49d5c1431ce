"""An item being weighed: its criteria one by one, the group's position, taking it back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from polku.access.needs import need
from polku.kit.errors import Refused
from polku.meetings import drawn, items, positions, queries
from polku.meetings.forms import ReasonForm
from polku.meetings.models import Item
from polku.meetings.states import Fulfilled, ItemState
from polku.meetings.views.asking import Asking, asked, asking, done, go, say, say_refused
from polku.meetings.views.items import show as show_item
from polku.meetings.views.running import show as show_meeting

# The next item could not be opened: the position stands all the same.
_NEXT_REFUSED = ("chair_disqualified", "presenter_disqualified", "disqualified", "item_gone", "other_open")


@require_POST
@need("meetings.weigh")
def weigh(request: HttpRequest, item_id: str, criterion: str) -> HttpResponse:
    """Write down how one criterion is fulfilled and why; what somebody wrote meanwhile is shown beside."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.weigh")
    given = {name: request.POST.get(name, "") for name in ("fulfilled", "reason", "version")}
    version = given["version"]
    try:
        items.weigh(
            item=row, criterion=criterion, fulfilled=given["fulfilled"], reason=given["reason"],
            version=int(version) if version.isdecimal() and len(version) < 9 else 0, by=ask.by, at=ask.at,
        )  # fmt: skip
    except Refused as error:
        return _again(ask, row, _refused(error, criterion, given))
    return _there(ask, row)


def _refused(error: Refused, criterion: str, given: dict[str, str]) -> drawn.Wrong:
    facts: dict[str, Any] = error.facts if error.code == "written_meanwhile" else {}
    theirs = ""
    if facts.get("fulfilled"):
        theirs = f"{Fulfilled(facts['fulfilled']).label}: {facts['reason']}"
    return drawn.Wrong(
        f"weigh-{criterion}", str(error.message), given, field=error.field, version=facts.get("version"), theirs=theirs
    )


def _again(ask: Asking, row: Item, wrong: drawn.Wrong) -> HttpResponse:
    """Show the page on which the form stands, with what was typed and why it was refused."""
    if ask.request.POST.get("from") == "meeting":
        return show_meeting(ask, queries.get(row.meeting.public_id, by=ask.by, at=ask.at), wrong)
    return show_item(ask, queries.item(row.public_id, by=ask.by, at=ask.at), wrong)


def _there(ask: Asking, row: Item) -> HttpResponse:
    """Go back to the page on which the form stands."""
    if ask.request.POST.get("from") == "meeting":
        return go("page", row.meeting.public_id)
    return go("item", row.public_id)


@require_POST
@need("meetings.settle")
def position(request: HttpRequest, item_id: str) -> HttpResponse:
    """Record the group's position and open the next item."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.settle")
    given = {name: request.POST.get(name, "") for name in ("outcome", "reason", "service")}
    following = Item.objects.filter(public_id=request.POST.get("then", ""), meeting=row.meeting).first()
    try:
        _record(ask, row, given, following if following and following.state == ItemState.WAITING else None)
    except Refused as error:
        return _again(ask, row, drawn.Wrong("settle", str(error.message), given, field=error.field))
    return _there(ask, row)


def _record(ask: Asking, row: Item, given: dict[str, Any], following: Item | None) -> None:
    """Record a position; when the next item cannot be opened, the position stands and it is said why.

    Raises:
        Refused: the position itself was refused.
    """
    if following is None:
        positions.record_position(item=row, by=ask.by, at=ask.at, **given)
        return
    try:
        positions.record_position(item=row, by=ask.by, at=ask.at, then=following, **given)
    except Refused as error:
        if error.code not in _NEXT_REFUSED:
            raise
        positions.record_position(item=row, by=ask.by, at=ask.at, **given)
        say_refused(ask.request, error)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.settle")
def take_back(request: HttpRequest, item_id: str) -> HttpResponse:
    """Take back a position that was recorded by mistake."""
    ask = asking(request)
    row = ask.item(item_id, "meetings.settle")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if done(form, lambda given: positions.take_back(item=row, by=ask.by, at=ask.at, **given)):
        say(request, _("The position was taken back. The item is open again."))
        return go("page", row.meeting.public_id)
    return asked(
        ask, form, title=_("Take the position back"), send=_("Take the position back"),
        back=reverse("meetings:item", args=[item_id]), back_words=_("Back to the item"),
        text=_("The item is open again and its clock goes on."),
    )  # fmt: skip
