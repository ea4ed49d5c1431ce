"""Instruments filled in with a client (mittari): recorded by items or as a result, over time, never a conclusion.

An instrument's safety item puts a sentence to a person, who writes what was done; the product decides nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require, visible_to
from polku.acting import action
from polku.assessments import moves, reading, wording
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments.models import Assessment, Measure
from polku.assessments.published import words
from polku.cases.models import Case
from polku.clients.queries import same_person
from polku.kit.errors import Conflict, Invalid, NotFound
from polku.kit.localtime import local_date
from polku.rules import instruments, scores
from polku.rules.instruments import Instrument, InstrumentError
from polku.storing import insert

# No instrument's file has had a second version yet.
_VERSION = 1
_NOTE_AT_MOST = 5_000
_SENTENCES = {
    "unknown_instrument": _("There is no such instrument."),
    "not_by_items": _("This instrument is not given item by item: copy its result."),
    "not_by_total": _("This instrument has no total: give its items."),
    "unknown_item": _("The instrument has no such item."),
    "unknown_part": _("The instrument has no such part."),
    "out_of_scale": _("An answer is outside the instrument's scale."),
    "out_of_range": _("The result is outside what the instrument can give."),
    "too_exact": _("The result has too many decimals for this instrument."),
}


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A recorded result as it is shown: numbers and band in words, and what a person is asked to do about safety."""

    public_id: str
    instrument: str
    name: str
    done_on: date
    total: str
    band: str
    subscales: list[tuple[str, str]]
    prompts: list[str]
    safety_note: str
    safety_seen_by: str
    recorded_by: str
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class Point:
    """One total in time, for the chart."""

    day: date
    total: Decimal
    text: str
    band: str


@dataclass(frozen=True, slots=True)
class Trend:
    """An instrument's results in time: the chart's points and range, the bands of today, every row for the table."""

    instrument: str
    name: str
    caution: str
    lowest: Decimal
    highest: Decimal
    points: list[Point]
    bands: list[tuple[Decimal, str]]
    rows: list[MeasureRow]


# --- Writing --------------------------------------------------------------------------------------------------------


@action
def record(
    *,
    case: Case,
    instrument: str,
    done_on: date,
    by: Actor,
    at: datetime,
    key: str,
    items: Mapping[str, int | None] | None = None,
    total: Decimal | int | None = None,
    parts: Mapping[str, Decimal | int] | None = None,
    assessment: Assessment | None = None,
) -> Measure:
    """Record an instrument filled in with the client: its answers by item, or the result copied from its own form.

    Args:
        done_on: the day of the answers.
        items: answers by the items' numbers.
        total: the result, where it is copied; with `parts`: subscales, and the answer to a safety item.
        assessment: the assessment that it belongs to, while that is being written.

    Raises:
        NotAllowed; Invalid: the day is in the future, neither or both ways are used, or a number is outside the scale.
        Conflict: the assessment is ready or locked.
    """
    require(by, "assessments.measure", case, at=at)
    if key and (made := Measure.objects.filter(recorded_by=by, key=key).first()) is not None:
        return made
    if done_on > local_date(at):
        raise Invalid("future", _("The day cannot be in the future."), field="done_on")
    if assessment is not None:
        row = moves.to_write(assessment, by=by, at=at)
        if row.case_id != case.pk:
            raise Invalid("other_case", _("The assessment is another case's."), field="assessment")
    measure, result = _counted(instrument, done_on, items, total, parts)
    found = Measure(
        case=case, assessment=assessment, instrument=measure.key, instrument_version=_VERSION,
        items=_kept(measure, items, parts), total=result.total,
        subscales={name: str(value) for name, value in result.subscales.items() if value is not None},
        band=result.band.key if result.band is not None else "", safety=bool(result.prompts), done_on=done_on,
        recorded_at=at, recorded_by=by, key=key,
    )  # fmt: skip
    if not insert(found, unless_there=True):
        return Measure.objects.get(recorded_by=by, key=key)
    moves.of_case(case, "measured", subject=found.public_id, by=by, at=at, data={"instrument": measure.key})
    return found


