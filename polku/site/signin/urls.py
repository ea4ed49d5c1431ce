"""The addresses of signing in: those of allauth that Polku uses, each with its need. The rest are not there."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from django.urls import path

from polku.access.needs import public, signed_in
from polku.site.signin import provider
from polku.site.signin.views import (
    Login,
    Password,
    ReauthenticateByCode,
    ReauthenticateByPassword,
    Security,
    end_sessions,
    signed_out,
)

urlpatterns = [
    path("login/", public(Login.as_view()), name="account_login"),
    path("logout/", public(signed_out(account.logout)), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", signed_in(ReauthenticateByPassword.as_view()), name="account_reauthenticate"),
    path("password/change/", signed_in(Password.as_view()), name="account_change_password"),
    path("sessions/end/", end_sessions, name="end_sessions"),
    path("2fa/", signed_in(Security.as_view()), name="mfa_index"),
    path("2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", signed_in(ReauthenticateByCode.as_view()), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/", signed_in(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path("cancelled/", public(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("error/", public(social.login_error), name="socialaccount_login_error"),
    path("oidc/<str:provider_id>/login/", public(provider.login), name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", public(provider.callback), name="openid_connect_callback"),
]
