"""The life of an assessment: begun, started, written, ready, locked; its clocks are met when the law says."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from polku.assessments import actions, published, queries
from polku.assessments.models import Answer, AnswerBeside, Assessment, FormVersion, Known
from polku.assessments.states import AssessmentState, KnownState
from polku.audit.models import Event as LogRow
from polku.cases import actions as cases
from polku.cases.models import TimelineEntry
from polku.deadlines.facts import check
from polku.deadlines.models import Clock
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.assessments.world import LATER, SAID, World, form_data, in_office, publish
from tests.register import NOW


@pytest.fixture(autouse=True)
def stored_moment_is_the_derived_one(db: None):
    yield
    assert check() == []


def met(world: World) -> set[str]:
    rows = Clock.objects.filter(work_item=world.case.work_item, met_at__isnull=False)
    return set(rows.values_list("met_what", flat=True))


def events(world: World) -> list[str]:
    rows = TimelineEntry.objects.filter(case=world.case, event__startswith="assessments.")
    return list(rows.order_by("id").values_list("event", flat=True))


# --- Beginning ------------------------------------------------------------------------------------------------------


def test_begin_answers_what_the_register_knows_and_leaves_what_was_told_to_be_checked(world: World) -> None:
    row = world.begun()
    assert queries.answers(row) == {"start.name": {"": "Heinonen"}}
    (known,) = Known.objects.filter(assessment=row)
    assert (known.path, known.value, known.source_kind, known.contact) == ("start.told", SAID, "contact", world.contact)
    assert known.state == KnownState.PROPOSED
    assert row.started_at is None and not met(world)


def test_begin_twice_with_the_same_key_gives_the_same_assessment(world: World) -> None:
    assert world.begun("same") == world.begun("same")
    assert Assessment.objects.count() == 1


def test_begin_refuses_a_second_one_of_the_same_form_and_names_who_began(world: World) -> None:
    row = world.begun("one")
    with pytest.raises(Conflict) as refusal:
        actions.begin(case=world.case, form=world.form, by=world.petra, at=NOW, key="two")
    assert refusal.value.code == "assessment_open"
    assert "Anna" in str(refusal.value.message) and refusal.value.facts["assessment"] == row.public_id


def test_begin_is_for_a_professional_of_social_care_with_a_tie_to_the_client(world: World) -> None:
    for person in (world.olli, world.stranger):
        with pytest.raises(NotAllowed):
            actions.begin(case=world.case, form=world.form, by=person, at=NOW, key="x")
    assert not Assessment.objects.exists()


def test_begin_refuses_a_form_that_has_a_newer_version(world: World) -> None:
    publish(world.anna, form_data(version="2"), version=2)
    with pytest.raises(Conflict) as refusal:
        world.begun()
    assert refusal.value.code == "form_replaced"


def test_begin_refuses_a_closed_case(world: World) -> None:
    cases.close_case(case=world.case, ground="Ei tarvetta sosiaalihuollolle", by=world.anna, at=NOW)
    with pytest.raises(Conflict) as refusal:
        world.begun()
    assert refusal.value.code == "case_closed"


# --- Starting -------------------------------------------------------------------------------------------------------


def test_start_meets_the_clock_on_the_day_when_it_truly_happened(world: World) -> None:
    row, moment = world.begun(), NOW + timedelta(days=1)
    row = actions.start(assessment=row, how="meeting", by=world.anna, at=LATER, happened_at=moment)
    assert met(world) == {"assessment_started"}
    clock = Clock.objects.get(work_item=world.case.work_item, rule="pta_start_adult")
    assert (clock.met_at, clock.met_by) == (moment, world.anna)
    assert queries.answers(row)["start.day"] == {"": "2026-11-25"}
    with pytest.raises(Conflict):
        actions.start(assessment=row, how="call", by=world.petra, at=LATER)


@pytest.mark.parametrize(
    ("how", "hours", "code"),
    [("meeting", 1, "future"), ("meeting", -90, "before_pending"), ("thought", 0, "how_missing")],
)
def test_start_refuses_what_cannot_be_the_first_act(world: World, how: str, hours: int, code: str) -> None:
    row = world.begun()
    with pytest.raises(Invalid) as refusal:
        actions.start(assessment=row, how=how, by=world.anna, at=LATER, happened_at=LATER + timedelta(hours=hours))
    assert refusal.value.code == code
    assert not met(world)


def test_a_start_recorded_by_mistake_is_put_right_and_its_clock_follows(world: World) -> None:
    row, wrong, right = world.begun(), NOW + timedelta(days=1), NOW + timedelta(hours=3)
    actions.start(assessment=row, how="meeting", by=world.anna, at=LATER, happened_at=wrong)
    row = actions.correct_start(
        assessment=row, how="call", happened_at=right, reason="Soitin jo samana päivänä", by=world.anna, at=LATER
    )
    clock = Clock.objects.get(work_item=world.case.work_item, rule="pta_start_adult")
    assert (row.started_how, clock.met_at) == ("call", right)
    assert queries.answers(row)["start.day"] == {"": "2026-11-24"}
    with pytest.raises(Invalid):
        actions.correct_start(assessment=row, how="call", happened_at=right, reason="", by=world.anna, at=LATER)


# --- Answering ------------------------------------------------------------------------------------------------------


def test_save_keeps_each_voice_apart_with_its_writer(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "Pelkään öisin.", voice="client", by=world.olli)
    world.answer(row, "home.view", "Asuminen on päättymässä.", voice="social_worker")
    world.answer(row, "home.view", "Lääkkeet annosjaossa.", voice="nurse", by=world.olli, source="oma kertoma")
    found = {answer.voice: answer for answer in Answer.objects.filter(path="home.view")}
    assert {voice: answer.author_name for voice, answer in found.items()} == {
        "client": "Olli",
        "social_worker": "Anna",
        "nurse": "Olli",
    }
    assert found["nurse"].source == "oma kertoma" and found["client"].author_title == "asiakasohjaaja"


@pytest.mark.parametrize(
    ("path", "voice", "person"),
    [
        ("home.view", "nurse", "anna"),
        ("home.view", "social_worker", "olli"),
        ("start.special_support", "", "olli"),
        ("home.searching", "", "olli"),
    ],
)
def test_save_lets_nobody_write_in_anothers_voice(world: World, path: str, voice: str, person: str) -> None:
    row, value = world.begun(), "yes" if "support" in path else True if "searching" in path else "x"
    with pytest.raises(NotAllowed) as refusal:
        world.answer(row, path, value, voice=voice, by=getattr(world, person))
    assert refusal.value.code == "other_voice"
    assert not Answer.objects.filter(path=path).exists()


def test_save_is_refused_without_a_tie_to_the_client(world: World) -> None:
    row = world.begun()
    with pytest.raises(NotAllowed):
        world.answer(row, "home.view", "x", voice="client", by=world.stranger)


@pytest.mark.parametrize(
    ("path", "voice", "value", "code"),
    [
        ("home.nothing", "", "x", "unknown_question"),
        ("home.view", "", "x", "unknown_voice"),
        ("start.special_support", "", "perhaps", "unknown_code"),
        ("start.day", "", "31.2.2026", "not_a_date"),
        ("people.person[1].since", "", 1800, "too_small"),
        ("people.person.since", "", 1950, "row_needed"),
        ("home.searching", "", "maybe", "not_boolean"),
        ("start.name", "", "x" * 501, "too_long"),
    ],
)
def test_save_refuses_what_does_not_fit_at_its_field(world: World, path, voice, value, code) -> None:
    row = world.begun()
    with pytest.raises(Invalid) as refusal:
        world.answer(row, path, value, voice=voice)
    assert (refusal.value.code, refusal.value.field) == (code, path)
    assert "%(" not in str(refusal.value.message)


def test_save_keeps_an_answer_based_on_an_older_one_beside_it(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "yksi", voice="client")
    world.answer(row, "home.view", "kaksi", voice="client", version=1, by=world.petra)
    saved = world.answer(row, "home.view", "toinen", voice="client", version=1, at=LATER + timedelta(seconds=40))
    assert saved.stale and saved.value == "kaksi" and saved.version == 2
    assert saved.theirs is not None and saved.theirs.author_name == "Petra"
    again = world.answer(row, "home.view", "toinen!", voice="client", version=1, at=LATER + timedelta(seconds=44))
    assert AnswerBeside.objects.get() == again.beside
    assert AnswerBeside.objects.get().value == "toinen!"


def test_save_of_the_same_words_is_no_conflict(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "sama", voice="client")
    saved = world.answer(row, "home.view", "sama ", voice="client", by=world.petra)
    assert not saved.stale and saved.version == 1


def test_save_that_comes_late_changes_nothing_of_what_its_writer_saved_after_it(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "uudempi", voice="client", at=LATER + timedelta(seconds=3))
    saved = world.answer(row, "home.view", "vanhempi", voice="client", at=LATER)
    assert saved.overtaken and not saved.stale and saved.value == "uudempi"


def test_save_by_a_button_while_the_page_saves_itself_is_no_second_writer(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "kesken", voice="client")
    saved = world.answer(row, "home.view", "valmis", voice="client", at=LATER + timedelta(seconds=1), pressed=True)
    assert (saved.stale, saved.value, saved.version) == (False, "valmis", 2)


def test_save_takes_an_answer_away_and_an_untouched_one_makes_no_row(world: World) -> None:
    row = world.begun()
    assert world.answer(row, "home.searching", "").version == 0
    assert not Answer.objects.filter(path="home.searching").exists()
    world.answer(row, "home.searching", True)
    world.answer(row, "home.searching", None, version=1)
    assert "home.searching" not in queries.answers(row)


def test_save_shows_others_that_something_is_new(world: World) -> None:
    row = world.begun()
    row.refresh_from_db()
    before = row.stamp
    saved = world.answer(row, "home.searching", True)
    assert queries.changed_since(row, before) == saved.stamp
    assert queries.changed_since(row, saved.stamp) is None


def test_save_keeps_the_source_that_stands_unless_another_is_named(world: World) -> None:
    row = world.begun()
    world.answer(row, "start.told", "Vuokra maksamatta", source="vuokranantaja")
    world.answer(row, "start.told", "Vuokra on maksamatta", version=1)
    assert Answer.objects.get(path="start.told").source == "vuokranantaja"


def test_save_refuses_a_source_that_cannot_be_stored(world: World) -> None:
    for source in ("x" * 301, "a\x00b"):
        with pytest.raises(Invalid):
            world.answer(world.begun(), "start.told", "x", source=source)


def test_save_writes_a_stretch_of_one_persons_writing_once_into_the_log(world: World) -> None:
    row = world.begun()
    before = LogRow.objects.count()
    for number, text in enumerate(("P", "Pe", "Pel")):
        world.answer(row, "home.view", text, voice="client", version=number)
    assert LogRow.objects.count() == before + 1
    world.answer(row, "home.view", "Pelk", voice="client", version=3, by=world.petra)
    assert LogRow.objects.count() == before + 2


def test_settle_beside_puts_it_in_its_writers_name_or_leaves_what_stands(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "yksi", voice="client")
    beside = world.answer(row, "home.view", "toinen", voice="client", by=world.petra).beside
    saved = actions.settle_beside(beside=beside, use=True, by=world.anna, at=LATER)
    assert saved is not None and saved.value == "toinen"
    assert Answer.objects.get(path="home.view").author_name == "Petra"
    assert actions.settle_beside(beside=beside, use=True, by=world.petra, at=LATER) is None


def test_check_known_makes_what_is_still_true_the_answer_as_it_stands(world: World) -> None:
    row = world.begun()
    known = Known.objects.get(assessment=row)
    actions.check_known(known=known, state=KnownState.CONFIRMED, by=world.anna, at=LATER)
    assert queries.answers(row)["start.told"] == {"": SAID}
    known.refresh_from_db()
    assert (known.state, known.checked_by) == (KnownState.CONFIRMED, world.anna)


def test_check_known_overwrites_nothing_that_has_been_written(world: World) -> None:
    row = world.begun()
    world.answer(row, "start.told", "Kertoi tänään muuta.")
    actions.check_known(known=Known.objects.get(), state=KnownState.CONFIRMED, by=world.anna, at=LATER)
    assert queries.answers(row)["start.told"] == {"": "Kertoi tänään muuta."}


# --- Finishing ------------------------------------------------------------------------------------------------------


def test_ready_names_every_required_answer_that_is_missing(world: World) -> None:
    row = world.begun()
    actions.start(assessment=row, how="call", by=world.anna, at=LATER)
    world.answer(row, "home.searching", True)
    world.answer(row, "people.person[2].since", 1950, by=world.olli)
    with pytest.raises(Invalid) as refusal:
        actions.ready(assessment=row, by=world.anna, at=LATER)
    assert refusal.value.facts["missing"] == [
        {"path": "start.special_support", "voice": ""},
        {"path": "home.where", "voice": ""},
        {"path": "home.view", "voice": "client"},
        {"path": "people.person[2].name", "voice": ""},
    ]
    assert "Home: Where" in str(refusal.value.message) or "Home fi: Where fi" in str(refusal.value.message)


def test_ready_asks_for_nothing_that_is_hidden(world: World) -> None:
    row = world.filled()
    world.answer(row, "home.searching", False)
    assert actions.ready(assessment=row, by=world.anna, at=LATER).state == AssessmentState.READY


def test_ready_asks_first_when_assessing_began(world: World) -> None:
    row = world.begun()
    world.answer(row, "start.special_support", "no")
    world.answer(row, "home.view", "x", voice="client")
    with pytest.raises(Invalid) as refusal:
        actions.ready(assessment=row, by=world.anna, at=LATER)
    assert refusal.value.code == "not_started"


def test_ready_waits_for_a_choice_between_two_answers(world: World) -> None:
    row = world.filled()
    beside = world.answer(row, "home.view", "Toisin.", voice="client", by=world.petra).beside
    with pytest.raises(Invalid) as refusal:
        actions.ready(assessment=row, by=world.anna, at=LATER)
    assert (refusal.value.code, refusal.value.field) == ("two_answers", "home.view")
    actions.settle_beside(beside=beside, use=False, by=world.anna, at=LATER)
    actions.ready(assessment=row, by=world.anna, at=LATER)


def test_ready_of_special_support_is_for_a_social_worker_in_office(world: World) -> None:
    row = world.filled(support="yes")
    for person in (world.anna, world.petra):
        with pytest.raises(NotAllowed) as refusal:
            actions.ready(assessment=row, by=person, at=LATER)
        assert "36 § 5 mom." in str(refusal.value.message)
    in_office(world.anna)
    row = actions.ready(assessment=row, by=world.anna, at=LATER)
    assert row.special_support is True
    with pytest.raises(NotAllowed):
        actions.lock(assessment=row, by=world.petra, at=LATER)
    assert actions.lock(assessment=row, by=world.anna, at=LATER).state == AssessmentState.LOCKED


def test_nothing_is_written_while_it_is_ready_until_it_is_taken_back(world: World) -> None:
    row = world.filled()
    actions.ready(assessment=row, by=world.anna, at=LATER)
    with pytest.raises(Conflict) as refusal:
        world.answer(row, "home.searching", True)
    assert refusal.value.code == "assessment_ready"
    actions.back_to_draft(assessment=row, by=world.petra, at=LATER)
    world.answer(row, "home.searching", False)


def test_lock_meets_the_clock_and_tells_it_in_the_timeline(world: World) -> None:
    row = world.locked()
    assert row.locked_by == world.anna
    assert met(world) >= {"assessment_started"}
    assert events(world) == [f"assessments.{event}" for event in ("begun", "started", "ready", "locked")]
    assert queries.latest_locked(world.case, "small") == row
    with pytest.raises(Conflict):
        actions.lock(assessment=row, by=world.petra, at=LATER)


def test_lock_needs_it_ready(world: World) -> None:
    row = world.filled()
    with pytest.raises(Conflict):
        actions.lock(assessment=row, by=world.anna, at=LATER)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessments_answer SET value = '\"muuta\"' WHERE assessment_id = %s",
        "DELETE FROM assessments_answer WHERE assessment_id = %s",
        (
            "INSERT INTO assessments_answer (assessment_id, path, voice, version, source, written_at, written_by_id,"
            " author_name, author_title) SELECT a.id, 'x.y', '', 1, '', now(), a.created_by_id, 'x', ''"
            " FROM assessments_assessment a WHERE a.id = %s"
        ),
        "UPDATE assessments_assessment SET stamp = stamp + 1 WHERE id = %s",
        "UPDATE assessments_assessment SET state = 'draft', locked_at = NULL, locked_by_id = NULL WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_what_is_locked(world: World, statement: str) -> None:
    row = world.locked()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [row.pk])
    assert queries.answers(row)["home.view"] == {"client": "Pelkään öisin."}


def test_the_database_refuses_to_change_a_published_form(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FormVersion.objects.filter(pk=world.form.pk).update(content={})


def test_break_off_needs_its_ground_and_leaves_room_for_another(world: World) -> None:
    row = world.begun()
    with pytest.raises(Invalid):
        actions.break_off(assessment=row, ground=" ", by=world.anna, at=LATER)
    actions.break_off(assessment=row, ground="Asiakas muutti toiselle alueelle.", by=world.anna, at=LATER)
    assert world.begun("again").pk != row.pk


# --- Going on -------------------------------------------------------------------------------------------------------


def test_new_version_asks_whether_each_earlier_answer_still_holds(world: World) -> None:
    row = world.locked()
    new = actions.new_version(assessment=row, by=world.anna, at=LATER, key="next")
    assert (new.version, new.previous, new.state) == (2, row, AssessmentState.DRAFT)
    known = {(one.path, one.voice): one for one in Known.objects.filter(assessment=new, source_kind="assessment")}
    assert set(known) == {("start.special_support", ""), ("home.view", "client")}
    assert "home.view" not in queries.answers(new)
    with pytest.raises(Conflict) as refusal:
        actions.new_version(assessment=row, by=world.anna, at=LATER, key="third")
    assert refusal.value.facts["assessment"] == new.public_id


def test_new_version_may_follow_one_that_was_broken_off(world: World) -> None:
    row = world.locked()
    new = actions.new_version(assessment=row, by=world.anna, at=LATER, key="next")
    actions.break_off(assessment=new, ground="Väärä asiakas", by=world.anna, at=LATER)
    assert actions.new_version(assessment=row, by=world.anna, at=LATER, key="other").version == 2


def test_sent_back_gives_the_new_version_to_whoever_answered_for_it(world: World) -> None:
    row = world.locked()
    lead = world.register.person("Maija", "lead", "sosiaalityo")
    new = actions.sent_back(assessment=row, reason="Selvitä asumisen historia", by=lead, at=LATER, key="m")
    assert (new.responsible, new.created_by) == (world.anna, lead)
    assert actions.sent_back(assessment=row, reason="Sama", by=lead, at=LATER, key="m2") == new


def test_a_form_that_is_no_assessment_of_needs_meets_no_clock(world: World) -> None:
    data = form_data(key="criteria")
    data["sections"][0]["questions"][2]["prefill"] = ""
    form = publish(world.anna, data)
    assert not published.is_assessment_of_needs(published.definition(form))
    row = actions.begin(case=world.case, form=form, by=world.anna, at=NOW, key="c")
    world.answer(row, "start.special_support", "no")
    world.answer(row, "home.view", "x", voice="client")
    actions.lock(assessment=actions.ready(assessment=row, by=world.anna, at=LATER), by=world.anna, at=LATER)
    assert not met(world)
