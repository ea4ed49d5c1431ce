"""The reference number that is told to a caller: short, speakable, with a check letter."""

import secrets
from datetime import date

# The 31 characters of the identity code's check table: prime in number, so one wrong character or two swapped
# neighbours always change the check letter. Those mixed up on the phone are not drawn.
_TABLE = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_SPOKEN = "23456789ABCDEFHJKMNPRSTVWXY"


def new(day: date) -> str:
    """Return a reference such as `2611-7KM3-R`: year and month, four random characters, a check letter."""
    body = f"{day:%y%m}-" + "".join(secrets.choice(_SPOKEN) for _ in range(4))
    return f"{body}-{_check(body)}"


def is_valid(reference: str) -> bool:
    """Tell whether the check letter fits; spaces and case do not matter."""
    text = normalise(reference)
    known = all(c in _TABLE or c == "-" for c in text)
    return known and len(text) == 11 and text[4] == text[9] == "-" and text[10] == _check(text[:9])


def normalise(reference: str) -> str:
    """Return the reference in capitals, without spaces, hyphens in their places."""
    letters = "".join(c for c in reference.upper() if c.isalnum())
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}" if len(letters) == 9 else reference.strip().upper()


def _check(body: str) -> str:
    total = sum(place * _TABLE.index(c) for place, c in enumerate(body.replace("-", ""), start=1))
    return _TABLE[total % 31]
