"""Answers as a FHIR R4 QuestionnaireResponse, and back."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from polku.assessments.forms import paths
from polku.assessments.forms.answers import NOT_ASKED, check
from polku.assessments.forms.conditions import Answers, Eye
from polku.assessments.forms.definition import CODED, SHARED, Definition, Question
from polku.assessments.forms.fhir import names
from polku.assessments.forms.fhir.elements import Element, listed, number, value_of
from polku.assessments.forms.fhir.options import answer_of, system_of
from polku.assessments.forms.fhir.questionnaire_out import link_of, quantity
from polku.assessments.forms.problems import AnswerError, Loss
from polku.assessments.forms.values import Unfit, decimal, empty

_VALUES = {
    "text": "valueString",
    "paragraph": "valueString",
    "boolean": "valueBoolean",
    "date": "valueDate",
    "integer": "valueInteger",
}


def response_of(
    definition: Definition, answers: Answers, *, status: str = "completed", authored: str = ""
) -> tuple[dict[str, Any], list[Loss]]:
    """Return the answers as a QuestionnaireResponse; answers that are hidden or fit no question are named."""
    writer = _Writer(definition, answers)
    url = definition.url or f"{names.DEFINITION}{definition.key}"
    told: dict[str, Any] = {"resourceType": "QuestionnaireResponse", "questionnaire": f"{url}|{definition.version}"}
    told |= {"status": status} | ({"authored": authored} if authored else {})
    items: list[dict[str, Any]] = []
    for section in definition.sections:
        found = writer.items(section.key, section.questions) if writer.eye.sees(section.key) else []
        items += found if section.bare or not found else [{"linkId": link_of(section), "item": found}]
    return told | {"item": items}, writer.told()


class _Writer:
    def __init__(self, definition: Definition, answers: Answers) -> None:
        self.definition, self.answers = definition, answers
        self.eye = Eye(definition, answers)
        self.language = definition.languages[0]
        self.given: set[tuple[str, str]] = set()
        self.losses: list[Loss] = []

    def told(self) -> list[Loss]:
        """Return the losses, with every answer that was not given out."""
        left = [
            Loss(path, "the answer is not given out: its question is hidden or not in this form")
            for path, voices in self.answers.items()
            for voice, value in voices.items()
            if not empty(value) and (path, voice) not in self.given
        ]
        return [*self.losses, *left]

    def items(self, above: str, questions: tuple[Question, ...]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for question in questions:
            path = f"{above}.{question.key}"
            if question.rows:
                found += self._rows(path, question)
            elif self.eye.sees(path):
                item = self._voices(path, question) if question.voices else self._one(path, question)
                found += [item] if len(item) > 1 else []
        return found

    def _rows(self, path: str, question: Question) -> list[dict[str, Any]]:
        found = []
        for row in self.eye.rows(path):
            inside = self.items(f"{path}[{row}]", question.children) if self.eye.sees(f"{path}[{row}]") else []
            if inside:
                found.append({"linkId": link_of(question), "item": inside})
                if len(found) != row:
                    self.losses.append(Loss(f"{path}[{row}]", f"the row becomes number {len(found)}"))
        return found

    def _one(self, path: str, question: Question) -> dict[str, Any]:
        item: dict[str, Any] = {"linkId": link_of(question)}
        inside = self.items(path, question.children)
        if question.kind == "score":
            total = self.eye.total(question, paths.rows(path))
            return item if total is None else item | {"answer": [{"valueDecimal": number(total)}]}
        if question.kind == "group":
            return item | ({"item": inside} if inside else {})
        answer = self._answer(path, question, SHARED)
        if inside and not answer:
            self.losses.append(Loss(path, "answers under a question without an answer stand under it as a group"))
            return item | {"item": inside}
        if inside:
            answer[0]["item"] = inside
        return item | ({"answer": answer} if answer else {})

    def _voices(self, path: str, question: Question) -> dict[str, Any]:
        fields = []
        for voice in question.voices:
            field: dict[str, Any] = {"linkId": f"{link_of(question)}#{voice}"}
            value = self.answers.get(path, {}).get(voice)
            if isinstance(value, Mapping) and NOT_ASKED in value:
                self.given.add((path, voice))
                fields.append(field | {"extension": [{"url": names.NOT_ASKED, "valueString": value[NOT_ASKED]}]})
            elif answer := self._answer(path, question, voice):
                fields.append(field | {"answer": answer})
        fields += self.items(path, question.children)
        return {"linkId": link_of(question)} | ({"item": fields} if fields else {})

    def _answer(self, path: str, question: Question, voice: str) -> list[dict[str, Any]]:
        value = self.answers.get(path, {}).get(voice)
        if empty(value):
            return []
        self.given.add((path, voice))
        return [self._value(question, each) for each in (value if isinstance(value, list) else [value])]

    def _value(self, question: Question, value: Any) -> dict[str, Any]:
        if question.kind in CODED:
            return answer_of(self.definition.key, self.definition.code_list(question), value, self.language)
        if question.kind == "decimal":
            return {"valueDecimal": number(value)}
        if question.kind == "quantity":
            return {"valueQuantity": quantity(value)}
        return {_VALUES[question.kind]: value}


def answers_of(definition: Definition, response: Any) -> tuple[dict[str, dict[str, Any]], list[Loss]]:
    """Return the answers of a QuestionnaireResponse to this definition, checked, and what of it could not be kept."""
    reader = _Reader(definition)
    element = Element("", response, reader.losses)
    if element.take("resourceType") != "QuestionnaireResponse":
        element.lose("this is no FHIR QuestionnaireResponse")
        return {}, reader.losses
    asked = element.text("questionnaire").partition("|")
    url = definition.url or f"{names.DEFINITION}{definition.key}"
    if asked[0] and (asked[0] != url or (asked[2] and asked[2] != definition.version)):
        element.lose(f"it answers {asked[0]} in version {asked[2] or 'unknown'}, not this form")
    for name in ("status", "authored"):
        element.take(name)  # of the document, not of the answers: whoever takes it in keeps them
    reader.items(element, "", {})
    element.done()
    reader.compare_totals()
    return reader.answers, reader.losses


class _Reader:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.answers: dict[str, dict[str, Any]] = {}
        self.losses: list[Loss] = []
        self.totals: dict[str, Any] = {}
        self.sections = {link_of(section): section for section in definition.sections if not section.bare}
        self.links: dict[str, tuple[Question, str]] = {}
        for question in definition.questions():
            self.links[link_of(question)] = question, SHARED
            self.links |= {f"{link_of(question)}#{voice}": (question, voice) for voice in question.voices}

    def items(self, element: Element, above: str, rows: dict[str, int]) -> None:
        """Read the items of an element; `rows` are the rows of repeating groups that it lies in."""
        counts: Counter[str] = Counter()
        for each in element.items("item"):
            inner = Element(str(each.get("linkId", above)) if isinstance(each, Mapping) else above, each, self.losses)
            link = inner.text("linkId")
            inner.take("text")
            if link in self.sections:
                self.items(inner, link, rows)
            elif link in self.links:
                counts[link] += 1
                self._item(inner, *self.links[link], rows, counts[link])
            else:
                inner.lose("there is no such question in this form")
                continue
            inner.done()

    def _item(self, element: Element, question: Question, voice: str, rows: dict[str, int], count: int) -> None:
        if question.rows:
            rows = rows | {question.path: count}
        elif count > 1:
            element.lose("it is answered once; a second time is not kept")
            for name in ("item", "answer"):
                element.take(name)
            return
        path = _placed(question.path, rows)
        given = element.items("answer")
        values = [value_of(each) for each in given if isinstance(each, Mapping)]
        for reason in element.extended(names.NOT_ASKED):
            self._keep(path, question, voice, {NOT_ASKED: reason}, element)
        if question.kind == "score":
            self.totals |= {path: values[0]} if values else {}
        elif values:
            kept = [value for value in (self._value(question, each, element) for each in values) if value is not None]
            several = question.repeats or question.kind == "choices"
            if len(kept) > 1 and not several:
                element.lose("it has one answer; the others are not kept")
            self._keep(path, question, voice, kept if several else (kept or [None])[0], element)
        for place, each in enumerate(given):
            inner = Element(element.path, each, self.losses)
            inner.left = {name: value for name, value in inner.left.items() if not name.startswith("value")}
            if place and listed(inner.left.get("item")):
                inner.take("item")
                inner.lose("what was asked under a second answer is not kept")
            self.items(inner, element.path, rows)
            inner.done()
        self.items(element, element.path, rows)

    def _value(self, question: Question, value: Any, element: Element) -> Any:
        """Return one answer as `check` takes it; None, and named, when it is none of the options."""
        if question.kind in CODED:
            key = self._key(question, value)
            if key is None:
                shown = value.get("code", value.get("display")) if isinstance(value, Mapping) else value
                element.lose(f"{shown} is none of the options and is not kept")
            return key
        if question.kind == "quantity" and isinstance(value, Mapping):
            return {"value": value.get("value"), "unit": str(value.get("unit") or value.get("code") or "")}
        return value

    def _key(self, question: Question, value: Any) -> str | None:
        codes = self.definition.code_list(question)
        if not isinstance(value, Mapping):
            found = [code.key for code in codes.codes if (code.code or code.key) == str(value)]
            return found[0] if found and codes.holds != "coding" else None
        wanted, system = value.get("code"), value.get("system")
        found = [
            code.key
            for code in codes.codes
            if (code.code or code.key) == wanted
            and (system is None or system == system_of(self.definition.key, codes, code))
        ]
        return found[0] if len(found) == 1 else None

    def _keep(self, path: str, question: Question, voice: str, value: Any, element: Element) -> None:
        if question.voices and voice == SHARED:
            element.lose("whose answer it is cannot be told; it is not kept")
            return
        try:
            kept = check(self.definition, path, voice, value)
        except AnswerError as error:
            element.lose(f"the answer is not kept: {error.message}")
            return
        if kept is not None:
            self.answers.setdefault(path, {})[voice] = kept

    def compare_totals(self) -> None:
        """Scores are counted here again; one that was given otherwise is named."""
        eye = Eye(self.definition, self.answers)
        for path, given in self.totals.items():
            total = eye.total(self.definition.index[paths.plain(path)], paths.rows(path))
            if isinstance(given, Mapping):
                given = given.get("value")
            try:
                same = decimal(given) == total
            except Unfit:
                same = False
            if not same:
                self.losses.append(Loss(path, f"the score was given as {given}, but is {total}"))


def _placed(plain: str, rows: dict[str, int]) -> str:
    """Return a path with the numbers of the rows that it lies in."""
    way, found = "", []
    for step in plain.split("."):
        way = f"{way}.{step}" if way else step
        found.append(f"{step}[{rows[way]}]" if way in rows and way != plain else step)
    return ".".join(found)
