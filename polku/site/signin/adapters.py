"""What allauth asks of us: no sign-up, every sign-in in the log, no identity code kept from the provider's claims."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from polku.access.models import Account
from polku.audit import actions as audit
from polku.kit import clock, hetu
from polku.site.metrics import SIGN_INS
from polku.site.network import place
from polku.site.signin.second_factor import has_second_factor

# The only claims kept of a person: who it is at the provider. Everything else would be a copy nobody needs.
KEPT_CLAIMS = ("sub", "preferred_username", "email")


class StaffAdapter(DefaultAccountAdapter):
    """Local accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Write the sign-in to the log; the person's own language is kept by the browser."""
        audit.signed_in(by=user.actor, at=clock.now(), what="sign-in", details={"way": _way(request, user)})
        SIGN_INS.labels("in").inc()
        response: HttpResponse = super().post_login(request, user, **more)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Write the sign-out to the log."""
        if request.user.is_authenticated:
            audit.signed_in(by=request.user.actor, at=clock.now(), what="sign-out")
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write a failed try to the log, with the user name only when there is such a user."""
        name = str(credentials.get("username", ""))[:150]
        account = Account.objects.filter(username__iexact=name).select_related("actor").first()
        SIGN_INS.labels("failed").inc()
        audit.signed_in(
            by=account.actor if account else None,
            at=clock.now(),
            what="sign-in failed",
            details={"known": account is not None},
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the place that tries are counted by."""
        return place(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before it is looked at, so that tries side by side count too; a right password is taken back.

        Raises:
            ValidationError: too many from this place, for this name from this place, or for this name from everywhere.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            SIGN_INS.labels("stopped").inc()
            raise
        name = str(credentials.get("username", "")).lower()
        self._everywhere = ratelimit.consume(
            request, app="polku", action="sign-in", config={"sign-in": settings.SIGN_IN_EVERYWHERE}, key=name
        )
        if not self._everywhere:
            self._login_failed_rl_usage.rollback()
            SIGN_INS.labels("stopped").inc()
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By place as well: somebody elsewhere who knows a name cannot keep its owner out.
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{place(request)}"

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if usage := getattr(self, "_everywhere", None):
            usage.rollback()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again before factors are changed, but not while the first one is being set up.

        Such a person has given it a moment ago: without a second factor a session opens no other page.
        """
        request = context.request
        if app == "allauth.mfa" and request is not None and not has_second_factor(request.user):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_notification_mail(self, template_prefix: str, user: Any, context: Any = None, email: Any = None) -> None:
        """Send nothing: the log tells of sign-ins and factors, and no mail goes out past the outbox."""


class ProviderAdapter(DefaultSocialAccountAdapter):
    """The identity provider. A person is known by an account whose user name or e-mail the provider vouches for."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Tie the provider's person to an account at the first sign-in; refuse a person without one."""
        claims = _claims(sociallogin.account)
        sociallogin.account.extra_data = {name: claims[name] for name in KEPT_CLAIMS if name in claims}
        if any(hetu.looks_like(str(value)) for value in (sociallogin.account.uid, *claims.values())):
            # A provider set to send the code as the subject is set wrongly; nothing of it may be kept.
            kept = sociallogin.account.extra_data
            sociallogin.account.extra_data = {k: v for k, v in kept.items() if not hetu.looks_like(str(v))}
            if hetu.looks_like(sociallogin.account.uid):
                raise ImmediateHttpResponse(
                    _refused(request, _("The identity provider sends a personal identity code."))
                )
        if sociallogin.is_existing:
            SocialAccount.objects.filter(pk=sociallogin.account.pk).update(extra_data=sociallogin.account.extra_data)
            return
        account = _account_of(claims)
        if account is None or not account.is_active:
            audit.signed_in(by=None, at=clock.now(), what="sign-in failed", details={"way": "provider"})
            raise ImmediateHttpResponse(
                _refused(request, _("You do not have an account yet. Ask the main user for one."))
            )
        sociallogin.connect(request, account)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Say that the provider's answer could not be used; the technical log has the reason without its contents."""
        raise ImmediateHttpResponse(unusable(request))

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing, as above."""


def _claims(account: SocialAccount) -> dict[str, Any]:
    """Return the claims, whether the provider put them in the token or behind the user information address."""
    data = dict(account.extra_data)
    parts = [part if isinstance(part, dict) else {} for part in (data.get("id_token"), data.get("userinfo"))]
    return {
        **parts[0],
        **parts[1],
        **{k: v for k, v in data.items() if k in KEPT_CLAIMS},
    }


def _account_of(claims: dict[str, Any]) -> Account | None:
    name = _text(claims.get("preferred_username"))
    if name and (found := Account.objects.filter(username__iexact=name).first()):
        return found
    # An e-mail address names a person only if the provider has checked it.
    email = _text(claims.get("email")) if claims.get("email_verified") is True else ""
    found_by_mail = list(Account.objects.filter(email__iexact=email)[:2]) if email else []
    return found_by_mail[0] if len(found_by_mail) == 1 else None


def _text(claim: object) -> str:
    """Return the claim if it is a text that the database can look for."""
    return claim if isinstance(claim, str) and claim.isprintable() else ""


def _way(request: HttpRequest, user: Any) -> str:
    from allauth.account.authentication import get_authentication_records

    return ", ".join(str(record.get("method")) for record in get_authentication_records(request, user))


def unusable(request: HttpRequest) -> HttpResponse:
    """Return the page that says so."""
    return _refused(request, _("The identity provider's answer could not be used. Try again."))


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    context = {"title": _("Signing in did not succeed"), "reason": reason, "demo": settings.DEMO}
    return render(request, "account/refused.html", context, status=403)
