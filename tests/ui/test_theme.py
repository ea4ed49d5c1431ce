"""A county's colours: a style sheet of its own, and nothing that could not be read."""

from typing import Any

import pytest
from django.test import Client

from polku.ui.context import theme
from polku.ui.theme import Theme, contrast

pytestmark = pytest.mark.urls("tests.ui.pages")


@pytest.fixture(autouse=True)
def plain_frame(settings: Any) -> None:
    """No stage's links in the frame."""
    settings.POLKU_FRAME = ""


def test_compute_contrast_as_wcag_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#005F66", "#FFFFFF") == pytest.approx(7.4, abs=0.1)
    assert contrast("#FFFFFF", "#005F66") == contrast("#005F66", "#FFFFFF")


@pytest.mark.parametrize(
    ("colours", "name"),
    [({"accent": "#8CC5C8"}, "accent"), ({"accent": "teal"}, "accent"), ({"level_2": "#005F66"}, "level_2")],
)
def test_refuse_a_theme_on_which_text_could_not_be_read(colours: dict[str, str], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Theme(**colours)


def test_never_theme_what_means_late_or_soon() -> None:
    assert "B01038" not in Theme().css()
    assert "--late" not in Theme().css()
    assert "--soon" not in Theme().css()


@pytest.mark.django_db
def test_serve_the_colours_for_a_year_and_words_for_a_day(client: Client) -> None:
    colours = client.get(f"/ui/theme-{theme().version()}.css")
    assert colours["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in colours["Cache-Control"]
    assert f"--color-bus:{theme().accent}" in colours.content.decode()
    words = client.get("/ui/words/fi.js")
    assert "Luonnos tallennettu" in words.content.decode()
    assert client.get("/ui/words/de.js").status_code == 404


@pytest.mark.django_db
def test_change_the_language_by_a_form_and_come_back_to_the_same_site_only(client: Client) -> None:
    answer = client.post("/ui/language/", {"language": "sv", "next": "/account/login/"})
    assert answer["Location"] == "/account/login/"
    assert client.cookies["polku_language"].value == "sv"
    assert client.post("/ui/language/", {"language": "fi", "next": "https://evil.example/"})["Location"] == "/"
    assert client.get("/ui/language/").status_code == 405
