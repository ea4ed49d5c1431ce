"""Days with nothing to count yet are known by when there will be; empty means: look."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("statistics", "0001_initial")]
    operations = [migrations.AddField("book", "ahead", models.JSONField(db_default={}, default=dict))]
