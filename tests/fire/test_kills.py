"""Thirty kills (-9) of web server, worker and database under eight writers; afterwards their ledger is the truth.

Everything comes back by itself, as `polku run` keeps it up; the database runs with durable settings; mail and text
messages go to a real server and a real operator on this machine. `FIRE_SEED` and `FIRE_SECONDS` give other moments.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any

import pytest

from tests import migrated
from tests.fire.machines import Machine
from tests.fire.site import DATABASE, DATABASE_PROCESS, WEB, WEB_PROCESS, WORKER, Site
from tests.fire.writers import Writer
from tests.gateways.servers import Received, mail_server, sms_operator

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("FIRE_SEED", "7"))
SECONDS = float(os.environ.get("FIRE_SECONDS", "50"))
WRITERS = 8
KILLS = {WEB: 7, WEB_PROCESS: 6, WORKER: 7, DATABASE: 6, DATABASE_PROCESS: 4}
assert sum(KILLS.values()) == 30


class Moments(list[str]):
    """A list that knows when each entry came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, value: str) -> None:
        super().append(value)
        self.at.append(time.monotonic())


@pytest.fixture
def received() -> Received:
    return Received(taken=Moments())


@pytest.fixture
def site(tmp_path: Path, received: Received) -> Iterator[Site]:
    """A site whose messages leave for this machine's own servers, with short patience."""
    with mail_server(received) as mail_port, sms_operator(received) as sms_port:
        found = Site(
            tmp_path, MAIL_BY="smtp", MAIL_FROM="viestit@example.fi", SMTP_HOST="127.0.0.1", SMTP_PORT=str(mail_port),
            SMTP_SECURITY="none", SMTP_TIMEOUT="2", SMTP_LONGEST="2", SMS_BY="http",
            SMS_URL=f"http://127.0.0.1:{sms_port}/send", SMS_SENDER="Polku", SMS_TIMEOUT="2", SMS_LONGEST="2",
            MESSAGE_LEASE="5", MESSAGE_TRIES="50",
        )  # fmt: skip
        migrated.lay_out(tmp_path / "postgres")
        try:
            yield found
        finally:
            found.end()
            shutil.rmtree(found.cluster.place, ignore_errors=True)


