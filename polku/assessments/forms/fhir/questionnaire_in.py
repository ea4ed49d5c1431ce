"""A FHIR R4 Questionnaire as a definition."""

from collections.abc import Iterator, Mapping
from typing import Any

from polku.assessments.forms.definition import Definition, Words
from polku.assessments.forms.fhir import names
from polku.assessments.forms.fhir.elements import Element, listed, short
from polku.assessments.forms.fhir.items import Items
from polku.assessments.forms.fhir.options import Choices, key_from
from polku.assessments.forms.fhir.resolving import resolve
from polku.assessments.forms.paths import KEY
from polku.assessments.forms.problems import DefinitionError, Loss, Problem
from polku.assessments.forms.reading import read


def definition_of(questionnaire: Any, *, language: str = "en") -> tuple[Definition, list[Loss]]:
    """Return the definition that a Questionnaire describes, and what of it could not be kept.

    `language` is taken for its texts when it does not say its own. A definition that comes in so has the languages in
    which every text of it stands; before it is used, the others have to be written.

    Raises:
        DefinitionError: it is no Questionnaire, or not one that can be filled in; every fault is named.
    """
    if not isinstance(questionnaire, Mapping) or questionnaire.get("resourceType") != "Questionnaire":
        raise DefinitionError([Problem("", "not_a_questionnaire", "this is no FHIR Questionnaire")])
    losses: list[Loss] = []
    element = Element("", questionnaire, losses)
    element.take("resourceType")
    told_language = element.text("language")
    if not told_language:
        element.lose(f"it does not say its language; its texts are taken as {language}")
    data = _read(element, short(told_language or language))
    definition = read(data)
    return definition, losses


def _read(element: Element, language: str) -> dict[str, Any]:
    name, identifier = element.text("name"), element.text("id")
    titles = element.words("title", language) or {language: name or identifier or "Questionnaire"}
    key = name if KEY.fullmatch(name) else key_from(name or identifier or next(iter(titles.values())))
    choices = Choices(key, language)
    for each in element.items("contained"):
        if isinstance(each, Mapping) and each.get("resourceType") == "ValueSet":
            choices.value_set(Element(f"#{each.get('id', '')}", each, element.losses))
        else:
            element.lose("something contained that is no ValueSet is not kept")
    version, url = element.text("version"), element.text("url")
    if not version:
        element.lose("it does not say its version; it is taken as 1")
    if element.take("status") != "active":
        element.lose("status is not kept: a definition is published here anew")
    data: dict[str, Any] = {
        "key": key,
        "version": version or "1",
        "titles": dict(titles),
        "url": "" if url == f"{names.DEFINITION}{key}" else url,
        "national_id": _national(element),
        "instruments": element.extended(names.INSTRUMENT),
        "concepts": _concepts(element, "code"),
    }
    items = Items(choices, language, element.losses)
    data["sections"] = items.sections(element.items("item"), titles)
    element.done()
    resolve(items, element.losses)
    data["code_lists"] = choices.lists
    data["languages"] = _languages(data, language, element.losses)
    return data


def _concepts(element: Element, name: str) -> list[dict[str, str]]:
    return [{"system": c.system, "code": c.code, "display": c.display} for c in element.concepts(name)]


def _national(element: Element) -> str:
    found = ""
    for each in element.items("identifier"):
        oid = names.of_oid(each.get("value")) if isinstance(each, Mapping) else ""
        if oid and not found:
            found = oid
        else:
            element.lose("an identifier that is no object identifier, or a second one, is not kept")
    return found


def _languages(data: dict[str, Any], language: str, losses: list[Loss]) -> list[str]:
    """Return the languages in which every text stands; name those in which only some do."""
    texts = list(_texts(data))
    others = dict.fromkeys(lang for words in texts for lang in words if lang != language)
    found = [language]
    for other in others:
        count = sum(bool(words.get(other, "").strip()) for words in texts)
        if count == len(texts):
            found.append(other)
        else:
            losses.append(
                Loss("", f"only {count} of {len(texts)} texts stand in {other}; it is not yet a language of the form")
            )
    return found


def _texts(data: Any) -> Iterator[Words]:
    """Yield every text of the data, whether of a title, a question, a hint or a code."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if name in ("titles", "texts", "hints") and value:
                yield value
            else:
                yield from _texts(value)
    for each in listed(data):
        yield from _texts(each)
