"""Published forms: which one is in force, and the definition that a version holds."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.queries import current
from polku.assessments.forms.definition import SHARED, Definition, Question, Words
from polku.assessments.forms.reading import fingerprint, read
from polku.assessments.forms.writing import as_data
from polku.assessments.models import Assessment, FormVersion
from polku.kit.errors import Invalid, NotFound
from polku.storing import insert

# What a form asks with this prefill is on which day assessing began: such a form is an assessment of service needs
# (1301/2014 36 §), and its start and its end meet the clocks.
STARTED_ON = "assessment.started_on"
# The name of the question, group or section that decides who may assess (1301/2014 36.5 §).
SPECIAL_SUPPORT = "special_support"


@lru_cache(maxsize=64)
def _read(digest: str) -> Definition:
    content: Any = FormVersion.objects.filter(digest=digest).values_list("content", flat=True)[0]
    return read(content)


def definition(form: FormVersion) -> Definition:
    """Return what a published version asks; read from its row once a process, since it never changes."""
    return _read(form.digest)


def of(assessment: Assessment) -> Definition:
    """Return the definition by which an assessment is filled in."""
    return definition(assessment.form)


def without_content() -> QuerySet[FormVersion]:
    """Return the published versions, without their content: `definition` has that at hand."""
    return FormVersion.objects.defer("content")


def in_force(key: str, *, day: date) -> FormVersion:
    """Return the newest version of a form that is in force on a day.

    Raises:
        NotFound `no_form`: there is none.
    """
    found = without_content().filter(current(day), key=key).order_by("-version").first()
    if found is None:
        raise NotFound("no_form", _("There is no such form in force."), "form", form=key)
    return found


def all_in_force(*, day: date) -> list[FormVersion]:
    """Return the newest version of every form that is in force on a day, by name."""
    newest: dict[str, FormVersion] = {}
    for form in without_content().filter(current(day)).order_by("key", "version"):
        newest[form.key] = form
    return sorted(newest.values(), key=lambda form: form.title_fi)


def publish(
    found: Definition, *, version: int, by: Actor, at: datetime, valid_from: date, origin: str = ""
) -> FormVersion:
    """Store a definition as a version of its form; the same one again is that row.

    Raises:
        Invalid `form_changed`: the version is there with another content.
    """
    digest = fingerprint(found)
    row = FormVersion(
        key=found.key, version=version, national_id=found.national_id[:80], content=as_data(found), digest=digest,
        title_fi=_title(found.titles, "fi"), title_sv=_title(found.titles, "sv"), title_en=_title(found.titles, "en"),
        origin=origin, valid_from=valid_from, published_at=at, published_by=by,
    )  # fmt: skip
    if insert(row, unless_there=True):
        return row
    there = without_content().get(key=found.key, version=version)
    if there.digest != digest:
        raise Invalid(
            "form_changed",
            _(
                "The form %(form)s has been published as version %(version)s with another content."
                " Give what has changed a new version."
            )
            % {"form": found.key, "version": version},
            field="version",
            form=found.key,
            version=version,
        )
    return there


def _title(titles: Words, language: str) -> str:
    return (titles.get(language) or next(iter(titles.values())))[:200]


def words(texts: Words, language: str) -> str:
    """Return a text of a form in a language; a form from elsewhere may have it in another one only."""
    return texts.get(language) or texts.get("fi") or next(iter(texts.values()), "")


def form_name(key: str) -> str:
    """Return what a form is called in the reader's language; its key when nobody knows it any more."""
    named = without_content().filter(key=key).order_by("-version").first()
    return named.title if named is not None else key


def is_assessment_of_needs(form: Definition) -> bool:
    """Tell whether the form is an assessment of service needs, whose start and end meet the clocks of 36 §."""
    return _asked_for(form, STARTED_ON) is not None


def day_of_start(form: Definition) -> Question | None:
    """Return the question on which day assessing began, if the form has it."""
    return _asked_for(form, STARTED_ON)


def _asked_for(form: Definition, prefill: str) -> Question | None:
    return next((question for question in form.questions() if question.prefill == prefill), None)


def special_support(form: Definition) -> frozenset[str]:
    """Return the paths of the questions whether somebody is entitled to special support (1301/2014 3 §).

    A form asks it once of an adult, or of each child: in a question, a group or a section of that name.
    """
    return frozenset(
        question.path
        for question in form.questions()
        if SPECIAL_SUPPORT in question.path.split(".")
        and question.answered_by == (SHARED,)
        and _yes_or_no(form, question)
    )


def _yes_or_no(form: Definition, question: Question) -> bool:
    if question.kind == "boolean":
        return True
    return question.kind == "choice" and {"yes", "no"} <= {code.key for code in form.code_list(question).codes}
