"""Reads a definition from plain data (YAML, JSON) and writes it back; names everything that is wrong at once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from polku.assessments.forms import paths
from polku.assessments.forms.checking import faults
from polku.assessments.forms.definition import (
    FILLERS,
    HOLDS,
    KINDS,
    LANGUAGES,
    OPERATORS,
    SHARED,
    UNANSWERED,
    VOICES,
    Code,
    CodeList,
    Concept,
    Definition,
    Question,
    Section,
    Term,
    When,
    Words,
)
from polku.assessments.forms.problems import DefinitionError, Problem
from polku.assessments.forms.values import Unfit, decimal
from polku.assessments.forms.writing import as_data
from polku.rules.errors import shown

DEPTH_AT_MOST = 8
_DEFINITION = "key version titles sections code_lists national_id instruments languages url concepts"
_SECTION = "key titles questions filled_by when hints number concepts link bare"
_QUESTION = (
    "key kind texts hints required repeats codes when filled_by voices national_set prefill children max_length least "
    "most units sum_of read_only number concepts link"
)
_CODE_LIST = "codes national_set system holds inline"
_CODE = "key texts national score alone system code"


def read(data: Any) -> Definition:
    """Return the definition that the data describe.

    Raises:
        DefinitionError: something is wrong with it; every fault is named with its place.
    """
    reader = _Reader()
    definition = reader.definition(data)
    problems = reader.problems
    if not problems:
        problems = faults(definition)
    if problems:
        raise DefinitionError(problems)
    return definition


def fingerprint(definition: Definition) -> str:
    """Return the hash of a definition: two that differ in anything differ in it."""
    text = json.dumps(as_data(definition), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class _Reader:
    """Goes through the data once; whatever does not fit is noted and replaced by something harmless."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.languages: tuple[str, ...] = LANGUAGES

    def problem(self, path: str, code: str, words: str) -> None:
        self.problems.append(Problem(path, code, words))

    def definition(self, data: Any) -> Definition:
        given = self.mapping("", data, _DEFINITION)
        self.languages = self.strings("languages", given.get("languages", LANGUAGES)) or LANGUAGES
        return Definition(
            key=self.key("", given.get("key"), {}),
            version=self.text("version", str(given.get("version", "")), needed=True),
            titles=self.words("titles", given.get("titles")),
            sections=self.sections(given.get("sections")),
            code_lists=self.code_lists(given.get("code_lists", {})),
            national_id=self.text("national_id", given.get("national_id", "")),
            instruments=self.strings("instruments", given.get("instruments", ())),
            languages=self.languages,
            url=self.text("url", given.get("url", "")),
            concepts=self.concepts("concepts", given.get("concepts", ())),
        )

    def sections(self, data: Any) -> tuple[Section, ...]:
        if not isinstance(data, list) or not data:
            self.problem("", "no_sections", "a form needs at least one section")
            return ()
        keys: dict[str, int] = {}
        return tuple(self.section(each, keys) for each in data)

    def section(self, data: Any, keys: dict[str, int]) -> Section:
        given = self.mapping(f"section {len(keys) + 1}", data, _SECTION)
        key = self.key(f"section {len(keys) + 1}", given.get("key"), keys)
        return Section(
            key=key,
            titles=self.words(key, given.get("titles")),
            questions=self.questions(key, given.get("questions", []), 1),
            filled_by=self.among(key, "filled_by", given.get("filled_by", ["worker"]), FILLERS) or ("worker",),
            when=self.when(key, "", given.get("when")),
            hints=self.words(key, given.get("hints"), needed=False),
            number=self.text(key, str(given.get("number", ""))),
            concepts=self.concepts(key, given.get("concepts", ())),
            link=self.text(key, given.get("link", "")),
            bare=self.flag(key, "bare", given),
        )

    def questions(self, above: str, data: Any, depth: int) -> tuple[Question, ...]:
        if not isinstance(data, list):
            self.problem(above, "not_a_list", "questions are a list")
            return ()
        if data and depth > DEPTH_AT_MOST:
            self.problem(above, "too_deep", f"groups lie in each other at most {DEPTH_AT_MOST} deep")
            return ()
        keys: dict[str, int] = {}
        return tuple(self.question(above, each, keys, depth) for each in data)

    def question(self, above: str, data: Any, keys: dict[str, int], depth: int) -> Question:
        given = self.mapping(f"{above}.{len(keys) + 1}", data, _QUESTION)
        key = self.key(f"{above}.{len(keys) + 1}", given.get("key"), keys)
        path, kind = f"{above}.{key}", given.get("kind")
        if kind not in KINDS:
            self.problem(
                path, "unknown_kind", f"{shown(kind)} is no kind of question; the kinds are {', '.join(KINDS)}"
            )
            kind = "display"
        voices = self.among(path, "voices", given.get("voices", ()), VOICES)
        return Question(
            key=key,
            path=path,
            kind=kind,
            texts=self.words(path, given.get("texts")),
            hints=self.words(path, given.get("hints"), needed=False),
            required=self.required(path, given.get("required", False), voices, kind),
            repeats=self.flag(path, "repeats", given),
            codes=self.text(path, given.get("codes", "")),
            when=self.when(path, above, given.get("when")),
            filled_by=self.among(path, "filled_by", given.get("filled_by", ()), FILLERS),
            voices=voices,
            national_set=self.text(path, given.get("national_set", "")),
            prefill=self.text(path, given.get("prefill", "")),
            children=self.questions(path, given.get("children", []), depth + 1),
            max_length=self.whole(path, "max_length", given.get("max_length")),
            least=self.limit(path, kind, given.get("least")),
            most=self.limit(path, kind, given.get("most")),
            units=self.strings(path, given.get("units", ())),
            sum_of=tuple(_absolute(above, each) for each in self.strings(path, given.get("sum_of", ()))),
            read_only=self.flag(path, "read_only", given),
            number=self.text(path, str(given.get("number", ""))),
            concepts=self.concepts(path, given.get("concepts", ())),
            link=self.text(path, given.get("link", "")),
        )

    def required(self, path: str, given: Any, voices: tuple[str, ...], kind: Any) -> tuple[str, ...]:
        if given is True:
            return voices or (SHARED,)
        if given is False:
            return ()
        named = self.strings(path, given)
        if kind in UNANSWERED or any(voice not in (voices or (SHARED,)) for voice in named):
            self.problem(path, "required_of_nobody", "required names only voices that the question has")
        return named

    def when(self, path: str, above: str, data: Any) -> When | None:
        if data is None:
            return None
        if not isinstance(data, dict) or len(data) != 1 or next(iter(data)) not in ("all", "any"):
            self.problem(path, "condition_form", "a condition is either all: or any: with a list of terms")
            return None
        ((how, terms),) = data.items()
        if not isinstance(terms, list) or not terms:
            self.problem(path, "condition_form", "a condition has at least one term")
            return None
        return When(how == "all", tuple(self.term(path, above, each) for each in terms))

    def term(self, path: str, above: str, data: Any) -> Term:
        given = self.mapping(path, data, "question operator value")
        operator = given.get("operator", "=")
        if operator not in OPERATORS:
            self.problem(path, "unknown_operator", f"{shown(operator)} is no operator; they are {' '.join(OPERATORS)}")
            operator = "exists"
        if "value" not in given:
            self.problem(path, "condition_form", "a term has a value; for exists it is true or false")
        return Term(
            _absolute(above, self.text(path, given.get("question", ""), needed=True)), operator, given.get("value")
        )

    def code_lists(self, data: Any) -> dict[str, CodeList]:
        found: dict[str, CodeList] = {}
        for key, each in self.mapping("code_lists", data).items():
            where = f"code_lists.{key}"
            if not isinstance(key, str) or not paths.KEY.fullmatch(key):
                self.problem(where, "bad_key", "a key is a small letter, then small letters, digits and _")
                continue
            given = self.mapping(where, each, _CODE_LIST)
            holds = given.get("holds", "coding")
            if holds not in HOLDS:
                self.problem(where, "unknown_kind", f"a list holds one of {', '.join(HOLDS)}, not {shown(holds)}")
            found[key] = CodeList(
                key=key,
                codes=self.codes(where, given.get("codes")),
                national_set=self.text(where, given.get("national_set", "")),
                system=self.text(where, given.get("system", "")),
                holds=str(holds),
                inline=self.flag(where, "inline", given),
            )
        return found

    def codes(self, where: str, data: Any) -> tuple[Code, ...]:
        if not isinstance(data, list) or not data:
            self.problem(where, "no_codes", "a code list has at least one code")
            return ()
        keys: dict[str, int] = {}
        return tuple(self.code(where, each, keys) for each in data)

    def code(self, where: str, data: Any, keys: dict[str, int]) -> Code:
        given = self.mapping(f"{where}.{len(keys) + 1}", data, _CODE)
        key = self.key(f"{where}.{len(keys) + 1}", given.get("key"), keys)
        score, national = given.get("score"), given.get("national")
        try:
            score = None if score is None else decimal(score)
        except Unfit:
            self.problem(f"{where}.{key}", "not_a_number", f"a score is a number, not {shown(score)}")
            score = None
        return Code(
            key=key,
            texts=self.words(f"{where}.{key}", given.get("texts")),
            national=None if national is None else str(national),
            score=score,
            alone=self.flag(f"{where}.{key}", "alone", given),
            system=self.text(f"{where}.{key}", given.get("system", "")),
            code=self.text(f"{where}.{key}", given.get("code", "")),
        )

    def concepts(self, path: str, data: Any) -> tuple[Concept, ...]:
        if not isinstance(data, list | tuple):
            self.problem(path, "not_a_list", "concepts are a list")
            return ()
        given = [self.mapping(path, each, "system code display") for each in data]
        return tuple(
            Concept(*(self.text(path, each.get(n, "")) for n in ("system", "code", "display"))) for each in given
        )

    # What all of them are made of.

    def mapping(self, path: str, data: Any, known: str = "") -> Mapping[Any, Any]:
        if not isinstance(data, dict):
            self.problem(path, "not_a_mapping", f"here stands {shown(data)}, where names with values are asked for")
            return {}
        for name in data:
            if known and name not in known.split():
                self.problem(path, "unknown_name", f"{shown(name)} is not known here; known are {known}")
        return data

    def key(self, path: str, data: Any, taken: dict[str, int]) -> str:
        stand_in = f"unnamed{len(taken) + 1}"
        if not isinstance(data, str) or not paths.KEY.fullmatch(data):
            words = f"{shown(data)} is no key: a small letter, then small letters, digits and _, at most 50"
            self.problem(path, "bad_key", words)
            data = stand_in
        elif data in taken:
            self.problem(path, "duplicate_key", f"{data} is already number {taken[data]} here")
            data = stand_in
        taken[data] = len(taken) + 1
        return str(data)

    def words(self, path: str, data: Any, *, needed: bool = True) -> Words:
        if data is None and not needed:
            return {}
        if not isinstance(data, dict) or not all(isinstance(each, str) for pair in data.items() for each in pair):
            self.problem(path, "text_missing", f"a text is missing; it is needed in {', '.join(self.languages)}")
            return {}
        lacking = [language for language in self.languages if not data.get(language, "").strip()]
        if lacking:
            self.problem(path, "text_missing", f"a text is missing in {', '.join(lacking)}")
        return dict(data)

    def text(self, path: str, data: Any, *, needed: bool = False) -> str:
        if not isinstance(data, str) or (needed and not data.strip()):
            self.problem(path, "not_text", f"a word or words are asked for, not {shown(data)}")
            return ""
        return data

    def strings(self, path: str, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list | tuple) or not all(isinstance(each, str) for each in data):
            self.problem(path, "not_a_list", f"a list of words is asked for, not {shown(data)}")
            return ()
        return tuple(data)

    def among(self, path: str, name: str, data: Any, known: Iterable[str]) -> tuple[str, ...]:
        given = self.strings(path, data)
        for each in given:
            if each not in known:
                self.problem(path, "unknown_person", f"{name}: {shown(each)} is not one of {', '.join(known)}")
        return given

    def flag(self, path: str, name: str, given: Mapping[str, Any]) -> bool:
        value = given.get(name, False)
        if not isinstance(value, bool):
            self.problem(path, "not_boolean", f"{name} is true or false, not {shown(value)}")
        return value is True

    def whole(self, path: str, name: str, value: Any) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self.problem(path, "not_whole", f"{name} is a whole number above 0, not {shown(value)}")
        return None

    def limit(self, path: str, kind: Any, value: Any) -> str | None:
        """A limit is kept as text, as values are; whether it fits its kind is looked at in `checking`."""
        return None if value is None else str(value)


def _absolute(above: str, name: str) -> str:
    """A question named without a point stands beside the one that names it."""
    return name if "." in name or not above else f"{above}.{name}"
