"""Whether an item can be decided: what is there, and what is missing, by name and with its address.

A position that grants or refuses needs a locked assessment of the series' form and every criterion with its reason. A
plan in force is named when it is missing, and does not keep the group from its position: it is not made when it is
evidently needless (1301/2014 39.1 §).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from polku.assessments.models import Assessment, Plan
from polku.assessments.states import AssessmentState, PlanState
from polku.kit.localtime import local_date
from polku.meetings import rubrics
from polku.meetings.models import Item, ItemCriterion, Series
from polku.ui import words

ASSESSMENT, CRITERIA, PLAN = "assessment", "criteria", "plan"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of readiness: whether it is there, its words, where it is made right, what is missing of it by name."""

    key: str
    done: bool
    words: str
    short: str = ""
    url: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an item has and lacks."""

    parts: tuple[Part, ...]
    assessment: Assessment | None = field(default=None, compare=False)

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return all(part.done for part in self.parts)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that are missing."""
        return tuple(part for part in self.parts if not part.done)

    @property
    def blocking(self) -> tuple[Part, ...]:
        """The missing parts without which nothing is granted or refused."""
        return tuple(part for part in self.missing if part.key != PLAN)

    @property
    def short(self) -> str:
        """The first missing part in two words, for the agenda; empty when nothing is missing."""
        return next((part.short for part in self.missing), "")

    @property
    def words(self) -> str:
        """All parts in one sentence."""
        said = ", ".join(part.words for part in self.parts)
        return (_("Ready to be handled: %(parts)s.") if self.ready else _("Not ready: %(parts)s.")) % {"parts": said}


def of(items: Sequence[Item], series: Series, *, day: date) -> dict[int, Readiness]:
    """Return the readiness of items of a series by their numbers; four queries for any number of items."""
    criteria = rubrics.of(series, day=day)
    cases = {item.case_id for item in items}
    assessments = newest(cases, series)
    plans = {
        plan.case_id: plan for plan in Plan.objects.filter(case_id__in=cases, state=PlanState.IN_FORCE).order_by("pk")
    }
    wanted = {one.path for one in criteria}
    weighed: dict[int, set[str]] = {item.pk: set() for item in items}
    for number, path in ItemCriterion.objects.filter(item__in=weighed).values_list("item_id", "criterion"):
        weighed[number] |= {path} & wanted
    return {
        item.pk: _readiness(item, assessments.get(item.case_id), plans.get(item.case_id), criteria, weighed[item.pk])
        for item in items
    }


def newest(cases: Iterable[int], series: Series) -> dict[int, Assessment]:
    """Return the newest assessment of the series' form by case, other than broken off."""
    rows = Assessment.objects.filter(case_id__in=cases, form__key=series.form)
    return {
        row.case_id: row
        for row in rows.exclude(state=AssessmentState.BROKEN_OFF).order_by("case_id", "version", "created_at", "pk")
    }


def _readiness(
    item: Item,
    assessment: Assessment | None,
    plan: Plan | None,
    criteria: tuple[rubrics.Criterion, ...],
    weighed: set[str],
) -> Readiness:
    parts = [_assessment(assessment, item)]
    if criteria:
        parts.append(_criteria(criteria, weighed, item))
    return Readiness((*parts, _plan(plan, item)), assessment)


def _assessment(found: Assessment | None, item: Item) -> Part:
    if found is None:
        return Part(
            ASSESSMENT, False, _("the assessment has not been begun"), _("No assessment"),
            address("assessments:of_case", item.case.public_id),
        )  # fmt: skip
    url = address("assessments:page", found.public_id)
    if found.state == AssessmentState.LOCKED and found.locked_at is not None:
        day = words.short_day(local_date(found.locked_at))
        return Part(ASSESSMENT, True, _("assessment locked %(day)s") % {"day": day}, url=url)
    if found.state == AssessmentState.READY:
        return Part(ASSESSMENT, False, _("the assessment is ready but not locked"), _("Assessment not locked"), url)
    return Part(ASSESSMENT, False, _("the assessment is unfinished"), _("Assessment unfinished"), url)


def _criteria(criteria: tuple[rubrics.Criterion, ...], weighed: set[str], item: Item) -> Part:
    missing = tuple(one.name for one in criteria if one.path not in weighed)
    done = len(criteria) - len(missing)
    said = _("criteria %(done)s/%(all)s") % {"done": done, "all": len(criteria)}
    return Part(
        CRITERIA, not missing, said, _("Criteria missing"), address("meetings:item", item.public_id), missing
    )  # fmt: skip


def _plan(plan: Plan | None, item: Item) -> Part:
    if plan is not None and plan.confirmed_at is not None:
        day = words.short_day(local_date(plan.confirmed_at))
        return Part(PLAN, True, _("plan %(day)s") % {"day": day}, url=address("assessments:plan", plan.public_id))
    return Part(PLAN, False, _("no plan in force"), _("No plan"), address("assessments:plans", item.case.public_id))


def address(page: str, *args: str) -> str:
    """Return a page's address; empty where the page is not part of this installation."""
    try:
        return reverse(page, args=args)
    except NoReverseMatch:
        return ""
