"""What pages, prints and the stages after read of an assessment."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from polku.access.models import Membership
from polku.assessments import actions, plans, queries
from polku.assessments.models import AnswerBeside
from polku.assessments.shown import QuestionRow, SectionPage, VoiceField
from polku.kit.errors import NotFound
from polku.site.context import fenced
from tests.assessments.world import LATER, SAID, World
from tests.register import NOW


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def question(page: SectionPage, key: str) -> QuestionRow:
    return next(one for one in page.questions if one.path.endswith(f".{key}"))


def field(row: QuestionRow, voice: str = "") -> VoiceField:
    return next(one for one in row.voices if one.voice == voice)


def test_sections_tell_what_is_missing_and_whose_part_it_is(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.searching", True)
    outline = queries.sections(row, by=world.olli, at=LATER, opened="start")
    told = [(one.number, one.title, one.state, one.missing, one.to_check, one.mine) for one in outline.sections]
    assert told == [
        ("1", "Start", "missing", 1, 1, False),
        ("2", "Home", "missing", 2, 0, False),
        ("3", "People", "untouched", 0, 0, True),
    ]
    assert outline.sections[2].whose == ("nurse", "professional of social care")
    assert (outline.done, outline.of) == (0, 3) and outline.next is not None and outline.next.key == "home"


def test_a_section_has_each_voice_with_who_wrote_it_and_who_may(world: World) -> None:
    row = world.begun()
    world.answer(row, "home.view", "Pelkään öisin.", voice="client")
    world.answer(row, "home.view", "Annosjako.", voice="nurse", by=world.olli, at=LATER + timedelta(seconds=50))
    page = queries.section(row, "home", by=world.anna, at=LATER + timedelta(seconds=60))
    view = question(page, "view")
    client, nurse, near = field(view, "client"), field(view, "nurse"), field(view, "near_person")
    assert (client.text, client.author, client.mine, client.may_write, client.writing_now) == (
        "Pelkään öisin.", "Anna", True, True, "",
    )  # fmt: skip
    assert (nurse.text, nurse.may_write, nurse.writing_now) == ("Annosjako.", False, "Olli")
    assert (near.version, near.author, near.required, near.missing) == (0, "", False, False)
    assert page.writing_now == ["Olli"]
    later = queries.section(row, "home", by=world.anna, at=LATER + timedelta(seconds=80))
    assert later.writing_now == [] and field(question(later, "view"), "nurse").writing_now == ""


def test_a_section_shows_what_follows_from_an_answer_and_why_it_is_asked(world: World) -> None:
    row = world.begun()
    before = queries.section(row, "home", by=world.anna, at=LATER)
    assert not question(before, "where").shown and question(before, "searching").decides
    world.answer(row, "home.searching", True)
    where = question(queries.section(row, "home", by=world.anna, at=LATER), "where")
    assert where.shown and where.because == ("Looking for a home", "Yes") and field(where).missing
    world.answer(row, "home.where", "Suvannon vuokra-asunnot")
    world.answer(row, "home.searching", False, version=1)
    hidden = question(queries.section(row, "home", by=world.anna, at=LATER), "where")
    assert not hidden.shown and hidden.hidden_answers == 1


def test_a_section_has_what_was_known_and_answers_that_wait_for_a_choice(world: World) -> None:
    row = world.begun()
    (known,) = question(queries.section(row, "start", by=world.anna, at=LATER), "told").known
    assert (known.text, known.source_kind, known.source_at, known.state) == (SAID, "contact", NOW, "proposed")
    assert known.source_id == world.contact.public_id
    world.answer(row, "home.view", "yksi", voice="client")
    world.answer(row, "home.view", "toinen", voice="client", by=world.petra)
    (beside,) = field(question(queries.section(row, "home", by=world.anna, at=LATER), "view"), "client").beside
    assert (beside.text, beside.author, beside.mine) == ("toinen", "Petra", False)
    assert queries.sections(row, by=world.anna, at=LATER).sections[1].to_choose == 1
    assert queries.with_beside([row]) == {row.pk: 1}


def test_a_section_has_the_rows_of_a_group_and_room_for_one_more(world: World) -> None:
    row = world.begun()
    world.answer(row, "people.person[1].name", "Sisko", by=world.olli)
    world.answer(row, "people.person[3].name", "Veli", by=world.olli)
    person = question(queries.section(row, "people", by=world.olli, at=LATER), "person")
    assert [(one.number, one.fields[0].voices[0].text) for one in person.rows] == [(1, "Sisko"), (3, "Veli")]
    assert person.next_row == "people.person[4]"


def test_a_section_of_a_locked_assessment_is_only_read(world: World) -> None:
    row = world.locked()
    page = queries.section(row, "home", by=world.anna, at=LATER)
    assert not page.may_write and not any(one.may_write for one in question(page, "view").voices)


def test_a_section_that_the_form_has_not_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        queries.section(world.begun(), "nowhere", by=world.anna, at=LATER)


def test_a_section_is_read_in_the_same_number_of_questions_however_much_is_in_it(world: World) -> None:
    row = world.begun()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            queries.section(row, "people", by=world.olli, at=LATER)
        return len(captured)

    asked()
    before = asked()
    for place in range(1, 30):
        world.answer(row, f"people.person[{place}].name", f"Henkilö {place}", by=world.olli)
        world.answer(row, f"people.person[{place}].name", "Toisin", by=world.petra)
    assert AnswerBeside.objects.count() == 29
    assert asked() == before


def test_get_is_the_same_answer_for_a_stranger_and_for_nothing(world: World) -> None:
    row = world.begun()
    assert queries.get(row.public_id, by=world.olli, at=LATER) == row
    for public_id, by in ((row.public_id, world.stranger), ("nothing", world.anna)):
        with pytest.raises(NotFound):
            queries.get(public_id, by=by, at=LATER)
    assert queries.of_case(world.case, by=world.stranger, at=LATER) == []


def test_the_head_of_the_unit_reads_but_does_not_write(world: World) -> None:
    lead = world.register.person("Maija", "lead", "sosiaalityo")
    row = world.begun()
    assert queries.get(row.public_id, by=lead, at=LATER) == row
    assert not queries.section(row, "home", by=lead, at=LATER).may_write


def test_compare_shows_two_versions_beside_each_other(world: World) -> None:
    row = world.locked()
    new = actions.new_version(assessment=row, by=world.anna, at=LATER, key="n")
    world.answer(new, "home.view", "Nukun nyt paremmin.", voice="client")
    rows = {(one.path, one.whose): one for one in queries.compare(row, new)}
    view = rows["home.view", "The client's own view"]
    assert (view.state, view.before, view.now) == ("changed", "Pelkään öisin.", "Nukun nyt paremmin.")
    assert (view.section, view.text) == ("Home", "Situation")
    assert rows["start.special_support", ""].state == "only_before"
    assert rows["start.special_support", ""].before == "No"
    assert queries.chain(new, by=world.anna, at=LATER) == [row, new]


def test_latest_locked_is_the_newest_of_its_form(world: World) -> None:
    assert queries.latest_locked(world.case) is None
    row = world.locked()
    assert queries.latest_locked(world.case, world.form) == queries.latest_locked(world.case, "small") == row
    assert queries.latest_locked(world.case, "other") is None
    assert queries.open_one(world.case) is None


@pytest.mark.parametrize(
    ("language", "title", "no"), [("fi", "Small assessment fi", "No fi"), ("sv", "Small assessment sv", "No sv")]
)
def test_as_document_has_what_was_answered_in_the_wanted_language(
    world: World, language: str, title: str, no: str
) -> None:
    row = world.filled()
    world.answer(row, "home.view", {"not_asked": "Ei läheisiä"}, voice="near_person")
    world.answer(row, "people.person[1].name", "Sisko", by=world.olli, source="Satu")
    world.answer(row, "home.where", "piilossa")
    actions.lock(assessment=actions.ready(assessment=row, by=world.anna, at=LATER), by=world.anna, at=LATER)
    document = queries.as_document(row, language)
    assert (document.title, document.language, document.locked_by) == (title, language, "Anna")
    told = {entry.path: entry for section in document.sections for entry in section.entries}
    assert [answer.text for answer in told["start.special_support"].answers] == [no]
    assert [answer.text for answer in told["start.day"].answers] == ["25.11.2026"]
    assert [(one.voice, one.text, one.not_asked) for one in told["home.view"].answers] == [
        ("client", "Pelkään öisin.", ""),
        ("near_person", "", "Ei läheisiä"),
    ]
    person = told["people.person[1].name"]
    assert (person.row, person.depth, person.answers[0].source, person.answers[0].author) == (1, 1, "Satu", "Olli")
    assert "home.where" not in told and "start.told" not in told
    assert ("Olli", "asiakasohjaaja") in document.authors


def test_a_nurse_without_a_post_reads_nothing(world: World) -> None:
    row = world.begun()
    Membership.objects.filter(actor=world.olli).update(valid_until=NOW.date() - timedelta(days=1))
    with pytest.raises(NotFound):
        queries.get(row.public_id, by=world.olli, at=LATER)


def test_a_request_behind_the_fence_reads_all_of_it_and_a_stranger_nothing(world: World) -> None:
    row = world.locked()
    new = actions.new_version(assessment=row, by=world.anna, at=LATER, key="n")
    world.answer(new, "home.view", "yksi", voice="client")
    world.answer(new, "home.view", "toinen", voice="client", by=world.petra)
    for by in (world.anna, world.petra, world.olli):
        with fenced(by=by, at=LATER):
            found = queries.get(new.public_id, by=by, at=LATER)
            assert len(queries.sections(found, by=by, at=LATER).sections) == 3
            view = question(queries.section(found, "home", by=by, at=LATER), "view")
            assert field(view, "client").text == "yksi" and len(field(view, "client").beside) == 1
            assert len(view.known) == 1 and queries.as_document(row, "fi").sections
            assert queries.latest_locked(world.case, "small") == row
            assert plans.of_case(world.case, by=by, at=LATER) == []
    with fenced(by=world.stranger, at=LATER):
        assert queries.latest_locked(world.case, "small") is None and queries.answers(row) == {}
