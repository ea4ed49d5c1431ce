"""What the tests of lists begin with: an empty register and somebody who answers calls."""

import pytest

from polku.access.models import Actor
from tests.register import Register


@pytest.fixture
def register(db: None) -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("Suvi")
