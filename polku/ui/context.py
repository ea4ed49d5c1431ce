"""Context processor: the frame of the page and the county's style sheet."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.utils.translation import get_language

from polku.ui.frame import LANGUAGES, Frame
from polku.ui.theme import Theme


@cache
def theme() -> Theme:
    """Return the county's colours from `settings.POLKU_THEME`: a Theme, or the path of a function that gives one."""
    chosen = getattr(settings, "POLKU_THEME", None) or Theme()
    if isinstance(chosen, str):
        chosen = import_string(chosen)()
    if not isinstance(chosen, Theme):
        raise TypeError("POLKU_THEME is not a polku.ui.theme.Theme")
    return chosen


@cache
def _filler(path: str) -> Callable[[HttpRequest], Frame]:
    found: Callable[[HttpRequest], Frame] = import_string(path)
    return found


def _here(request: HttpRequest) -> str:
    """Return the address that shows this page again: what was sent cannot be asked for, so where it was sent from."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came = urlsplit(request.META.get("HTTP_REFERER", ""))
    return urlunsplit(("", "", came.path, came.query, "")) if came.netloc == request.get_host() else "/"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return `frame`, `theme_version`, `languages` and `here` (the address to come back to)."""
    path = getattr(settings, "POLKU_FRAME", "")
    active = get_language() or "fi"
    return {
        # A fragment of a page draws nothing of it, and asks for nothing.
        "frame": SimpleLazyObject(lambda: _filler(path)(request)) if path else Frame(),
        "theme_version": theme().version(),
        "languages": [{"code": code, "name": name, "current": code == active} for code, name in LANGUAGES],
        "here": _here(request),
        "sent_at": getattr(request, "at", None),
    }
