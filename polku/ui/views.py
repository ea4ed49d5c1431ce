"""Static words and colours of the pages, and the page that shows every component.

This layer lies below `access`, so a view names its need itself instead of taking `access.needs`.
"""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import JavaScriptCatalog, set_language

from polku.ui.context import theme
from polku.ui.showcase import samples

View = Callable[..., HttpResponseBase]
DAY = 24 * 60 * 60


@require_safe
def theme_css(request: HttpRequest, version: str) -> HttpResponse:
    """Give the county's colours as a style sheet; its address changes with them."""
    answer = HttpResponse(theme().css(), content_type="text/css; charset=utf-8")
    patch_cache_control(answer, public=True, max_age=365 * DAY, immutable=version == theme().version())
    return answer


@require_safe
def jsi18n(request: HttpRequest, language: str) -> HttpResponseBase:
    """Give the words that the browser's modules use, in one language."""
    with override(language):
        answer = JavaScriptCatalog.as_view(domain="djangojs")(request)
    patch_cache_control(answer, public=True, max_age=DAY)
    return answer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages and come back; kept in a cookie, for staff and clients alike."""
    return set_language(request)


@require_safe
def states(request: HttpRequest) -> HttpResponse:
    """Show every component in every state, to signed-in staff."""
    if getattr(request, "actor", None) is None:
        return HttpResponse(status=302, headers={"Location": resolve_url(settings.LOGIN_URL)})
    return render(request, "ui/states.html", {"title": _("States and parts")} | samples())


NEEDS: Mapping[View, str] = {theme_css: "public", jsi18n: "public", language: "public", states: "signed_in"}
for _view, _need in NEEDS.items():
    vars(_view)["need"] = _need
