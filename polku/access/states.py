"""Kinds and roles: closed lists that policies speak of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ActorKind(models.TextChoices):
    """What sort of doer stands behind a `_by`."""

    STAFF = "staff", _("Staff member")
    SOURCE = "source", _("Information system")
    LINK = "link", _("Client by link")
    CLIENT = "client", _("Identified client")
    PROVIDER = "provider", _("Service provider's contact")
    JOB = "job", _("Automatic task")


class Role(models.TextChoices):
    """A post's task in the guidance of clients; each maps to a work-task group of decree 457/2024 10 §."""

    GUIDANCE = "guidance", _("Client guidance worker")
    SOCIAL_WORKER = "social_worker", _("Social worker")
    COUNSELLOR = "counsellor", _("Social counsellor")
    NURSE = "nurse", _("Nurse")
    HEALTH = "health", _("Health station staff")
    SECRETARY = "secretary", _("Secretary")
    LEAD = "lead", _("Head of unit")
    PROTECTION_OFFICER = "protection_officer", _("Data protection officer")
    ADMIN = "admin", _("Main user")


class TaskGroup(models.TextChoices):
    """Work-task groups of public social care (decree 457/2024 10 §) and the others it names."""

    BROAD = "broad", _("Broad responsibility for clients (12 §)")
    ARRANGING = "arranging", _("Arranging a social service (13 §)")
    CHILD_WELFARE_SUPERVISOR = "supervisor", _("Child welfare supervisor (14 §)")
    DELIVERY = "delivery", _("Delivering a social service (15 §)")
    PRIVATE = "private", _("Private service provider (16 §)")
    ADMINISTRATIVE = "administrative", _("Administrative tasks (17 §)")
    HEALTH_CARE = "health_care", _("Health care in a joint service (18-19 §)")
    MANAGEMENT = "management", _("Management, reports without identifiers (24 §)")


class OrganisationKind(models.TextChoices):
    """Who answers for a unit."""

    COUNTY = "county", _("Wellbeing services county")
    HEALTH_OPERATOR = "health_operator", _("Outsourced health station operator")
    HOUSING_PROVIDER = "housing_provider", _("Housing service provider")
    THIRD_SECTOR = "third_sector", _("Third sector organisation")
    KELA = "kela", _("Social Insurance Institution of Finland")


class UnitKind(models.TextChoices):
    """What a unit is to a client."""

    TEAM = "team", _("Team")
    STATION = "station", _("Health station")
    LOCAL_OFFICE = "local_office", _("Local guidance point")
    HOME = "home", _("Housing unit")


class AbsenceKind(models.TextChoices):
    """Why a worker is away; the reason of an illness is never kept."""

    HOLIDAY = "holiday", _("Holiday")
    TRAINING = "training", _("Training or meeting")
    OTHER = "other", _("Away")
