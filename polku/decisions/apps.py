"""Django's entry to the stage."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Registers the stage's permissions when Django starts."""

    name = "polku.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Decisions"

    def ready(self) -> None:
        """Load the permission table."""
        from polku.decisions import policy  # noqa: F401
