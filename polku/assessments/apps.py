"""Django's entry to the stage."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """Registers the stage's permissions when Django starts."""

    name = "polku.assessments"
    label = "assessments"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Assessments"

    def ready(self) -> None:
        """Load the permission table."""
        from polku.assessments import policy  # noqa: F401
