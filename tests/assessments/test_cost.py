"""What a save and a page cost in statements: they do not grow with what is in the assessment."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.assessments import actions, published, queries, shipped
from polku.assessments.models import Assessment
from tests.assessments.world import LATER, World
from tests.register import NOW

VOICES = ("", "client", "near_person", "social_worker")


@pytest.fixture
def large(world: World) -> Assessment:
    """The shipped assessment of a person of working age, with everything written that takes a longer text."""
    shipped.load(by=world.anna, at=NOW, valid_from=date(2026, 1, 1))
    form = published.in_force("working_age", day=NOW.date())
    row = actions.begin(case=world.case, form=form, by=world.anna, at=NOW, key="l")
    for section in published.of(row).sections:
        for question in section.questions:
            for voice in question.answered_by if question.kind == "paragraph" else ():
                if voice in VOICES and "nurse" not in section.filled_by[:1]:
                    world.answer(row, question.path, "Asuu tuttavan luona.", voice=voice)
    assert sum(map(len, queries.answers(row).values())) > 30
    return row


def test_a_save_takes_few_statements_however_much_has_been_answered(world: World, large: Assessment) -> None:
    moment = LATER + timedelta(seconds=1)
    with CaptureQueriesContext(connection) as captured:
        saved = world.answer(
            large, "housing.description", "Tuttavan luona on levotonta.", voice="client", version=1, at=moment
        )
    assert saved.version == 2
    # The row locked, the right, the answer read and written, the stamp; around them a savepoint.
    assert len(captured) <= 7, [one["sql"][:90] for one in captured.captured_queries]


def test_a_section_and_the_outline_take_few_statements(world: World, large: Assessment) -> None:
    with CaptureQueriesContext(connection) as captured:
        queries.sections(large, by=world.anna, at=LATER)
        queries.section(large, "housing", by=world.anna, at=LATER)
    assert len(captured) <= 10, [one["sql"][:90] for one in captured.captured_queries]
