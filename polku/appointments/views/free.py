"""The page of free times and what one does there: hold, confirm, tell, let go, join the earlier-time list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from polku.access.needs import need
from polku.appointments import actions, panel, search
from polku.appointments.drawn import filters, heat_map
from polku.appointments.forms import ClientForm, EndForm
from polku.appointments.models import Appointment
from polku.appointments.seats import own
from polku.appointments.sentences import aloud
from polku.appointments.snapshot import local_day
from polku.appointments.states import State
from polku.appointments.views.asking import (
    Asking,
    appointment,
    asking,
    go,
    is_fragment,
    page,
    query_of,
    say,
    say_refused,
    with_query,
)
from polku.appointments.views.groups import seat_of
from polku.appointments.views.whom import found, whom
from polku.kit.errors import NotFound, Refused
from polku.rules.calendar import is_working_day
from polku.ui import words


@require_safe
@need("appointments.search")
def free(request: HttpRequest) -> HttpResponse:
    """Free times as a list and as a map of workers and days, with the bar that holds the chosen one."""
    return _page(asking(request), request.GET.dict())


@require_safe
@need("appointments.search")
def times(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    ask = asking(request)
    return page(request, "slots.html", context(ask, request.GET.dict()))


@require_POST
@need("clients.search")
def find_client(request: HttpRequest) -> HttpResponse:
    """Find for whom the time is. By POST: an identity code never stands in an address."""
    ask, form = asking(request), ClientForm(request.POST)
    drawn = {**context(ask, query_of(request)), "find": form}
    if not form.is_valid():
        return page(request, "free.html", drawn, status=422)
    people = found(ask, form.cleaned_data["q"], drawn["kept"])
    return page(request, "free.html", {**drawn, "people": people, "searched": True})


def _page(ask: Asking, query: dict[str, str], *, status: int = 200) -> HttpResponse:
    drawn = context(ask, query)
    shown = drawn["panel"]
    client = shown.about.client
    ask.request.saw("appointments.free", clients=[client.pk] if client else [])  # type: ignore[attr-defined]
    return page(ask.request, "free.html", drawn, status=status)


def context(ask: Asking, query: dict[str, str], booked: Appointment | None = None) -> dict[str, Any]:
    """What the page and its fragments show for a query."""
    shown = panel.read(query, by=ask.by, at=ask.at)
    kept = {**shown.about.query(), **shown.choices.query()}
    group = shown.choices.kind is not None and shown.choices.kind.capacity > 1
    chosen = _chosen(shown, query.get("slot", ""))
    booked = booked or _untold(ask, query)
    return {
        "title": _("Find a free time"),
        "panel": shown,
        "rows": _linked(shown.rows, kept, chosen),
        "late_rows": _linked(shown.late_rows, kept, chosen),
        "chosen": chosen,
        "query": with_query("appointments:free", kept).partition("?")[2],
        "more_url": with_query("appointments:free", {**kept, "shown": str(len(shown.rows) + shown.more)}),
        "filters": filters(shown),
        "heat": heat_map(shown, chosen, kept),
        "booked": booked,
        "booked_sentence": _sentence(ask, booked),
        "days_left": _days_left(shown),
        "end": EndForm(),
        "kept": kept,
        "group": group,
        **whom(ask, shown.about, kept),
    }


def _chosen(shown: panel.Panel, value: str) -> panel.Row | None:
    """The row that the bar acts on: the one held, else the one asked for, else the first that is free."""
    rows = [*shown.rows, *shown.late_rows]
    if shown.hold is not None:
        return next((row for row in rows if row.state == "chosen"), None)
    free = [row for row in rows if row.state in ("free", "late")]
    return next((row for row in free if row.value == value), free[0] if free else None)


def _sentence(ask: Asking, booked: Appointment | None) -> str:
    return aloud(booked, at=ask.at) if booked else ""


def _linked(rows: list[panel.Row], kept: dict[str, str], chosen: panel.Row | None) -> list[panel.Row]:
    """The rows as links that choose them."""
    return [
        panel.Row(
            row.value,
            row.when,
            row.place,
            row.who,
            row.reason,
            "chosen" if chosen is not None and row.value == chosen.value and row.state != "held" else row.state,
            with_query("appointments:free", {**kept, "slot": row.value}),
            row.key,
        )
        for row in rows
    ]


def _untold(ask: Asking, query: dict[str, str]) -> Appointment | None:
    """The time that was booked on this page just now and has not been told yet."""
    if query.get("seat"):
        seat = seat_of(ask, query["seat"])
        return own(seat) if seat.state == State.BOOKED and seat.told_at is None else None
    if not query.get("booked"):
        return None
    row = appointment(ask, query["booked"], "appointments.change")
    return row if row.state == State.BOOKED and row.told_at is None and row.capacity == 1 else None


def _days_left(shown: panel.Panel) -> str:
    """How much of the promise is left, in working days after today."""
    if shown.promise is None:
        return ""
    today = local_day(shown.at)
    if shown.promise < today:
        return _("The promised day has passed")
    days = [today.fromordinal(number) for number in range(today.toordinal() + 1, shown.promise.toordinal() + 1)]
    return _("%(days)s left") % {"days": words.working_days(sum(is_working_day(day) for day in days))}


@require_POST
@need("appointments.book")
def hold(request: HttpRequest) -> HttpResponse:
    """Hold the chosen time for some minutes; an earlier hold of mine for the same client is let go in the same step."""
    ask, query = asking(request), query_of(request)
    try:
        shown = panel.read(query, by=ask.by, at=ask.at)
        slot = search.Slot.parse(request.POST.get("slot", ""))
        _held(ask, shown, slot, key=request.POST.get("key", ""))
    except Refused as error:
        return _refused(ask, query, error)
    return _answer(ask, {**query, "slot": str(slot)})


def _held(ask: Asking, shown: panel.Panel, slot: search.Slot, *, key: str) -> Appointment:
    whom, chosen = shown.about, shown.choices
    if chosen.kind is None or chosen.unit is None:
        raise NotFound("not_found", panel.NOT_FOUND)
    return actions.hold(
        kind=chosen.kind,
        unit=chosen.unit,
        start=slot.start,
        workers=actions.workers_of(slot),
        mode=slot.mode,
        by=ask.by,
        at=ask.at,
        key=key,
        client=whom.client,
        contact=whom.contact,
        case=whom.case,
        need=whom.need,
        language=chosen.language,
        promised_by=shown.promise,
        instead=shown.hold,
    )


@require_POST
@need("appointments.book")
def confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Book a held time; the sentence to read aloud comes next."""
    ask, query = asking(request), query_of(request)
    # Not theirs: the same 404 as everywhere, and a row in the log. Only what the action refuses is said on the page.
    row = appointment(ask, public_id, "appointments.change")
    try:
        about = panel.about(query, by=ask.by, at=ask.at)
        booked = actions.confirm(appointment=row, by=ask.by, at=ask.at, client=about.client, contact=about.contact)
    except Refused as error:
        return _refused(ask, query, error)
    if booked.capacity > 1:
        return _group_booked(ask, query, booked)
    return _answer(ask, {**query, "booked": booked.public_id})


