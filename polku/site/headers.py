"""What every answer tells the browser to keep apart, static files and refusals included; and how much is read at all.

The policy of pages is the setting CONTENT_SECURITY_POLICY; what has none (a picture, a figure, a refusal before any
page) gets the narrowest one. Style sheets, modules and fonts are no documents: they obey only who may take them and
what they are, and a page that brings a dozen of them would carry the rest a dozen times.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from polku.site import answers

# Nothing here needs a browser's machinery; an address is not told to another site.
ALWAYS = {
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "microphone=(), midi=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Content-Security-Policy": "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
}
# What only a document obeys, left out of static files of these kinds.
OF_DOCUMENTS = {"Permissions-Policy", "Cross-Origin-Embedder-Policy", "Content-Security-Policy"}
NO_DOCUMENTS = ("text/css", "text/javascript", "font/woff2")
# The biggest thing that is taken in: a calendar file or a long form. What is longer is not read.
MOST_BYTES = 3_000_000


def guarded(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse what is too big, and add what an answer does not say of itself."""

    def guard(request: HttpRequest) -> HttpResponseBase:
        response = _unreadable(request) or get_response(request)
        part = request.path.startswith(settings.STATIC_URL) and response.headers.get("Content-Type", "").startswith(
            NO_DOCUMENTS
        )
        for name, value in ALWAYS.items():
            if not (part and name in OF_DOCUMENTS):
                response.headers.setdefault(name, value)
        return response

    return guard


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """Return the refusal of what is too long, or has a cookie that no browser was given."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or any("\x00" in value for value in request.COOKIES.values()):
        return answers.bare(request, answers.BAD)
    return answers.bare(request, answers.TOO_BIG) if int(length) > MOST_BYTES else None
