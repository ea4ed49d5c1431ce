"""A signed decision reaches the client: once, by the way that fits, and its days follow from the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from polku.audit.models import Event as LogRow
from polku.deadlines.models import Clock
from polku.decisions import delivering, following, printing, queries, sending, signing
from polku.decisions.configuration import current
from polku.decisions.models import Delivery
from polku.gateways.contract import Outcome, Result
from polku.gateways.suomifi import Event
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.decisions.world import CODE, DAY, LATER, NO_BOX, Mailbox, World

UNKNOWN = Result(Outcome.UNKNOWN, "lost")
TAKEN_UNHEARD = Result(Outcome.UNKNOWN, "taken")


def send(world: World, at: datetime = LATER) -> int:
    return sending.send_due(by=world.job, at=at)


# --- By wire ---------------------------------------------------------------------------------------------------------


def test_send_puts_the_letter_into_the_mailbox_and_tells_its_days(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    (waiting,) = row.deliveries.all()
    assert (waiting.way, waiting.state) == ("electronic", "waiting")
    assert send(world) == 1 and send(world) == 0
    sent = Delivery.objects.get(pk=waiting.pk)
    assert (sent.state, sent.sent_on, sent.received_on) == ("sent", DAY, date(2026, 11, 30))
    assert sent.review_last_day == date(2026, 12, 30)
    (letter,) = mailbox.tried
    assert letter.external_id == sent.public_id and letter.recipient == CODE
    assert letter.pdf == queries.letter(sent) and letter.pdf.startswith(b"%PDF")
    assert "Heinonen" not in letter.title + letter.body
    row.work_item.refresh_from_db()
    assert row.work_item.closed_at is not None


def test_send_after_a_lost_answer_brings_one_letter_with_the_day_of_the_first(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    mailbox.answers = [TAKEN_UNHEARD]
    send(world)
    monday = LATER + timedelta(days=3)
    assert send(world, monday) == 1
    (delivery,) = row.deliveries.all()
    assert len(mailbox.taken) == 1 and delivery.state == "sent"
    assert delivery.sent_on == DAY, "the service has Friday's letter: its days hold"
    assert queries.letter(delivery) == mailbox.taken[delivery.public_id].pdf


def test_send_again_on_another_day_what_never_arrived_makes_the_letter_anew(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    mailbox.answers = [UNKNOWN]
    send(world)
    monday = LATER + timedelta(days=3)
    send(world, monday)
    (delivery,) = row.deliveries.all()
    assert delivery.sent_on == date(2026, 11, 30)
    assert queries.letter(delivery) == mailbox.taken[delivery.public_id].pdf


def test_a_sender_killed_between_sending_and_writing_down_sends_one_letter(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    taken = sending.lease(current(), by=world.job, at=LATER)
    assert isinstance(taken, sending._Leased)
    mailbox.send(taken.letter)  # and here the process ends: nothing is written down
    assert send(world) == 0, "the lease holds others off"
    assert send(world, LATER + timedelta(seconds=61)) == 1
    (delivery,) = row.deliveries.all()
    assert delivery.state == "sent" and list(mailbox.taken) == [delivery.public_id] and delivery.tries == 2


def test_a_gateway_that_breaks_is_asked_again(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    mailbox.answers = [RuntimeError("broken")]
    send(world)
    assert row.deliveries.get().state == "waiting"
    send(world, LATER + timedelta(minutes=5))
    assert row.deliveries.get().state == "sent"


def test_without_a_mailbox_the_decision_goes_on_paper(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    mailbox.answers = [NO_BOX]
    send(world)
    first, second = row.deliveries.order_by("id")
    assert (first.state, second.way, second.state, second.instead_of) == ("failed", "post", "waiting", first)
    assert [one.hindrance for one in printing.waiting(world.sari, at=LATER)] == [""]


def test_a_refusal_is_told_on_the_desk_and_another_way_is_chosen(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    mailbox.answers = [Result(Outcome.PERMANENT, "status 400")]
    send(world)
    (waits,) = printing.waiting(world.sari, at=LATER)
    assert (waits.hindrance, waits.note) == ("failed", "status 400")
    delivering.choose(decision=row, way="post", by=world.anna, at=LATER)
    assert [one.hindrance for one in printing.waiting(world.sari, at=LATER)] == [""]


def test_what_is_being_sent_gets_no_other_way(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    sending.lease(current(), by=world.job, at=LATER)
    with pytest.raises(Conflict) as refused:
        delivering.choose(decision=row, way="post", by=world.anna, at=LATER)
    assert refused.value.code == "left"


def test_choose_another_way_before_it_has_left(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    made = delivering.choose(decision=row, way="post", by=world.anna, at=LATER)
    assert (made.instead_of is not None and made.instead_of.state == "cancelled") or made.way == "post"
    assert send(world) == 0 and not mailbox.tried


def test_poll_reads_that_the_client_opened_it_and_goes_on_from_there(world: World, mailbox: Mailbox) -> None:
    delivery = world.signed().deliveries.get()
    send(world)
    when = datetime(2026, 11, 28, 9, tzinfo=UTC)
    mailbox.happened = [Event("Electronic message read", when, delivery.public_id, "1"), Event("Other", when, "x", "2")]
    assert sending.poll(at=LATER) == 1 and sending.poll(at=LATER) == 0
    assert Delivery.objects.get(pk=delivery.pk).read_at == when


def test_the_review_runs_from_the_day_of_receipt_and_ends_with_its_last_day(world: World, mailbox: Mailbox) -> None:
    row = world.signed()
    send(world)
    assert delivering.deem_received(by=world.job, at=LATER) == 0
    monday = LATER + timedelta(days=3)
    assert delivering.deem_received(by=world.job, at=monday) == 1
    clock = Clock.objects.get(work_item=row.work_item, rule="review")
    assert (clock.day0, clock.last_day) == (date(2026, 11, 30), date(2026, 12, 30))
    assert delivering.end_reviews(by=world.job, at=datetime(2026, 12, 30, 12, tzinfo=UTC)) == 0
    assert delivering.end_reviews(by=world.job, at=datetime(2026, 12, 31, 12, tzinfo=UTC)) == 1


# --- On paper --------------------------------------------------------------------------------------------------------


def run_of(world: World, *, key: str = "r", post_on: date = DAY):
    return printing.make_run(unit=world.case.unit, post_on=post_on, by=world.sari, at=LATER, key=key)


def test_print_and_post_tells_the_days_that_stand_in_the_letter(world: World) -> None:
    row = world.signed()
    run = run_of(world)
    assert run_of(world) == run
    (printed,) = run.deliveries.all()
    assert printed.address == ["Satu Heinonen", "Rantakatu 8 B 14", "02770 ESPOO"]
    assert printing.file(run=run, by=world.sari, at=LATER).startswith(b"%PDF")
    printing.posted(run=run, by=world.sari, at=LATER)
    sent = row.deliveries.get()
    # 7 days from posting, then 30: 3.1.2027 is a Sunday.
    assert (sent.state, sent.received_on, sent.review_last_day) == ("sent", date(2026, 12, 4), date(2027, 1, 4))
    with pytest.raises(Conflict):
        printing.take_back(run=run, by=world.sari, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=sent.pk).update(digest="x")


def test_a_run_for_a_later_day_is_marked_on_that_day_or_taken_back(world: World) -> None:
    row = world.signed()
    run = run_of(world, post_on=date(2026, 11, 30))
    with pytest.raises(Invalid) as refused:
        printing.posted(run=run, by=world.sari, at=LATER)
    assert refused.value.code == "too_early"
    with pytest.raises(Conflict):
        delivering.choose(decision=row, way="handed_over", by=world.anna, at=LATER)
    printing.take_back(run=run, by=world.sari, at=LATER)
    waits = row.deliveries.get()
    assert (waits.state, waits.run, waits.pdf) == ("waiting", None, None)
    again = run_of(world, key="again")
    printing.take_out(delivery=row.deliveries.get(), by=world.sari, at=LATER)
    with pytest.raises(Invalid):
        printing.posted(run=again, by=world.sari, at=LATER)


@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2026, 11, 28), date(2026, 12, 24)])
def test_a_run_is_posted_on_a_working_day_to_come(world: World, day: date) -> None:
    world.signed()
    with pytest.raises(Invalid):
        run_of(world, post_on=day)


def test_a_letter_without_an_address_waits_and_says_so(world: World) -> None:
    world.signed()
    world.client.contact_points.all().delete()
    assert [one.hindrance for one in printing.waiting(world.sari, at=LATER)] == ["no_address"]
    with pytest.raises(Invalid) as refused:
        run_of(world)
    assert refused.value.code == "nothing_to_print"


def test_under_a_ban_on_disclosure_only_the_poster_gets_the_envelope_and_the_log_keeps_it(world: World) -> None:
    world.protect()
    row = world.signed()
    (waits,) = printing.waiting(world.sari, at=LATER)
    assert waits.protected and "Salakuja" not in repr(waits)
    run = run_of(world)
    (printed,) = run.deliveries.all()
    assert printed.address == []
    with pytest.raises(NotAllowed):
        printing.envelope(delivery=printed, by=world.anna, at=LATER)
    lines = printing.envelope(delivery=printed, by=world.sari, at=LATER)
    assert lines == ("Satu Heinonen", "Salakuja 1", "02770 ESPOO")
    assert LogRow.objects.filter(what="decisions.envelope", actor_id=world.sari.pk).count() == 1
    printing.posted(run=run, by=world.sari, at=LATER)
    with pytest.raises(Conflict):
        printing.envelope(delivery=row.deliveries.get(), by=world.sari, at=LATER)


def test_mail_that_comes_back_is_sent_anew_and_its_review_has_not_begun(world: World) -> None:
    row = world.signed()
    printing.posted(run=run_of(world), by=world.sari, at=LATER)
    week = LATER + timedelta(days=8)
    delivering.deem_received(by=world.job, at=week)
    assert Clock.objects.filter(work_item=row.work_item, rule="review", cancelled_at__isnull=True).exists()
    new = delivering.returned(delivery=row.deliveries.get(), note="Muuttanut.", by=world.sari, at=week)
    assert (new.state, new.instead_of.state) == ("waiting", "returned")
    assert not Clock.objects.filter(work_item=row.work_item, rule="review", cancelled_at__isnull=True).exists()
    assert len(printing.waiting(world.sari, at=week)) == 1


def test_the_desk_asks_as_much_of_many_letters_as_of_one(world: World) -> None:
    counts = []
    for key in "abc":
        world.signed(key)
        printing.waiting(world.sari, at=LATER)
        with CaptureQueriesContext(connection) as asked:
            rows = printing.waiting(world.sari, at=LATER)
        counts.append((len(rows), len(asked)))
    assert [rows for rows, _ in counts] == [1, 2, 3] and len({asked for _, asked in counts}) == 1


def test_who_is_no_secretary_prints_nothing(world: World) -> None:
    world.signed()
    with pytest.raises(NotAllowed):
        printing.make_run(unit=world.case.unit, post_on=DAY, by=world.anna, at=LATER, key="x")
    assert printing.waiting(world.anna, at=LATER) == []


# --- Handed over -----------------------------------------------------------------------------------------------------


def test_handed_over_is_received_that_day(world: World) -> None:
    row = world.signed()
    made = delivering.hand_over(decision=row, by=world.anna, at=LATER, on=DAY, to_whom="Satu Heinonen")
    assert (made.state, made.received_on, made.review_last_day) == ("received", DAY, date(2026, 12, 28))
    assert made.handed_by == world.anna
    assert Clock.objects.get(work_item=row.work_item, rule="review").last_day == date(2026, 12, 28)
    with pytest.raises(Conflict):
        delivering.hand_over(decision=row, by=world.anna, at=LATER, on=DAY, to_whom="Satu")


@pytest.mark.parametrize(("on", "to_whom"), [(date(2026, 11, 26), "Satu"), (date(2026, 11, 28), "Satu"), (DAY, " ")])
def test_handing_over_on_a_wrong_day_or_to_nobody_is_refused(world: World, on: date, to_whom: str) -> None:
    with pytest.raises(Invalid):
        delivering.hand_over(decision=world.signed(), by=world.anna, at=LATER, on=on, to_whom=to_whom)


# --- What comes after ------------------------------------------------------------------------------------------------


def test_correct_keeps_the_original_and_links_the_new_one(world: World) -> None:
    row = world.signed()
    made = following.correct(
        decision=row, error="corrects_spelling", reason="Päivä väärin.", by=world.mikko, at=LATER, key="c"
    )
    assert made.earlier == row and made.parts["reasons"] == row.parts["reasons"] and made.state == "draft"
    with pytest.raises(Conflict):
        following.withdraw(decision=row, reason="Toinen.", by=world.mikko, at=LATER, key="w")
    signing.sign(decision=made, edit=made.edit, by=world.mikko, at=LATER)
    row.refresh_from_db()
    assert row.state == "corrected" and row.parts["resolution"]["starts_on"] == "2026-12-01"
    with pytest.raises(Conflict):
        following.withdraw(decision=row, reason="Toinen.", by=world.mikko, at=LATER, key="w2")


def test_correct_to_the_clients_harm_needs_consent_and_withdraw_ends(world: World) -> None:
    row = world.signed()
    with pytest.raises(Invalid) as refused:
        following.correct(
            decision=row, error="corrects_fact", reason="x", by=world.mikko, at=LATER, key="c", harms=True
        )
    assert refused.value.code == "consent_missing"
    made = following.withdraw(decision=row, reason="Asiakas muutti.", by=world.mikko, at=LATER, key="w")
    assert made.kind == "community_housing-ended"
    world.save(made, "resolution", ends_on="2026-12-31")
    world.save(made, "reasons", own="Muutit pois alueelta.")
    made.refresh_from_db()
    signing.sign(decision=made, edit=made.edit, by=world.mikko, at=LATER)
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_replace_leaves_the_original_in_force_until_its_day(world: World) -> None:
    row = world.signed()
    made = following.replace(decision=row, outcome="changed", reason="Lisää tukea.", by=world.mikko, at=LATER, key="p")
    assert made.kind == "community_housing-changed" and "resolution" not in made.parts
    row.refresh_from_db()
    assert row.state == "signed"
