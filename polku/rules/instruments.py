"""Measures as data: what a form's numbers add up to, which band that is, and what a person must be asked about.

An instrument is a file of `parameters/instruments/`: its items as numbers, its scale, its scoring, its dated bands with
their source, its owner and licence. The items' wording is shipped only where it is surely free; else the numbers are
copied from the owner's own form. `polku.rules.scores` counts by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from polku.rules.data import PARAMETERS, read
from polku.rules.errors import RuleError, shown

# How many decimals a result has: a sum is whole, a mean of whole answers is not.
SCORINGS = {"sum": 0, "mean": 2, "mean_times_10": 1, "profile": 0, "none": 0}
Words = Mapping[str, str]


class InstrumentError(RuleError):
    """A measure was asked wrongly, or is itself written wrongly; `code` is stable."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question by its number: the values it may have, whether it counts the other way round, and a label if any."""

    key: str
    values: tuple[int, ...]
    reversed: bool
    label: Words | None

    def counted(self, answer: int) -> int:
        """Return what an answer counts: of a reversed item the scale's other end counts most."""
        return self.values[0] + self.values[-1] - answer if self.reversed else answer


@dataclass(frozen=True, slots=True)
class Subscale:
    """A part of the measure; without items of its own it can only be given as a number."""

    key: str
    name: Words
    items: tuple[str, ...]
    minimum_answered: int
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """A range of totals from `lowest` up to the next band's, in words; not a diagnosis."""

    key: str
    lowest: Decimal
    name: Words
    source: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Safety:
    """An item or subscale which, answered above `above`, is put to a person; `about` is its key."""

    about: str
    above: int
    answered: Words
    unknown: Words


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """A measure as its file says it.

    Attributes:
        scoring: `sum`, `mean`, `mean_times_10`, `profile` (every item is a result of its own) or `none`.
        entry: how a result may be given: by `items`, by `total`, or neither.
        items_shipped: whether the questions' own wording is part of the product.
        wording: why it is or is not, in words.
        minimum_answered: with fewer there is no total; with more, those missing count as the mean of the others.
        lowest, highest: the totals that can be; 0 where there is no total.
    """

    key: str
    name: Words
    measures: Words
    owner: str
    licence: Words
    wording: Words
    items_shipped: bool
    entry: tuple[str, ...]
    scoring: str
    items: Mapping[str, Item]
    minimum_answered: int
    subscales: Mapping[str, Subscale]
    bands: tuple[tuple[Band, ...], ...]
    safety: tuple[Safety, ...]
    lowest: Decimal
    highest: Decimal

    def bands_on(self, day: date) -> tuple[Band, ...]:
        """Return the bands by which a result of the day is read, lowest first; none when there are none."""
        found: tuple[Band, ...] = ()
        for bands in self.bands:
            if bands[0].valid_from <= day:
                found = bands
        return found


@lru_cache(maxsize=1)
def instruments() -> Mapping[str, Instrument]:
    """Return every measure of the product by its key, in the order that the files give themselves."""
    given = sorted(map(read, (PARAMETERS / "instruments").glob("*.yaml")), key=lambda g: (g["order"], g["key"]))
    return MappingProxyType({data["key"]: read_instrument(data) for data in given})


def instrument(key: str) -> Instrument:
    """Return a measure by its key.

    Raises:
        InstrumentError: `unknown_instrument`.
    """
    found = instruments().get(key)
    if found is None:
        known = ", ".join(instruments())
        message = f"There is no instrument {shown(key)}. The instruments are: {known}."
        raise InstrumentError("unknown_instrument", message, instrument=key)
    return found


