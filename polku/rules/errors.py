"""What a rule says when it is asked something it cannot answer."""


def shown(given: object) -> str:
    """Return what was given as an error quotes it: control characters escaped, cut when it is long."""
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:50]}…"


class RuleError(ValueError):
    """A rule was asked wrongly; `code` is stable, the sentence says what is wrong and what would be right."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts


class UnknownRule(RuleError):
    """There is no rule with that id."""


class FactError(RuleError):
    """A fact is unknown, of the wrong kind or contradicts another; `fact` names it."""

    def __init__(self, code: str, message: str, fact: str, **facts: object) -> None:
        super().__init__(code, message, fact=fact, **facts)
        self.fact = fact


class OutOfCalendar(RuleError):
    """The day lies outside the years that the calendar holds."""
