"""A form from elsewhere, looked at before `exchange` takes it in: what it holds, loses, or why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from polku.assessments.exchange import read
from polku.assessments.forms.definition import Definition
from polku.assessments.forms.fhir import definition_of
from polku.assessments.forms.problems import DefinitionError, Loss, Problem


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
    data = read(content)
    try:
        form, losses = definition_of(data, language=language)
    except DefinitionError as error:
        return Found(None, [], list(error.problems))
    return Found(form, losses, [])
