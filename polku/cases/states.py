"""Closed lists of the spine."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkKind(models.TextChoices):
    """What a work item is about; the thing itself points to it one to one."""

    CONTACT = "contact", _("Contact")
    CASE = "case", _("Case")
    CALL_BACK = "call_back", _("Call-back")
    ATTEMPT = "attempt", _("New attempt to reach the client")
    REVIEW = "review", _("Review of a plan")
    DECISION = "decision", _("Decision to be made")
    RECORD = "record", _("Document to be stored in the record system")


class InitiatedHow(models.TextChoices):
    """How a case became pending (asian vireilletulon tapa)."""

    APPLICATION = "application", _("Application")
    CONTACT = "contact", _("Contact")
    NOTIFICATION = "notification", _("Notification of the need for social care")
    WORKER = "worker", _("A worker learned of the need")
    OTHER = "other", _("Other")


class Register(models.TextChoices):
    """In which register the case's documents are."""

    SOCIAL = "social", _("Social care register")
    PATIENT = "patient", _("Patient register")


class PersonRole(models.TextChoices):
    """A person's part in a case."""

    CLIENT = "client", _("Client")
    GUARDIAN = "guardian", _("Guardian")
    REPRESENTATIVE = "representative", _("Representative")
    NEAR_PERSON = "near_person", _("Near person")


class RelationKind(models.TextChoices):
    """Why somebody may see a client's data (asiakassuhde)."""

    OWN_WORKER = "own_worker", _("Own worker")
    UNIT_CASE = "unit_case", _("The unit's case")
    CONTACT_IN_HAND = "contact_in_hand", _("Contact in hand")
    APPOINTMENT = "appointment", _("Appointment")
    MEETING = "meeting", _("Item of a meeting")
    EMERGENCY = "emergency", _("Opened by giving a reason")


class ServiceTask(models.TextChoices):
    """Service tasks (palvelutehtävä, 703/2023 37 §): they decide access and retention."""

    FAMILIES = "families", _("Services for families with children")
    WORKING_AGE = "working_age", _("Services for working-age people")
    OLDER = "older", _("Services for older people")
    SUBSTANCE = "substance", _("Special services of substance abuse and addiction work")
    DISABILITY = "disability", _("Disability services")
    CHILD_WELFARE = "child_welfare", _("Child welfare")
    FAMILY_LAW = "family_law", _("Family law services")