def _counted(
    key: str, day: date, items: Mapping[str, int | None] | None, total: Decimal | int | None,
    parts: Mapping[str, Decimal | int] | None,
) -> tuple[Instrument, scores.Score]:  # fmt: skip
    try:
        measure = instruments.instrument(key)
        if not measure.entry and not items and total is None:
            # Filled in in its owner's own service: only that it was, and when.
            return measure, scores.Score(measure.key, day, None, {}, None, (), (), {})
        if bool(items) == (total is not None):
            raise Invalid("one_way", _("Give either the answers by item or the result."), field="items")
        if items:
            return measure, scores.score(measure, items, on=day)
        return measure, scores.of_total(measure, total or 0, on=day, parts=parts)
    except InstrumentError as error:
        field = "instrument" if error.code == "unknown_instrument" else "items" if items else "total"
        raise Invalid(error.code, _SENTENCES[error.code], field=field) from None


def _kept(
    measure: Instrument, items: Mapping[str, int | None] | None, parts: Mapping[str, Decimal | int] | None
) -> dict[str, int] | None:
    """Return what was answered by item: all of it, or of a copied result the safety items that are known."""
    if items:
        return {key: value for key, value in items.items() if value is not None}
    return {key: int(value) for key, value in (parts or {}).items() if key in measure.items} or None


@action
def see_safety(*, measure: Measure, note: str, by: Actor, at: datetime) -> Measure:
    """Write what was done about what the safety item told.

    Raises:
        NotAllowed; Invalid: nothing is written; Conflict: there is nothing to see, or somebody has seen to it.
    """
    require(by, "assessments.measure", measure.case, at=at)
    note = moves.reasoned(
        note, field="safety_note", message=_("Write what was asked and agreed about safety."), most=_NOTE_AT_MOST
    )
    waiting = Measure.objects.filter(pk=measure.pk, safety=True, safety_seen_at__isnull=True)
    if not waiting.update(safety_note=note, safety_seen_at=at, safety_seen_by=by):
        raise Conflict("seen_already", _("Somebody has already seen to this."), field="safety_note")
    measure.safety_note, measure.safety_seen_at, measure.safety_seen_by = note, at, by
    moves.of_case(measure.case, "safety_seen", subject=measure.public_id, by=by, at=at, text=note)
    return measure


@action
def withdraw(*, measure: Measure, reason: str, by: Actor, at: datetime) -> Measure:
    """Withdraw a result that was recorded by mistake; it stays to be seen with its reason, but counts in nothing.

    Raises:
        NotAllowed; Invalid: no reason is given; Conflict: it has been withdrawn, or its assessment is locked.
    """
    require(by, "assessments.measure", measure.case, at=at)
    reason = moves.reasoned(reason, field="reason", message=_("Write shortly why the result is withdrawn."))
    if measure.assessment is not None:
        moves.to_write(measure.assessment, by=by, at=at)
    standing = Measure.objects.filter(pk=measure.pk, withdrawn_at__isnull=True)
    if not standing.update(withdrawn_at=at, withdrawn_reason=reason):
        raise Conflict("withdrawn", _("The result has already been withdrawn."))
    measure.withdrawn_at, measure.withdrawn_reason = at, reason
    moves.of_case(
        measure.case, "measure_withdrawn", subject=measure.public_id, by=by, at=at, text=reason,
        data={"instrument": measure.instrument},
    )  # fmt: skip
    return measure


# --- Reading --------------------------------------------------------------------------------------------------------


