"""The world of these tests; loaded when first asked for, since Django is not ready when this file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.decisions.world import Mailbox, World


@pytest.fixture
def world(db: None, settings: Any) -> World:
    from tests.decisions import world

    settings.DECISIONS = world.authority()
    return world.build()


@pytest.fixture
def mailbox(settings: Any) -> Mailbox:
    from tests.decisions import world

    box = world.Mailbox()
    settings.DECISIONS = world.authority(box)
    return box
