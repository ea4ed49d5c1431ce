"""How many times a cancellation of a time or a seat was taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0003_seats")]

    operations = [
        migrations.AddField(
            model_name=model,
            name="restored",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="how many times a cancellation was taken back"
            ),
        )
        for model in ("appointment", "participant")
    ]
