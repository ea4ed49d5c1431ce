"""(d) The next 20 and all free times over 200 calendars, of which 85 % is booked, 14 and 60 days ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from bench.building import KIND, UNIT
from bench.measuring import Measured, alternately, cost
from bench.operations.ground import Ground
from bench.shape import Connection
from polku.kit.localtime import local_date

WANTED = 20
_FLOOR = """
WITH worker AS MATERIALIZED (
    SELECT r.id FROM appointments_resource r JOIN access_membership m ON m.actor_id = r.actor_id
    JOIN access_unit u ON u.id = m.unit_id WHERE u.key = %(unit)s
), open AS (
    SELECT o.resource_id, tstzrange((d + o.starts) AT TIME ZONE 'Europe/Helsinki',
                                    (d + o.ends) AT TIME ZONE 'Europe/Helsinki') AS span
    FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') d
    JOIN appointments_opening o ON o.weekday = extract(isodow FROM d) AND o.resource_id IN (SELECT id FROM worker)
), taken AS (
    SELECT resource_id, range_agg(during) AS spans FROM appointments_claim
    WHERE live AND resource_id IN (SELECT id FROM worker) AND during && tstzrange(%(first)s, %(last)s + 1) GROUP BY 1
), free AS (
    SELECT o.resource_id, unnest(tstzmultirange(o.span) - coalesce(t.spans, '{}')) AS part
    FROM open o LEFT JOIN taken t USING (resource_id)
)
SELECT resource_id, lower(part) FROM free
WHERE upper(part) - lower(part) >= interval '1 hour' AND lower(part) > now() ORDER BY 2 LIMIT %(wanted)s::int
"""


def run(ground: Ground) -> Iterator[Measured]:
    """Measure against one statement of multiranges: the API's answer; the next times, which stop at the day on which
    there are enough; and every time with its counts by worker and day, as the page of free times needs them.
    """
    from polku.access.models import Unit
    from polku.appointments.models import Kind
    from polku.appointments.search import Wanted, search, soonest
    from polku.appointments.snapshot import Wish

    wish = Wish(kind=Kind.objects.get(key=KIND), unit=Unit.objects.get(key=UNIT))
    rounds = max(5, ground.rounds // 3)
    with ground.site.connect() as floor:
        machine = ground.site.machine(ground.built.key)
        asked = partial(_ask, machine)
        ours, bare = alternately(asked, partial(_next, floor, ground, 20, WANTED), rounds=rounds)
        yield Measured(f"{WANTED} free times of 200 calendars, API", ours, bare)
        for days in (14, 60):
            wanted = Wanted(promise=local_date(ground.now()) + timedelta(days=days))

            def some(wanted: Wanted = wanted) -> None:
                assert len([offer.slot for offer in soonest(wish, wanted, at=ground.now(), most=WANTED)]) == WANTED

            def every(wanted: Wanted = wanted) -> None:
                assert len(search(wish, wanted, at=ground.now()).inside) > WANTED

            for name, most, find in (
                (f"next {WANTED} free times of 200 calendars, {days} days", WANTED, some),
                (f"all free times of 200 calendars, {days} days", None, every),
            ):
                inside = ground.inside(find)
                ours, bare = alternately(inside, partial(_next, floor, ground, days, most), rounds=rounds)
                spent = cost(inside)
                yield Measured(name, ours, bare, spent.queries, spent.cpu_ms)


def _ask(machine: object) -> None:
    answer = machine.get("/free-times", params={"kind": KIND, "unit": UNIT, "limit": WANTED})  # type: ignore[attr-defined]
    assert len(answer.json()) == WANTED, answer.text[:300]


def _next(floor: Connection, ground: Ground, days: int, most: int | None) -> None:
    first = local_date(ground.now())
    values = {"unit": UNIT, "first": first, "last": first + timedelta(days=days), "wanted": most}
    assert len(floor.execute(_FLOOR, values).fetchall()) >= WANTED
