"""Forms of the pages: a time, a proposal, who leads, who is disqualified, who belongs to a group."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from polku.access.models import Actor
from polku.kit.localtime import instant, local
from polku.meetings.models import Series
from polku.meetings.queries import Choice, Proposal
from polku.meetings.states import Ground, MemberRole

DAYS = ["%d.%m.%Y", "%Y-%m-%d"]
TIMES = ["%H.%M", "%H:%M"]
REASON = 300


def area(rows: int) -> forms.Textarea:
    """Return a text area so many rows high."""
    return forms.Textarea(attrs={"rows": rows})


def named(people: Iterable[Actor]) -> list[tuple[str, str]]:
    """Return people as choices."""
    return [(one.public_id, one.name) for one in people]


def room(choice: Choice) -> str:
    """Return how full an agenda is, in words."""
    if choice.over:
        return _("%(minutes)s min too full") % {"minutes": choice.over}
    return _("%(minutes)s min free") % {"minutes": choice.free}


class TimeForm(forms.Form):
    """When and where a meeting is."""

    day = forms.DateField(label=_("Day"), input_formats=DAYS)
    starts_at = forms.TimeField(label=_("Starts"), input_formats=TIMES)
    ends_at = forms.TimeField(label=_("Ends"), input_formats=TIMES)
    place = forms.CharField(label=_("Place or link"), required=False, max_length=200)

    def hours(self) -> dict[str, datetime]:
        """Return when it starts and ends."""
        day = self.cleaned_data["day"]
        return {name: instant(day, self.cleaned_data[name]) for name in ("starts_at", "ends_at")}

    def clean(self) -> dict[str, Any]:
        """Check that the local times exist."""
        given = super().clean() or self.cleaned_data
        for name in ("starts_at", "ends_at"):
            try:
                if given.get("day") and given.get(name):
                    instant(given["day"], given[name])
            except ValueError:
                self.add_error(name, _("The clock change leaves this hour out. Write another time."))
        return given

    @staticmethod
    def of(starts_at: datetime, ends_at: datetime, place: str = "") -> dict[str, str]:
        """Return what the form begins with."""
        first, last = local(starts_at), local(ends_at)
        day = f"{first.day}.{first.month}.{first.year}"
        return {"day": day, "starts_at": f"{first:%H.%M}", "ends_at": f"{last:%H.%M}", "place": place}


class PlanForm(TimeForm):
    """A new meeting of a group."""

    series = forms.ChoiceField(label=_("Group"))
    field_order = ("series", "day", "starts_at", "ends_at", "place")

    def __init__(self, *args: Any, groups: Iterable[Series], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["series"].choices = [(one.key, one.name) for one in groups]  # type: ignore[attr-defined]


class ItemForm(forms.Form):
    """What an item that waits is expected to take, and what is asked."""

    minutes = forms.IntegerField(label=_("Own estimate in minutes"), min_value=1, max_value=240)
    question = forms.CharField(label=_("Question to the group"), required=False, widget=area(3))


class ProposeForm(ItemForm):
    """Put a client on an agenda."""

    meeting = forms.ChoiceField(label=pgettext_lazy("of a group", "Meeting"), widget=forms.RadioSelect)
    service = forms.ChoiceField(label=_("What is proposed"))
    basis = forms.ChoiceField(label=_("Why now"), widget=forms.RadioSelect)
    field_order = ("meeting", "service", "basis", "minutes", "question")

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones = [(one.public_id, f"{one.words}, {room(one)}") for one in proposal.choices if not one.closed]
        self.fields["meeting"].choices = open_ones  # type: ignore[attr-defined]
        self.fields["service"].choices = [("", "–"), *proposal.services.items()]  # type: ignore[attr-defined]
        self.fields["basis"].choices = proposal.bases  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """A reason in a sentence or two."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON, widget=area(2))


class NoteForm(forms.Form):
    """What is to be read otherwise in the minutes."""

    note = forms.CharField(label=_("What is to be corrected, and how it was"), widget=area(5))


class EmptyForm(forms.Form):
    """Nothing but the button."""


class BeginForm(forms.Form):
    """Who leads the meeting, and who is there."""

    chair = forms.ChoiceField(label=_("Who leads the meeting"), widget=forms.RadioSelect)
    present = forms.MultipleChoiceField(label=_("Who is there"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, chairs: Iterable[Actor], group: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].choices = named(chairs)  # type: ignore[attr-defined]
        self.fields["present"].choices = named(group)  # type: ignore[attr-defined]


class LeadForm(forms.Form):
    """Who leads from now on."""

    chair = forms.ChoiceField(label=_("Who leads from now on"))

    def __init__(self, *args: Any, chairs: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].choices = named(chairs)  # type: ignore[attr-defined]


class DisqualifyForm(forms.Form):
    """Who must not take part in an item, and why (esteellisyys, 434/2003 28 §)."""

    actor = forms.ChoiceField(label=_("Who"))
    ground = forms.ChoiceField(
        label=_("Ground (Administrative Procedure Act 28 §)"), choices=Ground, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("What it rests on, in a few words"), required=False, max_length=REASON)
    chair = forms.ChoiceField(label=_("Who leads the item instead, if needed"), required=False)

    def __init__(self, *args: Any, people: Iterable[Actor], chairs: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = [("", "–"), *named(people)]  # type: ignore[attr-defined]
        self.fields["chair"].choices = [("", "–"), *named(chairs)]  # type: ignore[attr-defined]


class AppointForm(forms.Form):
    """Somebody's part in a group, from a day."""

    actor = forms.ChoiceField(label=_("Who"))
    part = forms.ChoiceField(
        label=_("Part in the group"), choices=[one for one in MemberRole.choices if one[0] != MemberRole.PRESENTER]
    )
    valid_from = forms.DateField(label=_("From"), input_formats=DAYS, required=False)

    def __init__(self, *args: Any, people: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = [("", "–"), *named(people)]  # type: ignore[attr-defined]


class DeciderForm(forms.Form):
    """Who decides on what the group has weighed."""

    decider = forms.ChoiceField(label=_("Who decides and signs"), required=False)

    def __init__(self, *args: Any, people: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = ("", _("chosen with each decision"))
        self.fields["decider"].choices = [nobody, *named(people)]  # type: ignore[attr-defined]
