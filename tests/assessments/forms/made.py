"""Small definitions for tests."""

from typing import Any

from polku.assessments.forms.definition import Definition
from polku.assessments.forms.reading import read

WORDS = {"fi": "suomeksi", "sv": "på svenska", "en": "in English"}


def question(key: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "texts": dict(WORDS), **more}


def section(key: str, *questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": key, "titles": dict(WORDS), "questions": list(questions), **more}


def code(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "texts": dict(WORDS), **more}


LISTS: dict[str, Any] = {
    "often": {"codes": [code("never", score=0), code("at_times", score=1), code("daily", score="2.5")]},
    "times": {"codes": [code("day"), code("night"), code("none", alone=True)]},
}


def data(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "key": "form",
        "version": "1",
        "titles": dict(WORDS),
        "code_lists": LISTS,
        "sections": list(sections),
        **more,
    }


def form(*sections: dict[str, Any], **more: Any) -> Definition:
    return read(data(*sections, **more))


def when(question: str, value: Any = True, operator: str = "=", how: str = "all") -> dict[str, Any]:
    return {how: [{"question": question, "operator": operator, "value": value}]}
