"""Who lets others in proves again who they are: the register of workers and machines opens after a recent sign-in only.

Asked when a page of the register is opened, so that nothing that was typed is lost. The identity provider answers for
the people it signs in; the demo's one click has no password to ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

# Accounts, posts, keys of machines; and the end of one's own other sessions.
PAGES = frozenset(
    {
        "desk:register",
        "desk:add_worker",
        "desk:worker",
        "desk:worker_account",
        "desk:worker_anew",
        "desk:end_post",
        "desk:machines",
        "desk:end_machine",
        "end_sessions",
    }
)
LASTS = timedelta(minutes=15)


class Fresh:
    """Middleware: send whoever has not proved it lately to do so, and back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; the check comes when the page is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        """Stop before a page of the register."""
        match = request.resolver_match
        if match is None or match.view_name not in PAGES or is_fresh(request):
            return None
        # A form is not sent again by itself: the page it stands on is opened anew.
        back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("mfa_index")
        return redirect_to_login(back, reverse("account_reauthenticate"))


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether the person proved who they are within a quarter of an hour, or has nothing to prove it with here."""
    if not request.user.is_authenticated:
        return True  # asked to sign in by the page itself
    records = [
        record
        for record in get_authentication_records(request, request.user)
        if record.get("method") in ("password", "mfa")
    ]
    at: datetime = request.at  # type: ignore[attr-defined]
    return not records or at.timestamp() - max(record["at"] for record in records) < LASTS.total_seconds()
