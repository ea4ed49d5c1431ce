"""Names of people: folding and splitting into words for search."""

import unicodedata


def fold(text: str) -> str:
    """Return the text for comparing: lower case, composed form, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def words(*names: str) -> list[str]:
    """Return the distinct folded words of names, at least two letters each: `Anna-Kaisa Mäki` gives three."""
    found = (w for name in names for w in fold(name).replace("-", " ").replace("'", " ").split())
    return sorted({w for w in found if len(w) > 1})
