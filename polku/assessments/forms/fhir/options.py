"""Code lists: ValueSets and options of FHIR read into plain data, and written from a `CodeList`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from polku.assessments.forms.definition import Code, CodeList
from polku.assessments.forms.fhir import names
from polku.assessments.forms.fhir.elements import Element, number, put_words

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")


def key_from(text: str, taken: Iterable[str] = ()) -> str:
    """Return a key made from anything, other than those that are taken."""
    plain = (
        _OTHER_SIGNS.sub("_", _ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower()))).strip("_")[:40].strip("_")
    )
    key = plain if plain[:1].isalpha() else f"q_{plain}".rstrip("_")
    found, turn = key, 1
    while found in taken:
        turn += 1
        found = f"{key}_{turn}"
    return found


class Choices:
    """The code lists of a questionnaire while it is read, and which key each coding has in each."""

    def __init__(self, definition_key: str, language: str) -> None:
        self.own = f"{names.CODES}{definition_key}:"
        self.language = language
        self.lists: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[tuple[str, str], str]] = {}
        self.of_id: dict[str, str] = {}

    def value_set(self, element: Element) -> None:
        """Read a contained ValueSet: the concepts that it composes or, without those, its expansion."""
        for name in ("resourceType", "status", "url", "name", "title"):
            element.take(name)
        identifier = element.text("id")
        key = key_from(identifier, self.lists)
        sets = [names.of_oid(each) for each in element.extended(names.NATIONAL_SET)]
        read = _Codes(self.language, "".join(sets[:1]))
        compose = Element(f"{element.path}.compose", element.take("compose", {}), element.losses)
        for each in compose.items("include"):
            include = Element(f"{element.path}.include", each, element.losses)
            system = include.text("system")
            for concept in include.items("concept"):
                read.concept(Element(f"{element.path}.concept", concept, element.losses), system)
            include.done()
        compose.done()
        if expansion := element.take("expansion"):
            self._expansion(Element(f"{element.path}.expansion", expansion, element.losses), read)
        element.done()
        if not read.codes:
            element.lose("the value set names no codes of its own and is not kept")
            return
        self.of_id[identifier] = key
        self._keep(key, read, inline=False)

    @staticmethod
    def _expansion(element: Element, read: "_Codes") -> None:
        for name in ("timestamp", "identifier", "total", "offset"):
            element.take(name)
        contained = element.items("contains")
        for each in contained if not read.codes else ():  # after composed concepts it says the same again
            inner = Element(f"{element.path}.contains", each, element.losses)
            read.concept(inner, inner.text("system"))
        element.done()

    def options(self, path: str, options: list[Any], element: Element) -> str:
        """Read the answer options of one item; return the key of its list. Items with the same options share one."""
        key = key_from(path, self.lists)
        read = _Codes(self.language, "")
        for each in options:
            read.option(Element(f"{element.path}.answerOption", each, element.losses))
        if not read.codes:
            return ""
        for other, known in self.lists.items():
            if known.get("inline") and known["codes"] == read.codes and known.get("system", "") == read.system:
                return other
        self._keep(key, read, inline=True)
        return key

    def _keep(self, key: str, read: "_Codes", *, inline: bool) -> None:
        system = "" if read.system.startswith(self.own) else read.system
        data = {"codes": read.codes, "system": system, "holds": read.holds or "coding", "inline": inline}
        self.lists[key] = data | ({"national_set": read.national_set} if read.national_set else {})
        self.keys[key] = read.keys

    def key(self, code_list: str, value: Any) -> str | None:
        """Return the key of an answer: a Coding, or the text, number or day of an option; None when it is none."""
        keys = self.keys.get(code_list, {})
        if not isinstance(value, Mapping):
            return keys.get(("", str(value)))
        code, system = str(value.get("code", "")), value.get("system")
        if system is not None:
            return keys.get((str(system), code))
        found = {key for (_, known), key in keys.items() if known == code}
        return found.pop() if len(found) == 1 else None


class _Codes:
    """The codes of one list while they are read."""

    def __init__(self, language: str, national_set: str) -> None:
        self.language, self.national_set = language, national_set
        self.codes: list[dict[str, Any]] = []
        self.keys: dict[tuple[str, str], str] = {}
        self.system, self.holds = "", ""

    def concept(self, element: Element, system: str) -> None:
        texts = element.words("display", self.language)
        for each in element.items("designation"):
            if isinstance(each, Mapping) and isinstance(each.get("language"), str) and not each.get("use"):
                texts = {each["language"].split("-")[0]: str(each.get("value", ""))} | dict(texts)
            else:
                element.lose("a designation without a language, or for a use of its own, is not kept")
        self._add(element, system, element.text("code"), texts, "coding")

    def option(self, element: Element) -> None:
        coding = element.take("valueCoding")
        if coding is not None:
            inner = Element(element.path, coding, element.losses)
            inner.extensions += element.extensions
            element.extensions = []
            texts = inner.words("display", self.language)
            self._add(inner, inner.text("system"), inner.text("code"), texts, "coding")
            element.done()
            return
        for name, holds in (("valueString", "text"), ("valueInteger", "integer"), ("valueDate", "date")):
            if name in element.left:
                value = element.left[name]
                texts = element.words(name, self.language) if holds == "text" else {}
                element.take(name)
                self._add(element, "", str(value), texts or {self.language: str(value)}, holds)
                return
        element.lose("the option has no value that can be kept")

    def _add(self, element: Element, system: str, code: str, texts: Mapping[str, str], holds: str) -> None:
        self.holds = self.holds or holds
        if self.holds != holds or not code:
            element.lose(f"the option {code or 'without a code'} is of another kind than those before it")
            return
        if not self.codes:
            self.system = system
        given = [each for each in element.extended(names.KEY) if isinstance(each, str)]
        taken = [each["key"] for each in self.codes]
        if self.system and not system:
            element.lose(f"the option {code} names no code system; it is taken to be of {self.system}")
            system = self.system
        key = given[0] if given and given[0] not in taken else key_from(code, taken)
        if (system, code) in self.keys:
            element.lose(f"the option {code} stands there twice")
            return
        self.keys[system, code] = key
        told: dict[str, Any] = {"key": key, "texts": dict(texts) or {self.language: code}}
        if key != code:
            told["code"] = code
        if system != self.system:
            told["system"] = system
        for score in element.extended(names.ORDINAL)[:1]:
            told["score"] = score
        for national in element.extended(names.NATIONAL_CODE)[:1]:
            told["national"] = str(national)
        if any(element.extended(names.OPTION_ALONE)):
            told["alone"] = True
        self.codes.append(told)
        element.done()


def system_of(definition_key: str, codes: CodeList, code: Code) -> str:
    """Return the code system that a code is written with."""
    return code.system or codes.system or (f"{names.CODES}{definition_key}:{codes.key}" if not codes.inline else "")


def value_set_of(definition_key: str, codes: CodeList, language: str) -> dict[str, Any]:
    """Return a code list as a contained ValueSet."""
    includes: list[dict[str, Any]] = []
    for code in codes.codes:
        system = system_of(definition_key, codes, code)
        if not includes or includes[-1].get("system") != system:
            includes.append({"system": system, "concept": []})
        concept: dict[str, Any] = {"code": code.code or code.key}
        concept["display"] = code.texts.get(language) or next(iter(code.texts.values()))
        others = [{"language": lang, "value": text} for lang, text in code.texts.items() if lang != language]
        concept |= {"designation": others} if others else {}
        includes[-1]["concept"].append(concept | _extended(code))
    told: dict[str, Any] = {"resourceType": "ValueSet", "id": id_of(codes), "status": "active"}
    if codes.national_set:
        told["extension"] = [{"url": names.NATIONAL_SET, "valueUri": names.oid(codes.national_set)}]
    return told | {"compose": {"include": includes}}


def id_of(codes: CodeList) -> str:
    """Return the id of a list's ValueSet: FHIR knows no underscore there."""
    return codes.key.replace("_", "-")


