"""A finished document goes to the record system of its unit, and is open until somebody says that it is there."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import yaml
from django.db import connections

from polku.access.actions import job
from polku.access.models import Actor
from polku.cases.models import WorkItem
from polku.handover import facts, jobs, mapping, queries, tasks
from polku.handover.models import RecordTask
from polku.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.decisions.world import LATER, World


def robot() -> Actor:
    return job("Asiakirjojen vienti", at=LATER)


def made(world: World, kind: str = "decision") -> RecordTask:
    jobs.make_missing(by=robot(), at=LATER)
    return RecordTask.objects.select_related("case").get(kind=kind)


def test_every_finished_document_gets_one_task(world: World) -> None:
    world.signed()
    world.plan(situation="Asuu yksin.")
    world.begun("draft")
    assert jobs.make_missing(by=robot(), at=LATER) == 3
    assert jobs.make_missing(by=robot(), at=LATER) == 0
    assert set(RecordTask.objects.values_list("kind", flat=True)) == {"assessment", "plan", "decision"}
    row = RecordTask.objects.get(kind="decision")
    # Three working days from Friday.
    assert (row.system, row.due_on, row.work_item.kind) == ("apotti", date(2026, 12, 2), "record")
    assert row.work_item.assignee == world.anna


def test_the_text_stands_in_the_order_of_each_system(world: World) -> None:
    world.signed()
    content = made(world).content
    headings = {}
    for key, system in mapping.systems().items():
        text = mapping.text(system, content)
        titles = [heading.title["fi"].upper() for heading in system.headings["decision"]]
        headings[key] = [line for line in text.splitlines() if line in titles]
        assert "Kotiin annettu tuki ei riittänyt." in text and "SHVA/1/2026" in text
    assert headings["apotti"][0] == "RATKAISU" and headings["sosiaalieffica"][0] == "ASIA JA ASIANOSAINEN"
    assert len({tuple(order) for order in headings.values()}) == 3


def test_a_section_that_no_heading_takes_stands_under_the_rest(world: World) -> None:
    content = made(world, "assessment").content
    # The small form's own sections are in no system's headings.
    text = mapping.text(mapping.systems()["apotti"], content)
    assert "MUUT TIEDOT" in text and "Pelkään öisin." in text


def test_confirm_with_a_number_closes_the_task_and_reopen_opens_it(world: World) -> None:
    row = made(world, "assessment")
    for number, code in ((" ", "number_missing"), ("ehkä", "wrong_number")):
        with pytest.raises(Invalid) as refused:
            tasks.confirm(task=row, number=number, by=world.anna, at=LATER)
        assert refused.value.code == code
    tasks.confirm(task=row, number="123456", by=world.anna, at=LATER)
    assert WorkItem.objects.get(pk=row.work_item_id).closed_at is not None
    with pytest.raises(Conflict):
        tasks.not_needed(task=row, reason="Ei tarvita.", by=world.anna, at=LATER)
    again = tasks.reopen(task=row, reason="Väärä numero.", by=world.anna, at=LATER)
    assert (again.state, again.record_number) == ("open", "")
    done = tasks.not_needed(task=row, reason="Kirjattu paperilla.", by=world.anna, at=LATER)
    assert done.state == "not_needed"
    (told,) = queries.of_case(world.case, by=world.anna, at=LATER)
    assert told.note == "Kirjattu paperilla." and told.settled_by == "Anna"


def test_late_ones_are_listed_for_those_who_work_with_the_client(world: World) -> None:
    row = made(world, "assessment")
    assert queries.overdue(world.anna, at=LATER) == [] and len(queries.open_tasks(world.anna, at=LATER)) == 1
    late = LATER + timedelta(days=6)
    assert [one.public_id for one in queries.overdue(world.anna, at=late)] == [row.public_id]
    assert queries.open_tasks(world.stranger, at=LATER) == []
    with pytest.raises(NotFound):
        queries.get(row.public_id, by=world.stranger, at=LATER)
    with pytest.raises(NotAllowed):
        tasks.confirm(task=row, number="123456", by=world.stranger, at=LATER)


def test_the_document_is_taken_along_as_data(world: World) -> None:
    world.signed()
    told = json.loads(queries.as_json(made(world)))
    assert told["facts"]["diary"] == "SHVA/1/2026" and told["client"]["name"] == "Satu Heinonen"
    assert told["facts"]["starts_on"] == "2026-12-01" and told["delivery"] == {}
    assert [section["key"] for section in told["sections"]][:2] == ["authority", "party"]


def test_a_unit_without_a_system_or_with_an_unknown_one_is_told(world: World) -> None:
    unit, row = world.case.unit, world.signed()
    unit.record_system = "Hakaniemi"
    unit.save(update_fields=["record_system"])
    assert jobs.make_missing(by=robot(), at=LATER) == 0
    assert queries.unknown_systems() == [(unit.key, "Hakaniemi")]
    (sentence,) = facts.check()
    assert unit.key in sentence and "Hakaniemi" in sentence and "Apotti" in sentence
    with pytest.raises(Invalid) as refused:
        tasks.make(thing=row, by=robot(), at=LATER)
    assert refused.value.code == "unknown_system" and "Apotti" in str(refused.value.message)
    unit.record_system = ""
    unit.save(update_fields=["record_system"])
    assert tasks.make(thing=row, by=robot(), at=LATER) is None


def test_what_is_not_finished_is_not_handed_over(world: World) -> None:
    with pytest.raises(Conflict):
        tasks.make(thing=world.begun(), by=robot(), at=LATER)
    with pytest.raises(NotAllowed):
        tasks.make(thing=world.signed("s"), by=world.anna, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_task(world: World) -> None:
    row, by, start = world.signed(), robot(), Barrier(3)

    def one(_number: int) -> RecordTask | None:
        try:
            start.wait(timeout=60)
            return tasks.make(thing=row, by=by, at=LATER)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(one, range(3)))
    assert len({task.pk for task in found if task is not None}) == 1 == RecordTask.objects.count()
    assert WorkItem.objects.filter(kind="record", closed_at__isnull=True).count() == 1


# --- Mapping files ---------------------------------------------------------------------------------------------------


def file() -> dict:
    return yaml.safe_load((mapping.FOLDER / "apotti.yaml").read_text(encoding="utf-8"))


def test_a_heading_that_takes_what_no_document_has_is_named() -> None:
    data = file()
    data["documents"]["decision"]["headings"][0]["take"].append("horoscope")
    with pytest.raises(mapping.MappingError, match=r"What is decided.*horoscope"):
        mapping.read(data, "apotti.yaml")


def test_two_headings_that_take_the_same_and_a_missing_kind_or_language_are_named() -> None:
    data = file()
    data["documents"]["plan"]["headings"][0]["take"].append("goals")
    with pytest.raises(mapping.MappingError, match="two headings take goals"):
        mapping.read(data, "apotti.yaml")
    data = file()
    del data["documents"]["plan"]
    with pytest.raises(mapping.MappingError, match="no headings for plan"):
        mapping.read(data, "apotti.yaml")
    data = file()
    data["documents"]["plan"]["rest"]["sv"] = ""
    with pytest.raises(mapping.MappingError, match="not said in sv"):
        mapping.read(data, "apotti.yaml")
