"""Forms and answers to and from other systems (FHIR R4): what cannot be carried over is named, never left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments import published, reading
from polku.assessments.forms import fhir
from polku.assessments.forms.definition import Definition
from polku.assessments.forms.problems import DefinitionError, Loss
from polku.assessments.forms.reading import fingerprint
from polku.assessments.forms.shipped import shipped
from polku.assessments.models import Assessment, FormVersion
from polku.assessments.states import AssessmentState
from polku.audit import actions as audit
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date

LARGEST = 2_000_000
_PROBLEMS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import led to: the form, what of it could not be taken in, and whether the same one was there already."""

    form: FormVersion
    losses: Sequence[Loss]
    new: bool


def read(content: bytes) -> Any:
    """Return what a file of JSON holds.

    Raises:
        Invalid: it is too large, or no JSON.
    """
    if len(content) > LARGEST:
        raise Invalid("too_large", _("The file is too large: at most 2 megabytes."), field="file")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid("not_json", _("The file is not JSON, or has been cut off."), field="file") from None
    return data


def look(content: bytes, *, language: str = "en") -> tuple[Definition, list[Loss]]:
    """Return what a FHIR Questionnaire holds, and what of it would be lost; nothing is stored.

    Args:
        content: the questionnaire as JSON.
        language: that of its texts, where it does not say so itself.

    Raises:
        Invalid: it is too large, no JSON, no questionnaire, or cannot be filled in (`problems` names every fault).
    """
    data = read(content)
    try:
        return fhir.definition_of(data, language=language)
    except DefinitionError as error:
        told = [str(problem) for problem in error.problems]
        raise Invalid(
            "not_a_form",
            _("The questionnaire cannot be used: %(what)s") % {"what": "; ".join(told[:_PROBLEMS_SHOWN])},
            field="file",
            problems=told,
        ) from None


@action
def take_in(*, content: bytes, by: Actor, at: datetime, language: str = "en", origin: str = "") -> TakenIn:
    """Publish a FHIR Questionnaire as the next version of its form; the same one again is the version that is there.

    Raises:
        NotAllowed; Invalid: as `look`, or its name is that of a form that comes with Polku.
    """
    require(by, "assessments.forms", at=at)
    found, losses = look(content, language=language)
    if found.key in shipped():
        raise Invalid(
            "key_shipped",
            _("The name %(form)s belongs to a form that comes with Polku. Give the questionnaire another name.")
            % {"form": found.key},
            field="file",
        )
    versions = FormVersion.objects.filter(key=found.key)
    there = published.without_content().filter(key=found.key, digest=fingerprint(found)).order_by("-version").first()
    if there is not None:
        return TakenIn(there, losses, new=False)
    last: int | None = versions.aggregate(last=Max("version"))["last"]
    day = local_date(at)
    form = published.publish(
        found, version=(last or 0) + 1, by=by, at=at, valid_from=day, origin=origin.strip()[:200] or "FHIR"
    )
    audit.changed(
        by=by, at=at, what="assessments.form_published", subject=f"{form.key} {form.version}",
        details={"losses": len(losses)},
    )  # fmt: skip
    return TakenIn(form, losses, new=True)


@action
def stop_using(*, form: FormVersion, last_day: date, by: Actor, at: datetime) -> FormVersion:
    """Say on which day a form is begun for the last time; what has been begun with it goes on.

    Raises:
        NotAllowed; Invalid: the day is past or before the form's first; Conflict: it has ended already.
    """
    require(by, "assessments.forms", at=at)
    if last_day < local_date(at) - timedelta(days=1) or last_day < form.valid_from:
        raise Invalid("past", _("The last day cannot be in the past, or before the form's first day."), "last_day")
    if not FormVersion.objects.filter(pk=form.pk, valid_until__isnull=True).update(valid_until=last_day):
        raise Conflict("ended", _("The form's last day has been set already."), field="last_day")
    form.valid_until = last_day
    audit.changed(
        by=by, at=at, what="assessments.form_ended", subject=f"{form.key} {form.version}",
        details={"last_day": last_day.isoformat()},
    )  # fmt: skip
    return form


def questionnaire(form: FormVersion) -> tuple[dict[str, Any], list[Loss]]:
    """Return a published form as a FHIR Questionnaire, and what of it that cannot hold."""
    return fhir.questionnaire_of(published.definition(form))


def response(assessment: Assessment) -> tuple[dict[str, Any], list[Loss]]:
    """Return an assessment's answers as a FHIR QuestionnaireResponse, and what of them that cannot hold."""
    done = assessment.state == AssessmentState.LOCKED
    return fhir.response_of(
        published.of(assessment),
        reading.answers(assessment),
        status="completed" if done else "in-progress",
        authored=assessment.locked_at.isoformat() if assessment.locked_at is not None else "",
    )
