"""What a letter says when it cannot be made."""

from polku.rules.data import parameters


class LetterError(ValueError):
    """A letter was refused; nothing was made. `code` is stable, `words(lang)` tells a person what to do."""

    def __init__(self, code: str, **facts: str) -> None:
        self.code = code
        self.facts = facts
        super().__init__(self.words("en"))

    def words(self, lang: str) -> str:
        """Return the sentence in `fi`, `sv` or `en`."""
        pattern: str = parameters("decisions")["letters"][self.code][lang]
        return pattern.format(**self.facts)
