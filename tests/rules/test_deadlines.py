"""What a deadline tells, which section it cites, and how wrong questions are answered."""

from datetime import date
from pathlib import Path

import pytest

from polku.rules import deadlines, versions
from polku.rules.errors import FactError, OutOfCalendar, RuleError, UnknownRule, shown

TUESDAY = date(2026, 11, 24)


def test_cites_the_child_welfare_act_when_child_protection_is_in_question() -> None:
    told = deadlines.compute("pta_start_child", TUESDAY, {"child_protection": True})
    assert (told.act, told.section) == ("Lastensuojelulaki 417/2007", "26 § 5 mom.")
    told = deadlines.compute("pta_start_child", TUESDAY, {"special_support_child": True})
    assert (told.act, told.section) == ("Sosiaalihuoltolaki 1301/2014", "36 § 3 mom.")


def test_cites_the_act_on_older_persons_for_an_older_person() -> None:
    assert deadlines.compute("decision_exec", TUESDAY, {"age": 80}).source.number == "980/2012"
    assert deadlines.compute("decision_exec", TUESDAY, {"age": 50}).source.number == "1301/2014"
    assert deadlines.compute("decision_exec", TUESDAY).source.number == "1301/2014"


def test_cites_the_act_on_older_persons_only_since_it_counts_from_the_same_day() -> None:
    """Until 876/2022 its three months ran from the decision, so that the other act's limit was the one to follow."""
    before = deadlines.compute("decision_exec", date(2022, 12, 31), {"age": 80})
    since = deadlines.compute("decision_exec", date(2023, 1, 1), {"age": 80})
    assert (before.source.number, before.in_force) == ("1301/2014", True)
    assert (since.source.number, since.in_force) == ("980/2012", True)


def test_counts_by_no_withdrawn_version_but_still_explains_by_it() -> None:
    assert not deadlines.compute("review", date(2010, 7, 15)).in_force
    assert deadlines.compute("review", TUESDAY).version == 2
    old = deadlines.compute("review", TUESDAY, version=1)
    assert old.spec.withdrawn
    assert old.because("fi") == deadlines.compute("review", TUESDAY).because("fi")
    for rule in versions.all_rules().values():
        assert rule.holding, f"{rule.id}: no version holds"
        assert {version.version for version in rule.versions if version.withdrawn} == (
            {1} if rule.id in ("review", "decision_exec") else set()
        )


def test_cites_the_third_subsection_after_a_completion() -> None:
    told = deadlines.restart(deadlines.compute("tt_decision", TUESDAY), "completed", date(2026, 12, 4))
    assert told.section == "14 a § 3 mom."
    assert told.day0 == date(2026, 12, 4)


def test_names_the_days_that_are_skipped() -> None:
    told = deadlines.compute("pta_start_adult", date(2026, 12, 23))
    assert [(s.day.isoformat(), s.name, s.reason) for s in told.skipped] == [
        ("2026-12-25", "christmas_day", "holiday"),
        ("2026-12-26", "boxing_day", "holiday"),
        ("2026-12-27", "sunday", "sunday"),
        ("2027-01-01", "new_year", "holiday"),
        ("2027-01-02", "saturday", "saturday"),
        ("2027-01-03", "sunday", "sunday"),
    ]
    assert "uudenvuodenpäivä pe 1.1.2027" in told.because("fi")
    assert "Jos aattoa ei lasketa arkipäiväksi, viimeinen päivä on to 7.1.2027." in told.because("fi")


def test_names_the_eve_from_which_the_last_day_moved() -> None:
    told = deadlines.compute("pta_start_adult", date(2026, 12, 15))
    assert told.moved_from == date(2026, 12, 24)
    assert "to 24.12.2026 (jouluaatto)" in told.because("fi")


def test_says_that_a_limit_is_followed_as_a_precaution() -> None:
    told = deadlines.compute("pta_start_adult", TUESDAY, {"age": 80, "contact_by": "authority"})
    assert told.basis == "precaution"
    assert "varmuuden vuoksi" in told.because("fi")
    assert deadlines.compute("pta_start_adult", TUESDAY, {"age": 80, "contact_by": "near"}).basis == "statute"


def test_says_when_the_rule_was_not_in_force() -> None:
    told = deadlines.compute("pta_start_disabled", date(2024, 12, 31))
    assert not told.in_force
    assert told.last_day == date(2025, 1, 13)
    assert "ke 1.1.2025 alkaen" in told.because("fi")


