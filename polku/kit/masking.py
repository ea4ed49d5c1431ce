"""Hides personal identity codes in texts that are kept or shown to technicians: logs, audit details, errors."""

import re

# Day, month, year, century sign, number, check character; not a part of a longer word such as a public id.
# The sign may be written as in an address.
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-3]\d[01]\d{3}(?:[-+–−A-FU-Ya-fu-y]|%2[bBdD])\d{3}[0-9A-Za-z](?![0-9A-Za-z])")
HIDDEN = "[identity code]"


def found(text: str) -> bool:
    """Tell whether a text holds something shaped like a personal identity code, right or wrong."""
    return _CODE.search(text) is not None


def masked(text: str) -> str:
    """Return the text with everything shaped like a personal identity code replaced."""
    return _CODE.sub(HIDDEN, text)
