"""Decisions' surroundings: the county's words in its letters from its file, the way out from the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from polku.decisions.configuration import DecisionSettings, Messages
from polku.gateways.suomifi import ConsoleMessages, SuomiFi, SuomiFiSettings
from polku.gateways.suomifi.settings import PRODUCTION
from polku.site.environment import Environment

BY_LANGUAGE = ("to", "address", "open", "help")
PLAIN = ("email", "phone", "closes")


def decision_settings(env: Environment, *, demo: bool, county: Path) -> DecisionSettings:
    """Build the settings of decisions. Raises ImproperlyConfigured naming the variable or what the file lacks."""
    told = tomllib.loads(county.read_text(encoding="utf-8"))["county"]
    words = told.get("decisions", {})
    try:
        return DecisionSettings(
            county=told["name"],
            web=_text(words, "web"),
            diary=_text(words, "diary"),
            review=_review(words.get("review", {})),
            gateway=_gateway(env, demo=demo),
            lease=timedelta(seconds=env.number("SUOMIFI_LEASE", 300, 1, 3600)),
            most_tries=env.number("SUOMIFI_TRIES", 12, 1, 50),
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"Decisions: {error}") from None


def _text(words: Mapping[str, Any], name: str) -> str:
    found = words.get(name)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"the county's file lacks {name} under [county.decisions].")
    return found.strip()


def _review(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a review is requested; every letter of the county says it."""
    for name in BY_LANGUAGE:
        found = words.get(name)
        if not isinstance(found, dict) or not all(str(found.get(language, "")).strip() for language in ("fi", "sv")):
            raise ValueError(f"the county's file lacks {name} in fi and sv under [county.decisions.review].")
    for name in PLAIN:
        if not isinstance(words.get(name), str) or not words[name].strip():
            raise ValueError(f"the county's file lacks {name} under [county.decisions.review].")
    time.fromisoformat(words["closes"])
    return {name: words[name] for name in (*BY_LANGUAGE, *PLAIN)}


def _gateway(env: Environment, *, demo: bool) -> Messages | None:
    """Return the way to mailboxes. With a real database nothing stays in the house unnoticed: `off` sends by post."""
    way = env.choice(
        "SUOMIFI_BY", ("rest", "off", "console") if demo else ("rest", "off"), "console" if demo else "off"
    )
    if way == "console":
        return ConsoleMessages()
    if way == "off":
        return None
    env.required("SUOMIFI_PASSWORD", "it signs in to Suomi.fi messages.")
    return SuomiFi(
        SuomiFiSettings(
            service_id=env.required("SUOMIFI_SERVICE", "it is the service's id at Suomi.fi messages."),
            username=env.required("SUOMIFI_USER", "it signs in to Suomi.fi messages."),
            password=env.secret("SUOMIFI_PASSWORD", 32),
            url=env.text("SUOMIFI_URL", PRODUCTION),
            ca_file=str(env.file("SUOMIFI_CA_FILE", Path())) if env.text("SUOMIFI_CA_FILE") else "",
            timeout_seconds=env.number("SUOMIFI_TIMEOUT", 10, 1, 60),
            longest_seconds=env.number("SUOMIFI_LONGEST", 30, 1, 300),
        )
    )
