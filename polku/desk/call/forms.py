"""Forms of the call desk: what is told is parsed here; nothing is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import Code, Municipality, Unit, in_language
from polku.access.queries import codes
from polku.contacts.details import Details
from polku.contacts.people import Told
from polku.contacts.states import Channel, Consent, LegalKind, NotifierKind, PartyRole, PreferredWay, Result
from polku.kit.localtime import HELSINKI, instant
from polku.rules.facts import known
from polku.ui import words

NONE_APPLY = "none"
_YEAR = re.compile(r"^(?P<text>.*?)[\s,]+(?:(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.)?(?P<year>1[89]\d\d|20\d\d)$")

FACTS = ("highest_care_allowance", "disabled", "special_support_child", "child_protection")
APPLICATIONS = (
    ("", _("No application")),
    ("supplementary", _("Supplementary social assistance")),
    ("preventive", _("Preventive social assistance")),
)


def code_name(code: Code) -> str:
    """Return a code's name in the reader's language."""
    return in_language(code, "name")


def code_choices(name: str, *, day: date, empty: Any = None) -> list[tuple[str, Any]]:
    """Return the codes of a set as choices, with an empty first one when its words are given."""
    found = [(code.key, code_name(code)) for code in codes(name, day=day)]
    return [("", empty), *found] if empty is not None else list(found)


def in_county() -> list[tuple[str, Any]]:
    """Return the county's municipalities as choices, empty first."""
    rows = Municipality.objects.filter(in_county=True).order_by("name_fi")
    return [("", _("Not known")), *((row.code, row.name) for row in rows)]


