"""Walk 9: a client on the agenda with 15 minutes, a meeting with its clock, what did not fit is first next time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from polku.access.models import Account
from polku.assessments.models import Assessment
from polku.meetings.models import Item, ItemCriterion, Meeting
from polku.meetings.states import Outcome
from tests.meetings import group as groups
from tests.meetings.group import STARTS, WEEK, Group, minutes
from tests.register import NOW, Register
from tests.walks.conftest import Walk
from tests.walks.hands import Hands

# The others see what one of them did so soon, in milliseconds; a busy machine gets some more.
SOON = 12_000


def _group() -> Group:
    """The group of a housing unit with two meetings; two clients wait on the first one's agenda."""
    group = groups.build(Register())
    for actor in (group.sari, group.mikko, group.anna):
        Account.objects.create_account(username=actor.name.lower(), actor=actor, password="kesäyö-ja-kuikka-7")
    return group


def _proposes(anna: Hands, walk: Walk, group: Group) -> Item:
    """Put the client on the agenda from the page of the matter; what is missing is named at once."""
    case = group.case("Rautio", state="draft", plan=True)
    anna.goes(f"/case/{case.public_id}/")
    anna.page.get_by_role("link", name=walk.words("Propose to a meeting")).click()
    anna.sees(walk.words("the assessment is unfinished"))
    anna.looks("propose")
    anna.page.locator("[name=service]").select_option("community_housing")
    anna.page.locator("[name=basis]").first.check()
    anna.page.locator("[name=minutes]").fill("15")
    anna.page.locator("[name=question]").fill("Riittääkö tuki iltaisin? / Räcker stödet på kvällarna?")
    anna.sends("Control+Enter")
    anna.sees(walk.words("Not ready:"))
    anna.looks("item")
    row = Item.objects.get(case=case)
    assert (row.minutes, row.meeting) == (15, group.meeting)
    # The assessment is finished before the meeting.
    group.finish(Assessment.objects.get(case=case))
    return row


def _same(one: Hands, other: Hands, text: str) -> None:
    """Both see the same, without either of them doing anything for it."""
    for hands in (one, other):
        hands.page.locator("#job", has_text=text).wait_for(timeout=SOON)


def _both_write(sari: Hands, mikko: Hands, walk: Walk, item: Item) -> None:
    """Two people write on one criterion: the later one sees both texts, and decides."""
    for hands, text in ((sari, "Ilta on vaikea."), (mikko, "Yö on vaikea.")):
        hands.page.locator("details.k-edit summary").first.click()
        hands.page.locator("details.k-edit[open] textarea").fill(text)
    sari.page.locator("details.k-edit[open] button").click()
    sari.sees("Ilta on vaikea.")
    # What Sari saved comes to Mikko's page beside his open text, and takes nothing from it.
    mikko.sees("Ilta on vaikea.")
    mikko.page.locator("details.k-edit[open] button").click()
    mikko.sees(
        walk.words("%(name)s has written here meanwhile. Yours is kept on the page: look at both and save again.")
        % {"name": "Sari"}
    )
    assert mikko.page.locator("details.k-edit[open] textarea").input_value() == "Yö on vaikea."
    mikko.looks("both-wrote")
    mikko.page.locator("details.k-edit[open] button").click()
    sari.sees("Yö on vaikea.")
    row = ItemCriterion.objects.get(item=item, criterion="criteria.functioning")
    assert (row.version, row.reason, row.written_by.name) == (3, "Yö on vaikea.", "Mikko")


def test_the_agenda_is_kept_and_what_did_not_fit_comes_first(
    site: str, clock: Callable[[datetime], None], someone: Callable[..., Hands], walk: Walk
) -> None:
    clock(NOW + timedelta(minutes=10))
    group = _group()
    first, second = (group.item(group.case(name), takes=10) for name in ("Nieminen", "Andersson"))
    anna = someone("Anna")
    third = _proposes(anna, walk, group)

    # The meeting begins; another has the same page open.
    clock(STARTS)
    page = f"/meetings/{group.meeting.public_id}/"
    sari, mikko = someone("Sari", at=page), someone("Mikko", at=page)
    sari.looks("before")
    sari.sends("Control+Enter")
    sari.looks("begin")
    sari.sends("Control+Enter")
    sari.page.locator("#open-next").wait_for()
    sari.presses("Control+Enter")
    _same(sari, mikko, walk.words("Handle item %(place)s", place="1\u00a0/\u00a03"))
    sari.looks("first")

    # Without a position nothing is recorded, and the button says what it waits for.
    sari.sees(walk.words("Choose the group's position."))
    _both_write(sari, mikko, walk, first)

    clock(minutes(5))
    sari.page.locator(f"label:has([value={Outcome.GRANTED}])").click()
    sari.page.locator("#record:not([aria-disabled])").wait_for()
    sari.presses("Control+Enter")
    _same(sari, mikko, walk.words("Handle item %(place)s", place="2\u00a0/\u00a03"))
    assert Item.objects.get(pk=first.pk).outcome == Outcome.GRANTED

    # A return needs its reason; it is asked for before anything is sent, and what is written stays.
    clock(minutes(10))
    sari.page.locator(f"label:has([value={Outcome.RETURNED}])").click()
    sari.sees(walk.words("Write the reason for this position."))
    sari.page.locator("#position-reason").fill("Lääkärin arvio puuttuu. / Läkarens bedömning saknas.")
    sari.looks("returned")
    sari.presses("Control+Enter")
    _same(sari, mikko, walk.words("Handle item %(place)s", place="3\u00a0/\u00a03"))
    assert Item.objects.get(pk=second.pk).outcome_reason.startswith("Lääkärin")

    # The third one goes over its time: the band turns red, for both.
    clock(minutes(26))
    sari.goes(page)
    for hands in (sari, mikko):
        hands.page.locator("#band.is-late [data-countup]").wait_for()
    sari.looks("over")

    # The meeting ends; what goes on is said before, and is first next time.
    sari.page.locator("#bar").get_by_role("link", name=walk.words("End the meeting")).click()
    sari.looks("end")
    sari.sends("Control+Enter")
    assert Meeting.objects.get(pk=group.meeting.pk).state == "ended"
    carried = Item.objects.get(carries=third)
    assert carried.meeting.starts_at == STARTS + WEEK
    sari.goes(f"/meetings/{carried.meeting.public_id}/")
    assert sari.page.locator(".agenda tbody tr").first.get_attribute("id") == f"i-{carried.public_id}"
    sari.looks("next")
    mikko.page.get_by_role("link", name=walk.words("Read the minutes")).wait_for(timeout=SOON)
    mikko.sends("Control+Enter")
    mikko.looks("minutes")
