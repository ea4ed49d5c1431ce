"""Form fields: label, hint and error belong to their control for everybody."""

import re
from typing import Any

import pytest
from django import forms
from django.template import Context, Template

from polku.ui.fields import Look, at_field, draw


class Person(forms.Form):
    """A few fields."""

    name = forms.CharField(label="Nimi", help_text="Kuten se lausutaan.")
    team = forms.ChoiceField(label="Tiimi", choices=[("a", "A"), ("b", "B")])
    way = forms.ChoiceField(label="Tapa", choices=[("p", "Puhelu"), ("f", "Kasvotusten")], widget=forms.RadioSelect)
    needs = forms.MultipleChoiceField(
        label="Tarve", choices=[("1", "<b>Ruoka</b>"), ("2", "Lääke")], widget=forms.CheckboxSelectMultiple
    )
    agrees = forms.BooleanField(label="Suostuu")
    version = forms.IntegerField(widget=forms.HiddenInput)


def form(**data: Any) -> Person:
    """Return the form as it was sent."""
    sent = Person(data)
    sent.is_valid()
    return sent


def test_tie_label_hint_and_error_to_the_control() -> None:
    html = draw(form()["name"], Look())
    assert '<label class="label" for="id_name">Nimi</label>' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described is not None
    assert described[1].split() == ["id_name_hint", "id_name_error"]
    assert all(f'id="{one}"' in html for one in described[1].split())
    assert 'aria-invalid="true"' in html


def test_keep_what_was_typed_and_escape_it() -> None:
    html = draw(form(name='<script>"')["name"], Look())
    assert "&lt;script&gt;&quot;" in html
    assert "has-error" not in html


def test_draw_a_group_as_a_fieldset_with_a_key_for_each_choice() -> None:
    html = draw(form(needs=["2"])["needs"], Look(keys="12", columns=2))
    assert html.count('type="checkbox"') == 2
    assert "<fieldset" in html
    assert "<legend" in html
    assert "data-key-scope" in html
    assert 'data-key="1"' in html
    assert "<b>Ruoka" not in html
    assert re.search(r'value="2"[^>]*checked', html)
    assert not re.search(r'value="1"[^>]*checked', html)


def test_draw_radio_buttons_as_radio_buttons() -> None:
    html = draw(form()["way"], Look())
    assert html.count('type="radio"') == 2
    assert html.count("aria-invalid") == 2


def test_draw_a_hidden_field_without_anything_around_it() -> None:
    assert draw(form(version="3")["version"], Look()).startswith('<input type="hidden"')


def test_hide_a_label_that_a_heading_repeats_but_never_from_readers() -> None:
    assert '<label class="visually-hidden" for="id_name">Nimi' in draw(form()["name"], Look(title="hidden"))


def test_refuse_a_width_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="wide"):
        draw(form()["name"], Look(width="wide"))


def test_name_every_error_with_a_link_to_its_control() -> None:
    html = Template("{% load ui %}{% error_summary form %}").render(Context({"form": form(version="3")}))
    assert 'role="alert"' in html
    for target in ("id_name", "id_team", "id_way_0", "id_needs_0", "id_agrees"):
        assert f'href="#{target}"' in html
    assert Template("{% load ui %}{% error_summary form %}").render(Context({"form": Person()})) == ""


def test_end_the_name_of_a_field_before_its_error_once() -> None:
    assert at_field("Nimi", "Puuttuu.") == "Nimi: Puuttuu."
    assert at_field("Kuka soittaa?", "Puuttuu.") == "Kuka soittaa? Puuttuu."
    assert at_field("Miksi: ", "Puuttuu.") == "Miksi: Puuttuu."


def test_give_each_form_an_idempotency_key_of_its_own() -> None:
    tag = Template("{% load ui %}{% once %}")
    first, second = tag.render(Context()), tag.render(Context())
    assert first != second
    assert re.fullmatch(r'<input type="hidden" name="key" value="[0-9a-z]{16}">', first)
