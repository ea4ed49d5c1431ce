"""The county's file (`counties/*.toml`) read into rows: municipalities, units, promises, words, routing, places, kinds.

The forms that come with Polku are published with it.

Running it again changes only what differs, and what the file no longer names is left as it is. A dated row that differs
ends on the day before and a new one begins, so that it stays answerable what held then.

What the county's own people keep on pages is read once: opening hours, promises, routing, kinds of appointment, and who
may book them. From then on the page has the last word, also when the next version is taken into use.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from polku.access.actions import job
from polku.access.models import (
    ClosingDay,
    Code,
    Municipality,
    OpeningHours,
    Organisation,
    Promise,
    Unit,
    UnitArea,
)
from polku.appointments.models import BookingRule, Kind, KindSeat, Place, Resource
from polku.appointments.states import ResourceKind
from polku.assessments import shipped
from polku.kit.localtime import local_date
from polku.triage.models import RoutingRule

Table = Mapping[str, Any]


def read(path: Path) -> Table:
    """Return the county's file.

    Raises:
        ValueError: the file is not TOML; the message names the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    except RecursionError:
        raise ValueError(f"{path.name}: nested too deep") from None


@transaction.atomic
def load(county: Table, *, at: datetime) -> None:
    """Write the county's rows; may be run at every start."""
    start: date = county["valid_from"]
    day = local_date(at)
    _municipalities(county)
    _organisations(county)
    units = {row["key"]: _unit(row, start=start, day=day) for row in county["units"]}
    _closing_days(county, units)
    _codes(county, start=start, day=day)
    _routing(county, units, start=start, at=at)
    places = {row["key"]: _place(row, units, start=start) for row in county["places"]}
    _rooms(county, places)
    for row in county["kinds"]:
        _kind(row, units, start=start)
    shipped.load(by=job("county file", at=at), at=at, valid_from=start)


def _names(table: Table, field: str = "name", languages: str = "fi sv en") -> dict[str, str]:
    return {f"{field}_{language}": table.get(language, "") for language in languages.split()}


def _municipalities(county: Table) -> None:
    for row in county["municipalities"]:
        Municipality.objects.update_or_create(
            code=row["code"], defaults={**_names(row["name"], languages="fi sv"), "in_county": True}
        )


def _organisations(county: Table) -> None:
    for row in county["organisations"]:
        Organisation.objects.update_or_create(
            key=row["key"],
            defaults={**_names(row["name"]), "kind": row["kind"], "business_id": row.get("business_id", "")},
        )


def _unit(row: Table, *, start: date, day: date) -> Unit:
    plain = (
        "postcode",
        "phone",
        "email",
        "languages",
        "record_system",
        "urgent_alarm_minutes",
        "hold_minutes",
    )
    unit, first = Unit.objects.update_or_create(
        key=row["key"],
        defaults={
            **_names(row["name"]),
            **_names(row.get("street", {}), "street", "fi sv"),
            **{name: row[name] for name in plain if name in row},
            "organisation": Organisation.objects.get(key=row["organisation"]),
            "kind": row["kind"],
            "municipality_id": row.get("municipality"),
            "valid_from": row.get("valid_from", start),
        },
    )
    low, high = row.get("ages", [0, 150])
    codes = row.get("serves", [])
    if codes == ["*"]:
        codes = list(Municipality.objects.filter(in_county=True).values_list("code", flat=True))
    for code in codes:
        _dated(UnitArea, {"unit": unit, "municipality_id": code}, {"min_age": low, "max_age": high}, start, day)
    for hours in row.get("hours", []):
        opens, closes = time.fromisoformat(hours["opens"]), time.fromisoformat(hours["closes"])
        for weekday in hours["days"] if first else ():
            OpeningHours.objects.create(unit=unit, weekday=weekday, opens=opens, closes=closes, valid_from=start)
    for promise in row.get("promises", []) if first else ():
        cutoff = time.fromisoformat(promise["cutoff"]) if "cutoff" in promise else None
        Promise.objects.create(
            unit=unit, rule=promise["rule"], days=promise["days"], cutoff=cutoff, valid_from=start
        )  # fmt: skip
    return unit


