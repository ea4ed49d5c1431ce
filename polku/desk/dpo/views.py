"""Pages of the data protection officer. Reading the log is logged like any other reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from polku.access.needs import need
from polku.acting import beyond
from polku.audit import actions as audit
from polku.audit import queries
from polku.audit.models import Event
from polku.audit.queries import Wanted
from polku.audit.states import Kind
from polku.audit.verify import verify
from polku.clients.models import Client
from polku.clients.queries import same_person, search
from polku.desk.dpo import policy as _policy  # noqa: F401 - declares who may
from polku.desk.dpo.forms import LogFilter, PersonSearch, place, place_text
from polku.desk.dpo.rows import Row, name, rows
from polku.desk.replies import back
from polku.desk.requests import Staff, staff
from polku.kit.errors import NotFound
from polku.kit.localtime import instant, local_date

OVERSIGHT = "the data protection officer oversees the whole log"
PAGE = 50
LATEST = 20
# A client is told of two years unless there is a special reason for more (act 703/2023 11 §).
TOLD_YEARS = 2
# Beyond this the check takes too long for a page; `polku audit verify` and the daily check remain.
CHECKED_ON_PAGE = 300_000


def _saw(me: Staff, events: Iterable[Event], *people: Client) -> None:
    ids = {number for event in events for number in event.clients} | {person.pk for person in people}
    me.request.saw("audit log", clients=sorted(ids)[: audit.MAX_CLIENTS], purpose="oversight")  # type: ignore[attr-defined]


def _latest(me: Staff) -> dict[str, list[Row]]:
    openings = queries.rows(Wanted(kinds=[Kind.EMERGENCY]), limit=LATEST)
    refusals = queries.rows(Wanted(kinds=[Kind.REFUSED]), limit=LATEST)
    _saw(me, [*openings, *refusals])
    return {"openings": rows(openings), "refusals": rows(refusals)}


@require_GET
@need("audit.review")
@beyond(OVERSIGHT)
def overview(request: HttpRequest) -> HttpResponse:
    """Emergency openings first, then refused tries, the way into the log, and the state of its guards."""
    me = staff(request)
    context = {
        "title": _("Oversee the use of data"),
        "search": PersonSearch(),
        "filter": LogFilter(),
        "guards": queries.guards(),
        **_latest(me),
    }
    return render(request, "desk/dpo/overview.html", context)


@require_GET
@need("audit.review")
@beyond(OVERSIGHT)
def latest(request: HttpRequest) -> HttpResponse:
    """The openings and refusals of the overview, fetched again while it stays open."""
    return render(request, "desk/dpo/latest.html", _latest(staff(request)))


@require_POST
@need("audit.review")
@beyond(OVERSIGHT)
def find(request: HttpRequest) -> HttpResponse:
    """Find the client whose log is wanted; a POST, because the text may be an identity code."""
    me = staff(request)
    form = PersonSearch(request.POST)
    found = search(form.cleaned_data["text"], at=me.at) if form.is_valid() else None
    people = found.clients if found else []
    if found:
        request.saw(  # type: ignore[attr-defined]
            "client", clients=[p.pk for p in people], kind=Kind.SEARCH, purpose="oversight", details={"how": found.by}
        )
    if len(people) == 1:
        return back("desk:dpo_log", client=people[0].public_id)
    context = {
        "title": _("Choose whose log"),
        "search": form,
        "people": [(p.public_id, name(p), p.birth_date) for p in people],
        "more": bool(found and found.more),
    }
    return render(request, "desk/dpo/find.html", context, status=422 if form.errors else 200)


@require_GET
@need("audit.review")
@beyond(OVERSIGHT)
def log(request: HttpRequest) -> HttpResponse:
    """The log by client, staff member, time and kind, newest first."""
    me = staff(request)
    form = LogFilter(request.GET)
    events: list[Event] = []
    person = None
    if form.is_valid():
        person = _person(form)
        events = queries.rows(form.wanted(person), after=place(request.GET.get("after", "")), limit=PAGE + 1)
    shown = events[:PAGE]
    _saw(me, shown, *([person] if person else []))
    context = {
        "title": _("Read the access log"),
        "filter": form,
        "rows": rows(shown),
        "person": (person.public_id, name(person)) if person else None,
        "next": _next(request, shown[-1]) if len(events) > PAGE else "",
        "first": "" if not request.GET.get("after") else _address(request, after=""),
    }
    return render(request, "desk/dpo/log.html", context, status=422 if form.errors else 200)


def _person(form: LogFilter) -> Client | None:
    try:
        return form.person()
    except Client.DoesNotExist:
        raise NotFound("not_found", _("There is no such client.")) from None


def _address(request: HttpRequest, **changes: str) -> str:
    query = {**request.GET.dict(), **changes}
    return "?" + urlencode({key: value for key, value in query.items() if value})


def _next(request: HttpRequest, last: Event) -> str:
    return _address(request, after=place_text(last.at, last.id))


@require_GET
@need("audit.review")
@beyond(OVERSIGHT)
def told(request: HttpRequest, public_id: str) -> HttpResponse:
    """One client's log as a table file, for the answer to the client's own request (act 703/2023 11 §)."""
    me = staff(request)
    person = Client.objects.filter(public_id=public_id).first()
    if person is None:
        raise NotFound("not_found", _("There is no such client."))
    everything = request.GET.get("all") == "yes"
    wanted = Wanted(clients=same_person([person.pk]), since=None if everything else _two_years(me.at))
    events = queries.rows(wanted)
    me.request.saw(  # type: ignore[attr-defined]
        "audit log", clients=[person.pk], subject=public_id, purpose="oversight",
        details={"file": True, "rows": len(events), "all": everything},
    )  # fmt: skip
    response = HttpResponse(_table(events), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="log-{public_id}.csv"'
    return response


def _two_years(at: datetime) -> datetime:
    return instant(local_date(at) - timedelta(days=TOLD_YEARS * 365 + 1), time(0))


def _table(events: list[Event]) -> str:
    """Return the rows as CSV: who, when, what, whose, for what; a cell that a spreadsheet would run is disarmed."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(
        [_("Time"), _("Kind"), _("User"), _("User's id"), _("Role"), _("Data"), _("Service provider"), _("Unit"),
         _("Purpose"), _("Reason or basis"), _("Given to")]
    )  # fmt: skip
    for event, row in zip(events, rows(events), strict=True):
        facts = event.facts
        cells = [
            event.at.isoformat(timespec="seconds"), row.kind_word, row.who, row.who_id, row.role, row.what,
            event.provider, row.unit, row.purpose, row.reason or facts.get("basis", ""), facts.get("to", ""),
        ]  # fmt: skip
        writer.writerow([_disarmed(str(cell)) for cell in cells])
    return "\ufeff" + text.getvalue()


def _disarmed(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


@require_POST
@need("audit.review")
@beyond(OVERSIGHT)
def check(request: HttpRequest) -> HttpResponse:
    """Check the whole log now and note what came of it."""
    me = staff(request)
    guards = queries.guards(anchors=0)
    if guards.seal is not None and queries.size() > CHECKED_ON_PAGE:
        messages.error(request, _("The log is too long to be checked on a page. Run `polku audit verify`."))
        return back("desk:dpo")
    report = verify(at=me.at)
    audit.checked(by=me.actor, at=me.at, report=report)
    if report.sound:
        messages.success(request, _("The log is sound: %(rows)s rows were checked.") % {"rows": report.rows})
        return back("desk:dpo")
    context = {"title": _("The log is not sound"), "report": report, "back": reverse("desk:dpo")}
    return render(request, "desk/dpo/findings.html", context)
