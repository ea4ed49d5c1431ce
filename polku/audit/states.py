"""Kinds of log rows and the registers they belong to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What sort of event a row tells."""

    READ = "read", _("Read")
    SEARCH = "search", _("Search")
    CHANGE = "change", _("Change")
    REFUSED = "refused", _("Refused try")
    EMERGENCY = "emergency", _("Emergency opening")
    SIGN_IN = "sign-in", _("Sign-in")
    DISCLOSURE = "disclosure", _("Disclosure")


class Register(models.TextChoices):
    """Whose log it is: logs are kept per register (act 703/2023 10 §)."""

    SOCIAL = "social", _("Social care register")
    PATIENT = "patient", _("Patient register")
