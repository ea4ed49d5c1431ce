"""Passwords of this house: not made of its own words, and not the one that somebody else has chosen."""

from __future__ import annotations

import re
from functools import cache

from allauth.account.forms import ChangePasswordForm
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# What anybody outside would try first at a county's client guidance; the county's own names are added to them.
HOUSE_WORDS = (
    "polku", "hyvinvointialue", "hyvinvointi", "välfärdsområde", "asiakasohjaus", "klienthandledning", "asiakas",
    "sosiaali", "terveys", "palvelu", "neuvonta", "sote", "salasana", "lösenord", "password", "tervetuloa",
    "kesä", "talvi", "syksy", "kevät", "sommar", "vinter",
)  # fmt: skip
LEFT_AT_LEAST = 8


@cache
def words() -> tuple[str, ...]:
    """Return the words that count for nothing, longest first: those above and the names of the county's places."""
    from django.conf import settings

    from polku.site import county

    told = county.read(settings.COUNTY)
    places = [told["county"], *told["municipalities"]]
    names = [name for place in places for name in place["name"].values()]
    found = {part for name in names for part in re.findall(r"[^\W\d_]{4,}", name.lower())}
    return tuple(sorted(found | set(HOUSE_WORDS), key=len, reverse=True))


class LongEnough(MinimumLengthValidator):
    """Django's own, with its sentence in every language."""

    def get_error_message(self) -> str:
        """Return what is wrong in words."""
        return str(_("Choose a password of at least %(least)s characters.") % {"least": self.min_length})

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return str(_("The password has at least %(least)s characters.") % {"least": self.min_length})


class HouseWords:
    """Validator: without the house's words, years and counting-up there must be eight characters left."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a password that is made of them."""
        left = password.lower()
        own = re.findall(r"\w{3,}", f"{getattr(user, 'username', '')} {getattr(user, 'actor', '')}".lower())
        for word in (*own, *words()):
            left = left.replace(word, "")
        left = re.sub(r"(19|20)\d\d|0?123\d*|(.)\2{2,}", "", left)
        if len(left) < LEFT_AT_LEAST:
            raise ValidationError(_("Choose a password that is not made of words of this house."), code="house_words")

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return str(_("The password must not be made of words of this house."))


class OtherPasswordForm(ChangePasswordForm):
    """Changing the password: to another one."""

    def clean(self) -> dict[str, object]:
        """Refuse the same password again."""
        told: dict[str, object] = super().clean() or self.cleaned_data
        if told.get("password1") and told.get("password1") == told.get("oldpassword"):
            self.add_error("password1", forms.ValidationError(_("Choose another password than the present one.")))
        return told