def get(public_id: str, *, by: Actor, at: datetime) -> Measure:
    """Return a recorded result that the actor may read.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    rows = visible_to(by, "assessments.read", Measure.objects.select_related("case", "assessment"), at=at)
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such result, or it is not yours to see."))
    return row


def of_case(case: Case, *, by: Actor, at: datetime) -> list[MeasureRow]:
    """Return the results of a case that the actor may read, newest first."""
    rows = visible_to(by, "assessments.read", Measure.objects.filter(case=case), at=at)
    found = rows.select_related("recorded_by", "safety_seen_by").order_by("-done_on", "-id")
    return [shown(row, reading.language()) for row in found]


def trend(case: Case, instrument: str, *, by: Actor, at: datetime) -> Trend:
    """Return an instrument's results of the case's client in time, oldest first, of every case that the actor may read.

    Raises:
        NotFound: there is no such instrument.
    """
    try:
        measure = instruments.instrument(instrument)
    except InstrumentError:
        raise NotFound("unknown_instrument", _SENTENCES["unknown_instrument"]) from None
    language = reading.language()
    rows = Measure.objects.filter(case__client__in=same_person([case.client_id]), instrument=measure.key)
    found = visible_to(by, "assessments.read", rows, at=at).select_related("recorded_by", "safety_seen_by")
    told = list(found.order_by("done_on", "id"))
    counting = [row for row in told if row.withdrawn_at is None and row.total is not None]
    return Trend(
        instrument=measure.key,
        name=words(measure.name, language),
        caution=scores.caution(language),
        lowest=measure.lowest,
        highest=measure.highest,
        points=[
            Point(row.done_on, row.total, plain(row.total, language), band(row, language))
            for row in counting
            if row.total is not None
        ],
        bands=[(one.lowest, words(one.name, language)) for one in measure.bands_on(local_date(at))],
        rows=[shown(row, language) for row in told],
    )


def shown(row: Measure, language: str) -> MeasureRow:
    """Return a recorded result as it is shown in a language."""
    measure = instruments.instruments().get(row.instrument)
    parts = measure.subscales if measure is not None else {}
    return MeasureRow(
        public_id=row.public_id,
        instrument=row.instrument,
        name=name(row, language),
        done_on=row.done_on,
        total=plain(row.total, language) if row.total is not None else "",
        band=band(row, language),
        subscales=[
            (words(parts[key].name, language) if key in parts else key, plain(Decimal(value), language))
            for key, value in row.subscales.items()
        ],
        prompts=prompts(row, language),
        safety_note=row.safety_note,
        safety_seen_by=row.safety_seen_by.name if row.safety_seen_by is not None else "",
        recorded_by=row.recorded_by.name,
        withdrawn_reason=row.withdrawn_reason,
    )


def prompts(row: Measure, language: str) -> list[str]:
    """Return what a person must do about what was answered of safety; nothing when that has been seen to."""
    measure = instruments.instruments().get(row.instrument)
    if measure is None or not row.safety or row.safety_seen_at is not None or row.withdrawn_at is not None:
        return []
    told = []
    for safety in measure.safety:
        part = measure.subscales.get(safety.about)
        given = [(row.items or {}).get(key) for key in (part.items if part is not None else (safety.about,))]
        highest = max((value for value in given if value is not None), default=None)
        if highest is None and safety.about in row.subscales:
            highest = int(Decimal(row.subscales[safety.about]) > safety.above) + safety.above
        if highest is not None and highest > safety.above:
            told.append(words(safety.answered, language))
        elif highest is None:
            told.append(words(safety.unknown, language))
    return told


def name(row: Measure, language: str) -> str:
    """Return the instrument's name."""
    measure = instruments.instruments().get(row.instrument)
    return words(measure.name, language) if measure is not None else row.instrument


def instrument_name(key: str) -> str:
    """Return what an instrument is called in the reader's language; its key when it is not there any more."""
    measure = instruments.instruments().get(key)
    return words(measure.name, reading.language()) if measure is not None else key


def band(row: Measure, language: str) -> str:
    """Return the band of a result in words; empty when it has none."""
    measure = instruments.instruments().get(row.instrument)
    bands = measure.bands_on(row.done_on) if measure is not None else ()
    return next((words(one.name, language) for one in bands if one.key == row.band), row.band)


def plain(total: Decimal, language: str) -> str:
    """Return a result as it is written, without needless decimals."""
    text = format(total.normalize(), "f") if total else "0"
    return wording.number(text, language)
