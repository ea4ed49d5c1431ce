"""What every way of reading an assessment begins with: its answers, its voices in words, who is writing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language

from polku.access.models import Actor
from polku.assessments import published
from polku.assessments.forms import paths
from polku.assessments.forms.conditions import Answers, Eye
from polku.assessments.forms.definition import SHARED, Definition
from polku.assessments.models import Answer, Assessment
from polku.assessments.states import Voice

# Somebody whose last save is not older is writing now.
WRITES_NOW = timedelta(seconds=20)


def answers(assessment: Assessment) -> dict[str, dict[str, Any]]:
    """Return everything that is answered: path to voice to value, as the form engine takes it."""
    found: dict[str, dict[str, Any]] = {}
    rows = Answer.objects.filter(assessment=assessment, value__isnull=False)
    for path, voice, value in rows.order_by("id").values_list("path", "voice", "value"):
        found.setdefault(path, {})[voice] = value
    return found


def as_truth(value: object) -> bool | None:
    """Return an answer to a yes-or-no question, whether it is asked as one or as a choice; None when not known."""
    return {"yes": True, "no": False, True: True, False: False}.get(value) if isinstance(value, str | bool) else None


def special_support(form: Definition, given: Answers) -> bool | None:
    """Return whether anybody is entitled to special support, by what is answered and shown; None when not known."""
    eye, asked = Eye(form, given), published.special_support(form)
    told = [
        as_truth(voices.get(SHARED)) for path, voices in given.items() if paths.plain(path) in asked and eye.sees(path)
    ]
    if True in told:
        return True
    return False if told and None not in told else None


def language() -> str:
    """Return the reader's language."""
    return (get_language() or "fi")[:2]


def writing_now(assessment: Assessment, *, at: datetime, but: Actor | None = None) -> list[str]:
    """Return the names of those who have saved something within the last seconds, without one of them."""
    rows = Answer.objects.filter(assessment=assessment, written_at__gt=at - WRITES_NOW)
    if but is not None:
        rows = rows.exclude(written_by=but)
    return sorted(set(rows.values_list("author_name", flat=True)))


def whose(voice: str) -> str:
    """Return a voice in the reader's language; empty for what has one answer."""
    return str(Voice(voice).label) if voice else ""
