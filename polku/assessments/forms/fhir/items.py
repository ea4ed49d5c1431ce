"""The items of a Questionnaire read into plain data of sections and questions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from polku.assessments.forms.definition import FILLERS, VOICES, Words
from polku.assessments.forms.fhir import names
from polku.assessments.forms.fhir.elements import Element, listed
from polku.assessments.forms.fhir.options import Choices, key_from
from polku.assessments.forms.paths import KEY
from polku.assessments.forms.problems import Loss
from polku.assessments.forms.reading import DEPTH_AT_MOST

_KINDS = {
    "string": "text",
    "text": "paragraph",
    "boolean": "boolean",
    "choice": "choice",
    "open-choice": "choice",
    "date": "date",
    "integer": "integer",
    "decimal": "decimal",
    "quantity": "quantity",
    "group": "group",
    "display": "display",
}
_AS_TEXT = ("dateTime", "time", "url")  # answered in words here
_NOT_ANSWERED = ("attachment", "reference")
_FIELD = ("type", "answerOption", "answerValueSet", "repeats", "maxLength", "readOnly", "enableWhen", "enableBehavior")


@dataclass
class Placed:
    """An item that has been read: its data, where it came to stand, and what waits until all items are known."""

    data: dict[str, Any]
    path: str
    above: str  # the linkId of the item that it lies in
    conditions: list[Any] = field(default_factory=list)
    behaviour: str = ""
    sum: str = ""


class Items:
    """Reads items one in another; remembers each by its linkId for conditions and sums."""

    def __init__(self, choices: Choices, language: str, losses: list[Loss]) -> None:
        self.choices, self.language, self.losses = choices, language, losses
        self.placed: dict[str, Placed] = {}

    def sections(self, items: list[Any], titles: Words) -> list[dict[str, Any]]:
        """Return the sections: each group on top is one; items that stand there alone come together in one."""
        found: list[dict[str, Any]] = []
        keys: set[str] = set()
        for item in items:
            given = item if isinstance(item, Mapping) else {}
            if (
                given.get("type") == "group"
                and not given.get("repeats")
                and not given.get("required")
                and not _voiced(given)
            ):
                found.append(self._section(item, keys))
                continue
            if not found or not found[-1].get("bare"):
                key = key_from("part", keys)
                keys.add(key)
                found.append({"key": key, "titles": dict(titles), "bare": True, "questions": []})
            above = found[-1]
            above["questions"].append(self._question(item, above["key"], "", {q["key"] for q in above["questions"]}, 1))
        return found

    def _section(self, item: Any, keys: set[str]) -> dict[str, Any]:
        element, data, link = self._begun(item, "", keys)
        keys.add(data["key"])
        data["titles"] = data.pop("texts")
        element.take("type")
        for name in ("repeats", "required"):
            element.take(name)  # a section is a group that has neither
        filled_by = self._people(element, names.FILLED_BY, FILLERS)
        data |= {"filled_by": filled_by} if filled_by else {}
        data["questions"] = self._children(element, data, data["key"], link, 1)
        element.done()
        return data

    def _begun(
        self, item: Any, above: str, taken: set[str], link_above: str = ""
    ) -> tuple[Element, dict[str, Any], str]:
        """Read what sections and questions have alike."""
        link = item.get("linkId") if isinstance(item, Mapping) else None
        element = Element(str(link or above), item, self.losses)
        element.take("linkId")
        if not isinstance(link, str) or not link:
            link = f"{above}#{len(self.placed)}"
            element.lose("the item has no linkId; answers to it cannot be told apart")
        given = [each for each in element.extended(names.KEY) if isinstance(each, str) and KEY.fullmatch(each)]
        wanted = given[0] if given else link
        key = wanted if KEY.fullmatch(wanted) and wanted not in taken else key_from(wanted, taken)
        path = f"{above}.{key}" if above else key
        data: dict[str, Any] = {"key": key} | ({"link": link} if link != path else {})
        data["number"] = element.text("prefix")
        data["concepts"] = [
            {"system": c.system, "code": c.code, "display": c.display} for c in element.concepts("code")
        ]
        texts = element.words("text", self.language)
        if not texts:
            element.lose("the item has no text; its link stands for it")
        data["texts"] = dict(texts) or {self.language: link}
        placed = Placed(data, path, link_above, element.items("enableWhen"), element.text("enableBehavior"))
        if link in self.placed:
            element.lose(f"the linkId {link} stands there twice; conditions look at the first")
            data["link"] = f"{link}#{len(self.placed)}"
            link = data["link"]
        self.placed[link] = placed
        return element, data, link

    def _question(self, item: Any, above: str, link_above: str, taken: set[str], depth: int) -> dict[str, Any]:
        element, data, link = self._begun(item, above, taken, link_above)
        path = f"{above}.{data['key']}"
        if _voiced(element.left):
            self._voices(element, data)
        else:
            required, kind = element.flag("required"), str(element.take("type", ""))
            self._field(element, data, kind, path)
            if required and data["kind"] in ("display", "score"):
                element.lose("required is not kept: nobody answers it")
            elif required:
                data["required"] = True
        self._about(element, data)
        for expression in element.extended(names.CALCULATED):
            self._calculated(element, expression, self.placed[link])
        children = self._children(element, data, path, link, depth + 1)
        if children and (
            data["kind"] == "display"
            or (data["kind"] != "group" and (data.get("repeats") or data["kind"] == "choices"))
        ):
            element.lose("questions under each of several answers are kept once, under their own heading")
            data["follow_ups"] = children
        elif children:
            data["children"] = children
        if data["kind"] == "group" and not children:
            element.lose("the group has nothing in it; its text is kept")
            data["kind"] = "display"
            for name in ("required", "repeats"):
                data.pop(name, None)
        element.done()
        return data

    def _about(self, element: Element, data: dict[str, Any]) -> None:
        filled_by = self._people(element, names.FILLED_BY, FILLERS)
        data |= {"filled_by": filled_by} if filled_by else {}
        for prefill in element.extended(names.PREFILL):
            data["prefill"] = str(prefill)
        for uri in element.extended(names.NATIONAL_SET):
            data["national_set"] = names.of_oid(uri)

    def _people(self, element: Element, url: str, known: tuple[str, ...]) -> list[str]:
        found = element.extended(url)
        for each in found:
            if each not in known:
                element.lose(f"{each} is nobody who fills in a form here")
        return [each for each in found if each in known]

    def _children(
        self, element: Element, data: dict[str, Any], path: str, link: str, depth: int
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for child in element.items("item"):
            if _hint(child):
                hint = Element(str(child.get("linkId")), child, self.losses)
                for name in ("linkId", "type"):
                    hint.take(name)
                hint.extended(names.ITEM_CONTROL)
                if "hints" in data:
                    hint.lose("a second hint is not kept")
                data.setdefault("hints", dict(hint.words("text", self.language)))
                hint.done()
            elif depth > DEPTH_AT_MOST:
                element.lose(f"what lies more than {DEPTH_AT_MOST} deep is not kept")
                break
            else:
                read = self._question(child, path, link, {each["key"] for each in found}, depth)
                found += [read, *self._moved(read, path)]
        return found

    def _moved(self, read: dict[str, Any], path: str) -> list[dict[str, Any]]:
        """Questions under several answers come after their question, in a group of their own."""
        children = read.pop("follow_ups", None)
        if not children:
            return []
        old, key = f"{path}.{read['key']}", f"{read['key'][:40]}_more"
        for placed in self.placed.values():
            if placed.path.startswith(f"{old}."):
                placed.data.setdefault("link", placed.path)
                placed.path = f"{path}.{key}{placed.path[len(old) :]}"
        link = f"{read.get('link', old)}#more"
        return [{"key": key, "kind": "group", "texts": dict(read["texts"]), "link": link, "children": children}]

    def _field(self, element: Element, data: dict[str, Any], kind: str, path: str) -> None:
        """Read what belongs to the field itself: its kind, options, limits and units."""
        data["kind"] = _KINDS.get(kind, "text" if kind in _AS_TEXT else "display")
        if kind in _AS_TEXT:
            element.lose(f"the kind {kind} is not known here; it is answered in words")
        elif kind == "open-choice":
            element.lose("words beside the options (open-choice) have no place; only the options are kept")
        elif kind not in _KINDS:
            element.lose(f"the kind {kind or '(none)'} cannot be answered here; its text is kept to be read")
        repeats, value_set = element.flag("repeats"), element.text("answerValueSet")
        options = element.items("answerOption")
        if data["kind"] == "choice":
            self._choice(element, data, options, value_set, path)
        elif options or value_set:
            element.lose(f"a list of answers to a {kind} is not kept")
        if repeats and data["kind"] == "choice":
            data["kind"] = "choices"
        elif repeats and data["kind"] in ("boolean", "display"):
            element.lose(f"a {data['kind']} is answered once")
        elif repeats:
            data["repeats"] = True
        length = element.take("maxLength")
        if length is not None and data["kind"] in ("text", "paragraph"):
            data["max_length"] = length
        elif length is not None:
            element.lose("maxLength is not kept")
        if element.flag("readOnly"):
            data["read_only"] = True
        self._limits(element, data)

    def _choice(self, element: Element, data: dict[str, Any], options: list[Any], value_set: str, path: str) -> None:
        codes = ""
        if value_set.startswith("#"):
            codes = self.choices.of_id.get(value_set[1:], "")
        if not codes and options:
            codes = self.choices.options(path, options, element)
        elif options:
            element.lose("it has options beside its value set, which are not kept")
        if codes:
            data["codes"] = codes
            return
        data["kind"] = "text"
        element.lose(f"its answers {value_set or '(none)'} are not at hand; it is answered in words")

    def _limits(self, element: Element, data: dict[str, Any]) -> None:
        for name, url in (("least", names.LEAST), ("most", names.MOST)):
            for value in element.extended(url)[:1]:
                if data["kind"] in ("integer", "decimal", "quantity", "date"):
                    data[name] = str(value)
                else:
                    element.lose(f"a limit to a {data['kind']} is not kept")
        units = [*element.extended(names.UNIT), *element.extended(names.UNIT_OPTION)]
        named = [str(unit.get("display") or unit.get("code") or "") for unit in units if isinstance(unit, Mapping)]
        if any(isinstance(unit, Mapping) and unit.get("system") for unit in units):
            element.lose("a unit is kept as it is written, without its code system")
        if named and data["kind"] == "quantity":
            data["units"] = list(dict.fromkeys(named))
        elif named:
            element.lose(f"the unit {', '.join(named)} is not kept")

    def _voices(self, element: Element, data: dict[str, Any]) -> None:
        """Read a group of our own making back as the one question that each voice answers in its own field."""
        fields = [each for each in listed(element.left.get("item")) if _voice(each)]
        element.left["item"] = [each for each in listed(element.left.get("item")) if not _voice(each)]
        for name in ("type", "repeats", "required"):
            element.take(name)
        data["voices"] = [_voice(each) for each in fields]
        data["required"] = [_voice(each) for each in fields if each.get("required")]
        first = Element(str(fields[0].get("linkId")), fields[0], self.losses)
        for name in ("linkId", "required", "text", "_text"):
            first.take(name)
        first.extended(names.VOICE)
        self._field(first, data, str(first.take("type", "")), str(fields[0].get("linkId")))
        first.done()

    def _calculated(self, element: Element, expression: Any, placed: Placed) -> None:
        if isinstance(expression, Mapping) and isinstance(expression.get("expression"), str):
            placed.sum = expression["expression"]
        else:
            element.lose("a calculatedExpression without an expression is not kept")


def _hint(item: Any) -> bool:
    """Say whether an item is a hint to the question that it lies in."""
    if not isinstance(item, Mapping) or item.get("type") != "display" or item.get("enableWhen"):
        return False
    for each in listed(item.get("extension")):
        if isinstance(each, Mapping) and each.get("url") == names.ITEM_CONTROL:
            concept = each.get("valueCodeableConcept")
            codings = listed(concept.get("coding")) if isinstance(concept, Mapping) else []
            return any(isinstance(coding, Mapping) and coding.get("code") == "help" for coding in codings)
    return False


def _voice(item: Any) -> str:
    """Return whose field an item is; "" when it is nobody's in particular."""
    for each in listed(item.get("extension")) if isinstance(item, Mapping) else []:
        if isinstance(each, Mapping) and each.get("url") == names.VOICE and each.get("valueCode") in VOICES:
            return str(each["valueCode"])
    return ""


def _voiced(item: Mapping[str, Any]) -> bool:
    """Say whether an item is the group that stands for one question with several voices."""
    fields = [each for each in listed(item.get("item")) if _voice(each)]
    alike = [{name: each.get(name) for name in _FIELD} for each in fields]
    return item.get("type") == "group" and bool(fields) and all(each == alike[0] for each in alike)
