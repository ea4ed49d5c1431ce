"""Forms of the pages around an assessment: how it began, why it ends, a measure, a plan, a file to import."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from polku.assessments.models import FormVersion
from polku.assessments.published import words
from polku.assessments.states import StartedBy
from polku.kit.localtime import instant
from polku.rules.instruments import Instrument

DAYS = ["%d.%m.%Y", "%Y-%m-%d"]
TIMES = ["%H.%M", "%H:%M"]


def area(rows: int) -> forms.Textarea:
    """Return a text area so many rows high."""
    return forms.Textarea(attrs={"rows": rows})


class BeginForm(forms.Form):
    """Which form is filled in."""

    form = forms.ChoiceField(label=_("Form"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, versions: list[FormVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [(one.key, one.title) for one in versions]  # type: ignore[attr-defined]


class StartForm(forms.Form):
    """How and when assessing began."""

    how = forms.ChoiceField(label=_("How did it begin?"), choices=StartedBy, widget=forms.RadioSelect)
    on = forms.DateField(label=_("Day"), input_formats=DAYS)
    time = forms.TimeField(label=_("Time"), input_formats=TIMES)

    def happened_at(self) -> datetime:
        """Return when it truly took place."""
        return instant(self.cleaned_data["on"], self.cleaned_data["time"])

    def clean(self) -> dict[str, Any]:
        """Check that the local time exists."""
        given = super().clean() or self.cleaned_data
        try:
            if given.get("on") and given.get("time"):
                instant(given["on"], given["time"])
        except ValueError:
            self.add_error("time", _("The clock change leaves this hour out. Write another time."))
        return given


class CorrectStartForm(StartForm):
    """How and when assessing truly began, and what was recorded by mistake."""

    reason = forms.CharField(label=_("What was recorded by mistake?"), max_length=300, widget=area(2))


class GroundForm(forms.Form):
    """Why it ends."""

    ground = forms.CharField(label=_("Ground"), max_length=300, widget=area(2))


class ReasonForm(forms.Form):
    """A reason in a sentence."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=area(2))


class MeasureForm(forms.Form):
    """A result: the day, and either the answers by item or the total copied from the instrument's own form."""

    done_on = forms.DateField(label=_("Day of the answers"), input_formats=DAYS)

    def __init__(self, *args: Any, measure: Instrument, by_items: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = (get_language() or "fi")[:2]
        self.by_items = by_items
        if by_items:
            for key, item in measure.items.items():
                label = (
                    words(item.label, language)
                    if item.label
                    else pgettext("of an instrument", "Item %(number)s") % {"number": key}
                )
                self.fields[f"item_{key}"] = forms.TypedChoiceField(
                    label=label, choices=[("", "–"), *((str(v), str(v)) for v in item.values)], required=False,
                    coerce=int, empty_value=None,
                )  # fmt: skip
            return
        if measure.scoring not in ("profile", "none"):
            self.fields["total"] = forms.DecimalField(label=_("Result"), localize=True, max_digits=7, decimal_places=2)
        for key, part in measure.subscales.items():
            self.fields[f"part_{key}"] = forms.DecimalField(
                label=words(part.name, language), required=False, localize=True, max_digits=7, decimal_places=2
            )
        for safety in measure.safety:
            if safety.about in measure.items:
                item = measure.items[safety.about]
                label = _("Answer to item %(number)s (safety)") % {"number": safety.about}
                self.fields[f"part_{safety.about}"] = forms.TypedChoiceField(
                    label=label, choices=[("", "–"), *((str(v), str(v)) for v in item.values)], required=False,
                    coerce=int, empty_value=None,
                )  # fmt: skip

    def given(self) -> dict[str, Any]:
        """Return what the action takes: items, or the total with its parts."""
        data = self.cleaned_data
        if self.by_items:
            return {"items": {name[5:]: data[name] for name in self.fields if name.startswith("item_")}}
        parts = {n[5:]: data[n] for n in self.fields if n.startswith("part_") and data[n] is not None}
        return {"total": data.get("total"), "parts": parts or None}


class SafetyForm(forms.Form):
    """What was done about what the safety item told."""

    safety_note = forms.CharField(label=_("What was asked and agreed about safety"), widget=area(3))


class ImportForm(forms.Form):
    """A FHIR Questionnaire: the file, or its content when it has been looked at."""

    file = forms.FileField(label=_("FHIR Questionnaire (JSON)"), required=False)
    content = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    language = forms.ChoiceField(
        label=_("Language of its texts, where it does not say"),
        choices=[("fi", "suomi"), ("sv", "svenska"), ("en", "English")],
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a file where there is none."""
        given = super().clean() or self.cleaned_data
        if not given.get("file") and not given.get("content"):
            self.add_error("file", _("Choose a file."))
        return given

    def content_of(self) -> bytes:
        """Return what was sent."""
        file = self.cleaned_data.get("file")
        return file.read() if file else str(self.cleaned_data["content"]).encode()

    def file_name(self) -> str:
        """Return the file's name."""
        file = self.cleaned_data.get("file")
        return str(file.name)[:200] if file else str(self.cleaned_data["name"])
