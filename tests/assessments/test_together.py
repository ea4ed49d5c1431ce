"""Several people, one assessment, one moment: real threads and connections; nothing is overwritten silently."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections

from polku.assessments import actions, plans, queries
from polku.assessments.models import Answer, AnswerBeside, Assessment, Plan
from polku.assessments.states import AssessmentState
from polku.cases.models import TimelineEntry
from polku.deadlines.facts import check
from polku.deadlines.models import Clock
from polku.kit.errors import Conflict, Refused
from tests.assessments.world import LATER, World
from tests.register import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*doings: Callable[[], object]) -> list[object]:
    """Do everything at the same moment, each on a connection of its own; return results or errors in order."""
    start = Barrier(len(doings))

    def one(do: Callable[[], object]) -> object:
        try:
            start.wait(timeout=60)
            return do()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(one, doings))


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_two_who_answer_the_same_question_leave_both_answers(world: World) -> None:
    row = world.begun()
    people = (world.anna, world.petra) * 4
    before = deadlocks()
    got = at_once(
        *(
            lambda number=number, by=by: world.answer(
                row, "home.view", f"teksti {number}", voice="client", by=by, at=LATER + timedelta(milliseconds=number)
            )
            for number, by in enumerate(people)
        )
    )
    assert not [each for each in got if isinstance(each, Exception)]
    (stands,) = Answer.objects.filter(path="home.view")
    assert stands.version == 1
    # Whoever was not first has their last try beside it; of one's own two tries the later one is there.
    kept = {stands.written_by_id} | set(AnswerBeside.objects.values_list("written_by_id", flat=True))
    assert kept == {world.anna.pk, world.petra.pk}
    assert Assessment.objects.get().stamp >= 1 + AnswerBeside.objects.count()
    assert deadlocks() == before


def test_many_who_answer_different_questions_all_stand(world: World) -> None:
    row = world.begun()
    got = at_once(
        *(
            lambda place=place: world.answer(row, f"people.person[{place}].name", f"Henkilö {place}")
            for place in range(1, 9)
        )
    )
    assert not [each for each in got if isinstance(each, Exception)]
    assert Answer.objects.filter(path__startswith="people.").count() == 8
    assert queries.changed_since(row, 0) == Assessment.objects.get().stamp


def test_two_who_begin_at_once_go_on_in_one(world: World) -> None:
    got = at_once(
        *(
            lambda by=by: actions.begin(case=world.case, form=world.form, by=by, at=NOW, key=f"begin-{by.pk}")
            for by in (world.anna, world.petra)
        )
    )
    (made,) = (each for each in got if isinstance(each, Assessment))
    (refused,) = (each for each in got if isinstance(each, Conflict))
    assert refused.code == "assessment_open" and refused.facts["assessment"] == made.public_id
    assert Assessment.objects.count() == 1


def test_the_same_form_sent_twice_at_once_is_one_assessment(world: World) -> None:
    got = at_once(*[lambda: world.begun("same")] * 6)
    assert {each.pk for each in got if isinstance(each, Assessment)} == {Assessment.objects.get().pk}


def test_ready_while_somebody_writes_takes_the_answer_in_or_refuses_it(world: World) -> None:
    for turn in range(4):
        row = world.filled(f"turn-{turn}")
        ready, *saves = at_once(
            lambda row=row: actions.ready(assessment=row, by=world.anna, at=LATER),
            *(
                lambda row=row, place=place: world.answer(row, f"people.person[{place}].name", "Sisko", by=world.olli)
                for place in (1, 2)
            ),
        )
        assert isinstance(ready, Assessment)
        taken = [each for each in saves if isinstance(each, actions.SavedAnswer)]
        refused = [each for each in saves if isinstance(each, Conflict)]
        assert len(taken) + len(refused) == 2 and {each.code for each in refused} <= {"assessment_ready"}
        assert Answer.objects.filter(assessment=row, path__startswith="people.").count() == len(taken)
        actions.lock(assessment=row, by=world.anna, at=LATER)


def test_two_who_lock_at_once_complete_it_once(world: World) -> None:
    row = world.filled()
    actions.ready(assessment=row, by=world.anna, at=LATER)
    got = at_once(*(lambda by=by: actions.lock(assessment=row, by=by, at=LATER) for by in (world.anna, world.petra)))
    assert sorted(type(each).__name__ for each in got) == ["Assessment", "Conflict"]
    assert TimelineEntry.objects.filter(event="assessments.locked").count() == 1
    assert Assessment.objects.get().state == AssessmentState.LOCKED
    assert Clock.objects.filter(met_what="assessment_completed").count() <= 1
    assert check() == []


def test_two_new_versions_at_once_are_one(world: World) -> None:
    row = world.locked()
    got = at_once(
        *(
            lambda by=by: actions.new_version(assessment=row, by=by, at=LATER, key=f"next-{by.pk}")
            for by in (world.anna, world.petra)
        )
    )
    assert sorted(type(each).__name__ for each in got) == ["Assessment", "Conflict"]
    assert Assessment.objects.filter(previous=row).count() == 1


def test_two_plans_begun_at_once_are_one(world: World) -> None:
    got = at_once(
        *(
            lambda by=by: plans.draft(case=world.case, by=by, at=NOW, key=f"plan-{by.pk}")
            for by in (world.anna, world.petra)
        )
    )
    assert [each for each in got if not isinstance(each, Plan | Refused)] == []
    assert Plan.objects.count() == 1
