"""Names of codes in the reader's language."""

from __future__ import annotations

from django.utils.translation import get_language

from polku.access.models import Code, in_language
from polku.asking import Question, value


def code_names(name: str) -> dict[str, str]:
    """Return the names of a code set by key, whatever their dates: old rows keep their words."""
    return {row.key: in_language(row, "name") for row in _of_set(set=name)}


_of_set = Question(
    lambda: Code.objects.filter(set=value("set")).only("key", "name_fi", "name_sv", "name_en").order_by("valid_from")
)


_LANGUAGE = Question(lambda: Code.objects.filter(set="language", key=value("key")).order_by("-valid_from")[:1])


def language_name(key: str) -> str:
    """Return a language's name: `suomi`."""
    if not key:
        return ""
    row = _LANGUAGE.first(key=key)
    return in_language(row, "name") if row else key


def reader() -> str:
    """Return the reader's language as two letters."""
    return (get_language() or "fi")[:2]
