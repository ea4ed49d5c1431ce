"""Closed lists of what is known of a person and of relations between people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PointKind(models.TextChoices):
    """How a person is reached."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    ADDRESS = "address", _("Address")


class DetailKind(models.TextChoices):
    """Details of a protected person that live apart."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    ADDRESS = "address", _("Address")
    MUNICIPALITY = "municipality", _("Municipality of residence")


class RelationKind(models.TextChoices):
    """What a person is to another."""

    GUARDIAN = "guardian", _("Guardian")
    REPRESENTATIVE = "representative", _("Representative")
    TRUSTEE = "trustee", _("Trustee")
    NEAR_PERSON = "near_person", _("Near person")
    CHILD = "child", _("Child")
    SPOUSE = "spouse", _("Spouse")


class PreferredWay(models.TextChoices):
    """How the person wants to be contacted."""

    PHONE = "phone", _("By phone")
    SMS = "sms", _("By text message")
    EMAIL = "email", _("By e-mail")
    LETTER = "letter", _("By letter")
