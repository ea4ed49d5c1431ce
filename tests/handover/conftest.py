"""The world of decisions, whose unit stores its documents in a record system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.decisions.world import World


@pytest.fixture
def world(db: None, settings: Any) -> World:
    from tests.decisions import world

    settings.DECISIONS = world.authority()
    made = world.build()
    made.case.unit.record_system = "Apotti"
    made.case.unit.save(update_fields=["record_system"])
    return made
