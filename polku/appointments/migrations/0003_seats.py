import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_sourceminute"),
        ("appointments", "0002_claims"),
        ("cases", "0001_initial"),
        ("clients", "0002_people"),
        ("contacts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="clientlink",
            name="participant",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="appointments.participant",
            ),
        ),
        migrations.AddField(
            model_name="participant",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="told_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
            ),
        ),
        migrations.AddField(
            model_name="participant",
            name="told_in_first_contact",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="participant",
            name="told_text",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="the sentence that was read aloud, as it was"
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("contact__isnull", False)), fields=["contact"], name="participant_contact"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("told_at__isnull", True), ("told_by__isnull", True)),
                        models.Q(("told_at__isnull", False), ("told_by__isnull", False)),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("told_at__isnull", True), ("told_text", "")),
                        models.Q(("told_text", ""), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="participant_told_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("told_in_first_contact", True), _negated=True),
                    models.Q(("contact__isnull", False), ("told_at__isnull", False)),
                    _connector="OR",
                ),
                name="participant_told_in_contact",
            ),
        ),
    ]
