"""One section of an assessment: the page, the fragment that keeps it fresh, and the saving of one answer."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from polku.access.needs import need
from polku.access.permissions import can
from polku.assessments import answering, drawing, given, pages, published, queries, standing
from polku.assessments.drawing import Wrong
from polku.assessments.forms import paths
from polku.assessments.models import AnswerBeside, Assessment, Known
from polku.assessments.states import AssessmentState, KnownState, StartedBy
from polku.assessments.views.asking import Asking, address, asking, go, page, say_refused, wants_json
from polku.kit.errors import NotFound, Refused
from polku.ui import words


@require_safe
@need("assessments.read")
def whole(request: HttpRequest, public_id: str) -> HttpResponse:
    """The assessment: at the section with which one goes on."""
    ask = asking(request)
    row = ask.assessment(public_id)
    return redirect("assessments:section", public_id, standing.first_open(row, by=ask.by, at=ask.at))


@require_safe
@need("assessments.read")
def section(request: HttpRequest, public_id: str, key: str) -> HttpResponse:
    """One section with everything around it."""
    ask = asking(request)
    return page(request, "page.html", context(ask, ask.assessment(public_id), key))


@require_safe
@need("assessments.read")
def now(request: HttpRequest, public_id: str, key: str) -> HttpResponse:
    """The section as it is now; nothing (304) while nobody has changed anything."""
    ask = asking(request)
    row = queries.get(public_id, by=ask.by, at=ask.at)
    tag = _tag(row, ask)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified()
    ask.saw("assessment", [row.case.client_id], subject=row.public_id)
    response = page(request, "now.html", {**_sheet(ask, row, key), "fragment": True})
    response["ETag"] = tag
    return response


def _tag(row: Assessment, ask: Asking) -> str:
    """Return what changes when anything that the section shows does: its stamp, its state, who else writes."""
    others = ",".join(queries.writing_now(row, at=ask.at, but=ask.by))
    return f'"{row.stamp}-{row.state}-{crc32(others.encode()):x}"'


def context(ask: Asking, row: Assessment, key: str, wrong: Wrong | None = None) -> dict[str, Any]:
    """Return everything that a section's page shows."""
    told = standing.said(row, by=ask.by, at=ask.at)
    return {
        **_sheet(ask, row, key, wrong),
        "title": standing.title(row),
        "facts": standing.facts(row, at=ask.at),
        "side": standing.side(row, at=ask.at),
        "said": told,
        "said_url": address("desk:contact", told.contact) if told is not None else "",
        "band": standing.band(row, at=ask.at),
        "started": StartedBy(row.started_how).label if row.started_how else "",
    }


def _sheet(ask: Asking, row: Assessment, key: str, wrong: Wrong | None = None) -> dict[str, Any]:
    """Return what the fragment shows: the list of sections, the open one, the bar."""
    outline = queries.sections(row, by=ask.by, at=ask.at, opened=key)
    adding = ask.request.GET.get("add", "")[:500]
    if not standing.opened_in(outline, key):
        raise NotFound("no_section", _("This part of the form is not asked now."))
    found = pages.section(row, key, by=ask.by, at=ask.at)
    act = standing.next_act(row, outline, by=ask.by, at=ask.at)
    return {
        "row": row,
        "outline": outline,
        "lines": standing.lines(row, outline, key),
        "sheet": found,
        "cells": drawing.cells(found, row.public_id, wrong, adding),
        "adding": adding,
        "known": drawing.known(found),
        "wrong": wrong,
        "writers": standing.writers(found.writing_now, me=True) if found.may_write else "",
        "next": act,
        "optional": standing.optional_part(row, outline, act),
        "left": standing.how_far(outline) if row.state == AssessmentState.DRAFT else "",
        "may_finish": can(ask.by, "assessments.finish", row, at=ask.at),
        "needs_start": row.started_at is None and row.state == AssessmentState.DRAFT and found.may_write,
        "may_begin": row.state == AssessmentState.LOCKED and can(ask.by, "assessments.begin", row.case, at=ask.at),
    }


@require_POST
@need("assessments.write")
def answer(request: HttpRequest, public_id: str, path: str) -> HttpResponse:
    """Save one answer in one voice: as it is typed, or by the button of its form."""
    ask = asking(request)
    row = ask.assessment(public_id)
    voice, by_script = request.GET.get("voice", ""), wants_json(request)
    try:
        saved = _save(ask, row, path, voice, pressed=not by_script)
    except NotFound:
        raise
    except Refused as error:
        if by_script:
            return JsonResponse({"errors": {"value": [str(error.message)]}}, status=422)
        wrong = Wrong(f"{path}:{voice}" if voice else path, str(error.message), request.POST)
        return page(request, "page.html", context(ask, row, _key(path), wrong), status=422)
    if not by_script:
        return go("section", public_id, _key(path), part=f"q-{path}")
    return _told(saved)


def _key(path: str) -> str:
    return path.partition(".")[0]


def _save(ask: Asking, row: Assessment, path: str, voice: str, *, pressed: bool) -> answering.SavedAnswer:
    posted = ask.request.POST
    question = published.of(row).index.get(paths.plain(path))
    if question is None:
        raise NotFound("no_question", _("The form has no such field. Open it again."))
    version = posted.get("version", "0")
    return answering.save(
        assessment=row, path=path, voice=voice, value=given.value(question, posted),
        version=int(version) if version.isdecimal() and len(version) < 9 else 0, by=ask.by, at=ask.at,
        source=given.source(posted), pressed=pressed,
    )  # fmt: skip


def _told(saved: answering.SavedAnswer) -> JsonResponse:
    """Tell the autosave the version that stands; 409 when somebody else has written the same meanwhile."""
    facts: dict[str, object] = {
        "version": saved.version,
        "saved_at": words.clock_time(saved.saved_at, seconds=True),
        "stamp": saved.stamp,
    }
    if saved.stale and saved.theirs is not None:
        facts |= {"by": saved.theirs.author_name, "at": words.clock_time(saved.theirs.written_at)}
        return JsonResponse(facts, status=409)
    return JsonResponse(facts)


@require_POST
@need("assessments.write")
def known(request: HttpRequest, public_id: str, known_id: str) -> HttpResponse:
    """Mark something known before as still true or changed."""
    ask = asking(request)
    row = ask.assessment(public_id)
    told = Known.objects.filter(assessment=row, public_id=known_id).first()
    if told is None:
        raise NotFound("no_known", _("There is no such thing to check."))
    told.assessment = row
    state = KnownState.CONFIRMED if request.POST.get("state") == "confirmed" else KnownState.CHANGED
    try:
        answering.check_known(known=told, state=state, by=ask.by, at=ask.at)
    except Refused as error:
        say_refused(request, error)
    return go("section", public_id, _key(told.path), part="known" if state == "confirmed" else f"q-{told.path}")


@require_POST
@need("assessments.write")
def beside(request: HttpRequest, public_id: str, beside_id: str) -> HttpResponse:
    """Choose between two answers to the same question."""
    ask = asking(request)
    row = ask.assessment(public_id)
    kept = AnswerBeside.objects.filter(assessment=row, public_id=beside_id).select_related("written_by").first()
    if kept is None:
        raise NotFound("no_beside", _("There is no such answer."))
    kept.assessment = row
    try:
        answering.settle_beside(beside=kept, use=request.POST.get("use") == "yes", by=ask.by, at=ask.at)
    except Refused as error:
        say_refused(request, error)
    return go("section", public_id, _key(kept.path), part=f"q-{kept.path}")
