import io
import sys

import pytest
from django.core.management.base import CommandError

from polku.access.models import Account, Organisation
from polku.access.queries import who
from polku.access.states import OrganisationKind, Role
from polku.kit import clock
from polku.site import account
from tests.register import Register

pytestmark = pytest.mark.django_db


def make(monkeypatch: pytest.MonkeyPatch, password: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return account.first(username="outi", name="Outi Savolainen")


def test_the_first_account_is_the_main_user_s_and_the_only_one_made_so(monkeypatch: pytest.MonkeyPatch) -> None:
    Register().unit("neuvonta")
    assert make(monkeypatch, "kesäyö-ja-kuikka-7") == 0
    row = Account.objects.get()
    assert row.check_password("kesäyö-ja-kuikka-7")
    assert who(row.actor, at=clock.now()).roles == {Role.ADMIN}
    with pytest.raises(CommandError):
        make(monkeypatch, "kesäyö-ja-kuikka-7")


def test_a_weak_password_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    Register().unit("neuvonta")
    with pytest.raises(CommandError):
        make(monkeypatch, "salasana")
    assert not Account.objects.exists()


def test_it_says_so_when_the_county_has_not_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Organisation.objects.update(kind=OrganisationKind.KELA)
    with pytest.raises(CommandError, match="polku migrate"):
        make(monkeypatch, "kesäyö-ja-kuikka-7")