def options_of(definition_key: str, codes: CodeList, language: str) -> list[dict[str, Any]]:
    """Return a code list as the answer options of one item."""
    found: list[dict[str, Any]] = []
    for code in codes.codes:
        told: dict[str, Any] = {}
        value = code.code or code.key
        if codes.holds == "coding":
            coding = coding_of(definition_key, codes, code)
            put_words(coding, "display", code.texts, language)
            told["valueCoding"] = coding
        elif codes.holds == "integer":
            told["valueInteger"] = int(value)
        elif codes.holds == "date":
            told["valueDate"] = value
        else:
            put_words(told, "valueString", code.texts, language)
        found.append(told | _extended(code))
    return found


def coding_of(definition_key: str, codes: CodeList, code: Code) -> dict[str, Any]:
    """Return a code as a Coding, without words."""
    system = system_of(definition_key, codes, code)
    return ({"system": system} if system else {}) | {"code": code.code or code.key}


def answer_of(definition_key: str, codes: CodeList, key: str, language: str) -> dict[str, Any]:
    """Return a chosen code as the value of an answer."""
    code = codes.code(key)
    if code is None:  # the definition has been checked, and so has the answer
        raise KeyError(key)
    if codes.holds != "coding":
        (told,) = options_of(definition_key, CodeList(codes.key, (code,), holds=codes.holds, inline=True), language)
        return {name: value for name, value in told.items() if name.startswith("value")}
    return {"valueCoding": coding_of(definition_key, codes, code) | {"display": code.texts.get(language, code.key)}}


def _extended(code: Code) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    if code.code and code.code != code.key:
        told.append({"url": names.KEY, "valueString": code.key})
    if code.score is not None:
        told.append({"url": names.ORDINAL, "valueDecimal": number(code.score)})
    if code.national is not None:
        told.append({"url": names.NATIONAL_CODE, "valueCode": code.national})
    if code.alone:
        told.append({"url": names.OPTION_ALONE, "valueBoolean": True})
    return {"extension": told} if told else {}
