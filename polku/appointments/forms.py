"""Reading what was typed into appointment pages; nothing is saved here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import Unit
from polku.access.states import Role
from polku.appointments.models import Kind, Participant, Place
from polku.appointments.spans import HELSINKI, day_span, wall_time_exists
from polku.appointments.states import WEEKDAYS, CancelledBy, Mode, State
from polku.ui import words

LANGUAGES = (("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English")))
GONE = _("That hour does not exist on that day: the clocks are moved forward. Choose an hour before 3 or after 4.")


class DayField(forms.DateField):
    """A local date, typed `1.12.2026` or chosen; a slip of the year (12026, 226) is no day of any calendar here."""

    EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d.%m.%Y"])
        kwargs.setdefault("error_messages", {"invalid": _("There is no such day. Write for example 1.12.2026.")})
        kwargs.setdefault("widget", forms.DateInput(attrs={"autocomplete": "off"}, format="%d.%m.%Y"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        """Read the date.

        Raises:
            ValidationError: it is none, or lies outside what calendars reach.
        """
        found = super().to_python(value)
        if found is not None and not self.EARLIEST <= found <= self.LATEST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class HourField(forms.TimeField):
    """A local time of day, typed `13.15` or chosen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%H:%M", "%H.%M"])
        kwargs.setdefault("error_messages", {"invalid": _("There is no such time. Write for example 13.15.")})
        kwargs.setdefault("widget", forms.TimeInput(attrs={"autocomplete": "off"}, format="%H.%M"))
        super().__init__(**kwargs)


class ClientForm(forms.Form):
    """For whom a time is looked for."""

    q = forms.CharField(
        label=_("Client: identity code, name or phone"),
        max_length=120,
        error_messages={"required": _("Write the client's identity code, name or phone number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-private": ""}),
    )


class EndForm(forms.Form):
    """Why a booked time is cancelled or moved, and on whose side the reason was."""

    side = forms.ChoiceField(label=_("Whose change is it?"), choices=CancelledBy.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Write why the time is cancelled or moved.")},
    )


class CorrectionForm(forms.Form):
    """What was marked by mistake."""

    reason = forms.CharField(
        label=_("What was marked by mistake?"),
        max_length=300,
        error_messages={"required": _("Write what was marked by mistake.")},
    )


