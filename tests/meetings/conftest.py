"""A group with a meeting today and one in a week."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.meetings.group import Group


@pytest.fixture
def group(db: None) -> "Group":
    from tests.meetings import group as groups
    from tests.register import Register

    return groups.build(Register())
