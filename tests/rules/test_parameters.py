"""Parameters are whole: three languages with the same placeholders, sources that exist, versions never edited."""

import string
from typing import Any

import pytest

from polku.rules import facts, versions
from polku.rules.data import LANGUAGES, PARAMETERS, parameters, read

VERSIONS = [version for rule in versions.all_rules().values() for version in rule.versions]
CLOCKS = {
    "urgent_assess", "pta_start_adult", "pta_start_disabled", "pta_start_child", "pta_done_child", "pta_generic",
    "decision_exec", "exec_under23", "tt_decision", "tt_supplement", "tt_urgent", "tt_talk", "review",
    "promise_answer", "promise_contact",
}  # fmt: skip


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def _words(given: Any) -> list[dict[str, str]]:
    """Every mapping that has a text in Finnish, wherever it is in a YAML file."""
    if isinstance(given, dict):
        found = [given] if "fi" in given else []
        return found + [words for value in given.values() for words in _words(value)]
    if isinstance(given, list):
        return [words for value in given for words in _words(value)]
    return []


def test_knows_every_clock() -> None:
    assert set(versions.all_rules()) == CLOCKS


@pytest.mark.parametrize("path", sorted(PARAMETERS.rglob("*.yaml")), ids=lambda path: path.name)
def test_says_everything_in_three_languages_with_the_same_placeholders(path: Any) -> None:
    for words in _words(read(path)):
        if path.name == "calendar.yaml" and isinstance(words["fi"], list):
            assert all(len(words[lang]) == 7 and all(isinstance(w, str) for w in words[lang]) for lang in LANGUAGES)
            continue
        told = {lang: words.get(lang) for lang in LANGUAGES}
        assert all(isinstance(text, str) and text.strip() for text in told.values()), told
        assert len({frozenset(_placeholders(str(text))) for text in told.values()}) == 1, told


@pytest.mark.parametrize("version", VERSIONS, ids=lambda v: f"{v.rule}-{v.version}")
def test_is_well_formed(version: versions.Version) -> None:
    assert version.kind in versions.KINDS
    assert version.counts == (version.kind not in ("at_once", "none"))
    assert version.valid_to is None or version.valid_from <= version.valid_to
    assert version.sources
    assert not version.sources[-1].when, "the last source is the one without conditions"
    assert version.grounds, "a rule says when it applies"
    known = facts.known()
    for when in [*[s.when for s in version.sources], *[g.when for g in version.grounds], version.needs]:
        assert set(when) <= set(known), when
    for source in version.sources:
        assert source.act_key in parameters("acts")
    allowed = {"day0", "last_day", "length"} if version.counts else {"day0"}
    assert _placeholders(version.sentence["fi"]) <= allowed
    assert set(version.unless_started) <= set(versions.all_rules())


def test_has_versions_in_order_without_overlap() -> None:
    for rule in versions.all_rules().values():
        numbers = [version.version for version in rule.versions]
        assert len(numbers) == len(set(numbers))
        numbers = [version.version for version in rule.holding]
        assert numbers == sorted(numbers)
        for before, after in zip(rule.holding, rule.holding[1:], strict=False):
            assert before.valid_to is not None and before.valid_to < after.valid_from, rule.id


def test_never_edits_a_landed_version() -> None:
    """A change of law is a new version. A new version's hash is added to landed.yaml, an old one's never changed."""
    landed: dict[str, str] = read(PARAMETERS / "landed.yaml")
    now = versions.fingerprints(PARAMETERS / "clocks")
    missing = {name: now[name] for name in now.keys() - landed.keys()}
    assert not missing, f"new versions: add to parameters/landed.yaml {missing}"
    assert now == landed
