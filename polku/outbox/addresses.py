"""Addresses in one form, refused before anything is written when they cannot be right."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from polku.kit import phone
from polku.kit.errors import Invalid
from polku.outbox.states import Channel

MOST_POSTAL_LINES = 8


def normal(channel: str, to: str) -> str:
    """Return the address as it is stored: +country number, mail address, or postal lines.

    Raises Invalid at the field ``to``.
    """
    if channel == Channel.SMS:
        return _phone(to)
    if channel == Channel.EMAIL:
        return _mail(to)
    return _postal(to)


def hidden(channel: str, recipient: str) -> str:
    """Return enough of the address to recognise it and not enough to use it: ``+358 … 67``, ``m…@example.fi``."""
    if channel == Channel.SMS:
        return f"{recipient[:4]} … {recipient[-2:]}"
    if channel == Channel.EMAIL:
        local, _at, domain = recipient.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return "…"


def _phone(to: str) -> str:
    try:
        return phone.parse(to)
    except ValueError:
        raise Invalid(
            "bad_phone", _("This is not a phone number. Write it like 040 1234567 or +46 70 123 45 67."), "to"
        ) from None


def _mail(to: str) -> str:
    local, _at, domain = to.strip().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
        if not local.isascii():
            raise ValidationError("not ASCII")
        validate_email(address)
    except (ValidationError, UnicodeError):
        raise Invalid(
            "bad_email", _("This is not an e-mail address. Write it like firstname.lastname@example.fi."), "to"
        ) from None
    return address


def _postal(to: str) -> str:
    lines = [" ".join(line.split()) for line in to.splitlines()]
    lines = [line for line in lines if line]
    if not lines or len(lines) > MOST_POSTAL_LINES or any(len(line) > 100 for line in lines):
        raise Invalid("bad_address", _("Write the postal address on one to eight lines."), "to")
    if re.search(r"[\x00-\x1f\x7f]", "".join(lines)):
        raise Invalid("bad_address", _("Write the postal address on one to eight lines."), "to")
    return "\n".join(lines)