def _dated(model: type[models.Model], same: dict[str, Any], wanted: dict[str, Any], start: date, day: date) -> None:
    """Keep the running row when it says the same; else end it on the day before and begin a new one."""
    rows = model._default_manager.filter(**same)
    running = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
    if running.filter(**wanted).exists():
        return
    begin = day if rows.exists() else start
    rows.filter(valid_from__gte=begin).delete()
    running.update(valid_until=begin - timedelta(days=1))
    model._default_manager.create(**same, **wanted, valid_from=begin)


def _closing_days(county: Table, units: dict[str, Unit]) -> None:
    for group in county.get("closing_days", []):
        shut = [
            unit for key, unit in units.items() if unit.kind in group["kinds"] and key not in group.get("except", [])
        ]
        for text in group["days"]:
            for unit in shut:
                ClosingDay.objects.get_or_create(
                    unit=unit, day=date.fromisoformat(text), defaults=_names(group["reason"], "reason")
                )


def _codes(county: Table, *, start: date, day: date) -> None:
    for name, words in county["codes"].items():
        for place, (key, text) in enumerate(words.items()):
            wanted = {**_names(text), **_names(text.get("hint", {}), "hint"), "place": place}
            row = Code.objects.filter(set=name, key=key, valid_until__isnull=True).first()
            if row is None:
                Code.objects.create(set=name, key=key, valid_from=start, **wanted)
            else:
                Code.objects.filter(pk=row.pk).update(**wanted)


def _routing(county: Table, units: dict[str, Unit], *, start: date, at: datetime) -> None:
    """Add the file's rules once; later changes are made on the routing page and stay."""
    if RoutingRule.objects.exists():
        return
    by = job("county file", at=at)
    for row in county["routing"]:
        needs = row.get("needs", [row.get("need", "")])
        for code in row.get("municipalities", [None]):
            for need in needs:
                RoutingRule.objects.create(
                    place=row["place"], municipality_id=code, need=need, unit=units[row["unit"]],
                    min_age=row.get("min_age"), max_age=row.get("max_age"), valid_from=start,
                    created_at=at, created_by=by,
                )  # fmt: skip


def _place(row: Table, units: dict[str, Unit], *, start: date) -> Place:
    unit = units[row["unit"]]
    if unit.municipality_id is None:
        raise ValueError(f"{unit.key}: a place where clients are met needs its municipality")
    latitude, longitude = row.get("coordinates", [None, None])
    place, _made = Place.objects.update_or_create(
        unit=unit,
        defaults={
            "name_fi": unit.name_fi, "name_sv": unit.name_sv, "name_en": unit.name_en,
            "street_fi": unit.street_fi, "street_sv": unit.street_sv, "postcode": unit.postcode,
            "municipality_id": unit.municipality_id, "latitude": latitude, "longitude": longitude,
            "valid_from": start,
        },
    )  # fmt: skip
    return place


def _rooms(county: Table, places: dict[str, Place]) -> None:
    for row in county["places"]:
        for name in row.get("rooms", []):
            Resource.objects.get_or_create(
                kind=ResourceKind.ROOM, place=places[row["key"]], name=name, defaults={"seats": 4}
            )


def _kind(row: Table, units: dict[str, Unit], *, start: date) -> None:
    plain = (
        "duration_minutes", "before_minutes", "after_minutes", "step_minutes", "lead_minutes", "horizon_days", "modes",
        "needs_room", "capacity", "client_change_hours", "reminder_hours", "rules",
    )  # fmt: skip
    kind, _made = Kind.objects.get_or_create(
        key=row["key"],
        defaults={
            **_names(row["name"]),
            **{name: row[name] for name in plain if name in row},
            "valid_from": start,
        },
    )
    for position, roles in enumerate(row["seats"], start=1):
        KindSeat.objects.update_or_create(kind=kind, position=position, defaults={"roles": roles})
    for key in row["units"]:
        if BookingRule.objects.filter(kind=kind, target_unit=units[key]).exists():
            continue
        bookers = [{"booker_role": role} for role in row["bookers"]]
        for booker in (*bookers, {"client": True}) if row.get("client") else bookers:
            BookingRule.objects.create(kind=kind, target_unit=units[key], valid_from=start, **booker)
