"""Django's entry to the outbox."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Reads the messages' texts at start, so that a broken one stops the start and not a message."""

    name = "polku.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Outbox"

    def ready(self) -> None:
        """Check every text."""
        from polku.outbox import wording

        wording.templates()