def test_keeps_an_old_result_explicable_by_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(versions.__file__).parent / "parameters" / "clocks" / "tt_talk.yaml").read_text()
    head, first = text.split("  - version: 1\n", 1)
    first = first.replace("valid_from: 2023-01-01", "valid_from: 2023-01-01\n    valid_to: 2026-12-31")
    second = first.replace("valid_from: 2023-01-01\n    valid_to: 2026-12-31", "valid_from: 2027-01-01")
    second = second.replace("n: 7", "n: 5")
    (tmp_path / "tt_talk.yaml").write_text(f"{head}  - version: 1\n{first}  - version: 2\n{second}")
    rules = versions.load(tmp_path)
    monkeypatch.setattr(versions, "all_rules", lambda: rules)
    assert deadlines.compute("tt_talk", date(2026, 12, 31)).version == 1
    assert deadlines.compute("tt_talk", date(2027, 1, 1)).version == 2
    assert deadlines.compute("tt_talk", date(2027, 1, 1)).length == 5
    again = deadlines.compute("tt_talk", date(2026, 11, 24), version=1)
    assert again.last_day == date(2026, 12, 3)
    late = deadlines.compute("tt_talk", date(2027, 1, 4), version=1)
    assert not late.in_force
    assert "to 31.12.2026 asti" in late.because("fi")
    with pytest.raises(UnknownRule):
        deadlines.compute("tt_talk", TUESDAY, version=3)


def test_gives_no_day_where_the_law_gives_no_number() -> None:
    told = deadlines.compute("pta_generic", TUESDAY)
    assert (told.last_day, told.last_day_lenient, told.length, told.counted) == (None, None, None, ())
    assert told.as_json()["last_day"] is None
    assert "ilman aiheetonta viivytystä" in told.because("fi")


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"agee": 80}, "agee"),
        ({"age": "old"}, "age"),
        ({"age": 131}, "age"),
        ({"age": True}, "age"),
        ({"age": -1}, "age"),
        ({"disabled": "perhaps"}, "disabled"),
        ({"contact_by": "cat"}, "contact_by"),
        ({"age": 30, "special_support_child": True}, "special_support_child"),
        ({"age": 23, "under23_psychosocial": True}, "under23_psychosocial"),
    ],
)
def test_names_the_fact_that_is_wrong(facts: dict[str, object], named: str) -> None:
    with pytest.raises(FactError, match=named) as refused:
        deadlines.compute("pta_start_adult", TUESDAY, facts)
    assert refused.value.fact == named
    with pytest.raises(FactError, match=named):
        deadlines.starting(facts, TUESDAY)


@pytest.mark.parametrize("age", [0, "0", 130, "130"])
def test_takes_an_age_from_birth_to_130(age: int | str) -> None:
    assert deadlines.compute("pta_start_adult", TUESDAY, {"age": age}).facts == {"age": int(age)}


def test_reads_facts_as_written_on_a_command_line() -> None:
    told = deadlines.compute("pta_start_adult", TUESDAY, {"age": "80", "disabled": "ei", "asks_to_talk": "true"})
    assert told.facts == {"age": 80, "disabled": False, "asks_to_talk": True}


def test_quotes_what_was_given_whole_up_to_sixty_characters() -> None:
    assert shown("a" * 58) == f"'{'a' * 58}'"
    assert shown("a" * 59) == f"'{'a' * 49}…"


def test_refuses_an_unknown_rule_and_a_day_outside_the_calendar() -> None:
    with pytest.raises(UnknownRule, match="nope"):
        deadlines.compute("nope", TUESDAY)
    for day in (date(1990, 1, 1), date(2150, 1, 1)):
        for rule in ("pta_start_adult", "pta_done_child", "review", "pta_generic"):
            with pytest.raises(OutOfCalendar):
                deadlines.compute(rule, day)
            with pytest.raises(OutOfCalendar):
                deadlines.last_days(rule, [TUESDAY, day])


def test_names_the_pauses_and_counts_no_day_of_them() -> None:
    pause = deadlines.Pause(date(2026, 11, 25), date(2026, 11, 26))
    told = deadlines.extend_for_pauses(deadlines.compute("promise_answer", TUESDAY), [pause])
    assert "Määräaikaa jatkettiin keskeytysten vuoksi: ke 25.11.2026 – to 26.11.2026." in told.because("fi")
    assert "Wed 25 Nov 2026" in told.because("en")
    assert told.counted == (date(2026, 11, 27),)
    assert "keskeytys" not in deadlines.compute("promise_answer", TUESDAY).because("fi")


@pytest.mark.parametrize("rule", ["urgent_assess", "pta_generic"])
def test_a_rule_for_everybody_starts_whatever_is_known_and_says_why(rule: str) -> None:
    assert deadlines.starts(rule, {}, TUESDAY) is True
    (start,) = (one for one in deadlines.starting({}, TUESDAY) if one.rule == rule)
    assert start.because["fi"] in (
        "jokaisen yhteydenoton kiireellisyys arvioidaan",
        "laki ei aseta määräpäivää tälle arvioinnille",
    )


def test_refuses_a_pause_that_ends_before_it_begins() -> None:
    told = deadlines.compute("promise_answer", TUESDAY)
    with pytest.raises(RuleError, match="ends"):
        deadlines.extend_for_pauses(told, [deadlines.Pause(date(2026, 11, 26), date(2026, 11, 25))])


def test_refuses_a_restart_before_the_first_count() -> None:
    with pytest.raises(RuleError, match="before"):
        deadlines.restart(deadlines.compute("tt_decision", TUESDAY), "completed", date(2026, 11, 23))


def test_cannot_be_changed() -> None:
    told = deadlines.compute("review", TUESDAY)
    with pytest.raises(AttributeError):
        told.day0 = date(2026, 1, 1)  # type: ignore[misc]
