"""Reading an assessment: two versions side by side, and the whole on paper in the client's language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from polku.access.needs import need
from polku.assessments import document, queries, standing
from polku.assessments.views.asking import asking, page
from polku.clients.queries import root
from polku.kit.errors import NotFound

LANGUAGES = ("fi", "sv", "en")


@require_safe
@need("assessments.read")
def compare(request: HttpRequest, public_id: str) -> HttpResponse:
    """Two versions side by side; the one before, unless another is chosen."""
    ask = asking(request)
    row = ask.assessment(public_id)
    versions = queries.chain(row, by=ask.by, at=ask.at)[:-1]
    chosen = request.GET.get("with", "")
    before = next((one for one in versions if one.public_id == chosen), versions[-1] if versions else None)
    if before is None:
        raise NotFound("no_earlier", _("There is no earlier version to compare with."))
    found = queries.compare(before, row)
    context = {"row": row, "before": before, "versions": versions, "facts": standing.facts(row, at=ask.at)}
    context |= {"title": _("Compare two versions"), "all": "all" in request.GET}
    context |= {"rows": [one for one in found if one.state != "same" or "all" in request.GET], "count": len(found)}
    return page(request, "compare.html", context)


@require_safe
@need("assessments.read")
def printed(request: HttpRequest, public_id: str) -> HttpResponse:
    """The whole assessment on paper, in the client's language unless another is chosen."""
    ask = asking(request)
    row = ask.assessment(public_id)
    client = root(row.case.client)
    language = request.GET.get("language", client.contact_language)
    language = language if language in LANGUAGES else "fi"
    with translation.override(language):
        found = document.as_document(row, language)
        context = {"document": found, "row": row, "in_languages": LANGUAGES, "title": found.title}
        context["facts"] = standing.facts(row, at=ask.at)
        return page(request, "print.html", context)
