"""Forms of the register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from polku.access.models import Account, Actor, Unit
from polku.access.states import Role
from polku.desk.home.forms import DAY_FORMATS
from polku.kit import hetu

# What each right of a key (`polku.access.machines.SCOPES`) allows, in words.
SCOPES: dict[str, Promise] = {
    "contacts:write": _("Send contacts"),
    "contacts:read": _("See what became of its own contacts"),
    "appointments:read": _("See free times"),
    "appointments:write": _("Book times"),
}


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Units by their name in the reader's language."""

    def label_from_instance(self, obj: Unit) -> str:
        """Return the unit's name."""
        return obj.name


def units() -> UnitField:
    """Return the field of a unit."""
    return UnitField(label=_("Unit"), queryset=Unit.objects.order_by("name_fi"), to_field_name="key", empty_label=None)


class StaffForm(forms.Form):
    """A new worker, with the first post."""

    name = forms.CharField(label=_("First and last name"), max_length=200)
    username = forms.CharField(label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()])
    title_fi = forms.CharField(label=_("Title in Finnish"), max_length=120)
    title_sv = forms.CharField(label=_("Title in Swedish"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        required=False,
        help_text=_("Leave empty when the person signs in through the identity provider."),
    )
    unit = units()
    role = forms.ChoiceField(label=_("Task"), choices=Role.choices)

    def clean_username(self) -> str:
        """Refuse a personal identity code as a user name."""
        name: str = self.cleaned_data["username"]
        if hetu.looks_like(name):
            raise forms.ValidationError(_("A personal identity code cannot be a user name."))
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse a weak password, also one that is made of the person's names."""
        given = super().clean() or self.cleaned_data
        if given.get("password"):
            actor = Actor(name=given.get("name", ""))
            account = Account(username=given.get("username", ""), email=given.get("email", ""), actor=actor)
            try:
                validate_password(given["password"], account)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given


class AnewForm(forms.Form):
    """The first password of a person who begins anew."""

    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("The person chooses their own at the next sign-in and sets up the second factor."),
    )

    def __init__(self, *args: Any, person: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account: Account | None = getattr(person, "account", None)

    def clean_password(self) -> str:
        """Refuse a weak password, also one that is made of the person's names."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self._account)
        return password


class PostForm(forms.Form):
    """A post in a unit, from a day."""

    unit = units()
    role = forms.ChoiceField(label=_("Task"), choices=Role.choices)
    valid_from = forms.DateField(label=_("First day"), input_formats=DAY_FORMATS)
    valid_until = forms.DateField(label=_("Last day"), input_formats=DAY_FORMATS, required=False)


class MachineForm(forms.Form):
    """A system that may come in through the interface."""

    name = forms.CharField(label=_("Name of the system"), max_length=200)
    unit = units()
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    per_minute = forms.IntegerField(label=_("Requests in a minute"), min_value=1, max_value=100_000, initial=600)


class LastDayForm(forms.Form):
    """The day on which something ends."""

    last_day = forms.DateField(input_formats=DAY_FORMATS)
