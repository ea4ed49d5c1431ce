"""Form controls drawn directly are the HTML that Django's templates give, but for white space between elements."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from polku.ui.controls import Controls

AWKWARD = "<b>\"&'</b>"
CHOICES = [
    ("", gettext_lazy("Nobody")),
    ("a", AWKWARD),
    (AWKWARD, mark_safe("<i>whole</i>")),
    (1000, 1000),
    ("Ryhmä & toinen", [("x", "X"), ("y", "Y")]),
]
WIDGETS: list[tuple[forms.Widget, Any]] = [
    (forms.TextInput({"class": AWKWARD, "required": True, "disabled": False, "data-x": 7}), AWKWARD),
    (forms.TextInput(), None),
    (forms.TextInput(), ""),
    (forms.NumberInput({"step": 1}), 1234.5),
    (forms.EmailInput(), "a@b.fi"),
    (forms.URLInput(), "https://example.fi/?a=1&b=2"),
    (forms.PasswordInput(render_value=True), "salaisuus"),
    (forms.PasswordInput(), "salaisuus"),
    (forms.HiddenInput(), 5),
    (forms.DateInput(), "1.12.2026"),
    (forms.TimeInput(), "9.05"),
    (forms.FileInput(), None),
    (forms.CheckboxInput(), True),
    (forms.CheckboxInput({"class": "check-input"}), False),
    (forms.Textarea({"rows": 3}), AWKWARD + "\n toinen"),
    (forms.Textarea(), None),
    (forms.Select({"class": "input"}, CHOICES), "a"),
    (forms.Select(None, CHOICES), AWKWARD),
    (forms.Select(None, CHOICES), None),
    (forms.Select(None, []), "a"),
    (forms.SelectMultiple(None, CHOICES), ["y", "1000"]),
    (forms.NullBooleanSelect(), True),
    (forms.RadioSelect(None, CHOICES), "a"),
    (forms.CheckboxSelectMultiple(None, CHOICES), ["a"]),
    (forms.ClearableFileInput(), None),
    (forms.SplitDateTimeWidget(), None),
]


def close(html: str) -> str:
    """Leave out the white space between elements."""
    return re.sub(r">\s+<", "><", html)


@pytest.mark.parametrize(("widget", "value"), WIDGETS, ids=lambda one: type(one).__name__)
def test_draw_what_the_template_draws(widget: forms.Widget, value: Any) -> None:
    attrs = {"id": "id_one", "aria-describedby": "id_one_hint"}
    drawn = widget.render("one", value, attrs=attrs, renderer=Controls())
    assert close(drawn) == close(widget.render("one", value, attrs=attrs, renderer=TemplatesSetting()))
    assert hasattr(drawn, "__html__")


def test_leave_a_list_with_an_option_of_its_own_to_its_template() -> None:
    class Own(forms.Select):
        option_template_name = "django/forms/widgets/checkbox_option.html"

    drawn = Own(None, CHOICES).render("one", "a", renderer=Controls())
    assert drawn == Own(None, CHOICES).render("one", "a", renderer=TemplatesSetting())
