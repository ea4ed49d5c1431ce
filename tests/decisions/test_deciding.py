"""Who decides: what a meeting weighed is decided by its office-holder, never by who is disqualified (27-28 §, 46 §)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from polku.access.models import Membership
from polku.access.permissions import can
from polku.access.states import Role
from polku.decisions import drafting, powers, queries, signing
from polku.decisions.models import Decision
from polku.kit.errors import Invalid, NotAllowed, NotFound
from polku.meetings.models import Disqualification, Item, Meeting, Series
from polku.site.environment import Environment
from polku.site.letters import decision_settings
from tests.assessments.world import in_office
from tests.decisions.world import DAY, LATER, World, build
from tests.register import NOW, START

COUNTY = Path(__file__).parents[2] / "counties" / "lansi-uusimaa.toml"


def item(world: World, *, outcome: str = "granted", state: str = "done", reason: str = "Ryhmä puoltaa.") -> Item:
    series, _made = Series.objects.get_or_create(
        key="sap",
        defaults={
            "unit": world.case.unit, "name_fi": "SAP-kokous", "name_sv": "SAP-möte", "name_en": "SAP meeting",
            "form": "small", "valid_from": START, "decider": world.mikko,
        },
    )  # fmt: skip
    meeting, _made = Meeting.objects.get_or_create(
        series=series, starts_at=NOW, ends_at=NOW + timedelta(hours=2), created_at=NOW, created_by=world.anna
    )
    settled = {"settled_at": NOW, "settled_by": world.anna, "outcome": outcome} if state == "done" else {}
    return Item.objects.create(
        meeting=meeting, place=1, case=world.case, basis="new", service="community_housing", minutes=10,
        presenter=world.anna, state=state, outcome_reason=reason, decider=world.mikko, created_at=NOW,
        created_by=world.anna, **settled,
    )  # fmt: skip


def test_begin_from_what_a_meeting_weighed_takes_its_words(world: World) -> None:
    weighed = item(world)
    assert queries.settled_items(world.mikko, at=LATER) == [weighed]
    row = drafting.begin(item=weighed, by=world.anna, at=LATER, key="a")
    assert (row.kind, row.decider, row.item) == ("community_housing-granted", world.mikko, weighed)
    assert row.parts["reasons"]["own"] == {"fi": "Ryhmä puoltaa."} and row.sources["reasons"]["kind"] == "meeting"
    assert "SAP-möte 24.11.2026" in row.parts["findings"]["text"]["sv"]
    assert drafting.begin(item=weighed, by=world.mikko, at=LATER, key="b") == row
    assert queries.settled_items(world.mikko, at=LATER) == []
    assert [one.public_id for one in queries.to_decide(world.mikko, at=LATER)] == [row.public_id]


def test_a_decider_of_another_unit_sees_the_case_while_it_is_decided_and_a_while_after(world: World) -> None:
    outsider = world.register.person("Leila", Role.SOCIAL_WORKER, "toisaalla")
    chief = world.register.person("Pää", Role.ADMIN, "paakayttajat")
    row = world.begun()
    with pytest.raises(NotFound):
        queries.get(row.public_id, by=outsider, at=LATER)
    powers.give(actor=outsider, unit=world.case.unit, rule="45 §", valid_from=DAY, by=chief, at=LATER)
    mine = drafting.begin(
        case=world.case, service="social_work", outcome="refused", by=world.anna, at=LATER, key="l", decider=outsider
    )
    assert queries.get(mine.public_id, by=outsider, at=LATER) == mine
    assert can(outsider, "cases.read", world.case, at=LATER)
    world.save(mine, "reasons", own="Tarvetta ei ole.")
    mine.refresh_from_db()
    signing.sign(decision=mine, edit=mine.edit, by=outsider, at=LATER)
    assert can(outsider, "cases.read", world.case, at=LATER + timedelta(days=29))
    assert not can(outsider, "cases.read", world.case, at=LATER + timedelta(days=31))


@pytest.mark.parametrize(("state", "outcome"), [("waiting", ""), ("done", "returned")])
def test_begin_from_what_is_not_settled_is_refused(world: World, state: str, outcome: str) -> None:
    with pytest.raises(Invalid) as refused:
        drafting.begin(item=item(world, state=state, outcome=outcome), by=world.anna, at=LATER, key="a")
    assert refused.value.code == "item_not_settled"


def test_who_is_disqualified_does_not_sign(world: World) -> None:
    weighed = item(world)
    row = world.whole(item=weighed)
    told = Disqualification.objects.create(
        item=weighed, actor=world.mikko, ground="party", told_at=NOW, told_by=world.anna
    )
    with pytest.raises(NotAllowed) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "disqualified"
    told.withdrawn_at, told.withdrawn_reason = LATER, "Väärä henkilö."
    told.save()
    assert signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER).signed_by == world.mikko


def test_special_support_is_decided_by_a_social_worker_in_office(db: None, settings: Any) -> None:
    from tests.decisions import world as worlds

    settings.DECISIONS = worlds.authority()
    world = build(support="yes")
    row = world.whole()
    with pytest.raises(NotAllowed) as refused:
        signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER)
    assert refused.value.code == "not_in_office" and refused.value.facts["section"] == "1301/2014 46 §"
    in_office(world.mikko)
    assert signing.sign(decision=row, edit=row.edit, by=world.mikko, at=LATER).state == "signed"


def test_the_power_holds_for_its_kinds_and_its_days(world: World) -> None:
    chief, unit = world.register.person("Pää", Role.ADMIN, "paakayttajat"), world.case.unit
    petra = world.register.person("Petra", Role.COUNSELLOR, "sosiaalityo")
    powers.give(
        actor=petra, unit=unit, kinds=["social_guidance-granted"], rule="46 §", valid_from=DAY, by=chief, at=NOW
    )
    assert powers.held(petra, "social_guidance-granted", unit, day=DAY) is not None
    assert powers.held(petra, "community_housing-granted", unit, day=DAY) is None
    assert powers.held(petra, "social_guidance-granted", unit, day=DAY - timedelta(days=1)) is None
    for more, code in (({"rule": " "}, "rule_missing"), ({"kinds": ["palace"]}, "unknown_kind")):
        with pytest.raises(Invalid) as refused:
            powers.give(
                **{"actor": petra, "unit": unit, "rule": "x", "valid_from": DAY, "by": chief, "at": NOW, **more}
            )
        assert refused.value.code == code


def test_a_secretary_reads_no_decision(world: World) -> None:
    world.signed()
    assert list(queries.visible(world.sari, at=LATER)) == []
    assert Membership.objects.filter(actor=world.sari, role=Role.SECRETARY).exists() and Decision.objects.count() == 1


# --- Settings --------------------------------------------------------------------------------------------------------


def test_settings_come_from_the_countys_file_and_the_environment() -> None:
    demo = decision_settings(Environment({}), demo=True, county=COUNTY)
    assert demo.diary == "LUHVA" and demo.gateway is not None and demo.review["closes"] == "15:00"
    assert decision_settings(Environment({}), demo=False, county=COUNTY).gateway is None


def test_settings_that_lack_something_stop_the_start_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="SUOMIFI_PASSWORD"):
        decision_settings(Environment({"SUOMIFI_BY": "rest"}), demo=False, county=COUNTY)
    bare = tmp_path / "county.toml"
    bare.write_text('[county]\nname = { fi = "x", sv = "x" }\n', encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match=r"diary|web"):
        decision_settings(Environment({}), demo=True, county=bare)
