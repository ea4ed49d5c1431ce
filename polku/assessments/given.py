"""What a form on the page gives as an answer: one value from its fields, as the form engine takes it."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from polku.assessments.forms.answers import NOT_ASKED
from polku.assessments.forms.definition import Question

LINES_AT_MOST = 60


def value(question: Question, posted: QueryDict) -> Any:
    """Return the value that was sent for a question; None when the fields are empty.

    A voice that was not heard is sent as its reason; a text beside it counts more.
    """
    given = _value(question, posted)
    reason = posted.get(NOT_ASKED, "").strip()
    if reason and question.voices and given in (None, "", []):
        return {NOT_ASKED: reason}
    return given


def _value(question: Question, posted: QueryDict) -> Any:
    if question.kind == "choices" or (question.repeats and question.codes):
        return [one for one in posted.getlist("value") if one]
    text = posted.get("value", "")
    if question.repeats:
        return [line.strip() for line in text.splitlines()[:LINES_AT_MOST] if line.strip()]
    if question.kind == "quantity":
        return {"value": text.strip(), "unit": posted.get("unit", "")} if text.strip() else None
    return text if text.strip() else None


def source(posted: QueryDict) -> str | None:
    """Return from whom an outside fact came; None where the page did not ask."""
    return posted.get("source")
