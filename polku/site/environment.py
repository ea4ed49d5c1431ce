"""Settings from the environment: each value is read by one function that refuses a wrong one with a sentence."""

import os
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# Of random characters nearly all sixteen hexadecimal digits are there; a word written again and again has few.
MOST_ALIKE = 8


class Environment:
    """Reads variables. Every method raises ImproperlyConfigured naming the variable, what is wrong and what to do."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        """Return the value without surrounding space, or `default` where it is unset or empty."""
        return self._variables.get(name, "").strip() or default

    def required(self, name: str, reason: str) -> str:
        """Return the value; it must be there."""
        value = self.text(name)
        if not value:
            raise ImproperlyConfigured(f"{name} is not set: {reason}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Return yes or no."""
        value = self.text(name).lower()
        if value in ("1", "true", "yes", "on"):
            return True
        if value in ("0", "false", "no", "off"):
            return False
        if value:
            raise ImproperlyConfigured(f"{name} is {value!r}; write yes or no.")
        return default

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Return a whole number between two bounds."""
        value = self.text(name)
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
            raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number from {lowest} to {highest}.")
        return int(value)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Return one of the choices."""
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} is {value!r}; write one of: {', '.join(choices)}.")
        return value

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return what is listed between commas."""
        found = [part.strip() for part in self.text(name).split(",") if part.strip()]
        return found or list(default)

    def web_address(self, name: str, default: str = "") -> str:
        """Return an http(s) address without its last slash, or an empty text where there is none."""
        value = self.text(name, default).rstrip("/")
        if not value:
            return ""
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ImproperlyConfigured(f"{name} is {value!r}; write an address such as https://polku.example.fi.")
        return value

    def networks(self, name: str, default: Sequence[str] = ()) -> list[IPv4Network | IPv6Network]:
        """Return networks written as 10.1.2.0/24 or as one address."""
        try:
            return [ip_network(part) for part in self.names(name, default)]
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} is {self.text(name)!r}; write networks such as 10.1.2.0/24, comma between."
            ) from None

    def secret(self, name: str, shortest: int) -> str:
        """Return a secret, or an empty text where none is set; the sentence about a wrong one does not repeat it."""
        value = self.text(name)
        if value and (len(value) < shortest or len(set(value)) < MOST_ALIKE):
            raise ImproperlyConfigured(
                f"{name} is too weak: write at least {shortest} random characters, as `openssl rand -hex 40` gives."
            )
        return value

    def file(self, name: str, default: Path) -> Path:
        """Return the path of a file; an explicitly named one must exist."""
        value = self.text(name)
        if value and not Path(value).is_file():
            raise ImproperlyConfigured(f"{name} is {value!r}, but there is no such file.")
        return Path(value).absolute() if value else default
