"""The services that a group weighs: those on which the rules of decisions know what a decision holds."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from polku.kit.errors import Invalid
from polku.rules.data import parameters
from polku.rules.decisions.parts import obligation
from polku.ui import words

LANGUAGES = ("fi", "sv", "en")


def known(*, day: date) -> dict[str, str]:
    """Return the services of which a decision can be made on a day: key and name in the reader's language."""
    return {key: name(key) for key in parameters("decisions")["services"] if obligation(key, day) is not None}


def names(key: str) -> dict[str, str]:
    """Return a service's name in each language; of one that is no longer known its key."""
    found = parameters("decisions")["services"].get(key)
    return {language: str(found["name"][language]) if found else key for language in LANGUAGES}


def name(key: str) -> str:
    """Return a service's name in the reader's language."""
    return names(key)[words.language()]


def section(key: str, *, day: date) -> str:
    """Return the section of the Social Welfare Act that the service is based on: `21 b §`; empty when there is none."""
    found = obligation(key, day) if key in parameters("decisions")["services"] else None
    return words.nbsp(f"{found.section} §") if found else ""


def check(key: str, *, day: date) -> str:
    """Return the service's key.

    Raises:
        Invalid `unknown_service`: it is none that can be decided on that day.
    """
    if key not in known(day=day):
        raise Invalid("unknown_service", _("Choose the service from the list."), field="service")
    return key