def read_instrument(data: Mapping[str, Any]) -> Instrument:
    """Return a measure from what its file says.

    Raises:
        InstrumentError: `bad_instrument`, with everything that is wrong.
    """
    scoring, count = data["scoring"]["kind"], data["items"]["count"]
    turned, labels = set(data["items"].get("reversed", ())), data["items"].get("labels", {})
    items = {}
    for key in map(str, range(1, count + 1)):
        values = tuple(data["items"].get("other", {}).get(key, data["items"].get("values", ())))
        items[key] = Item(key, values, key in turned, labels.get(key))
    lowest, highest = _range(scoring, list(items.values()))
    parts = [_subscale(part, scoring, items, lowest, highest) for part in data["subscales"]]
    found = Instrument(
        key=data["key"],
        name=data["name"],
        measures=data["measures"],
        owner=data["owner"],
        licence=data["licence"],
        wording=data["wording"],
        items_shipped=data["items_shipped"],
        entry=tuple(data["entry"]),
        scoring=scoring,
        items=MappingProxyType(items),
        minimum_answered=data["scoring"].get("minimum_answered", count),
        subscales=MappingProxyType({part.key: part for part in parts}),
        bands=tuple([_bands(bands) for bands in sorted(data["bands"], key=lambda b: b["valid_from"])]),
        safety=tuple([Safety(s["about"], s["above"], s["answered"], s["unknown"]) for s in data["safety"]]),
        lowest=lowest,
        highest=highest,
    )
    problems = [*_problems(found), *[f"reversed item {key} is not there" for key in sorted(turned - set(items))]]
    if problems:
        message = f"{found.key}: {'; '.join(problems)}."
        raise InstrumentError("bad_instrument", message, instrument=found.key, problems=problems)
    return found


def _subscale(
    given: Mapping[str, Any], scoring: str, items: Mapping[str, Item], lowest: Decimal, highest: Decimal
) -> Subscale:
    keys = tuple(given.get("items", ()))
    if scoring == "sum":
        lowest, highest = _range(scoring, [items[key] for key in keys if key in items])
    return Subscale(given["key"], given["name"], keys, given.get("minimum_answered", len(keys)), lowest, highest)


def _bands(given: Mapping[str, Any]) -> tuple[Band, ...]:
    return tuple(
        [
            Band(limit["key"], Decimal(limit["from"]), limit["name"], given["source"], given["valid_from"])
            for limit in given["limits"]
        ]
    )


def _range(scoring: str, items: Sequence[Item]) -> tuple[Decimal, Decimal]:
    """The lowest and the highest total that can be."""
    values = [item.values for item in items if item.values]
    if scoring in ("profile", "none") or not values:
        return Decimal(0), Decimal(0)
    low, high = Decimal(sum(v[0] for v in values)), Decimal(sum(v[-1] for v in values))
    if scoring == "sum":
        return low, high
    times = 10 if scoring == "mean_times_10" else 1
    return low * times / len(values), high * times / len(values)


def _problems(found: Instrument) -> list[str]:
    """What a file says that cannot be."""
    told = []
    if found.scoring not in SCORINGS:
        told.append(f"scoring {shown(found.scoring)} is not one of {', '.join(SCORINGS)}")
    if not set(found.entry) <= {"items", "total"}:
        told.append("entry knows items and total only")
    if "total" in found.entry and found.scoring in ("profile", "none"):
        told.append("there is no total to give")
    if "items" in found.entry and not all(item.values for item in found.items.values()):
        told.append("an item has no values")
    if any(list(item.values) != sorted(set(item.values)) for item in found.items.values()):
        told.append("an item's values do not rise")
    if not 0 <= found.minimum_answered <= len(found.items):
        told.append("minimum_answered is more than there are items")
    for part in found.subscales.values():
        told += [f"{part.key} has no item {shown(key)}" for key in part.items if key not in found.items]
    for bands in found.bands:
        limits = [band.lowest for band in bands]
        if limits != sorted(set(limits)) or limits[0] != found.lowest or limits[-1] > found.highest:
            told.append(f"the bands of {bands[0].valid_from} do not rise from {found.lowest} within {found.highest}")
    known = {*found.items, *found.subscales}
    unknown = [safety.about for safety in found.safety if safety.about not in known]
    return [*told, *[f"safety is about {shown(about)}, which is not there" for about in unknown]]
