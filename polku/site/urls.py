"""Every address of Polku. A new page is found here by its app's prefix."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from polku.access.needs import public
from polku.site import health, metrics
from polku.site.api import api, openapi
from polku.site.receipts import sms_receipts
from polku.site.sessions import alive

# Prefix of each app's own urls.py; the desk has the front page.
PAGES = {
    "": "polku.desk.urls",
    "demo/": "polku.demo.urls",
    "statistics/": "polku.statistics.urls",
    "appointments/": "polku.appointments.urls",
    "assessments/": "polku.assessments.urls",
    "meetings/": "polku.meetings.urls",
    "deadlines/": "polku.deadlines.urls",
    "ui/": "polku.ui.urls",
}


def _pages() -> list[URLPattern | URLResolver]:
    """Return the pages of the installed apps: with a real database the demo's one-click sign-in is not among them."""
    return [
        path(prefix, include(module))
        for prefix, module in PAGES.items()
        if module.rpartition(".")[0] in settings.INSTALLED_APPS
    ]


def _machine_pages() -> tuple[list[URLPattern | URLResolver], str, str]:
    """Return the API's operations; its root, which only names the place, answers 404 to anybody."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name == "api-root":
            public(pattern.callback)
    return patterns, app, namespace


urlpatterns: list[URLPattern | URLResolver] = [
    # Addresses are tried in this order; a machine's prefix is known at once, and the desk has a hundred of them.
    path("api/v1/openapi.json", openapi, name="api_openapi"),
    path("api/v1/", _machine_pages()),
    *_pages(),
    path("account/", include("polku.site.signin.urls")),
    path("alive/", alive, name="alive"),
    path("api/receipts/sms", sms_receipts, name="sms_receipts"),
    path("health/live", health.live, name="watch_live"),
    path("health/ready", health.ready, name="watch_ready"),
    path("health/worker", health.worker, name="watch_worker"),
    path("metrics", metrics.metrics, name="watch_metrics"),
]

handler400 = "polku.site.answers.bad_request"
handler403 = "polku.site.answers.not_allowed"
handler404 = "polku.site.answers.not_found"
handler500 = "polku.site.answers.broken"
handler429 = "polku.site.answers.too_often"
