"""`polku account`: the first account of an installation, the main user's. All others are made by the main user."""

from __future__ import annotations

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import Q

from polku.access import actions
from polku.access.models import Organisation, Unit
from polku.access.states import OrganisationKind, Role
from polku.kit import clock
from polku.kit.errors import Refused
from polku.kit.localtime import local_date
from polku.site.context import working


def first(*, username: str, name: str) -> int:
    """Make the main user's account with a password from the terminal (or standard input); returns the exit status.

    Raises:
        CommandError: there is an account already, the password is too weak, or the county's file has not been read.
    """
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    at = clock.now()
    try:
        with working():
            unit = _administration()
            actor = actions.add_staff(name=name, username=username, password=password, at=at, by=None)
            actions.give_post(
                actor=actor, unit=unit, role=Role.ADMIN, by=None, at=at, valid_from=local_date(at)
            )  # fmt: skip
    except Refused as error:
        raise CommandError(str(error.message)) from None
    print(f"{username} is the main user. Sign in, and set up the second factor.")
    return 0


def _administration() -> Unit:
    """Return the unit of the main user's post: the county's administration, else its first unit."""
    county = Organisation.objects.filter(kind=OrganisationKind.COUNTY)
    units = Unit.objects.filter(Q(organisation__in=county)).order_by("pk")
    unit = units.filter(key="hallinto").first() or units.first()
    if unit is None:
        raise CommandError("the county's file has not been read: run polku migrate first.")
    return unit
