"""The world of these tests; loaded when first asked for, since Django is not ready when this file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.assessments.world import World


@pytest.fixture
def world(db: None) -> World:
    from tests.assessments import world

    return world.build()
