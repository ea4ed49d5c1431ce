"""What does not fit, in the reader's words: the form engine gives a code and facts, here they become a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.assessments import published
from polku.assessments.forms import paths
from polku.assessments.forms.answers import Missing
from polku.assessments.forms.definition import Definition
from polku.assessments.forms.problems import AnswerError
from polku.assessments.states import Voice
from polku.kit.errors import Invalid

_SENTENCES: dict[str, Promise] = {
    "not_text": _("Write text here."),
    "control_characters": _("The text has characters that cannot be written or read."),
    "several_lines": _("Write on one line."),
    "too_long": _("This is too long: at most %(most)s characters."),
    "not_boolean": _("Choose yes or no."),
    "unknown_code": _("Choose one of the alternatives."),
    "chosen_alone": _("This alternative is chosen alone, without others."),
    "not_a_date": _("Write a day such as 1.12.2026."),
    "too_small": _("This is too small: at least %(least)s."),
    "too_great": _("This is too great: at most %(most)s."),
    "not_a_number": _("Write a number."),
    "not_whole": _("Write a whole number."),
    "not_quantity": _("Write a number and choose its unit."),
    "unknown_unit": _("Choose one of the units."),
    "too_many": _("There are too many values: at most %(most)s."),
    "reason_needed": _("Write why this was not asked."),
}
_NO_SUCH_FIELD = _("The form has no such field. Open it again.")


def unfit(error: AnswerError) -> Invalid:
    """Return the refusal of an answer that does not fit its question."""
    sentence: object = _SENTENCES.get(error.code, _NO_SUCH_FIELD)
    facts = {name: fact for name, fact in error.facts.items() if name in ("most", "least")}
    if error.code in _SENTENCES and facts:
        sentence = sentence % facts  # type: ignore[operator]
    return Invalid(error.code, sentence, field=error.path, **facts)


def incomplete(form: Definition, missed: Sequence[Missing]) -> Invalid:
    """Return the refusal of an assessment in which required answers are missing; it names all of them."""
    named = "; ".join(dict.fromkeys(named_in_full(form, one.path, one.voice) for one in missed))
    return Invalid(
        "missing",
        _("Before the assessment is ready, this must be answered: %(what)s.") % {"what": named},
        field=missed[0].path,
        missing=[{"path": one.path, "voice": one.voice} for one in missed],
    )


def named_in_full(form: Definition, path: str, voice: str = "") -> str:
    """Return a question as a person finds it, in the reader's language: its section, its text, whose answer."""
    language = (get_language() or "fi")[:2]
    question = form.index.get(paths.plain(path))
    if question is None:
        return path
    named = f"{published.words(form.section(question.path).titles, language)}: "
    named += published.words(question.texts, language).rstrip("?:")
    return f"{named} ({Voice(voice).label})" if voice else named
