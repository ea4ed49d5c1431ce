"""What people write in meetings, as it is stored."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from polku.kit.errors import Invalid

LONGEST = 5_000
LONGEST_NOTE = 300


def plain(text: str, *, field: str, most: int = LONGEST) -> str:
    """Return a text as it is stored: one kind of line break, nothing around it.

    Raises:
        Invalid `text`: it is too long, or has a character that cannot be stored.
    """
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most or "\x00" in text:
        raise Invalid("text", _("Write this in at most %(most)s characters.") % {"most": most}, field=field, most=most)
    return text


def needed(text: str, message: object, *, field: str, most: int = LONGEST) -> str:
    """Return a text that must be there.

    Raises:
        Invalid `<field>_missing` with the message: nothing is written; `text` as in `plain`.
    """
    text = plain(text, field=field, most=most)
    if not text:
        raise Invalid(f"{field}_missing", message, field=field)
    return text
