"""Django's entry to the stage."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """Registers the stage's permissions when Django starts."""

    name = "polku.meetings"
    label = "meetings"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Meetings"

    def ready(self) -> None:
        """Load the permission table."""
        from polku.meetings import policy  # noqa: F401
