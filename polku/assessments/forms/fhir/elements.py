"""Takes an element of FHIR apart, name by name, so that what nobody took can be told."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from polku.assessments.forms.definition import Concept, Words
from polku.assessments.forms.fhir.names import TRANSLATION
from polku.assessments.forms.problems import Loss
from polku.rules.errors import shown


class Element:
    """One element that is being read: each name and extension is taken once; `done` tells what was left."""

    def __init__(self, path: str, data: Any, losses: list[Loss]) -> None:
        self.path = path
        self.losses = losses
        self.left: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.lose(f"{shown(data)} stands where an element is expected")
        given = self.left.pop("extension", [])
        self.extensions = [each for each in listed(given) if isinstance(each, Mapping)]

    def lose(self, what: str) -> None:
        """Note something that cannot be kept."""
        self.losses.append(Loss(self.path, what))

    def take(self, name: str, default: Any = None) -> Any:
        """Return what stands under a name, and remember that it was read."""
        return self.left.pop(name, default)

    def text(self, name: str) -> str:
        """Return the text under a name; "" when there is none."""
        value = self.take(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.lose(f"{name} is no text: {shown(value)}")
        return ""

    def flag(self, name: str) -> bool:
        """Return whether a name stands as true."""
        value = self.take(name, False)
        if not isinstance(value, bool):
            self.lose(f"{name} is neither true nor false: {shown(value)}")
        return value is True

    def items(self, name: str) -> list[Any]:
        """Return the list under a name."""
        value = self.take(name, [])
        if not isinstance(value, list):
            self.lose(f"{name} is no list: {shown(value)}")
            return []
        return value

    def extended(self, url: str) -> list[Any]:
        """Return the values of an extension, each time that it stands here, and remember that they were read."""
        found = [each for each in self.extensions if each.get("url") == url]
        self.extensions = [each for each in self.extensions if each.get("url") != url]
        return [value_of(each) for each in found]

    def words(self, name: str, language: str) -> Words:
        """Return the text under a name with its translations, by language."""
        text, beside = self.text(name), self.take(f"_{name}")
        found = {language: text} if text else {}
        if beside is None:
            return found
        inner = Element(f"{self.path}.{name}", beside, self.losses)
        for each in [each for each in inner.extensions if each.get("url") == TRANSLATION]:
            parts = {
                str(part.get("url")): value_of(part)
                for part in listed(each.get("extension"))
                if isinstance(part, Mapping)
            }
            if isinstance(parts.get("lang"), str) and isinstance(parts.get("content"), str) and parts["content"]:
                found.setdefault(short(parts["lang"]), parts["content"])
            else:
                inner.lose("a translation without its language or its text")
        inner.extended(TRANSLATION)
        inner.done()
        return found

    def concepts(self, name: str) -> tuple[Concept, ...]:
        """Return the codes that say what something is in other code systems."""
        found = []
        for each in self.items(name):
            inner = Element(f"{self.path}.{name}", each, self.losses)
            found.append(Concept(inner.text("system"), inner.text("code"), inner.text("display")))
            inner.done()
        return tuple(found)

    def done(self) -> None:
        """Name everything that nobody took."""
        for name in self.left:
            self.lose(f"{name} is not kept")
        for each in self.extensions:
            self.lose(f"the extension {each.get('url')} is not kept")


def listed(given: Any) -> list[Any]:
    """Return a list as it is, and anything else as an empty one."""
    return given if isinstance(given, list) else []


def value_of(element: Mapping[str, Any]) -> Any:
    """Return the value[x] of an element, of whatever type."""
    return next((value for name, value in element.items() if name.startswith("value")), None)


def short(language: str) -> str:
    """Return a language without its country: `fi-FI` is `fi`."""
    return language.split("-")[0].lower()


def number(value: Decimal | str | int) -> int | float:
    """Return a number as JSON has it: whole where it is whole."""
    exact = Decimal(str(value))
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def put_words(target: dict[str, Any], name: str, words: Words, language: str) -> None:
    """Write a text in its language under a name, and the others as translations beside it."""
    target[name] = words.get(language) or next(iter(words.values()), "")
    others = [(lang, text) for lang, text in words.items() if lang != language and text]
    if others:
        target[f"_{name}"] = {"extension": [_translation(lang, text) for lang, text in others]}


def _translation(language: str, text: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": text}]
    return {"url": TRANSLATION, "extension": parts}
