"""A form from elsewhere: read, what it would lose told, and published as a version of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.assessments import published
from polku.assessments.forms.definition import Definition
from polku.assessments.forms.fhir import definition_of
from polku.assessments.forms.problems import DefinitionError, Loss, Problem
from polku.assessments.models import FormVersion
from polku.audit import actions as audit
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date

FILE_AT_MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: a form with what would be lost of it, or the problems for which it cannot be used."""

    form: Definition | None
    losses: list[Loss]
    problems: list[Problem]


def look(content: bytes, *, language: str) -> Found:
    """Return what a FHIR Questionnaire would become.

    Raises:
        Invalid: the file is too large, or no JSON.
    """
    if len(content) > FILE_AT_MOST:
        raise Invalid("too_large", _("The file is too large: at most 2 MB."), field="file")
    try:
        data: Any = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid("not_json", _("The file is not JSON."), field="file") from None
    try:
        form, losses = definition_of(data, language=language)
    except DefinitionError as error:
        return Found(None, [], list(error.problems))
    return Found(form, losses, [])


@action
def publish(*, form: Definition, origin: str, by: Actor, at: datetime) -> FormVersion:
    """Publish a form that has been looked at, as the version after those that are there.

    Raises:
        NotAllowed.
    """
    require(by, "assessments.forms", at=at)
    versions = published.without_content().filter(key=form.key).order_by("-version").values_list("version", flat=True)
    number = next(iter(versions), 0) + 1
    row = published.publish(form, version=number, by=by, at=at, valid_from=local_date(at), origin=origin[:200])
    audit.changed(by=by, at=at, what="assessments.form_published", subject=f"{row.key} {row.version}")
    return row
