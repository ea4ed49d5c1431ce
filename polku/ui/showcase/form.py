"""A form with every kind of field, whole and with an error."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class SampleForm(forms.Form):
    """Every kind of field."""

    phone = forms.CharField(label=gettext_lazy("Phone number"), help_text=gettext_lazy("For the text message."))
    story = forms.CharField(label=gettext_lazy("What was said"), widget=forms.Textarea, required=False, max_length=4000)
    team = forms.ChoiceField(
        label=gettext_lazy("Team"), choices=[("a", "Toimeentulotukitiimi"), ("b", "Aikuissosiaalityö, läntinen tiimi")]
    )
    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("Assessment of urgency"),
        choices=[
            ("1", "Henki tai terveys vaarassa"),
            ("2", "Ei ruokaa tai lääkkeitä"),
            ("3", "Ei yöpaikkaa ensi yöksi"),
            ("4", "Väkivallan uhka"),
            ("5", "Hoiva puuttuu"),
            ("0", "Ei mitään näistä"),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    way = forms.ChoiceField(
        label=gettext_lazy("Way of meeting"), choices=[("p", "Puhelu"), ("f", "Kasvotusten")], widget=forms.RadioSelect
    )
    wants = forms.BooleanField(label=gettext_lazy("Asks to talk with a worker"), required=False)


def wrong() -> SampleForm:
    """Return the form as it comes back."""
    form = SampleForm({"phone": "040 12 3456", "team": "a"}, auto_id="wrong_%s")
    form.is_valid()
    form.add_error(
        "phone", _("One digit is missing. Write for example %(number)s.") % {"number": "040\u00a0123\u00a04567"}
    )
    return form
