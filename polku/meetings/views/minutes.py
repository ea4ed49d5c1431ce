"""Minutes of a meeting as a document: read and printed, checked, corrected."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from polku.access.needs import need
from polku.access.permissions import visible_to
from polku.kit.errors import NotFound
from polku.meetings import drawn, protocol, queries
from polku.meetings import minutes as written
from polku.meetings.forms import NoteForm
from polku.meetings.models import Item, Minutes
from polku.meetings.views.asking import Asking, asked, asking, done, go, page, say, told


@require_safe
@need("meetings.read_minutes")
def minutes(request: HttpRequest, minutes_id: str) -> HttpResponse:
    """The minutes as they were written, in the reader's language."""
    ask = asking(request)
    row = protocol.get(minutes_id, by=ask.by, at=ask.at)
    _saw(ask, row)
    found = protocol.document(row)
    context = {
        "title": pgettext("of a group", "Minutes"),
        "row": row,
        "document": found,
        "may_check": found.newest and not found.checked and drawn.may(ask.by, "check_minutes", row, at=ask.at),
        "may_correct": found.newest and drawn.may(ask.by, "correct_minutes", row, at=ask.at),
        "versions": Minutes.objects.filter(meeting=row.meeting).order_by("version"),
    }
    return page(request, "minutes.html", context)


def _saw(ask: Asking, row: Minutes) -> None:
    """Tell the access log whose matters stand in the minutes."""
    ids = [one["item"] for one in row.content.get("items", ())]
    shown = Item.objects.filter(public_id__in=ids).values_list("case__client_id", flat=True)
    ask.saw("minutes", sorted(set(shown)), subject=row.public_id)


def _row(ask: Asking, minutes_id: str, may: str) -> Minutes:
    row = protocol.get(minutes_id, by=ask.by, at=ask.at)
    if not visible_to(ask.by, may, Minutes.objects.filter(pk=row.pk), at=ask.at).exists():
        raise NotFound("no_minutes", _("These minutes were not found."))
    return row


@require_POST
@need("meetings.check_minutes")
def check(request: HttpRequest, minutes_id: str) -> HttpResponse:
    """Check the minutes."""
    ask = asking(request)
    row = _row(ask, minutes_id, "meetings.check_minutes")
    told(request, lambda: written.check(minutes=row, by=ask.by, at=ask.at), _("The minutes are checked."))
    return go("minutes", minutes_id)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.correct_minutes")
def correct(request: HttpRequest, minutes_id: str) -> HttpResponse:
    """Correct the minutes: a new version, the earlier one stays."""
    ask = asking(request)
    row = _row(ask, minutes_id, "meetings.correct_minutes")
    form = NoteForm(request.POST if request.method == "POST" else None)
    made: list[Minutes] = []
    if done(form, lambda given: made.append(written.correct(meeting=row.meeting, by=ask.by, at=ask.at, **given))):
        say(request, _("Corrected. The earlier version is kept."))
        return go("minutes", made[0].public_id)
    facts = f"{row.meeting.series.name} {queries.span(row.meeting)}"
    back, words = reverse("meetings:minutes", args=[minutes_id]), _("Back to the minutes")
    title, send = _("Correct the minutes"), _("Save the correction")
    return asked(ask, form, title=title, send=send, back=back, facts=facts, back_words=words)
