"""Refusals of the domain: what an action raises when it may not or cannot be done.

A refusal carries a sentence for the person, the field it belongs to and plain facts for a machine. Pages show the
sentence at the field and keep what was typed; the API answers with a problem document.
"""

from typing import ClassVar


class Refused(Exception):
    """An action was refused.

    Args:
        code: stable machine word, e.g. `time_taken`.
        message: the sentence, translated when shown (a lazy translation or plain text).
        field: the form or JSON field it is about, if any.
        facts: plain values for a machine; never personal identity codes.
    """

    status: ClassVar[int] = 422

    def __init__(self, code: str, message: object, field: str = "", **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(Refused):
    """What was given does not fit: wrong form, impossible date, unknown code."""

    status = 422


class NotAllowed(Refused):
    """The person is known to exist here but may not do this."""

    status = 403


class NotFound(Refused):
    """Not there, or not the reader's: deliberately the same answer."""

    status = 404


class Conflict(Refused):
    """Somebody was first, or the thing has changed since it was shown."""

    status = 409
