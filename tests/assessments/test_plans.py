"""The client plan: what the act asks of it, one in force at a time, its review on the list in time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from polku.access.actions import job
from polku.assessments import jobs, plans, reviews
from polku.assessments.models import Plan
from polku.assessments.plans import Content, GoalText, ServiceText
from polku.assessments.states import PlanState
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.triage.rows import rows_of
from tests.assessments.world import LATER, World
from tests.register import NOW

REVIEW = date(2027, 2, 1)
WHOLE = Content(
    texts={"situation": "Asuu tuttavan luona.", "strengths": "Hoitaa asiansa päivällä itse."},
    goals=(GoalText("Oma koti ennen joulua", "Tukiasuntohakemus"), GoalText("Yöt turvallisiksi")),
    services=(ServiceText("tuettu-asuminen", "Anna, aikuissosiaalityö", begins=date(2026, 12, 15)),),
    rights_told=True,
    agreement="agrees",
    review_on=REVIEW,
)


def drafted(world: World, key: str = "p") -> Plan:
    return plans.draft(case=world.case, by=world.anna, at=NOW, key=key)


def confirmed(world: World, key: str = "p", content: Content = WHOLE) -> Plan:
    plan = drafted(world, key)
    plans.save(plan=plan, edit=0, content=content, by=world.anna, at=NOW)
    return plans.confirm(plan=plan, by=world.anna, at=NOW)


def test_draft_builds_on_the_latest_locked_assessment(world: World) -> None:
    row = world.locked()
    plan = plans.draft(case=world.case, by=world.anna, at=LATER, key="p")
    assert (plan.assessment, plan.version, plan.state) == (row, 1, PlanState.DRAFT)
    assert plans.draft(case=world.case, by=world.anna, at=LATER, key="p") == plan
    with pytest.raises(Conflict) as refusal:
        plans.draft(case=world.case, by=world.petra, at=LATER, key="q")
    assert refusal.value.facts["plan"] == plan.public_id


def test_draft_is_refused_without_a_tie(world: World) -> None:
    for person in (world.stranger, world.olli):
        with pytest.raises(NotAllowed):
            plans.draft(case=world.case, by=person, at=NOW, key="p")


def test_save_keeps_what_is_written_and_names_who_was_first(world: World) -> None:
    plan = drafted(world)
    plan = plans.save(plan=plan, edit=0, content=WHOLE, by=world.anna, at=NOW)
    assert plan.edit == 1 and plan.situation == "Asuu tuttavan luona."
    assert [goal.text for goal in plans.goals(plan)] == ["Oma koti ennen joulua", "Yöt turvallisiksi"]
    assert [one.responsible for one in plans.services(plan)] == ["Anna, aikuissosiaalityö"]
    with pytest.raises(Conflict) as refusal:
        plans.save(plan=plan, edit=0, content=Content(texts={"situation": "Muuta"}), by=world.petra, at=NOW)
    assert refusal.value.code == "plan_changed"
    plans.save(plan=plan, edit=1, content=Content(texts={"situation": "Muuta"}), by=world.petra, at=NOW)
    assert len(plans.goals(plan)) == 2


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Content(texts={"nothing": "x"}), "nothing"),
        (Content(texts={"duration": "x" * 301}), "duration"),
        (Content(texts={"situation": "a\x00b"}), "situation"),
        (Content(agreement="perhaps"), "agreement"),
        (Content(services=(ServiceText("ei ole!", "Anna"),)), "services"),
        (Content(services=(ServiceText("tuki", " "),)), "services"),
        (Content(goals=(GoalText("x"),) * 51), "goals"),
    ],
)
def test_save_refuses_what_does_not_fit_at_its_field(world: World, content: Content, field: str) -> None:
    plan = drafted(world)
    with pytest.raises(Invalid) as refusal:
        plans.save(plan=plan, edit=0, content=content, by=world.anna, at=NOW)
    assert refusal.value.field == field
    plan.refresh_from_db()
    assert plan.edit == 0


@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ({"goals": ()}, "goals"),
        ({"rights_told": False}, "rights_told"),
        ({"agreement": ""}, "agreement"),
        ({"agreement": "differs"}, "differing_view"),
        ({"review_on": date(2026, 11, 24)}, "review_on"),
        ({"review_on": None}, "review_on"),
    ],
)
def test_confirm_asks_what_the_act_asks(world: World, lacking: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        confirmed(world, content=replace(WHOLE, **lacking))
    assert refusal.value.field == field
    assert plans.in_force(world.case) is None


def test_confirm_replaces_the_former_plan_and_takes_unattained_goals_along(world: World) -> None:
    first = confirmed(world)
    home, _nights = plans.goals(first)
    plans.judge(goal=home, attained="wholly", by=world.anna, at=LATER, note="Sai asunnon 1.12.")
    second = plans.draft(case=world.case, by=world.petra, at=LATER, key="next")
    assert [goal.text for goal in plans.goals(second)] == ["Yöt turvallisiksi"]
    assert second.situation == first.situation and len(plans.services(second)) == 1
    content = Content(rights_told=True, agreement="differs", texts={"differing_view": "Haluan omaan kotiin heti."})
    plans.save(plan=second, edit=0, content=replace(content, review_on=REVIEW), by=world.petra, at=LATER)
    plans.confirm(plan=second, by=world.petra, at=LATER)
    first.refresh_from_db()
    assert first.state == PlanState.REPLACED and plans.in_force(world.case) == second
    with pytest.raises(Conflict):
        plans.judge(goal=home, attained="not", by=world.anna, at=LATER)


def test_a_review_comes_to_the_own_workers_list_two_weeks_before_its_day_and_once(world: World) -> None:
    plan, by = confirmed(world), job("Suunnitelmien tarkistukset", at=NOW)
    early = NOW.replace(year=2027, month=1, day=17)
    assert jobs.open_reviews(by=by, at=early) == 0
    assert [jobs.open_reviews(by=by, at=early + timedelta(days=1)) for _turn in (1, 2)] == [1, 0]
    item = WorkItem.objects.get(kind=WorkKind.REVIEW)
    assert (item.unit, item.assignee) == (world.case.unit, world.anna)
    assert [row.name for row in rows_of([item], at=early)] == ["Satu Heinonen"]
    plan.refresh_from_db()
    plans.end(plan=plan, ground="Asiakkuus päättyi", by=world.anna, at=early + timedelta(days=2))
    item.refresh_from_db()
    assert item.closed_at is not None and plans.in_force(world.case) is None


def test_only_the_automatic_task_opens_reviews(world: World) -> None:
    with pytest.raises(NotAllowed):
        reviews.open_review(plan=confirmed(world), by=world.anna, at=NOW)


def test_discard_leaves_room_for_another(world: World) -> None:
    plans.discard(plan=drafted(world), by=world.anna, at=NOW)
    assert drafted(world, "again").version == 2
