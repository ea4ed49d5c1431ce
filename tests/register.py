"""A small register of users and units for tests: made on a quiet Tuesday, with everything that a case needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from polku.access.actions import GROUP_OF_ROLE
from polku.access.models import (
    Account,
    Actor,
    Membership,
    Municipality,
    OpeningHours,
    Organisation,
    Promise,
    Unit,
    UnitArea,
)
from polku.access.states import ActorKind, OrganisationKind, Role, UnitKind

START = date(2023, 1, 1)
NOW = datetime(2026, 11, 24, 7, 12, tzinfo=UTC)  # ti 24.11.2026 klo 9.12 in Helsinki


@dataclass
class Register:
    """Units by key and people by a short name."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def unit(self, key: str, *, languages: tuple[str, ...] = ("fi", "sv"), hours: bool = True) -> Unit:
        """Return the unit of that key, open on weekdays 8-16, serving Espoo and Lohja."""
        if key in self.units:
            return self.units[key]
        county, _made = Organisation.objects.get_or_create(
            key="county",
            defaults={"kind": OrganisationKind.COUNTY, "name_fi": "Alue", "name_sv": "Område", "name_en": "County"},
        )
        unit = Unit.objects.create(
            key=key, organisation=county, kind=UnitKind.TEAM, name_fi=f"{key} fi", name_sv=f"{key} sv",
            name_en=f"{key} en", languages=list(languages), valid_from=START,
        )  # fmt: skip
        for code, name in (("049", "Espoo"), ("444", "Lohja")):
            municipality, _made = Municipality.objects.get_or_create(
                code=code, defaults={"name_fi": name, "name_sv": name, "in_county": True}
            )
            UnitArea.objects.create(unit=unit, municipality=municipality, valid_from=START)
        for weekday in (1, 2, 3, 4, 5) if hours else ():
            OpeningHours.objects.create(unit=unit, weekday=weekday, opens=time(8), closes=time(16), valid_from=START)
        Promise.objects.create(unit=unit, rule="promise_answer", days=1, valid_from=START)
        Promise.objects.create(unit=unit, rule="promise_contact", days=7, valid_from=START)
        self.units[key] = unit
        return unit

    def person(self, name: str, role: str = Role.GUIDANCE, unit: str = "neuvonta", *, account: bool = False) -> Actor:
        """Return the staff member of that name, with a post in the unit."""
        if name not in self.people:
            self.people[name] = Actor.objects.create(
                kind=ActorKind.STAFF, name=name, title_fi="asiakasohjaaja", title_sv="klientrådgivare",
                title_en="guidance worker", languages=["fi"], created_at=NOW,
            )  # fmt: skip
            if account:
                Account.objects.create_account(username=name, actor=self.people[name], password="kesäyö-ja-kuikka-7")
        actor = self.people[name]
        Membership.objects.get_or_create(
            actor=actor, unit=self.unit(unit), role=role,
            defaults={"task_group": GROUP_OF_ROLE[role], "valid_from": START},
        )  # fmt: skip
        return actor
