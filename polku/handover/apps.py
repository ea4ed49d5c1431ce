"""Django's entry to the stage."""

from django.apps import AppConfig


class HandoverConfig(AppConfig):
    """Registers the stage's permissions when Django starts."""

    name = "polku.handover"
    label = "handover"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Hand-over"

    def ready(self) -> None:
        """Load the permission table."""
        from polku.handover import policy  # noqa: F401
