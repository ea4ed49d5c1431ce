"""Catalogues, one per app and language, without gettext's tools: `python -m polku.site.translations COMMAND [app ...]`.

`extract` brings polku/<app>/locale/{fi,sv}/LC_MESSAGES/{django,djangojs}.po up to date with Python, templates and
JavaScript, and keeps what is translated; `compile` writes the .mo files; `check` prints everything that a reader of
Finnish or Swedish would see in English, and every data text (law, messages, county) that lacks a language.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from polku.site import data_texts, plain_text

PACKAGE = Path(__file__).resolve().parents[1]
LANGUAGES = ("fi", "sv")
DOMAINS = ("django", "djangojs")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


def apps(names: Sequence[str] = ()) -> list[Path]:
    """Return the folders of the apps; all, or the named ones."""
    found = [folder for folder in sorted(PACKAGE.iterdir()) if (folder / "__init__.py").exists()]
    return [folder for folder in found if not names or folder.name in names]


def template(app: Path, domain: str) -> Catalog:
    """Return every message of an app's Python and templates (`django`) or JavaScript (`djangojs`)."""
    catalog = Catalog(project="polku", charset="utf-8", fuzzy=False)
    sources = _javascript(app) if domain == "djangojs" else _python_and_templates(app)
    for name, kind, text in sources:
        comments = ["Translators"]
        for line, message, notes, context in extract(kind, io.BytesIO(text.encode()), KEYWORDS, comments):
            # Without line numbers: a catalogue changes when a text does, not when a line moves.
            catalog.add(message, locations=[(name, 0)], auto_comments=notes, context=context)
            del line
    return catalog


def _python_and_templates(app: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(app.rglob("*.py")):
        if "migrations" not in path.parts:
            yield _name(path), "python", path.read_text(encoding="utf-8")
    for path in sorted([*app.glob("templates/**/*.html"), *app.glob("templates/**/*.txt")]):
        text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # It is read as Python next, which minds how lines are indented; a page does not.
        yield _name(path), "python", "\n".join(line.lstrip() for line in text.splitlines())


def _javascript(app: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(app.glob("static/**/*.js")):
        if "vendor" not in path.parts:
            yield _name(path), "javascript", path.read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE.parent))


def catalogue_path(app: Path, language: str, domain: str) -> Path:
    """Return where an app's catalogue lies."""
    return app / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path, language: str) -> Catalog:
    """Return a catalogue, empty where there is no file."""
    if not path.exists():
        return Catalog(locale=language, project="polku", charset="utf-8", fuzzy=False)
    with open(path, "rb") as file:
        return read_po(file, locale=language)


def extract_all(names: Sequence[str] = ()) -> None:
    """Bring the catalogues up to date; what is no longer said is removed, what is new has no translation yet."""
    for app in apps(names):
        for domain in DOMAINS:
            messages = template(app, domain)
            for language in LANGUAGES:
                path = catalogue_path(app, language, domain)
                if not len(messages):
                    path.unlink(missing_ok=True)
                    continue
                catalog = read(path, language)
                made = catalog.creation_date
                catalog.update(messages, no_fuzzy_matching=True)
                # A catalogue changes when a text does, not when somebody looks.
                catalog.creation_date = made
                catalog.obsolete.clear()
                catalog.fuzzy = False
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "wb") as file:
                    write_po(file, catalog, width=110, include_lineno=False, omit_header=False)


def compile_all() -> int:
    """Write every .mo beside its .po, where it is older; return how many."""
    count = 0
    for app in apps():
        for language in LANGUAGES:
            for domain in DOMAINS:
                po = catalogue_path(app, language, domain)
                mo = po.with_suffix(".mo")
                if not po.exists():
                    mo.unlink(missing_ok=True)
                elif not mo.exists() or mo.stat().st_mtime_ns < po.stat().st_mtime_ns:
                    with open(mo, "wb") as file:
                        write_mo(file, read(po, language))
                    count += 1
    return count


def check_all(names: Sequence[str] = ()) -> list[str]:
    """Return a sentence for every text that somebody would see in the wrong language or with a wrong placeholder."""
    wrong: list[str] = []
    for app in apps(names):
        for domain in DOMAINS:
            messages = template(app, domain)
            for language in LANGUAGES:
                wrong += _check(messages, catalogue_path(app, language, domain), language)
        for path in sorted(app.glob("templates/**/*.html")):
            wrong += [f"{_name(path)}: {fault}" for fault in plain_text.untranslated(path.read_text("utf-8"))]
    if not names:
        wrong += data_texts.check_all(PACKAGE.parent)
    return wrong


def _check(messages: Catalog, path: Path, language: str) -> Iterator[str]:
    catalog = read(path, language)
    for message in messages:
        if not message.id:
            continue
        translated = catalog.get(message.id, message.context)
        fault = _fault(message, translated, catalog.num_plurals)
        if fault:
            where = ", ".join(sorted({name for name, line in message.locations}))
            yield f"{_name(path)}: {_words(message)!r} ({where}) {fault}"


def _fault(message: Message, translated: Message | None, plurals: int) -> str:
    if translated is None:
        return "is not in the catalogue"
    strings = translated.string if isinstance(translated.string, tuple) else (translated.string,)
    if not all(strings) or (message.pluralizable and len(strings) != plurals):
        return "has no translation"
    if translated.fuzzy:
        return "is marked fuzzy"
    # What the source says is a format counts, whatever the catalogue says.
    translated.flags |= message.flags
    faults = [str(error) for error in translated.check()]
    return f"differs in its placeholders: {'; '.join(faults)}" if faults else ""


def _words(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 1 where `check` found something."""
    parser = argparse.ArgumentParser(prog="python -m polku.site.translations", description=__doc__)
    parser.add_argument("command", choices=("extract", "compile", "check"))
    parser.add_argument("apps", nargs="*", help="folders below polku/; all where none is named")
    wanted = parser.parse_args(arguments)
    if wanted.command == "extract":
        extract_all(wanted.apps)
    elif wanted.command == "compile":
        compile_all()
    else:
        wrong = check_all(wanted.apps)
        for sentence in wrong:
            print(sentence)
        print(f"Translations: {len(wrong)} faults." if wrong else "Translations: complete.")
        return 1 if wrong else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
