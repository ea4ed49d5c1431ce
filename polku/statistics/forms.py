"""What the reader asks for: measure, how many weeks, which team. A wrong address shows the first page."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from polku.access.models import Unit
from polku.statistics.measures import ANSWERED, MEASURES, Measure

WEEKS = (4, 12, 26, 52)


def _periods() -> list[tuple[int, str]]:
    """Return the periods in the reader's language; asked for at every form, because a number stands in each."""
    return [(number, gettext("%(number)s weeks") % {"number": number}) for number in WEEKS]


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Units by their name in the reader's language."""

    def label_from_instance(self, obj: Unit) -> str:
        """Return the unit's name."""
        return obj.name


class ReportForm(forms.Form):
    """The choices of the page."""

    measure = forms.ChoiceField(choices=[(key, row.name) for key, row in MEASURES.items()], required=False)
    weeks = forms.TypedChoiceField(
        label=_("Period"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=_periods,
        initial=12,
    )
    unit = UnitChoice(
        label=_("Team"),
        queryset=Unit.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("All teams"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        units = Unit.objects.filter(promises__rule="promise_answer").distinct().order_by("name_fi")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def chosen(self) -> tuple[Measure, int, Unit | None]:
        """Return the choices, each wrong one as if it had not been given."""
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return MEASURES.get(given.get("measure") or "", ANSWERED), given.get("weeks") or 12, given.get("unit")

    def address(self, name: str, **other: object) -> str:
        """Return the address of a page with these choices, some of them otherwise."""
        measure, weeks, unit = self.chosen()
        values = {"measure": measure.key, "weeks": weeks, "unit": unit.public_id if unit else "", **other}
        return f"{reverse(name)}?{urlencode({key: value for key, value in values.items() if value})}"
