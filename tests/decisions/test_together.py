"""Several people and processes, one decision, one moment: real threads and connections; one letter, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections

from polku.decisions import printing, sending, signing
from polku.decisions.models import Decision, Delivery, PrintRun
from polku.kit.errors import Conflict, Refused
from polku.rules.decisions import parts
from tests.decisions.world import DAY, LATER, Mailbox, World

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


def test_signed_twice_at_once_is_signed_once_with_one_number_and_one_letter(world: World) -> None:
    row = world.whole()
    sign = lambda: signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)  # noqa: E731
    got = at_once(sign, sign, sign)
    refused = [one for one in got if isinstance(one, Exception)]
    assert len(refused) == 2 and all(isinstance(one, Conflict) for one in refused), got
    assert Decision.objects.get(pk=row.pk).diary == "SHVA/1/2026" and Delivery.objects.count() == 1


def test_different_decisions_signed_at_once_get_different_numbers(world: World) -> None:
    rows = [world.whole(key) for key in "abc"]
    before = deadlocks()
    got = at_once(
        *(lambda row=row: signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER) for row in rows)
    )
    assert not [one for one in got if isinstance(one, Exception)], got
    assert set(Decision.objects.values_list("diary", flat=True)) == {f"SHVA/{n}/2026" for n in (1, 2, 3)}
    assert deadlocks() == before


def test_signing_while_a_part_is_saved_signs_what_was_read_or_nothing(world: World) -> None:
    """Whoever is first: either the text is in no signed decision, or the signer is asked to read again."""
    row = world.whole()
    signed, saved = at_once(
        lambda: signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER),
        lambda: world.save(row, "reasons", 1, own="Toisin perusteltu."),
    )
    stands = Decision.objects.get(pk=row.pk)
    text = parts.said_in(stands.parts, "fi")["reasons"]["own"]
    if isinstance(signed, Exception):
        assert isinstance(signed, Conflict) and signed.code == "changed"
        assert stands.state == "draft" and text == "Toisin perusteltu."
    else:
        assert isinstance(saved, Conflict) and saved.code == "decision_signed"
        assert stands.state == "signed" and text == "Kotiin annettu tuki ei riittänyt."


def test_two_who_save_the_same_part_lose_nothing(world: World) -> None:
    row = world.begun()
    got = at_once(
        lambda: world.save(row, "findings", 0, text="Annan selvitys."),
        lambda: world.save(row, "findings", 0, by=world.mikko, text="Mikon selvitys."),
    )
    assert not [one for one in got if isinstance(one, Exception)], got
    stands = Decision.objects.get(pk=row.pk)
    told = {stands.parts["findings"]["text"]["fi"], stands.beside[0]["values"]["text"]["fi"]}
    assert told == {"Annan selvitys.", "Mikon selvitys."}


def test_two_secretaries_print_no_letter_twice(world: World) -> None:
    for key in "abcd":
        world.signed(key)
    runs = at_once(
        *(
            lambda key=key: printing.make_run(unit=world.case.unit, post_on=DAY, by=world.sari, at=LATER, key=key)
            for key in ("one", "two")
        )
    )
    made = [run for run in runs if isinstance(run, PrintRun)]
    assert made and all(isinstance(run, PrintRun | Refused) for run in runs), runs
    printed = list(Delivery.objects.filter(run__isnull=False).values_list("run_id", "run_place"))
    assert len(printed) == len(set(printed)) == 4 and sum(run.deliveries.count() for run in made) == 4


def test_a_run_posted_and_taken_back_at_once_is_one_of_them(world: World) -> None:
    world.signed()
    run = printing.make_run(unit=world.case.unit, post_on=DAY, by=world.sari, at=LATER, key="r")
    got = at_once(
        lambda: printing.posted(run=run, by=world.sari, at=LATER),
        lambda: printing.take_back(run=run, by=world.sari, at=LATER),
    )
    assert [type(one) for one in got if isinstance(one, Exception)] == [Conflict], got
    run.refresh_from_db()
    assert (run.state, Delivery.objects.get().state) in {("posted", "sent"), ("cancelled", "waiting")}


def test_two_senders_at_once_send_each_letter_once(world: World, mailbox: Mailbox) -> None:
    for key in "abc":
        world.signed(key)
    job = world.job
    at_once(*(lambda: sending.send_due(by=job, at=LATER) for _ in range(3)))
    sending.send_due(by=job, at=LATER + timedelta(minutes=5))
    assert Delivery.objects.filter(state="sent").count() == 3
    assert len(mailbox.tried) == 3 and len(mailbox.taken) == 3
