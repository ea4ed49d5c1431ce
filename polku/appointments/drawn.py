"""What the free-times page draws: the filters and the map of workers and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from polku.appointments.forms import LANGUAGES
from polku.appointments.models import Place
from polku.appointments.panel import Panel, Row
from polku.appointments.snapshot import first_seat, local_day
from polku.appointments.states import Mode
from polku.appointments.views.asking import with_query
from polku.ui import heat


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above the list: name, label, options with the chosen one marked."""

    name: str
    label: str
    options: list[tuple[str, str, bool]]


def filters(panel: Panel) -> list[Filter]:
    """Team, way, place, distance, language, worker."""
    chosen = panel.choices
    if chosen.kind is None or chosen.unit is None:
        return []
    several = {unit.pk for kind, unit in chosen.kinds if sum(other.pk == unit.pk for _kind, other in chosen.kinds) > 1}
    teams = [
        (f"{unit.key}:{kind.key}", f"{unit.name}: {kind.name}" if unit.pk in several else unit.name,
         kind.pk == chosen.kind.pk and unit.pk == chosen.unit.pk)
        for kind, unit in chosen.kinds
    ]  # fmt: skip
    modes = [(mode, str(Mode(mode).label), mode == chosen.mode) for mode in chosen.kind.modes]
    places = [
        (place.public_id, place.name, chosen.place is not None and place.pk == chosen.place.pk)
        for place in Place.objects.order_by("name_fi")
    ]
    people = [
        (worker.public_id, str(worker), chosen.worker is not None and worker.pk == chosen.worker.pk)
        for worker in first_seat(chosen.kind, chosen.unit, at=panel.at)
    ]
    found = [
        Filter("what", _("Team"), teams),
        Filter("mode", _("Way"), [("", pgettext("way to meet", "Any"), not chosen.mode), *modes]),
        Filter("place", _("Place"), [("", pgettext("place", "Any"), chosen.place is None), *places]),
    ]
    if chosen.place is not None:
        around = (
            ("0", _("Only there")),
            ("20", _("within 20 km")),
            ("50", _("within 50 km")),
            ("any", _("and elsewhere")),
        )
        found.append(Filter("km", _("Distance"), [(value, label, chosen.km == value) for value, label in around]))
    languages = [(value, str(label), chosen.language == value) for value, label in LANGUAGES]
    found.append(
        Filter("language", _("Language"), [("", pgettext("language", "Any"), not chosen.language), *languages])
    )
    found.append(Filter("worker", _("Worker"), [("", _("Anyone"), chosen.worker is None), *people]))
    return found


def heat_map(panel: Panel, chosen: Row | None, kept: Mapping[str, str]) -> heat.Heat | None:
    """Free times by worker and day; a number leads to the list of that day and worker."""
    result = panel.result
    if result is None:
        return None
    day_of_chosen = local_day(chosen.when) if chosen else None
    worker_of_chosen = chosen.value.split(".")[1].split("-")[0] if chosen else ""
    rows = []
    for worker in result.workers:
        cells = []
        for day in result.days:
            count = result.counts[worker.pk, day]
            url = with_query("appointments:free", {**kept, "worker": worker.public_id, "first": day.isoformat()})
            cells.append(
                heat.Cell(
                    count=count,
                    away=(worker.pk, day) in result.away and not count,
                    url=url if count else "",
                    chosen=day == day_of_chosen and worker.public_id == worker_of_chosen,
                )
            )
        actor = worker.actor
        rows.append(heat.Row(str(worker), actor.title.lower() if actor else "", cells))
    return heat.build(days=result.days, rows=rows, limit=panel.promise, caption=_("Free times by worker"))
