"""The words of messages: data in `texts/*.yaml`, in three languages, in dated versions.

Each template names its placeholders; every language of a channel uses the same ones. The version that was used is
kept with the message, and the words as they went.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from polku.kit.errors import Invalid
from polku.outbox import configuration
from polku.outbox.states import Channel, Language

FOLDER = Path(__file__).parent / "texts"
LONGEST_SMS = 700
"""Characters. Longer ones cost many parts and are not read."""
LONGEST_VALUE = 300
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one language: what is filled in is marked `{so}`."""

    subject: str
    body: str

    def places(self) -> frozenset[str]:
        """Return the names of the placeholders. Raises ValueError for anything but a plain name."""
        found = set()
        for _text, name, form, conversion in string.Formatter().parse(self.subject + self.body):
            if name is None:
                continue
            if not name.isidentifier() or form or conversion:
                raise ValueError(f"{{{name}}} is not a plain placeholder")
            found.add(name)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Version:
    """A template's words from a day on."""

    number: int
    valid_from: date
    words: Mapping[tuple[str, str], Words]
    """By channel and language."""


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of message."""

    key: str
    placeholders: frozenset[str]
    versions: tuple[Version, ...]

    def version_on(self, day: date) -> Version:
        """Return the version that holds on a day. Raises Invalid before the first."""
        holding = [version for version in self.versions if version.valid_from <= day]
        if not holding:
            raise Invalid(
                "template_not_yet", _("This message has no text for that day."), "template", template=self.key
            )
        return holding[-1]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words as they go, and the version they come from."""

    subject: str
    body: str
    version: int


def render(*, template: str, channel: str, language: str, values: Mapping[str, str], day: date) -> Rendered:
    """Fill in a template.

    `sender` need not be given. A value may hold anything a line of text may; it is never read as a template itself.
    Raises Invalid for an unknown template, channel or language, a value that is missing, unknown, too long or not one
    line, and a text message that gets too long.
    """
    found = templates().get(template)
    if found is None:
        raise Invalid("no_template", _("There is no such message."), "template", template=template)
    version = found.version_on(day)
    words = version.words.get((channel, language))
    if words is None:
        raise Invalid(
            "no_words",
            _("This message has no text for this way of sending in this language."),
            "language",
            template=template,
            channel=channel,
            language=language,
        )
    given = {"sender": configuration.current().sender_names.get(language, ""), **values}
    filled = {name: _checked(found, name, value) for name, value in given.items()}
    missing = sorted(words.places() - {name for name, value in filled.items() if value})
    if missing:
        raise Invalid("values_missing", _("The message lacks something it should tell."), "values", missing=missing)
    body = words.body.format_map(filled).strip()
    if channel == Channel.SMS and len(body) > LONGEST_SMS:
        raise Invalid("too_long", _("The text message would get too long."), "values", longest=LONGEST_SMS)
    return Rendered(words.subject.format_map(filled)[:200], body, version.number)


def _checked(template: Template, name: str, value: object) -> str:
    if name not in template.placeholders:
        raise Invalid("unknown_value", _("The message has no place for this."), "values", unknown=name)
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or _UNFIT.search(value):
        raise Invalid("bad_value", _("What is filled in is one line of text."), "values", name=name)
    return value.strip()


class TextsBroken(Exception):
    """A file of texts is wrong; the sentence says where."""


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Return every template by its key. Raises TextsBroken."""
    return read(FOLDER)


def read(folder: Path) -> Mapping[str, Template]:
    """Read and check the texts of a folder. Raises TextsBroken with file, template and what is wrong."""
    found: dict[str, Template] = {}
    for path in sorted(folder.glob("*.yaml")):
        for key, content in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            if key in found:
                raise TextsBroken(f"{path.name}: {key} is there twice")
            try:
                found[key] = _template(key, content)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise TextsBroken(f"{path.name}: {key}: {error}") from error
    return found


def _template(key: str, content: Mapping[str, Any]) -> Template:
    placeholders = frozenset(content["placeholders"])
    versions = tuple(_version(entry) for entry in content["versions"])
    if [version.number for version in versions] != list(range(1, len(versions) + 1)):
        raise ValueError("versions are numbered 1, 2, ...")
    starts = [version.valid_from for version in versions]
    if not starts or starts != sorted(set(starts)):
        raise ValueError("each version begins after the one before it")
    for version in versions:
        for (channel, language), words in version.words.items():
            unknown = words.places() - placeholders
            if unknown:
                raise ValueError(f"{channel} {language} has unknown placeholders: {', '.join(sorted(unknown))}")
            if words.places() != version.words[channel, Language.FINNISH].places():
                raise ValueError(f"{channel} {language} has other placeholders than the Finnish text")
    return Template(key, placeholders, versions)


def _version(entry: Mapping[str, Any]) -> Version:
    if not isinstance(entry["valid_from"], date):
        raise ValueError("valid_from is a day")
    words: dict[tuple[str, str], Words] = {}
    for channel in Channel.values:
        texts = entry.get(channel)
        if texts is None:
            continue
        if set(texts) != set(Language.values):
            raise ValueError(f"{channel} must be written in {', '.join(Language.values)}")
        for language, text in texts.items():
            subject, body = ("", text) if channel == Channel.SMS else (text["subject"], text["body"])
            if not body.strip() or (channel != Channel.SMS and not subject.strip()):
                raise ValueError(f"{channel} {language} is empty")
            words[channel, language] = Words(subject, body)
    if not words:
        raise ValueError("no channel has words")
    return Version(entry["version"], entry["valid_from"], words)
