"""Answers in words, for a page, a print and a letter: choices by their texts, days and numbers as they are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext, override

from polku.assessments.forms.answers import NOT_ASKED
from polku.assessments.forms.definition import Definition, Question
from polku.assessments.forms.values import empty
from polku.assessments.published import words


def answer(form: Definition, question: Question, value: Any, language: str) -> str:
    """Return an answer in words; empty when there is none."""
    if empty(value) or not_asked(value):
        return ""
    if isinstance(value, list):
        return ", ".join(_one(form, question, each, language) for each in value)
    return _one(form, question, value, language)


def not_asked(value: Any) -> str:
    """Return why a voice was not heard; empty when it was, or nothing has been said of it."""
    return str(value[NOT_ASKED]) if isinstance(value, dict) and NOT_ASKED in value else ""


def _one(form: Definition, question: Question, value: Any, language: str) -> str:
    if question.codes:
        code = form.code_list(question).code(str(value))
        return words(code.texts, language) if code is not None else str(value)
    if question.kind == "boolean":
        with override(language):
            return gettext("Yes") if value else gettext("No")
    if question.kind == "date":
        return day(date.fromisoformat(str(value)))
    if question.kind == "quantity" and isinstance(value, dict):
        return f"{number(value['value'], language)} {value.get('unit', '')}".strip()
    if question.kind in ("integer", "decimal", "score"):
        return number(value, language)
    return str(value)


def day(value: date) -> str:
    """Return a day as a document has it."""
    return f"{value.day}.{value.month}.{value.year}"


def number(value: object, language: str) -> str:
    """Return a number as the language writes it."""
    text = str(value).replace("-", "\u2212")
    return text if language == "en" else text.replace(".", ",")