def _group_booked(ask: Asking, query: dict[str, str], group: Appointment) -> HttpResponse:
    """A new group stands: on with the seat of whom it was held for, else to the group's own page."""
    seat = group.participants.filter(created_by=ask.by).order_by("seat").first()
    if seat is not None:
        return _answer(ask, {**query, "seat": seat.public_id})
    return go(ask.request, with_query("appointments:appointment", {}, group.public_id))


@require_POST
@need("appointments.book")
def tell(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down that the sentence was read aloud to the client."""
    ask, query = asking(request), query_of(request)
    row = appointment(ask, public_id, "appointments.change")
    try:
        row = actions.tell(appointment=row, by=ask.by, at=ask.at)
    except Refused as error:
        return _refused(ask, query, error)
    say(request, _("Day, time and place were told to the client."))
    return go(request, with_query("appointments:appointment", {}, row.public_id))


@require_POST
@need("appointments.book")
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a held time go."""
    ask, query = asking(request), query_of(request)
    row = appointment(ask, public_id, "appointments.change")
    try:
        actions.release(appointment=row, by=ask.by, at=ask.at)
    except Refused as error:
        return _refused(ask, query, error)
    return _answer(ask, query)


def _answer(ask: Asking, query: dict[str, str]) -> HttpResponse:
    """The page or fragment as it now is; the bar says what is held."""
    if is_fragment(ask.request):
        return page(ask.request, "_panel.html", context(ask, query))
    return go(ask.request, with_query("appointments:free", query))


def _refused(ask: Asking, query: dict[str, str], error: Refused) -> HttpResponse:
    """Say why, with the list as it now is and the next free time chosen."""
    following = error.facts.get("next_free")
    query = {**query, "slot": following["slot"] if isinstance(following, dict) else ""}
    if is_fragment(ask.request):
        return page(ask.request, "_panel.html", {**context(ask, query), "error": error}, status=422)
    say_refused(ask.request, error)
    return go(ask.request, with_query("appointments:free", query))
