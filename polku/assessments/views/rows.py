"""Rows of repeating groups: one taken away, with all that was answered in it, and put back."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from polku.access.needs import need
from polku.acting import action
from polku.assessments import answering
from polku.assessments.models import Answer, Assessment
from polku.assessments.views.asking import Asking, asking, go, page, say, say_refused
from polku.assessments.views.sections import context
from polku.kit.errors import Refused

_BACK_AT_MOST = 100


@require_POST
@need("assessments.write")
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a row away; the page that follows can put it back."""
    ask = asking(request)
    row = ask.assessment(public_id)
    path = request.POST.get("path", "")[:500]
    key = path.partition(".")[0]
    try:
        gone = _emptied(ask, row, path)
    except Refused as error:
        say_refused(request, error)
        return go("section", public_id, key)
    row = ask.assessment(public_id)
    return page(request, "page.html", {**context(ask, row, key), "undo": json.dumps(gone), "undo_path": path})


@action
def _emptied(ask: Asking, row: Assessment, path: str) -> list[dict[str, Any]]:
    """Take every answer of a row away; returns them as they were."""
    there = list(Answer.objects.filter(assessment=row, path__startswith=f"{path}.", value__isnull=False).order_by("id"))
    for one in there:
        answering.save(
            assessment=row, path=one.path, voice=one.voice, value=None, version=one.version, by=ask.by, at=ask.at
        )
    return [{"path": one.path, "voice": one.voice, "value": one.value, "version": one.version + 1} for one in there]


@require_POST
@need("assessments.write")
def put_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a row back as it was; what somebody has written there meanwhile stays, with this beside it."""
    ask = asking(request)
    row = ask.assessment(public_id)
    try:
        _filled(ask, row, _given(request.POST.get("undo", "")))
        say(request, _("The row is back."))
    except Refused as error:
        say_refused(request, error)
    return go("section", public_id, request.POST.get("path", "").partition(".")[0][:50] or "none")


def _given(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text[:200_000])
    except ValueError:
        return []
    return [one for one in found[:_BACK_AT_MOST] if isinstance(one, dict)] if isinstance(found, list) else []


@action
def _filled(ask: Asking, row: Assessment, given: list[dict[str, Any]]) -> None:
    for one in given:
        version = one.get("version", 0)
        answering.save(
            assessment=row, path=str(one.get("path", "")), voice=str(one.get("voice", "")), value=one.get("value"),
            version=version if isinstance(version, int) else 0, by=ask.by, at=ask.at,
        )  # fmt: skip