def test_what_was_acknowledged_is_there_after_thirty_kills(
    site: Site, received: Received, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = json.loads(site.module("ground", str(WRITERS)).splitlines()[-1])
    site.start()
    assert site.query("SELECT current_setting('fsync'), current_setting('full_page_writes')") == [("on", "on")]
    stop = Event()
    what = {"kind": "keskustelu", "unit": "toimeentulotukitiimi"}
    machines = [Machine(site.address, key, patience=60, **what) for key in keys]
    writers = [Writer(number, machine, SEED, stop) for number, machine in enumerate(machines)]
    for writer in writers:
        writer.start()
    kills = kill_thirty_times(site, writers)
    time.sleep(3)
    stop.set()
    for writer in writers:
        writer.join(300)
        writer.machine.client.close()
    assert not [writer.name for writer in writers if writer.is_alive()]
    open_for_office(site)
    site.wait(lambda: open_for_office(site) == [(0,)], "end of the outbox")
    figures = told(kills, writers, received, site)
    with capsys.disabled():
        print(figures)

    wrong = [fault for writer in writers for fault in writer.wrong]
    assert not wrong, wrong
    assert site.stop() == 0, site.said()
    assert not site.left()
    with site.cluster.using():
        assert_ledger_is_the_truth(site, writers)
        assert_nothing_is_half_made(site)
        assert_every_message_is_sent_and_marked(site, writers, received)
        for command in (("check", "--facts"), ("audit", "verify")):
            done = site.say(*command)
            assert done.returncode == 0, done.stdout + done.stderr
        assert "deadlock" not in site.cluster.log.read_text(errors="replace")


def kill_thirty_times(site: Site, writers: list[Writer]) -> list[tuple[float, str]]:
    """Kill parts of the site at random moments; returns when each was killed, and what."""
    chance = random.Random(SEED)
    kinds = [kind for kind, times in KILLS.items() for _ in range(times)]
    chance.shuffle(kinds)
    moments = sorted(chance.uniform(0, SECONDS) for _ in kinds)
    # The first one when the writers are at work.
    site.wait(lambda: sum(len(writer.acknowledged) for writer in writers) >= WRITERS, "work")
    began = time.monotonic()
    kills = []
    for kind, moment in zip(kinds, moments, strict=True):
        while (left := began + moment - time.monotonic()) > 0:
            open_for_office(site)
            time.sleep(min(left, 1.0))
        kills.append((site.kill(kind, chance), kind))
        assert site.process is not None
        assert site.process.poll() is None, site.said()
    return kills


def open_for_office(site: Site) -> list[tuple[object, ...]]:
    """Let messages that wait for office hours go now; returns how many messages have not yet gone."""
    site.query(
        "UPDATE outbox_message SET next_try_at = now() WHERE state = 'queued' AND next_try_at > now() + '5 seconds'"
    )
    return site.query("SELECT count(*) FROM outbox_message WHERE state IN ('queued', 'sending')")


def told(kills: list[tuple[float, str]], writers: list[Writer], received: Received, site: Site) -> str:
    """Return the figures of the run in words."""
    answers = sum((writer.answers for writer in writers), Counter[str]())
    acknowledged = sorted(chain.from_iterable(writer.acknowledged for writer in writers))
    cut = {name: number for name, number in answers.items() if not name.isdigit()}
    retries = sum(cut.values()) + answers["503"]
    assert isinstance(received.taken, Moments)
    sent = received.taken.at
    by_kind = ", ".join(f"{kind} {number}" for kind, number in Counter(kind for _at, kind in kills).items())
    cuts = ", ".join(f"{number} x {name}" for name, number in sorted(cut.items()))
    states = Counter(row["state"] for writer in writers for row in writer.ledger.times.values())
    times_by_state = ", ".join(f"{number} {state}" for state, number in states.items())
    contacts = sum(len(writer.ledger.contacts) for writer in writers)
    refused = sum(len(writer.ledger.refused) for writer in writers)
    repeated = sum(times > 1 for times in Counter(received.taken).values())
    lines = [
        "",
        f"  kills: {len(kills)} in {kills[-1][0] - kills[0][0]:.0f} s: {by_kind}",
        f"  requests: {sum(answers.values())}, acknowledged: {len(acknowledged)}",
        f"  sent again: {retries} ({answers['503']} x 503, {cuts})",
        f"  ledger: {contacts} contacts; times: {times_by_state}, {refused} refused",
        f"  messages: {len(set(received.taken))}, of which sent again with the same id: {repeated}",
    ]
    for kind in KILLS:
        times = [at for at, what in kills if what == kind]
        ends = [recovery for at in times if (recovery := _after(at, kind, acknowledged, sent)) is not None]
        what = "a message" if kind == WORKER else "an answer to a new request"
        if ends:
            lines.append(
                f"  from the kill of a {kind} to {what}: median {median(ends):.1f} s, longest {max(ends):.1f} s"
            )
    left = site.query("SELECT status::text, task_name, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2")
    jobs = ", ".join(f"{count} {name} {status}" for status, name, count in left)
    lines.append(f"  jobs left in the queue: {jobs or 'none'}")
    return "\n".join(lines)


def _after(at: float, kind: str, acknowledged: list[tuple[float, float]], sent: list[float]) -> float | None:
    """Return the seconds until it worked again: a request begun after the kill was answered, or a message went."""
    moments = [moment for moment in sent if moment > at]
    if kind != WORKER:
        moments = [end for began, end in acknowledged if began > at]
    return min(moments) - at if moments else None


# --- What must be true afterwards -------------------------------------------------------------------------------


def rows(site: Site, statement: str) -> list[Any]:
    """Return the rows of a question; a database that does not answer is an error here."""
    with site.cluster.connect() as session:
        return session.execute(statement).fetchall()  # type: ignore[arg-type]


def assert_ledger_is_the_truth(site: Site, writers: list[Writer], *, among_others: bool = False) -> None:
    """What the writers were told is in the database, once each, and nothing else of theirs is.

    `among_others`: there are lives besides; only what carries a writer's name is compared.
    """
    theirs, their_times = ("^W[0-9]+-[0-9]+$", "^hold-[0-9]+-[0-9]+$") if among_others else (".", "")
    contacts = rows(
        site, f"SELECT external_id, public_id, reference FROM contacts_contact WHERE external_id ~ '{theirs}'"
    )
    kept = {
        external_id: (row["id"], row["reference"])
        for writer in writers
        for external_id, row in writer.ledger.contacts.items()
    }
    assert len(contacts) == len(kept)
    assert {external_id: (public_id, reference) for external_id, public_id, reference in contacts} == kept

    times = rows(
        site,
        "SELECT a.key, a.public_id, a.state, c.external_id, lower(a.during) AT TIME ZONE 'UTC'"
        " FROM appointments_appointment a LEFT JOIN contacts_contact c ON c.id = a.contact_id"
        f" WHERE a.key ~ '{their_times}'",
    )
    stored = {
        key: (public_id, state, whom, f"{start:%Y-%m-%dT%H:%M:%SZ}") for key, public_id, state, whom, start in times
    }
    told_of = {
        key: (row["id"], row["state"], row["for"], row["start"])
        for writer in writers
        for key, row in writer.ledger.times.items()
    }
    assert len(times) == len(stored) == len(told_of)
    assert stored == told_of
    assert not set(stored) & {key for writer in writers for key in writer.ledger.refused}
    assert {state for _id, state, _whom, _start in stored.values()} <= {"held", "booked", "cancelled", "released"}


CONTACTS = "SELECT c.public_id FROM contacts_contact c WHERE external_id <> '' AND "
TIMES = "SELECT a.public_id FROM appointments_appointment a WHERE "
HALF_MADE = {
    "contact that is not open, or has not one person, one text and one draft": f"""
        {CONTACTS} (c.state <> 'open'
          OR 1 <> (SELECT count(*) FROM contacts_contactparty p WHERE p.contact_id = c.id)
          OR 1 <> (SELECT count(*) FROM contacts_contacttext t WHERE t.contact_id = c.id)
          OR 1 <> (SELECT count(*) FROM contacts_draft d WHERE d.contact_id = c.id))""",
    "contact without its clock of an answer, or with two": f"""
        {CONTACTS} 1 <> (SELECT count(*) FROM deadlines_clock k
          WHERE k.work_item_id = c.work_item_id AND k.rule = 'promise_answer')""",
    "contact that does not stand once in its timeline": f"""
        {CONTACTS} 1 <> (SELECT count(*) FROM cases_timelineentry e
          WHERE e.work_item_id = c.work_item_id AND e.event = 'contacts.received')""",
    "contact that does not stand once in the log": f"""
        {CONTACTS} 1 <> (SELECT count(*) FROM audit_event e
          WHERE e.subject = c.public_id AND e.what = 'contacts.received' AND e.kind = 'change')""",
    "contact that was answered for without a row in the access log": f"""
        {CONTACTS} NOT EXISTS (SELECT FROM audit_event e WHERE e.subject = c.public_id AND e.kind = 'read')""",
    "work item of nothing": """
        SELECT w.public_id FROM cases_workitem w
        WHERE w.kind = 'contact' AND NOT EXISTS (SELECT FROM contacts_contact c WHERE c.work_item_id = w.id)""",
    "time without its claim, or with two": f"""
        {TIMES} 1 <> (SELECT count(*) FROM appointments_claim c WHERE c.appointment_id = a.id)""",
    "time whose claim says another thing": f"""
        {TIMES} EXISTS (SELECT FROM appointments_claim c
          WHERE c.appointment_id = a.id AND (c.live, c.during) IS DISTINCT FROM (a.live, a.blocks))""",
    "worker booked twice at once": """
        SELECT one.resource_id FROM appointments_claim one JOIN appointments_claim two
          ON one.resource_id = two.resource_id AND one.id < two.id AND one.during && two.during
        WHERE one.live AND two.live""",
    "booked time without its link, or with two": f"""
        {TIMES} (a.booked_at IS NOT NULL)::int <>
          (SELECT count(*) FROM appointments_clientlink l WHERE l.appointment_id = a.id)""",
    **{
        f"time that does not stand in the timeline as often as it was {verb}": f"""
        {TIMES} ({was})::int <> (SELECT count(*) FROM cases_timelineentry e
          WHERE e.event = 'appointments.{verb}' AND e.data->>'appointment' = a.public_id)"""
        for verb, was in {"booked": "a.booked_at IS NOT NULL", "cancelled": "a.state = 'cancelled'"}.items()
    },
    **{
        f"time that does not stand in the log as often as it was {verb}": f"""
        {TIMES} ({was})::int <> (SELECT count(*) FROM audit_event e
          WHERE e.subject = a.public_id AND e.what = 'appointments.{verb}')"""
        for verb, was in {
            "held": "true",
            "booked": "a.booked_at IS NOT NULL",
            "cancelled": "a.state = 'cancelled'",
            "released": "a.state = 'released'",
        }.items()
    },
}


def assert_nothing_is_half_made(site: Site) -> None:
    """Every change is there whole: the thing, its clock, its timeline, its row in the log."""
    for what, question in HALF_MADE.items():
        assert not rows(site, question), what


def assert_every_message_is_sent_and_marked(site: Site, writers: list[Writer], received: Received) -> None:
    """A receipt for each contact, a confirmation for each booking, a word for each that was cancelled; all have gone.

    A confirmation that was still waiting when its time was cancelled is not sent. At least once, and a repeat carries
    the same id: no server heard of a message that is not in the outbox.
    """
    messages = rows(site, "SELECT key, reference, state FROM outbox_message")
    wanted = {f"contact:{row['id']}:receipt" for writer in writers for row in writer.ledger.contacts.values()}
    for row in (row for writer in writers for row in writer.ledger.times.values()):
        if row["booked_at"]:
            wanted.add(f"appointment:{row['id']}:appointment_confirmed")
        if row["state"] == "cancelled":
            wanted.add(f"appointment:{row['id']}:appointment_cancelled")
    assert sorted(key for key, _reference, _state in messages) == sorted(wanted)
    assert {state for _key, _reference, state in messages} <= {"sent", "delivered", "cancelled"}
    unsent = {key for key, _reference, state in messages if state == "cancelled"}
    assert all(key.endswith("appointment_confirmed") for key in unsent)
    sent = {reference for _key, reference, state in messages if state != "cancelled"}
    heard = set(received.taken)
    assert sent <= heard
    assert heard <= {reference for _key, reference, _state in messages}
