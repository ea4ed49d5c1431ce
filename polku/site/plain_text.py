"""Words in a template that no catalogue can translate, because they stand there as they are."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

# The product's own name is the same in every language.
NAMES = {"Polku"}
READ_ALOUD = {"alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title"}
SILENT = {"script", "style", "svg"}
# A block that fills an attribute: `call-desk`, not words.
CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)+")
WORD = re.compile(r"[^\W\d_]{2,}")
TRANSLATED = re.compile(r"\s*(blocktrans(late)?|comment|verbatim)\b")
END = re.compile(r"\s*end(blocktrans(late)?|comment|verbatim)\b")


def untranslated(template: str) -> Iterator[str]:
    """Return a sentence for each text or spoken attribute that is written out and not translated."""
    reader = _Reader()
    reader.feed(_without_tags(template))
    reader.close()
    for line, text in reader.found:
        yield f"line {line}: {text!r} is not translated"


def _without_tags(template: str) -> str:
    """Return the HTML with every template tag, variable and translated block gone, on the same lines."""
    parts: list[str] = []
    inside = 0
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.TEXT:
            parts.append("\n" * token.contents.count("\n") if inside else token.contents)
            continue
        if token.token_type == TokenType.BLOCK:
            inside += bool(TRANSLATED.match(token.contents))
            inside -= bool(END.match(token.contents))
        parts.append("\n" * token.contents.count("\n"))
    return "".join(parts)


class _Reader(HTMLParser):
    """Collects the words that a person would see or hear."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        for name, value in attrs:
            if name in READ_ALOUD and value:
                self._note(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        words = [word for word in WORD.findall(text) if word not in NAMES]
        if words and not CODE.fullmatch(text.strip()):
            self.found.append((self.getpos()[0], " ".join(text.split())[:80]))
