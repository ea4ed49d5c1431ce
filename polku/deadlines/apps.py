"""Django's entry to the stage."""

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    """Registers the stage's permissions when Django starts."""

    name = "polku.deadlines"
    label = "deadlines"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Deadlines"

    def ready(self) -> None:
        """Load the permission table."""
        from polku.deadlines import policy  # noqa: F401
