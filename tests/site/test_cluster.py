"""The embedded cluster's life."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_connect_as_an_ordinary_role_that_cannot_bypass_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("polku", False, False)
