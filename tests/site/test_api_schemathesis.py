"""The API against its own description: made-up requests, right and wrong, never get a 500 nor an undocumented answer.

A request of each kind is now and then given what only a living system knows (an id, a free time), so that every
operation is seen to work and to refuse. `make api` looks closer, with 3,000 requests and more.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from polku.access import actions as access
from polku.access.states import Role
from polku.appointments import actions
from polku.appointments.models import Appointment
from polku.site.api import api as described_api
from polku.site.wsgi import application
from tests.appointments.world import AT, World, build, staff
from tests.site.test_api import sender

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
OPERATIONS = 12
pytestmark = pytest.mark.slow
EACH = max(1, int(os.environ.get("API_EXAMPLES", "120")) // OPERATIONS)
# Identity codes that nobody has (900-999).
CODES = [f"010180-{n}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[(10180_000 + n) % 31]}" for n in range(900, 940)]
SCOPES = ("contacts:write", "appointments:read", "appointments:write")


def group(world: World) -> str:
    """A group of the kind that is booked, with room for some."""
    row = actions.hold(
        kind=world.kind, unit=world.team, start=(AT + timedelta(days=1)).replace(minute=0), workers=[world.workers[0]], mode="office",
        by=world.laura, at=AT, key="group",
    )  # fmt: skip
    Appointment.objects.filter(pk=row.pk).update(capacity=6)
    return str(actions.confirm(appointment=row, by=world.laura, at=AT).public_id)


class Living:
    """A county with free times, a system that may do everything, and what it has made so far."""

    def __init__(self, world: World) -> None:
        admin = staff("Arto", "pääkäyttäjä", (world.guidance, Role.ADMIN))
        _source, self.key = access.add_source(
            name="Kokeilija", scopes=SCOPES, unit=world.guidance, by=admin, at=AT, per_minute=1_000_000
        )
        self.api = sender(self.key)
        self.turn = count()
        self.contact = self.api("POST", "/api/v1/contacts", self.form()).json()["id"]
        self.group = group(world)

    def form(self) -> dict[str, Any]:
        return {
            "external_id": f"F-{next(self.turn)}",
            "received_at": (AT - timedelta(minutes=1)).isoformat(),
            "message": "Tarvitsen apua.",
            "persons": [{"role": "concerned", "family_name": "Salo", "phone": "0401234567"}],
        }

    def wish(self) -> dict[str, Any]:
        first = (AT + timedelta(days=next(self.turn) % 50)).date().isoformat()
        free = self.api("GET", f"/api/v1/free-times?kind=talk&unit=income-support&limit=1&from={first}").json()
        return {
            "slot": free[0]["slot"] if free else "x",
            "kind": "talk",
            "unit": "income-support",
            "contact": self.contact,
        }

    def held(self) -> str:
        return str(self.api("POST", "/api/v1/appointments", self.wish()).json().get("id", "0" * 16))

    def seated(self) -> str:
        """A seat that is the system's own, for a new person: once the group is full, that of an earlier one."""
        address = f"/api/v1/groups/{self.group}/seats"
        answer = self.api("POST", address, {"contact": self.known()}).json()
        self.seat = answer.get("id", getattr(self, "seat", "0" * 16))
        return str(self.seat)

    def known(self) -> str:
        """A contact whose person has an identity code."""
        code = CODES[next(self.turn) % len(CODES)]
        form = self.form()
        form["persons"][0]["identity_code"] = code
        return str(self.api("POST", "/api/v1/contacts", form).json()["id"])

    def help(self, case: Any) -> None:
        """Put into a made-up request what only a living system knows."""
        operation = case.operation.definition.raw["operationId"]
        case.headers["Idempotency-Key"] = f"key-{next(self.turn):08d}"
        if operation == "sendContact":
            case.body = self.form()
        elif operation == "getContact":
            case.path_parameters["contact_id"] = self.contact
        elif operation in {"listFreeTimes", "listGroups"}:
            case.query = {"kind": "talk", "unit": "income-support"}
        elif operation == "joinGroup":
            case.path_parameters["group_id"], case.body = self.group, {"contact": self.known()}
        elif operation in {"getSeat", "cancelSeat"}:
            case.path_parameters["seat_id"] = self.seated()
            if operation == "cancelSeat":
                case.body = {"reason": "Sairastui"}
        elif operation == "holdTime":
            case.body = self.wish()
        elif operation in {"confirmTime", "cancelTime", "getTime"}:
            case.path_parameters["appointment_id"] = self.held()
            if operation != "getTime":
                case.body = {} if operation == "confirmTime" else {"reason": "Sairastui"}


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep the connection of the test's transaction over a request, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def living(db: None, clock: Any) -> Living:
    clock(AT)
    return Living(build(workers=4))


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, set[int]]]:
    """Statuses by operation; at the end each operation has been seen to work and to refuse."""
    seen: dict[str, set[int]] = defaultdict(set)
    yield seen
    for operation, statuses in seen.items():
        assert {status // 100 for status in statuses} == {2, 4}, f"{operation}: {sorted(statuses)}"


# Each edge of each parameter by itself: hundreds of requests more, for the closer look.
THOROUGH = EACH >= 100
schema = schemathesis.openapi.from_dict(
    json.loads(json.dumps(described_api.get_openapi_schema(path_prefix="/api/v1"))),
    config=SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": THOROUGH}}}),
)
schema.app = application


@schema.parametrize()
@settings(
    max_examples=EACH,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_does_what_its_description_says(case: Any, living: Living, answers: dict[str, set[int]]) -> None:
    # Asked for as it is: the in-process transport does not unpack.
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {living.key}", "Accept-Encoding": "identity"}
    turn = next(living.turn)
    if turn % 3 == 0:
        living.help(case)
    if turn % 11 == 5 and case.operation.definition.raw["operationId"] == "listBookable":
        # It takes nothing that could be wrong but the key.
        case.headers["Authorization"] = "Bearer wrong"
    with one_connection():
        response = case.call()
    answers[case.operation.label].add(response.status_code)
    case.validate_response(response, checks=CHECKS)