class RollForm(forms.Form):
    """What became of each participant of a group; a field for every seat, named by its public id."""

    CHOICES = (
        (State.DONE.value, _("Took part")),
        (State.NO_SHOW.value, _("Did not come")),
        (State.CANCELLED.value, _("Had cancelled")),
    )
    WAS = {State.DONE: State.DONE, State.NO_SHOW: State.NO_SHOW, State.ARRIVED: State.DONE}

    reason = forms.CharField(
        label=_("Why cancelled, or what was marked by mistake"), max_length=300, required=False,
        help_text=_("Needed when somebody had cancelled, or when a mark is changed."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, participants: Sequence[Participant], **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "roll-%s")
        super().__init__(data, **kwargs)
        for one in participants:
            self.fields[one.public_id] = forms.ChoiceField(
                label=words.person(one.client), choices=self.CHOICES, widget=forms.RadioSelect,
                initial=self.WAS.get(State(one.state)),
                error_messages={"required": _("Choose what became of this participant.")},
            )  # fmt: skip

    @property
    def seats(self) -> list[forms.BoundField]:
        """The fields of the participants."""
        return [self[name] for name in self.fields if name != "reason"]

    def marks(self) -> dict[str, State]:
        """What was chosen, by seat."""
        return {name: State(value) for name, value in self.cleaned_data.items() if name != "reason"}


class OpeningForm(forms.Form):
    """When a worker may be booked: a weekday in a rhythm, or one date."""

    repeats = forms.ChoiceField(
        label=_("How often"),
        choices=(
            ("1", _("Every week")),
            ("2", _("Every second week")),
            ("3", _("Every third week")),
            ("4", _("Every fourth week")),
            ("0", _("Only once")),
        ),
        initial="1",
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        choices=(("", _("Choose")), *enumerate(WEEKDAYS, start=1)),
        coerce=int,
        required=False,
        empty_value=None,
    )
    valid_from = DayField(label=_("From (or on)"))
    valid_until = DayField(label=_("Until"), required=False)
    starts = HourField(label=_("Begins"))
    ends = HourField(label=_("Ends"))
    place = forms.ModelChoiceField(
        label=_("Place"), queryset=Place.objects.none(), to_field_name="public_id", required=False,
        empty_label=_("No place"),
    )  # fmt: skip
    modes = forms.MultipleChoiceField(
        label=_("Ways to meet"),
        choices=Mode.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one way to meet.")},
    )
    kinds = forms.ModelMultipleChoiceField(
        label=_("Kinds of appointment"), queryset=Kind.objects.none(), to_field_name="key", required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None chosen means all of them."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means the worker's own languages."),
    )  # fmt: skip

    def __init__(self, *args: Any, kinds: list[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Place.objects.order_by("name_fi")  # type: ignore[attr-defined]
        self.fields["kinds"].queryset = Kind.objects.filter(pk__in=[kind.pk for kind in kinds])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check what only several fields together can tell."""
        data = super().clean() or {}
        if data.get("repeats") != "0" and data.get("weekday") is None and "weekday" not in self.errors:
            self.add_error("weekday", _("Choose the weekday."))
        starts, ends = data.get("starts"), data.get("ends")
        if starts is not None and ends is not None and ends != time(0) and ends <= starts:
            self.add_error("ends", _("The end must be after the start."))
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day cannot be before the first."))
        if data.get("repeats") == "0" and first:
            for name in ("starts", "ends"):
                if data.get(name) is not None and not wall_time_exists(first, data[name]):
                    self.add_error(name, GONE)
        return data


class AbsenceForm(forms.Form):
    """From when to when a worker is away, in local time."""

    first_day = DayField(label=_("First day"))
    first_hour = HourField(label=_("From"), required=False)
    last_day = DayField(label=_("Last day"))
    last_hour = HourField(label=_("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        """Turn days and hours into the two instants; whole days when no hour is given."""
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first is None or last is None:
            return data
        if last < first:
            self.add_error("last_day", _("The last day cannot be before the first."))
            return data
        for day, name in ((first, "first_hour"), (last, "last_hour")):
            if data.get(name) is not None and not wall_time_exists(day, data[name]):
                self.add_error(name, GONE)
        if self.errors:
            return data
        data["starts_at"] = datetime.combine(first, data.get("first_hour") or time(0), HELSINKI)
        end = data.get("last_hour")
        data["ends_at"] = datetime.combine(last, end, HELSINKI) if end else day_span(last)[1]
        if data["ends_at"] <= data["starts_at"]:
            self.add_error("last_hour", _("The end must be after the start."))
        return data


class EndOpeningForm(forms.Form):
    """The last day on which an opening holds."""

    last_day = DayField(label=_("Last day"))


class BusySourceForm(forms.Form):
    """Another calendar: its secret address, or a file exported from it."""

    name = forms.CharField(label=_("Name of the calendar"), max_length=120)
    url = forms.URLField(
        label=_("Address (https)"), required=False, max_length=500, assume_scheme="https",
        error_messages={"invalid": _("This is not an address. Copy it whole from the other calendar.")},
    )  # fmt: skip
    file = forms.FileField(label=_("Calendar file (.ics)"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        data = super().clean() or {}
        if not data.get("url") and not data.get("file") and not self.errors:
            self.add_error("url", _("Give the calendar's address or a file."))
        if data.get("url") and not data["url"].startswith("https://"):
            self.add_error("url", _("The address must begin with https://."))
        return data


class KindForm(forms.Form):
    """What may be changed of a kind."""

    name_fi = forms.CharField(label=_("Name in Finnish"), max_length=120)
    name_sv = forms.CharField(label=_("Name in Swedish"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    duration_minutes = forms.IntegerField(label=_("Length, minutes"), min_value=5, max_value=480)
    before_minutes = forms.IntegerField(label=_("Kept free before, minutes"), min_value=0, max_value=240)
    after_minutes = forms.IntegerField(label=_("Kept free after, minutes"), min_value=0, max_value=240)
    step_minutes = forms.TypedChoiceField(
        label=_("Starts fall on every"), coerce=int, choices=[(n, f"{n} min") for n in (5, 10, 15, 20, 30, 60)]
    )
    lead_minutes = forms.IntegerField(label=_("Booked at least so many minutes ahead"), min_value=0, max_value=43200)
    horizon_days = forms.IntegerField(label=_("Booked at most so many days ahead"), min_value=1, max_value=400)
    modes = forms.MultipleChoiceField(
        label=_("Ways to meet"), choices=Mode.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one way to meet.")},
    )  # fmt: skip
    needs_room = forms.BooleanField(label=_("A room is booked too"), required=False)
    capacity = forms.IntegerField(label=_("Clients at once"), min_value=1, max_value=200)
    client_change_hours = forms.IntegerField(
        label=_("The client may change it until so many hours before"), min_value=0, max_value=720, required=False,
        help_text=_("Empty: the client cannot change it alone."),
    )  # fmt: skip
    reminder_hours = forms.IntegerField(
        label=_("Reminder so many hours before"), min_value=1, max_value=720, required=False,
        help_text=_("Empty: no reminder."),
    )  # fmt: skip


class RuleForm(forms.Form):
    """Who may book what, in whose calendars, from when."""

    kind = forms.ModelChoiceField(
        label=_("Kind of appointment"), queryset=Kind.objects.order_by("name_fi"), to_field_name="key"
    )
    target_unit = forms.ModelChoiceField(
        label=_("In the calendars of"), queryset=Unit.objects.none(), to_field_name="key"
    )
    booker_role = forms.ChoiceField(label=_("Who books"), choices=(("", _("Any role")), *Role.choices), required=False)
    client = forms.BooleanField(label=_("The client too"), required=False)
    valid_from = DayField(label=_("From"))
    valid_until = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target_unit"].queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])  # type: ignore[attr-defined]


class RoomForm(forms.Form):
    """A room of a place."""

    place = forms.ModelChoiceField(
        label=_("Place"), queryset=Place.objects.order_by("name_fi"), to_field_name="public_id"
    )
    name = forms.CharField(label=_("Name or number of the room"), max_length=120)
    seats = forms.IntegerField(label=_("How many people it takes"), min_value=1, max_value=500)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
