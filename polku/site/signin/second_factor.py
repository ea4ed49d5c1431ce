"""A local password alone opens nothing: at the first sign-in one's own password is chosen and the second factor set up.

Whoever made the account has written its first password, so it must not go on; and without a second factor it is the
first sign-in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

# In the session: the password of this first sign-in has been replaced.
OWN_PASSWORD = "own_password"  # noqa: S105 - a name
FACTOR = "mfa_activate_totp"

# What somebody who has not set it up yet may open.
OPEN = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "mfa_activate_totp",
        "mfa_view_recovery_codes",
        "mfa_reauthenticate",
        "alive",
        "ui:jsi18n",
        "ui:theme",
        "ui:language",
    }
)


def has_second_factor(user: Any) -> bool:
    """Tell whether the account has an authenticator app set up."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


class SecondFactor:
    """Middleware: send a person with a password and no second factor to set it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; the check comes when the page is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        """Stop before any page that needs the factor."""
        match = request.resolver_match
        if match is None or not request.user.is_authenticated:
            return None
        chosen = bool(request.session.get(OWN_PASSWORD))
        if match.view_name in OPEN and (chosen or match.view_name != FACTOR):
            return None
        ways = {record.get("method") for record in get_authentication_records(request, request.user)}
        # The identity provider answers for its own factor; the demo's one click is not a sign-in with a password.
        if "password" not in ways or ways & {"socialaccount", "mfa"} or has_second_factor(request.user):
            return None
        return redirect(FACTOR if chosen else "account_change_password")
