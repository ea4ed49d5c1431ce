"""What is wrong with a definition or an answer, and what another form of the same thing cannot hold."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a definition: where it is, a stable code, and a sentence."""

    path: str
    code: str
    words: str

    def __str__(self) -> str:
        return f"{self.path or 'definition'}: {self.words}"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that could not be carried over between a definition or its answers and FHIR: where, and what."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path or 'definition'}: {self.what}"


class DefinitionError(ValueError):
    """A definition cannot be used; `problems` names every fault that was found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class AnswerError(ValueError):
    """An answer does not fit its question: `path` is the question's, `code` is stable, `facts` fill the sentence."""

    def __init__(self, path: str, code: str, message: str, **facts: object) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.code = code
        self.message = message
        self.facts = facts
