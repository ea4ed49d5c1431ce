"""Django's entry to the stage."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """Registers the stage's permissions when Django starts."""

    name = "polku.appointments"
    label = "appointments"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Appointments"

    def ready(self) -> None:
        """Load the permission table."""
        from polku.appointments import policy  # noqa: F401
