"""A decision is written: what is known stands in it already, nothing is overwritten, what is missing is named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from polku.cases.models import TimelineEntry
from polku.deadlines.models import Clock
from polku.decisions import checking, drafting, library, queries, signing
from polku.decisions.models import Decision, UsedReasoning
from polku.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.decisions.world import KIND, LATER, World
from tests.register import NOW


def test_begin_fills_what_is_known_with_where_it_came_from(world: World) -> None:
    row = world.begun()
    assert row.kind == KIND and row.language == "fi" and row.decider == world.mikko
    assert row.parts["party"]["name"] == "Satu Heinonen"
    assert row.parts["initiation"]["on"] == "2026-11-24"
    assert row.parts["clients_view"] == {"text": {"fi": "Pelkään öisin."}}
    assert row.sources["clients_view"]["kind"] == "assessment"
    assert row.parts["information"]["name"] == "Anna" and row.parts["information"]["phone"] == "050 000 3000"
    assert row.parts["execution"] == {"by": "2027-02-24"}
    assert "21 b" in row.parts["provisions"]["text"]["sv"]
    assert row.parts["review"]["closes"] == "16:00"
    clock = Clock.objects.get(work_item=world.case.work_item, rule="decision_exec")
    assert clock.last_day == date(2027, 2, 24) and clock.facts["service_kind"] == "housing"


def test_begin_twice_is_one_decision_and_one_clock(world: World) -> None:
    assert world.begun() == world.begun()
    world.begun("another")
    assert Clock.objects.filter(work_item=world.case.work_item, rule="decision_exec").count() == 1


def test_begin_a_service_that_is_none_is_refused_in_words(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        world.begun(service="palace")
    assert refused.value.code == "unknown_service"


def test_begin_for_a_stranger_is_refused(world: World) -> None:
    with pytest.raises(NotAllowed):
        drafting.begin(case=world.case, service="social_work", outcome="granted", by=world.stranger, at=LATER, key="x")
    row = world.begun()
    with pytest.raises(NotFound):
        queries.get(row.public_id, by=world.stranger, at=LATER)
    assert queries.get(row.public_id, by=world.mikko, at=LATER) == row


def test_save_two_parts_at_once_disturbs_nobody(world: World) -> None:
    row = world.begun()
    assert world.save(row, "findings", text="Uusi selvitys.").edit == 1
    assert world.save(row, "reasons", own="Perustelu.", by=world.mikko).edit == 1
    row.refresh_from_db()
    assert row.parts["findings"]["text"]["fi"] == "Uusi selvitys." and row.edit == 2


def test_save_the_same_part_keeps_both_texts_until_one_is_chosen(world: World) -> None:
    row = world.begun()
    world.save(row, "reasons", own="Ensimmäinen.")
    saved = world.save(row, "reasons", own="Toinen.", by=world.mikko)
    assert saved.kept and saved.edit == 1 and saved.values["own"] == {"fi": "Ensimmäinen."}
    again = world.save(row, "reasons", own="Toinen, jatkuu.", by=world.mikko)
    assert again.kept == saved.kept
    state = checking.state(row := Decision.objects.get(pk=row.pk), by=world.mikko, at=LATER)
    (reasons,) = [part for part in state.parts if part.key == "reasons"]
    assert [one["values"]["own"]["fi"] for one in reasons.beside] == ["Toinen, jatkuu."]
    row = drafting.settle_beside(decision=row, beside=saved.kept, by=world.anna, at=LATER, take=True)
    assert row.parts["reasons"]["own"]["fi"] == "Toinen, jatkuu." and row.beside == []
    with pytest.raises(Conflict):
        drafting.settle_beside(decision=row, beside=saved.kept, by=world.anna, at=LATER)


def test_save_that_the_writer_has_overtaken_changes_nothing(world: World) -> None:
    row = world.begun()
    world.save(row, "reasons", own="Uudempi.")
    late = drafting.save_part(
        decision=row,
        part="reasons",
        values={"own": "Vanhempi."},
        edit=0,
        by=world.anna,
        at=LATER - timedelta(seconds=1),
    )
    assert late.overtaken and not late.kept


@pytest.mark.parametrize(
    ("part", "values", "code"),
    [
        ("nothing", {"text": "x"}, "unknown_part"),
        ("reasons", {"what": "x"}, "unknown_field"),
        ("resolution", {"starts_on": "huomenna"}, "wrong_date"),
        ("resolution", {"until_further": "kyllä"}, "not_boolean"),
        ("delivery", {"way": "pigeon"}, "unknown_way"),
        ("reasons", {"own": "x" * 20_001}, "too_long"),
        ("reasons", {"own": "a\x00b"}, "nul"),
        ("reasons", {"own": 7}, "not_text"),
        ("reasons", {"own": {"de": "Grund"}}, "no_language"),
    ],
)
def test_save_what_does_not_fit_is_refused_at_its_field(world: World, part: str, values: dict, code: str) -> None:
    row = world.begun()
    with override("fi"), pytest.raises(Invalid) as refused:
        world.save(row, part, **values)
    assert refused.value.code == code and str(refused.value.message)


def test_state_names_what_is_missing_with_its_section(world: World) -> None:
    world.plan()
    row = world.begun()
    with override("fi"):
        state = checking.state(row, by=world.anna, at=LATER)
    by_key = {part.key: part for part in state.parts}
    assert [part.key for part in state.missing] == ["resolution", "reasons", "deviation"]
    assert "45 § 4 mom." in by_key["deviation"].ask and by_key["deviation"].word == "puuttuu"
    assert state.of == 14 and state.done == 11
    assert state.deciders == ("Mikko",) and not state.may_sign


def test_state_compares_both_languages_and_hints_at_plain_words(world: World) -> None:
    row = world.whole()
    world.save(row, "reasons", 1, own={"fi": "Koska olet päihdeongelmainen, tuki 1.3.2026 ei riittänyt."})
    state = checking.state(Decision.objects.get(pk=row.pk), by=world.mikko, at=LATER)
    assert state.may_sign and any(hint.kind == "label" for hint in state.hints)
    assert state.parity is not None and [one.fi for one in state.parity.differences if one.kind == "date"] == [
        "1.3.2026"
    ]


def test_sign_what_lacks_a_part_is_refused_and_no_letter_is_made(world: World) -> None:
    row = world.begun()
    with override("fi"), pytest.raises(Invalid) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "parts_missing" and refused.value.facts["missing"] == ["resolution", "reasons"]
    assert "45 §" in str(refused.value.message)
    assert not row.deliveries.exists() and Decision.objects.get(pk=row.pk).diary is None


def test_sign_without_the_reason_for_a_deviation_is_refused(world: World) -> None:
    world.plan()
    row = world.whole()
    world.save(row, "deviation", deviates=True)
    row.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.facts["missing"] == ["deviation"]
    world.save(row, "deviation", 1, text="Tarvitset apua iltaisin.")
    row.refresh_from_db()
    signed = signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert signed.plan is not None


def test_sign_gives_a_number_and_keeps_the_decision_as_it_is(world: World) -> None:
    row = world.signed()
    assert (row.state, row.diary, row.signer_name) == ("signed", "SHVA/1/2026", "Mikko")
    assert row.parts["authority"]["decider"] == "Mikko" and row.power is not None
    assert world.signed("second").diary == "SHVA/2/2026"
    with pytest.raises(Conflict) as refused:
        world.save(row, "reasons", 1, own="Toisin.")
    assert refused.value.code == "decision_signed"
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=row.pk).update(parts={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=row.pk).delete()
    assert TimelineEntry.objects.filter(event="decisions.signed", case=world.case).count() == 2


def test_sign_without_the_power_names_who_has_it(world: World) -> None:
    row = world.whole()
    with pytest.raises(NotAllowed) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.anna, at=LATER)
    assert refused.value.code == "no_power" and "Mikko" in str(refused.value.message)


def test_sign_what_has_been_changed_since_it_was_read_is_refused(world: World) -> None:
    row = world.whole()
    world.save(row, "reasons", 1, own="Muutettu.")
    with pytest.raises(Conflict) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "changed"


def test_sign_while_two_texts_wait_for_a_choice_is_refused(world: World) -> None:
    row = world.whole()
    world.save(row, "reasons", 0, own="Toinen.", by=world.mikko)
    row.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "beside"


def test_sign_in_a_language_without_a_template_is_refused(world: World) -> None:
    row = world.whole()
    Decision.objects.filter(pk=row.pk).update(language="en")
    row.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "no_language"


def test_sign_with_a_character_that_no_font_has_names_it(world: World) -> None:
    row = world.whole()
    world.save(row, "party", name="王 Wang")
    row.refresh_from_db()
    with override("fi"), pytest.raises(Invalid) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "unknown_letters" and "王" in str(refused.value.message)


def test_refusing_ends_the_limit_for_carrying_out(world: World) -> None:
    granted = world.begun("first")
    drafting.discard(decision=granted, reason="Väärä palvelu.", by=world.anna, at=LATER)
    row = world.signed(outcome="refused")
    assert row.kind == "community_housing-refused"
    clock = Clock.objects.get(work_item=world.case.work_item, rule="decision_exec")
    assert clock.cancel_reason == "refused"


# --- The library -----------------------------------------------------------------------------------------------------


def test_use_a_reviewed_reasoning_keeps_its_words_after_it_is_replaced(world: World) -> None:
    row, text = world.whole(), world.reasoning()
    drafting.use_reasoning(decision=row, reasoning=text, by=world.anna, at=LATER)
    world.reasoning(text_fi="Uusi teksti.")
    assert [one.version for one in library.usable(row.kind)] == [2]
    row.refresh_from_db()
    state = checking.state(row, by=world.anna, at=LATER)
    assert state.reasonings[0].newer and state.reasonings[0].text.startswith("Yhteisöllistä")
    with pytest.raises(Invalid) as refused:
        drafting.use_reasoning(decision=row, reasoning=text, by=world.anna, at=LATER)
    assert refused.value.code == "not_reviewed"
    signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsedReasoning.objects.update(text_fi="Muutettu.")


def test_use_a_draft_or_a_text_for_another_kind_is_refused(world: World) -> None:
    row = world.begun()
    for more, code in (({"reviewed": False}, "not_reviewed"), ({"kinds": ["social_work-refused"]}, "other_kind")):
        with pytest.raises(Invalid) as refused:
            drafting.use_reasoning(decision=row, reasoning=world.reasoning(code, **more), by=world.anna, at=LATER)
        assert refused.value.code == code
    assert library.usable(row.kind) == [] and [one.code for one in library.drafts(row.kind)] == ["not_reviewed"]


def test_retire_takes_a_reasoning_out_of_use_once(world: World) -> None:
    text = world.reasoning()
    assert library.retire(reasoning=text, by=world.mikko, at=LATER).state == "replaced"
    assert library.usable(KIND) == []
    with pytest.raises(Conflict):
        library.retire(reasoning=text, by=world.mikko, at=LATER)


def test_preview_shows_the_holes_and_is_made_in_both_languages(world: World) -> None:
    row = world.begun()
    for language in ("fi", "sv"):
        assert queries.preview(row, "post", at=LATER, language=language).startswith(b"%PDF")
    with pytest.raises(Invalid) as refused:
        queries.preview(row, "post", at=LATER, language="en")
    assert refused.value.code == "no_language"


def test_review_is_done_by_another_in_both_languages_and_locks_the_words(world: World) -> None:
    text = world.reasoning(reviewed=False, text_sv="")
    with pytest.raises(NotAllowed):
        library.review(reasoning=text, by=world.anna, at=NOW)
    with pytest.raises(Invalid):
        library.review(reasoning=text, by=world.mikko, at=NOW)
    reviewed = world.reasoning()
    with pytest.raises(IntegrityError), transaction.atomic():
        type(reviewed).objects.filter(pk=reviewed.pk).update(text_fi="Muutettu.")
