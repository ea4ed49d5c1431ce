"""Closed lists of the assessment stage, and the ways between its states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AssessmentState(models.TextChoices):
    """Where an assessment of service needs is."""

    DRAFT = "draft", _("Being written")
    READY = "ready", _("Ready")
    LOCKED = "locked", _("Locked")
    BROKEN_OFF = "broken_off", _("Broken off")


# Ready: nothing required is missing, and whoever wrote may still take it back to write on. Locked: completed by law, a
# document that is never changed (703/2023 20-22 §); going on is a new version that begins from it.
TRANSITIONS: dict[AssessmentState, tuple[AssessmentState, ...]] = {
    AssessmentState.DRAFT: (AssessmentState.READY, AssessmentState.BROKEN_OFF),
    AssessmentState.READY: (AssessmentState.DRAFT, AssessmentState.LOCKED),
    AssessmentState.LOCKED: (),
    AssessmentState.BROKEN_OFF: (),
}
OPEN = (AssessmentState.DRAFT, AssessmentState.READY)


class Voice(models.TextChoices):
    """Whose words an answer is; the client's own view is never mixed with a professional's (1301/2014 37 §)."""

    SHARED = "", _("Written together")
    CLIENT = "client", _("The client's own view")
    CHILD = "child", _("The child's own view")
    PARENT = "parent", _("The parent's view")
    NEAR_PERSON = "near_person", _("The near person's view")
    SOCIAL_WORKER = "social_worker", _("The social worker's assessment")
    NURSE = "nurse", _("The nurse's part")


class StartedBy(models.TextChoices):
    """The first act that counts as starting an assessment (36 § 2 mom.): never the opening of a form."""

    MEETING = "meeting", _("Met the client")
    CALL = "call", _("Spoke with the client by phone or video")
    HOME_VISIT = "home_visit", _("Visited the client's home")
    INQUIRY = "inquiry", _("Asked others for what the assessment needs")
    OTHER = "other", _("Another act of assessing")


class KnownState(models.TextChoices):
    """What the client has said of something that was known before."""

    PROPOSED = "proposed", _("To be checked")
    CONFIRMED = "confirmed", _("Still true")
    CHANGED = "changed", _("Changed")


class PlanState(models.TextChoices):
    """Where a client plan is (asiakassuunnitelma, 1301/2014 39 §)."""

    DRAFT = "draft", _("Being written")
    IN_FORCE = "in_force", _("In force")
    REPLACED = "replaced", _("Replaced by a new one")
    ENDED = "ended", _("Ended")
    DISCARDED = "discarded", _("Discarded")


PLAN_TRANSITIONS: dict[PlanState, tuple[PlanState, ...]] = {
    PlanState.DRAFT: (PlanState.IN_FORCE, PlanState.DISCARDED),
    PlanState.IN_FORCE: (PlanState.REPLACED, PlanState.ENDED),
    PlanState.REPLACED: (),
    PlanState.ENDED: (),
    PlanState.DISCARDED: (),
}


class Agreement(models.TextChoices):
    """What the client thinks of the plan; a differing view is written down as said (39 § 2 mom.)."""

    AGREES = "agrees", _("Agrees")
    DIFFERS = "differs", _("Has a differing view")
    NOT_TOLD = "not_told", _("Could not tell a view")


class Attained(models.TextChoices):
    """How a goal was attained."""

    NOT_YET = "", _("Not judged yet")
    WHOLLY = "wholly", _("Attained")
    PARTLY = "partly", _("Attained in part")
    NOT = "not", _("Not attained")
    GIVEN_UP = "given_up", _("No longer a goal")
