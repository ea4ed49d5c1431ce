"""Texts that are data: law sentences, message templates, county files. Each has Finnish, Swedish and English.

Two forms are known: a table with the keys fi, sv and en, and keys that end in _fi, _sv and _en. Whatever is said in
one language must be said in all, with the same placeholders.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("fi", "sv", "en")
PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")
# Municipalities and streets have a Finnish and a Swedish name and no English one.
WITHOUT_ENGLISH = re.compile(r"municipalities\[\d+\]\.name|.*\.street")
# Finnish and Swedish dates are written in numbers.
ENGLISH_ONLY = re.compile(r"\.?months")


def check_all(root: Path) -> list[str]:
    """Return a sentence for every text in the package's YAML and TOML files and in counties/ that lacks something."""
    wrong = []
    files = [*root.glob("polku/**/*.yaml"), *root.glob("polku/**/*.toml"), *root.glob("counties/*.toml")]
    for path in sorted(files):
        wrong += [f"{path.relative_to(root)}: {fault}" for fault in faults(_read(path), "")]
    return wrong


def _read(path: Path) -> Any:
    if path.suffix == ".toml":
        return tomllib.loads(path.read_text(encoding="utf-8"))
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def faults(value: Any, where: str) -> Iterator[str]:
    """Return what is wrong in a value and in everything below it; `where` names the value for the reader."""
    if isinstance(value, dict):
        said = {language: value[language] for language in LANGUAGES if language in value}
        if said:
            yield from _compare(said, where)
        for stem in sorted({key[:-3] for key in value if re.fullmatch(r".+_(fi|sv|en)", str(key))}):
            said = {language: value[f"{stem}_{language}"] for language in LANGUAGES if f"{stem}_{language}" in value}
            yield from _compare(said, f"{where}.{stem}")
        for key, below in value.items():
            yield from faults(below, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from faults(below, f"{where}[{number}]")


def _compare(said: dict[str, Any], where: str) -> Iterator[str]:
    wanted: tuple[str, ...] = LANGUAGES[:2] if WITHOUT_ENGLISH.fullmatch(where) else LANGUAGES
    wanted = LANGUAGES[2:] if ENGLISH_ONLY.fullmatch(where) else wanted
    missing = [language for language in wanted if not _full(said.get(language))]
    if missing:
        yield f"{where} is not said in {', '.join(missing)}"
        return
    shapes = {language: set(_shape(text, "")) for language, text in said.items()}
    first, *others = shapes
    for language in others:
        if shapes[language] != shapes[first]:
            yield f"{where} differs between {first} and {language}: {sorted(shapes[language] ^ shapes[first])}"


def _full(text: Any) -> bool:
    """Return whether something is said: neither absent nor empty, in any of its parts."""
    if isinstance(text, dict):
        return bool(text) and all(_full(part) for part in text.values())
    if isinstance(text, list):
        return bool(text) and all(_full(part) for part in text)
    return bool(str(text).strip()) if text is not None else False


def _shape(text: Any, where: str) -> Iterator[str]:
    """Return the parts and the placeholders of a text, which are the same in every language."""
    if isinstance(text, dict):
        for key, part in text.items():
            yield from _shape(part, f"{where}.{key}")
    elif isinstance(text, list):
        yield f"{where} has {len(text)} parts"
    else:
        yield from {f"{where}{{{name}}}" for name in PLACEHOLDER.findall(str(text))}
