"""What the worklist shows: tabs with counts, rows, the way to the next page, the promise meter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polku.access.models import Actor
from polku.acting import beyond
from polku.cases.models import WorkItem
from polku.desk.names import code_names
from polku.desk.promise import promise_meter
from polku.desk.units import own_units
from polku.desk.worklist import drawing
from polku.desk.worklist.forms import HandOverForm, NarrowForm, WaitForm
from polku.desk.worklist.rows import lines
from polku.kit.errors import Invalid
from polku.triage import filters, worklist
from polku.triage.states import Scope
from polku.triage.worklist import Filter
from polku.ui import words
from polku.ui.charts import Meter

NO_ROW = gettext_lazy("No row is chosen. Move to one with the arrow keys first.")


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved list with its count."""

    label: str
    url: str
    count: int | None
    current: bool


SIZE = 25
UNOWNED: dict[str, Any] = {"scope": Scope.UNASSIGNED}
TABS: tuple[tuple[Promise, dict[str, Any]], ...] = (
    (gettext_lazy("All"), {"scope": Scope.TEAM}),
    (gettext_lazy("Nobody's"), UNOWNED),
    (gettext_lazy("Own"), {"scope": Scope.MINE}),
    (gettext_lazy("Urgent"), {"scope": Scope.URGENT}),
    (gettext_lazy("In Swedish"), {"language": "sv"}),
    (gettext_lazy("Interpreter"), {"interpreter": True}),
    (gettext_lazy("Of those away"), {"scope": Scope.ABSENT}),
    (gettext_lazy("Waiting"), {"scope": Scope.ON_HOLD}),
)


def chosen(query: QueryDict) -> Filter:
    """Return the filter of an address; a wrong one is the usual list."""
    try:
        return Filter.of(query.dict())
    except Invalid:
        return Filter()


def address(chosen: Filter, **more: str) -> str:
    """Return the address of a list."""
    values = {name: "1" if value is True else value for name, value in chosen.as_values().items()} | more
    return reverse("desk:worklist") + (f"?{urlencode(values)}" if values else "")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the page needs of the whole register: numbers and figures, nothing that tells of a client."""

    nearest: list[WorkItem]
    sizes: list[int]
    meter: Meter | None


@beyond("numbers of a list's next rows, how many each list holds, and the promise: asked together")
def _numbers(now: Filter, *, after: str, metered: bool, by: Actor, at: datetime) -> Numbers:
    """Ask for all of them with one step past the fence; a wrong cursor is the list's start."""
    try:
        nearest = worklist.nearest(now, after=after, by=by, at=at, size=SIZE)
    except Invalid:
        nearest = worklist.nearest(now, by=by, at=at, size=SIZE)
    sizes = worklist.sizes([Filter(**values) for _label, values in TABS], by=by, at=at)
    return Numbers(nearest, sizes, promise_meter(by=by, at=at) if metered else None)


def tabs(now: Filter, sizes: list[int], *, by: Actor, at: datetime) -> list[Tab]:
    """Return the fixed tabs with their counts, then the worker's own saved ones without."""
    wanted = [Filter(**values) for _label, values in TABS]
    found = [
        Tab(str(label), address(one), size, one == now)
        for (label, _values), one, size in zip(TABS, wanted, sizes, strict=True)
    ]
    for row in filters.saved(by, at=at):
        try:
            kept = Filter.of(row.values)
        except Invalid:  # kept before the alternatives changed
            continue
        found.append(Tab(row.name, address(kept), None, kept == now and not any(tab.current for tab in found)))
    return found


def whole(query: QueryDict, *, fragment: bool, by: Actor, at: datetime) -> dict[str, Any]:
    """Return everything that the page shows, or its fragment: the lists and rows alone."""
    now = chosen(query)
    numbers = _numbers(now, after=query.get("after", ""), metered=not fragment, by=by, at=at)
    page = worklist.shown(numbers.nearest, by=by, at=at, size=SIZE)
    clients = sorted({row.client_id for row in page.rows if row.client_id is not None})
    digest = hashlib.sha256(repr(clients).encode()).hexdigest()[:12]
    lists = tabs(now, numbers.sizes, by=by, at=at)
    drawn = lines(page.rows, by=by, at=at, languages=code_names("language"))
    free = next(tab.count for tab, (_label, values) in zip(lists, TABS, strict=False) if values == UNOWNED)
    return {
        "free": free,
        "lines": drawn,
        "rows": drawing.rows(drawn),
        "meter": numbers.meter,
        "tabs": lists,
        "clients": clients,
        "digest": digest,
        "here": address(now),
        "refresh_url": address(now, after=query.get("after", ""), had=digest),
        "narrow_url": address(now, filter="1") + "#narrow",
        "filtering": "filter" in query or now != replace(Filter(), scope=now.scope, language=now.language),
        "next_url": address(now, after=page.after) if page.after else "",
        "first_url": address(now) if query.get("after") else "",
        "count_line": _counted(len(page.rows), lists),
        "chosen": now,
        "chosen_values": [(name, "1" if value is True else value) for name, value in now.as_values().items()],
        "narrowed": now != replace(Filter(), scope=now.scope),
    }


def _counted(shown: int, lists: list[Tab]) -> str:
    total = next((tab.count for tab in lists if tab.current and tab.count is not None), None)
    if total is None:
        return ""
    return _("%(shown)s of %(total)s rows.") % {"shown": words.number(shown), "total": words.number(total)}


def around(now: Filter, *, filtering: bool, by: Actor, at: datetime) -> dict[str, Any]:
    """Return what stands around the list: heading, meter, dialogs; the filter's fields when they are shown."""
    units = own_units(by, at=at)
    facts = ", ".join(units[:2]) + ("…" if len(units) > 2 else "")
    now_words = words.moment(at)
    return {
        "title": _("See to the team's contacts"),
        "no_row": NO_ROW,
        "give_back": _("End the waiting") if now.scope == Scope.ON_HOLD else _("Give back"),
        "facts": f"{facts}. {now_words[:1].upper()}{now_words[1:]}.".strip(". ") + ".",
        "hand_over": HandOverForm(by=by, at=at, auto_id="id_over_%s"),
        "wait": WaitForm(auto_id="id_wait_%s"),
        "narrow": NarrowForm(initial=now.as_values() | {"scope": now.scope}, by=by, at=at, auto_id="id_narrow_%s")
        if filtering
        else None,
    }
