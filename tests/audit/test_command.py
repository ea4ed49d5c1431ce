"""`polku audit verify` says what is wrong and ends with a status."""

import json

import pytest
from django.db import connection

from polku.audit import actions, command

pytestmark = pytest.mark.django_db


def test_ends_well_on_a_sound_log(worker, at, capsys) -> None:
    actions.read(by=worker, at=at, what="contact")
    assert command.main(["seal"]) == 0
    assert command.main(["verify"]) == 0
    assert "The log is sound" in capsys.readouterr().out


def test_ends_badly_and_names_the_row_that_was_changed(worker, at, past_all_guards, capsys) -> None:
    number = actions.read(by=worker, at=at, what="contact")
    command.main(["seal"])
    capsys.readouterr()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_row SET actor_name = 'x' WHERE id = %s", [number])
    assert command.main(["verify", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert f"row {number}" in {finding["about"] for finding in report["findings"]}
    assert command.main(["verify"]) == 1
    assert f"row_forged (row {number})" in capsys.readouterr().out
