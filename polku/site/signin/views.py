"""Pages of signing in: the ways there are, one's own password, one's sessions, proving again who one is."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, PasswordChangeView
from allauth.account.views import ReauthenticateView as PasswordAgain
from allauth.mfa.base.views import IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeAgain
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from polku.access import sessions
from polku.access.needs import signed_in
from polku.kit.errors import NotFound
from polku.site.signin.second_factor import OWN_PASSWORD, has_second_factor

# Tries for one name from one place are counted over so many seconds (setting ACCOUNT_RATE_LIMITS).
TRY_AGAIN = 300


class Login(LoginView):
    """Sign in."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show what is wrong; after too many tries with the status that says so."""
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = 429
            response["Retry-After"] = str(TRY_AGAIN)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the page which ways there are."""
        return super().get_context_data(**kwargs) | {  # type: ignore[no-any-return]
            "title": "",
            "provider_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "demo_url": _demo_url(),
        }


class Password(PasswordChangeView):
    """Choose another password; the account's other sessions end with the old one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Be there for those who have a password here."""
        if not request.user.is_authenticated or not request.user.has_usable_password():
            raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
        return super().dispatch(request, *args, **kwargs)  # type: ignore[no-any-return]

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and go on to the second factor at the first sign-in."""
        response: HttpResponse = super().form_valid(form)
        self.request.session[OWN_PASSWORD] = True
        self.request.session.cycle_key()
        return response if has_second_factor(self.request.user) else redirect("mfa_activate_totp")

    def get_default_success_url(self) -> str:
        """Back to the page of signing in and security."""
        return reverse("mfa_index")


class Security(IndexView):
    """What one signs in with, and where one is signed in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the page of the sessions."""
        request: Any = self.request
        found = sessions.running(request.user, at=request.at)
        return super().get_context_data(**kwargs) | {  # type: ignore[no-any-return]
            "sessions": [(one, one.key == request.session.session_key) for one in found],
            "has_password": request.user.has_usable_password(),
        }


@require_POST
@signed_in
def end_sessions(request: Any) -> HttpResponse:
    """Sign out everywhere else."""
    ended = sessions.end_sessions(
        actor=request.actor, by=request.actor, at=request.at, but=request.session.session_key or ""
    )
    text = ngettext("%(count)s other session was ended.", "%(count)s other sessions were ended.", ended)
    messages.success(request, text % {"count": ended})
    return redirect("mfa_index")


class _NewKey:
    """After proving who one is the session goes on under another key: the old one is worth nothing."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        self.request.session.cycle_key()  # type: ignore[attr-defined]
        return response


class ReauthenticateByPassword(_NewKey, PasswordAgain):
    """Prove by the password."""


class ReauthenticateByCode(_NewKey, CodeAgain):
    """Prove by a code of the second factor."""


def signed_out(view: Any) -> Any:
    """Sign out, and have the browser forget the pages it kept."""

    def cleared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        if request.method == "POST":
            response["Clear-Site-Data"] = '"cache"'
        return response

    return cleared


def _demo_url() -> str:
    if not settings.DEMO:
        return ""
    try:
        return reverse("demo:people")
    except NoReverseMatch:
        return ""
