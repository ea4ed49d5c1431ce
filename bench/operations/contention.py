"""(e) Eight clients on the same time, time after time: how many are won a second, and that none is won twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import psycopg

from bench.building import KIND
from bench.measuring import Measured, Together, together
from bench.operations.ground import Ground
from bench.shape import Connection
from bench.site import deadlocks, one
from polku.kit import public_id

CLIENTS, TIMES = 8, 25
UNIT = "toimeentulotukitiimi"
"""An ordinary team: six calendars."""
_DOUBLES = """
SELECT count(*) FROM appointments_claim a JOIN appointments_claim b
ON a.resource_id = b.resource_id AND a.id < b.id AND a.during && b.during WHERE a.live AND b.live AND a.id > %s
"""
_LOCK = "SELECT id FROM appointments_resource WHERE id = %s FOR NO KEY UPDATE"
_APPOINTMENT = """
INSERT INTO appointments_appointment (public_id, kind_id, unit_id, mode, during, blocks, state, capacity, need,
    language, held_until, created_at, created_by_id, key, told_text, told_in_first_contact, cancelled_side,
    cancelled_reason)
VALUES (%s, %s, %s, 'phone', tstzrange(%s, %s), tstzrange(%s, %s), 'held', 1, '',
    '', now() + interval '5 minutes', now(), %s, '', '', false, '', '') RETURNING id, blocks, live
"""
_CLAIM = (
    "INSERT INTO appointments_claim (appointment_id, resource_id, position, during, live) VALUES (%s, %s, 1, %s, %s)"
)


def run(ground: Ground) -> Iterator[Measured]:
    """Measure ours over HTTP, then the floor on times of the same calendars further on."""
    with ground.site.connect() as floor:
        before, last = deadlocks(floor), one(floor, "SELECT coalesce(max(id), 0) FROM appointments_claim")
        ours, won = _ours(ground)
        doubles = one(floor, _DOUBLES, last)
        broken = deadlocks(floor) - before
        assert doubles == 0, f"{doubles} times were won twice"
        bare, bare_won = _floor(ground, floor)
    losing = sorted(ours.times)
    yield Measured(
        f"{CLIENTS} clients on one time, won", losing, sorted(bare.times), value=won / ours.seconds,
        floor_value=bare_won / bare.seconds, unit="/s", note=f"doubles {doubles}, deadlocks {broken}",
    )  # fmt: skip


def _ours(ground: Ground) -> tuple[Together, int]:
    """Let every client ask for the same list of times, in its order."""
    machines = [ground.site.machine(ground.built.key) for _ in range(CLIENTS)]
    free = machines[0].get("/free-times", params={"kind": KIND, "unit": UNIT, "limit": 100}).json()
    slots = [row["slot"] for row in free][:TIMES]
    said: Counter[int] = Counter()
    run = public_id.new()

    def hold(client: int, turn: int) -> None:
        answer = machines[client].post(
            "/appointments", json={"slot": slots[turn], "kind": KIND, "unit": UNIT},
            headers={"Idempotency-Key": f"bench-{run}-{client}-{turn}"},
        )  # fmt: skip
        assert answer.status_code in (201, 409), answer.text[:300]
        said[answer.status_code] += 1

    spent = together(CLIENTS, hold, each=len(slots))
    # Let go again, so that the next size finds the same calendars.
    with ground.site.connect() as connection:
        connection.execute(
            "UPDATE appointments_appointment SET state = 'released' WHERE state = 'held' AND key LIKE 'bench-%'"
        )
    return spent, said[201]


def _floor(ground: Ground, connection: Connection) -> tuple[Together, int]:
    """Do the same by three statements a try: lock the calendar, write the time, claim it."""
    actor, unit, kind, worker = connection.execute(
        "SELECT r.actor_id, m.unit_id, k.id, r.id FROM appointments_resource r "
        "JOIN access_membership m ON m.actor_id = r.actor_id JOIN access_unit u ON u.id = m.unit_id AND u.key = %s, "
        "appointments_kind k WHERE k.key = %s ORDER BY r.id LIMIT 1",
        [UNIT, KIND],
    ).fetchone() or (0, 0, 0, 0)
    sessions = [ground.site.connect() for _ in range(CLIENTS)]
    first, rng = ground.now() + timedelta(days=200), Random(1)
    won = Counter[bool]()

    def claim(client: int, turn: int) -> None:
        start: datetime = first + timedelta(hours=2 * turn)
        end, ids = start + timedelta(hours=1), f"{rng.getrandbits(64):016x}"
        try:
            with sessions[client].transaction():
                sessions[client].execute(_LOCK, [worker])
                row = (
                    sessions[client].execute(_APPOINTMENT, [ids, kind, unit, start, end, start, end, actor]).fetchone()
                )
                assert row is not None
                sessions[client].execute(_CLAIM, [row[0], worker, row[1], row[2]])
            won[True] += 1
        except psycopg.errors.ExclusionViolation:
            won[False] += 1

    spent = together(CLIENTS, claim, each=TIMES)
    connection.execute(
        "DELETE FROM appointments_appointment WHERE key = '' AND lower(during) >= %s AND unit_id = %s", [first, unit]
    )
    for session in sessions:
        session.close()
    return spent, won[True]
