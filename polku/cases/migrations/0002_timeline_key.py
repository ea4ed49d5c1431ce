"""A row of the timeline that somebody wrote by hand has the key of its form: the same form twice is one row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The column fills itself, so that the version before this one need not name it."""

    dependencies = [("access", "0003_letter_keys"), ("cases", "0001_initial"), ("clients", "0002_people")]
    operations = [
        migrations.AddField(
            model_name="timelineentry",
            name="key",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.AddConstraint(
            model_name="timelineentry",
            constraint=models.UniqueConstraint(
                fields=["actor", "key"], condition=~models.Q(key=""), name="timeline_key_once"
            ),
        ),
    ]
