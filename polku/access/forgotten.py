"""A forgotten password or a lost authenticator app: the main user, who knows the person, lets them begin anew."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from polku.access.models import Account, Actor
from polku.access.permissions import require
from polku.access.sessions import end_sessions
from polku.acting import action
from polku.audit import actions as audit
from polku.kit.errors import Conflict, NotAllowed, NotFound


@action
def begin_anew(*, actor: Actor, password: str, by: Actor, at: datetime) -> None:
    """Give a person's account a first password again; the next sign-in is like the first one.

    Their sessions end and their second factor goes, so the password opens nothing until they have chosen their own
    and set up the factor. The password has been weighed by whoever asks.

    Raises:
        NotAllowed, for one's own account too, where the present password is known; NotFound without an account;
        Conflict when the account signs in through the identity provider, which has its own way.
    """
    require(by, "access.manage", at=at)
    if actor.pk == by.pk:
        raise NotAllowed("own_account", _("Change your own password on the page of your own account."))
    account = Account.objects.select_for_update().filter(actor=actor).first()
    if account is None:
        raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
    if not account.has_usable_password():
        raise Conflict(
            "by_provider", _("This account signs in through the identity provider: the password is changed there.")
        )
    account.set_password(password)
    account.save(update_fields=["password"])
    Authenticator.objects.filter(user_id=account.pk).delete()
    end_sessions(actor=actor, by=by, at=at)
    audit.changed(by=by, at=at, what="access.begin_anew", subject=actor.public_id)
