"""A form from elsewhere, looked at before `exchange` takes it in: what it holds, loses, or why it cannot be used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.assessments.forms.definition import Definition
from polku.assessments.forms.fhir import definition_of
from polku.assessments.forms.problems import DefinitionError, Loss, Problem
from polku.kit.errors import Invalid

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
