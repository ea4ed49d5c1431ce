"""A group with a meeting today and one in a week; what people read is English unless a test says otherwise."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.meetings.group import Group


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def group(db: None) -> "Group":
    from tests.meetings import group as groups
    from tests.register import Register

    return groups.build(Register())