class FindForm(forms.Form):
    """Who calls: an identity code, a name with a birth year, or a phone number, in one box."""

    q = forms.CharField(
        label=_("Identity code, name and birth year, or phone"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-private": ""}),
    )

    def sought(self) -> tuple[str, int | None, date | None]:
        """Return the text without its birth year or date, the year, and the date when it was whole."""
        text: str = " ".join(self.cleaned_data["q"].split())
        found = _YEAR.match(text)
        # The last digits of a phone number are not a year.
        if found is None or not any(letter.isalpha() for letter in found["text"]):
            return text, None, None
        year = int(found["year"])
        if not found["day"]:
            return found["text"], year, None
        try:
            return found["text"], year, date(year, int(found["month"]), int(found["day"]))
        except ValueError:
            return found["text"], year, None


class PersonForm(forms.Form):
    """A new person, by what is told."""

    given_names = forms.CharField(label=_("First names"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    identity_code = forms.CharField(
        label=_("Personal identity code"),
        max_length=11,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-private": ""}),
    )
    birth_date = forms.DateField(label=_("Date of birth"), required=False, input_formats=["%d.%m.%Y", "%Y-%m-%d"])
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    municipality = forms.ChoiceField(label=_("Municipality"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["municipality"].choices = in_county()  # type: ignore[attr-defined]

    def told(self) -> Told:
        """Return what was told, without the identity code."""
        given = self.cleaned_data
        return Told(
            family_name=given["family_name"],
            given_names=given["given_names"],
            birth_date=given["birth_date"],
            phone=given["phone"],
        )


class PartyForm(forms.Form):
    """Another person of the contact: their part, and what is told of them; a notifier has some more."""

    role = forms.ChoiceField(label=_("Part in the contact"), choices=PartyRole.choices)
    given_names = forms.CharField(label=_("First names"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    description = forms.CharField(label=_("What is known of a person without a name"), max_length=300, required=False)
    notifier_kind = forms.ChoiceField(
        label=_("The notifier is"), choices=[("", _("Not a notifier")), *NotifierKind.choices], required=False
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    title = forms.CharField(label=_("Job title"), max_length=120, required=False)
    name_withheld = forms.BooleanField(label=_("The notifier's name is not told to the client"), required=False)

    def told(self) -> Told:
        """Return what was told."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "role"}
        return Told(**given)


class CallForm(forms.Form):
    """Everything of a contact besides its people: kept as typed in the draft, told to the contact when it fits."""

    said = forms.CharField(
        label=_("What was told"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"maxlength": 50000}),
    )
    asks_to_talk = forms.BooleanField(label=_("Asks to talk with a worker"), required=False)
    need = forms.ChoiceField(label=_("What it is about"), required=False)
    criteria = forms.MultipleChoiceField(
        label=_("Is any of these true?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    grounds = forms.CharField(label=_("Grounds"), max_length=1000, required=False)

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, required=False)
    legal_kind = forms.ChoiceField(label=_("Kind of contact"), choices=LegalKind.choices, required=False)
    received_on = forms.DateField(label=_("Arrived on"), required=False, input_formats=["%d.%m.%Y", "%Y-%m-%d"])
    received_time = forms.TimeField(label=_("Arrived at"), required=False, input_formats=["%H.%M", "%H:%M"])
    consent = forms.ChoiceField(label=_("Consent of the person"), choices=Consent.choices, required=False)
    no_consent_reason = forms.CharField(
        label=_("Why there is no consent"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    interpreter_language = forms.ChoiceField(label=_("Interpreter"), required=False)
    preferred_way = forms.ChoiceField(label=_("Wants an answer"), choices=PreferredWay.choices, required=False)
    municipality = forms.ChoiceField(label=_("Municipality"), required=False)
    age = forms.IntegerField(label=_("Age, if the person is not known"), min_value=0, max_value=130, required=False)
    facts = forms.MultipleChoiceField(
        label=_("Facts that start a clock"), required=False, widget=forms.CheckboxSelectMultiple
    )
    application = forms.ChoiceField(label=_("Application"), choices=APPLICATIONS, required=False)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = code_choices("language", day=day)
        self._choose("need", code_choices("need", day=day, empty=_("Not known yet")))
        self._choose("criteria", [*code_choices("urgency_criteria", day=day), (NONE_APPLY, _("None of these"))])
        self._choose("language", languages)
        self._choose("interpreter_language", [("", _("Not needed")), *languages])
        self._choose("municipality", in_county())
        self._choose("facts", fact_choices())

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def details(self) -> Details:
        """Return what was told, where it is valid; what is not valid stays out (its words are at the field)."""
        given: Mapping[str, Any] = self.cleaned_data
        ticked = set(given.get("facts") or ())
        facts: dict[str, Any] = {name: True for name in FACTS if name in ticked}
        if given.get("application"):
            facts["application"] = given["application"]
        return Details(
            channel=given.get("channel") or None,
            legal_kind=given.get("legal_kind") or None,
            received_at=self.received_at(),
            consent=given.get("consent") or None,
            no_consent_reason=given.get("no_consent_reason"),
            language=given.get("language") or None,
            interpreter_language=given.get("interpreter_language"),
            preferred_way=given.get("preferred_way") or None,
            municipality=given.get("municipality"),
            age=given.get("age"),
            need=given.get("need"),
            asks_to_talk=bool(given.get("asks_to_talk")),
            facts=facts,
        )

    def received_at(self) -> datetime | None:
        """Return the true time of arrival, when it was written down."""
        day, hour = self.cleaned_data.get("received_on"), self.cleaned_data.get("received_time")
        if day is None or hour is None:
            return None
        return instant(day, hour)

    def clean(self) -> dict[str, Any]:
        """Check that the time of arrival exists and that the two ways of ticking do not contradict."""
        given = super().clean() or self.cleaned_data
        try:
            self.received_at()
        except ValueError:
            self.add_error("received_time", _("The clock change leaves this hour out. Write another time."))
        if given.get("received_on") and not given.get("received_time"):
            self.add_error("received_time", _("Write the time too, for example 14.30."))
        return given

    @property
    def ticked(self) -> list[str]:
        """The urgency criteria that are true."""
        return [key for key in self.cleaned_data.get("criteria") or [] if key != NONE_APPLY]

    @property
    def none_apply(self) -> bool:
        """Whether the worker said that none of them is true."""
        return NONE_APPLY in (self.cleaned_data.get("criteria") or []) and not self.ticked


def fact_choices() -> list[tuple[str, Any]]:
    """Return the facts that a worker may tick, in the reader's language."""

    def name(fact: str) -> str:
        text = str(known()[fact][words.language()])
        return text[:1].upper() + text[1:]

    return [(fact, name(fact)) for fact in FACTS]


class CallBackForm(forms.Form):
    """A promise to call back: when at the latest, which team, to which number, about what."""

    on = forms.DateField(label=_("Day"), input_formats=["%d.%m.%Y", "%Y-%m-%d"])
    at = forms.TimeField(label=_("At the latest at"), input_formats=["%H.%M", "%H:%M"])
    unit = forms.ModelChoiceField(label=_("Who calls"), queryset=Unit.objects.none(), to_field_name="key")
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    reason = forms.CharField(label=_("About what"), max_length=500)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def agreed_at(self) -> datetime:
        """Return the agreed moment."""
        return instant(self.cleaned_data["on"], self.cleaned_data["at"])

    def clean(self) -> dict[str, Any]:
        """Check that the local time exists."""
        given = super().clean() or self.cleaned_data
        if given.get("on") and given.get("at"):
            try:
                self.agreed_at()
            except ValueError:
                self.add_error("at", _("The clock change leaves this hour out. Write another time."))
        return given


RESULTS = (
    Result.ADVICE,
    Result.GUIDED,
    Result.BOOKED,
    Result.CASE,
    Result.KNOWN_CASE,
    Result.PASSED_ON,
    Result.NOT_REACHED,
    Result.WITHDRAWN,
    Result.DUPLICATE,
)


class FinishForm(forms.Form):
    """How the contact ended."""

    result = forms.ChoiceField(
        label=_("How did the contact end?"),
        choices=[(result.value, result.label) for result in RESULTS],
        widget=forms.RadioSelect,
    )
    passed_on_to = forms.CharField(label=_("Passed on to"), max_length=200, required=False)
    topics = forms.MultipleChoiceField(label=_("Topics"), required=False, widget=forms.CheckboxSelectMultiple)
    sources_used = forms.MultipleChoiceField(
        label=_("Where the advice came from"), required=False, widget=forms.CheckboxSelectMultiple
    )
    minutes = forms.IntegerField(label=_("Duration in minutes"), min_value=0, max_value=1440, required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = code_choices("topic", day=day)  # type: ignore[attr-defined]
        self.fields["sources_used"].choices = code_choices("advice_source", day=day)  # type: ignore[attr-defined]


class AdviceForm(forms.Form):
    """A contact solved by advice: no name, no case; result, topic, duration."""

    topics = forms.MultipleChoiceField(
        label=_("What was it about?"),
        # The digits of the topics work at once.
        widget=forms.CheckboxSelectMultiple(attrs={"data-focus": True}),
        error_messages={"required": _("Choose at least one topic.")},
    )
    result = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[(r.value, r.label) for r in (Result.ADVICE, Result.GUIDED)],
        initial=Result.ADVICE,
        widget=forms.RadioSelect,
    )
    minutes = forms.ChoiceField(
        label=_("How long did it take?"),
        choices=[("5", _("5 min")), ("10", _("10 min")), ("15", _("15 min")), ("30", _("30 min")), ("45", _("45 min"))],
        initial="5",
        widget=forms.RadioSelect,
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, initial=Channel.PHONE)
    language = forms.ChoiceField(label=_("Language"), initial="fi")
    municipality = forms.ChoiceField(label=_("Municipality"), required=False)
    sources_used = forms.MultipleChoiceField(
        label=_("Where the advice came from"), required=False, widget=forms.CheckboxSelectMultiple
    )
    guided_to = forms.CharField(label=_("Guided to"), max_length=200, required=False)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = code_choices("topic", day=day)  # type: ignore[attr-defined]
        self.fields["sources_used"].choices = code_choices("advice_source", day=day)  # type: ignore[attr-defined]
        self.fields["language"].choices = code_choices("language", day=day)  # type: ignore[attr-defined]
        self.fields["municipality"].choices = in_county()  # type: ignore[attr-defined]


def local_parts(moment: datetime) -> tuple[str, str]:
    """Return a moment as the local day and time that the fields show."""
    local = moment.astimezone(HELSINKI)
    return f"{local.day}.{local.month}.{local.year}", f"{local.hour}.{local.minute:02d}"
