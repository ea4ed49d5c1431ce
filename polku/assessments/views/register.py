"""The main user's register of forms: the versions, one brought in from elsewhere, one given out as FHIR."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from polku.access.needs import need
from polku.assessments import exchange, importing, published, queries
from polku.assessments.asked import ImportForm
from polku.assessments.forms.fhir import questionnaire_of
from polku.assessments.views.asking import Asking, asking, go, page, say, to_field
from polku.kit.errors import NotFound, Refused


@require_safe
@need("assessments.forms")
def index(request: HttpRequest) -> HttpResponse:
    """Every version of every form."""
    rows = published.without_content().select_related("published_by").order_by("key", "-version")
    return page(request, "forms.html", {"title": _("Forms"), "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@need("assessments.forms")
def bring(request: HttpRequest) -> HttpResponse:
    """Read a file, tell what it would lose, and publish it when that has been seen."""
    ask = asking(request)
    form = ImportForm(request.POST if request.method == "POST" else None, request.FILES or None)
    context: dict[str, Any] = {"title": _("Bring in a form"), "form": form}
    if form.is_valid():
        try:
            return _brought(ask, form, context)
        except Refused as error:
            to_field(form, error)
    return page(request, "import.html", context, status=422 if form.errors else 200)


def _brought(ask: Asking, form: ImportForm, context: dict[str, Any]) -> HttpResponse:
    content = form.content_of()
    found = importing.look(content, language=form.cleaned_data["language"])
    if found.form is not None and "publish" in ask.request.POST:
        given = form.cleaned_data
        row = exchange.take_in(
            content=content, language=given["language"], origin=given["name"], by=ask.by, at=ask.at
        ).form
        say(ask.request, _("The form is published: %(form)s") % {"form": f"{row.title} {row.version}"})
        return go("forms")
    title = published.words(found.form.titles, queries.language()) if found.form is not None else ""
    context |= {"found": found, "form_title": title, "content": content.decode("utf-8", "replace")}
    context |= {"name": form.file_name(), "language": form.cleaned_data["language"]}
    return page(ask.request, "import.html", context, status=422 if found.problems else 200)


@require_safe
@need("assessments.forms")
def export(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """A version as a FHIR Questionnaire; what FHIR cannot hold is named in a header line of its own."""
    row = published.without_content().filter(key=key, version=version).first()
    if row is None:
        raise NotFound("no_form", _("There is no such form."))
    found, losses = questionnaire_of(published.definition(row))
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Type"] = "application/fhir+json"
    response["Content-Disposition"] = f'attachment; filename="{row.key}-{row.version}.json"'
    response["X-Losses"] = str(len(losses))
    return response
