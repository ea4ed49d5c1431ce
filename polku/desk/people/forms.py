"""Forms of search and of the person's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.clients.actions import Person
from polku.clients.states import PreferredWay, RelationKind
from polku.desk.call.forms import FindForm, code_choices, in_county
from polku.kit.localtime import local_date


class SearchForm(FindForm):
    """The box on top of every page, and the search page. `after` goes on in what was said, from a contact's id."""

    after = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].label = _("Name, identity code, phone, reference number, or a word of what was said")


class EmergencyForm(forms.Form):
    """What is looked for and why, when there is no tie to the client."""

    address = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)
    reference = forms.CharField(
        label=_("Reference number of the contact or case, or what you know of the person"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-private": ""}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class DetailsForm(forms.Form):
    """A person's details; what is empty stays as it was."""

    given_names = forms.CharField(label=_("First names"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    identity_code = forms.CharField(
        label=_("Personal identity code"),
        max_length=11,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-private": ""}),
    )
    birth_date = forms.DateField(label=_("Date of birth"), required=False, input_formats=["%d.%m.%Y", "%Y-%m-%d"])
    phone = forms.CharField(label=_("New phone number"), max_length=20, required=False)
    email = forms.EmailField(label=_("New e-mail address"), required=False)
    address = forms.CharField(label=_("New postal address"), max_length=200, required=False)
    municipality = forms.ChoiceField(label=_("Municipality"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    interpreter_language = forms.ChoiceField(label=_("Interpreter"), required=False)
    preferred_way = forms.ChoiceField(label=_("Wants to be contacted"), choices=PreferredWay.choices, required=False)
    protected = forms.BooleanField(label=_("Ban on disclosure (turvakielto)"), required=False)

    def __init__(self, *args: Any, at: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = code_choices("language", day=local_date(at))
        self.fields["municipality"].choices = in_county()  # type: ignore[attr-defined]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        self.fields["interpreter_language"].choices = [("", _("Not needed")), *languages]  # type: ignore[attr-defined]

    def person(self) -> Person:
        """Return what was told."""
        return Person(**self.cleaned_data)


class RelationForm(forms.Form):
    """Somebody near: guardian, representative, near person."""

    kind = forms.ChoiceField(label=_("Relation"), choices=RelationKind.choices)
    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    competence = forms.CharField(label=_("Competence"), max_length=200, required=False)


class MergeForm(forms.Form):
    """Which of the rows is the same person, and why."""

    other = forms.ChoiceField(label=_("The same person as"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why they are the same person"), max_length=300)

    def __init__(self, *args: Any, others: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].choices = others  # type: ignore[attr-defined]


class WhyForm(forms.Form):
    """Why protected details are needed now."""

    reason = forms.CharField(label=_("Why do you need the details now?"), max_length=300)
