"""One line again after two changes that do not touch each other."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("fence", "0002_partition_once"), ("fence", "0002_ties")]
    operations = []
