"""A definition as a FHIR R4 Questionnaire."""

from collections.abc import Iterable, Mapping
from typing import Any

from polku.assessments.forms.definition import CODED, Concept, Definition, Question, Section, Term, When
from polku.assessments.forms.fhir import names
from polku.assessments.forms.fhir.elements import number, put_words
from polku.assessments.forms.fhir.options import coding_of, id_of, options_of, value_set_of
from polku.assessments.forms.fhir.sums import written
from polku.assessments.forms.problems import Loss

TYPES = {
    "text": "string",
    "paragraph": "text",
    "boolean": "boolean",
    "choice": "choice",
    "choices": "choice",
    "date": "date",
    "integer": "integer",
    "decimal": "decimal",
    "quantity": "quantity",
    "group": "group",
    "display": "display",
    "score": "decimal",
}


def questionnaire_of(definition: Definition) -> tuple[dict[str, Any], list[Loss]]:
    """Return the definition as a Questionnaire in plain data, and what it could not hold."""
    writer = _Writer(definition)
    return writer.questionnaire(), writer.losses


def link_of(asker: Question | Section) -> str:
    """Return the linkId of a question or section: the one that it came with, or its path."""
    return asker.link or asker.path


class _Writer:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.language = definition.languages[0]
        self.losses: list[Loss] = []

    def questionnaire(self) -> dict[str, Any]:
        given = self.definition
        told: dict[str, Any] = {"resourceType": "Questionnaire", "language": self.language}
        told |= {"url": given.url or f"{names.DEFINITION}{given.key}", "version": given.version, "name": given.key}
        put_words(told, "title", given.titles, self.language)
        told["status"] = "active"
        if given.national_id:
            told["identifier"] = [{"system": names.URI, "value": names.oid(given.national_id)}]
        told |= _concepts(given.concepts)
        if given.instruments:
            told["extension"] = [{"url": names.INSTRUMENT, "valueCode": each} for each in given.instruments]
        shared = [each for each in given.code_lists.values() if not each.inline]
        if shared:
            told["contained"] = [value_set_of(given.key, each, self.language) for each in shared]
        items: list[dict[str, Any]] = []
        for section in given.sections:
            questions = [self.question(each) for each in section.questions]
            items += questions if section.bare else [self.section(section, questions)]
        return told | {"item": items}

    def section(self, section: Section, questions: list[dict[str, Any]]) -> dict[str, Any]:
        told = self._item(section, section.titles, "group")
        filled_by = () if section.filled_by == ("worker",) else section.filled_by
        told["extension"] = [*told.get("extension", ()), *_codes(names.FILLED_BY, filled_by)]
        return _whole(told, [*self._hint(section), *questions])

    def question(self, question: Question) -> dict[str, Any]:
        if question.voices:
            return self._voiced(question)
        told = self._item(question, question.texts, TYPES[question.kind])
        self._nature(question, told)
        if question.required:
            told["required"] = True
        return _whole(told, [*self._hint(question), *map(self.question, question.children)])

    def _voiced(self, question: Question) -> dict[str, Any]:
        """A question that several people answer is a group with an item for each of them."""
        told = self._item(question, question.texts, "group")
        for name in (names.FILLED_BY, names.PREFILL, names.NATIONAL_SET):
            told["extension"] = told.get("extension", [])
            told["extension"] += self._beside(question, name)
        fields = []
        for voice in question.voices:
            field: dict[str, Any] = {"linkId": f"{link_of(question)}#{voice}"}
            put_words(field, "text", question.texts, self.language)
            field["type"] = TYPES[question.kind]
            self._answering(question, field)
            field["extension"] = [{"url": names.VOICE, "valueCode": voice}, *field.get("extension", ())]
            if voice in question.required:
                field["required"] = True
            fields.append(_whole(field, []))
        return _whole(told, [*self._hint(question), *fields, *map(self.question, question.children)])

    def _item(self, asker: Question | Section, words: Mapping[str, str], kind: str) -> dict[str, Any]:
        told: dict[str, Any] = {"linkId": link_of(asker)}
        if asker.key != link_of(asker):
            told["extension"] = [{"url": names.KEY, "valueString": asker.key}]
        if asker.number:
            told["prefix"] = asker.number
        told |= _concepts(asker.concepts)
        put_words(told, "text", words, self.language)
        told["type"] = kind
        if asker.when:
            self._when(asker.when, told)
        return told

    def _nature(self, question: Question, told: dict[str, Any]) -> None:
        self._answering(question, told)
        beside = [
            each
            for name in (names.FILLED_BY, names.PREFILL, names.NATIONAL_SET)
            for each in self._beside(question, name)
        ]
        told["extension"] = [*told.get("extension", ()), *beside]

    def _beside(self, question: Question, name: str) -> list[dict[str, Any]]:
        if name == names.FILLED_BY:
            return _codes(name, question.filled_by)
        if name == names.PREFILL:
            return [{"url": name, "valueString": question.prefill}] if question.prefill else []
        return [{"url": name, "valueUri": names.oid(question.national_set)}] if question.national_set else []

    def _answering(self, question: Question, told: dict[str, Any]) -> None:
        """What belongs to the field itself: options, limits, units, how often and how long."""
        extensions: list[dict[str, Any]] = told.setdefault("extension", [])
        if question.codes:
            codes = self.definition.code_list(question)
            if codes.inline:
                told["answerOption"] = options_of(self.definition.key, codes, self.language)
            else:
                told["answerValueSet"] = f"#{id_of(codes)}"
        if question.repeats or question.kind == "choices":
            told["repeats"] = True
        if question.max_length is not None:
            told["maxLength"] = question.max_length
        if question.read_only or question.kind == "score":
            told["readOnly"] = True
        for url, limit in ((names.LEAST, question.least), (names.MOST, question.most)):
            if limit is not None:
                extensions.append({"url": url} | _limit(question, limit))
        url = names.UNIT if len(question.units) == 1 else names.UNIT_OPTION
        extensions += [{"url": url, "valueCoding": {"code": unit, "display": unit}} for unit in question.units]
        if question.kind == "score":
            extensions += self._sum(question)

    def _sum(self, question: Question) -> list[dict[str, Any]]:
        parts = [self.definition.index[path] for path in question.sum_of]
        coded = [part.kind in CODED for part in parts]
        if any(coded) and not all(coded):
            self.losses.append(Loss(question.path, "a sum of choices and of numbers together has no expression here"))
            return []
        expression = written([link_of(part) for part in parts], ordinal=all(coded))
        value = {"language": "text/fhirpath", "expression": expression}
        return [{"url": names.CALCULATED, "valueExpression": value}]

    def _hint(self, asker: Question | Section) -> list[dict[str, Any]]:
        if not asker.hints:
            return []
        control = {"coding": [{"system": names.ITEM_CONTROLS, "code": "help"}]}
        told: dict[str, Any] = {"linkId": f"{link_of(asker)}{names.HINT}"}
        told["extension"] = [{"url": names.ITEM_CONTROL, "valueCodeableConcept": control}]
        put_words(told, "text", asker.hints, self.language)
        return [told | {"type": "display"}]

    def _when(self, when: When, told: dict[str, Any]) -> None:
        told["enableWhen"] = [self._term(term) for term in when.terms]
        if len(when.terms) > 1 or not when.every:
            told["enableBehavior"] = "all" if when.every else "any"

    def _term(self, term: Term) -> dict[str, Any]:
        asked = self.definition.index[term.question]
        told: dict[str, Any] = {"question": link_of(asked), "operator": term.operator}
        if term.operator == "exists":
            return told | {"answerBoolean": term.value}
        if asked.codes:
            codes = self.definition.code_list(asked)
            code = codes.code(term.value)
            if code is not None and codes.holds == "coding":
                return told | {"answerCoding": coding_of(self.definition.key, codes, code)}
            value = term.value if code is None else code.code or code.key
            if codes.holds == "integer":
                return told | {"answerInteger": int(value)}
            return told | {"answerDate" if codes.holds == "date" else "answerString": value}
        if asked.kind == "quantity":
            return told | {"answerQuantity": quantity(term.value)}
        names_of = {
            "boolean": "Boolean",
            "integer": "Integer",
            "decimal": "Decimal",
            "score": "Decimal",
            "date": "Date",
        }
        value = number(term.value) if asked.kind in ("decimal", "score") else term.value
        return told | {f"answer{names_of.get(asked.kind, 'String')}": value}


def quantity(value: Mapping[str, str]) -> dict[str, Any]:
    """Return a quantity as FHIR has it."""
    return {"value": number(value["value"])} | ({"unit": value["unit"]} if value.get("unit") else {})


def _limit(question: Question, limit: str) -> dict[str, Any]:
    if question.kind == "date":
        return {"valueDate": limit}
    return {"valueInteger" if question.kind == "integer" else "valueDecimal": number(limit)}


def _codes(url: str, codes: Iterable[str]) -> list[dict[str, Any]]:
    return [{"url": url, "valueCode": each} for each in codes]


def _concepts(concepts: Iterable[Concept]) -> dict[str, Any]:
    told = [
        {name: value for name, value in (("system", c.system), ("code", c.code), ("display", c.display)) if value}
        for c in concepts
    ]
    return {"code": told} if told else {}


def _whole(told: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    if not told.get("extension"):
        told.pop("extension", None)
    return told | ({"item": items} if items else {})
