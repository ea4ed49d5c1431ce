import django.db.models.deletion
import polku.kit.public_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('cases', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('rule', models.CharField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('basis', models.CharField(choices=[('statute', 'Act'), ('precaution', 'Followed as a precaution'), ('promise', "The unit's promise"), ('agreed', 'Agreed with the client')], max_length=10)),
                ('counted_from_at', models.DateTimeField(help_text='what happened, truly, from which the limit counts')),
                ('day0', models.DateField()),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('act', models.CharField(blank=True, max_length=120)),
                ('section', models.CharField(blank=True, max_length=60)),
                ('last_day', models.DateField(blank=True, null=True)),
                ('last_day_lenient', models.DateField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('because', models.JSONField(default=dict)),
                ('skipped', models.JSONField(blank=True, default=list)),
                ('opened_at', models.DateTimeField()),
                ('met_at', models.DateTimeField(blank=True, null=True)),
                ('met_what', models.CharField(blank=True, choices=[('urgency_recorded', 'Urgency assessed and recorded'), ('assessment_started', 'Assessment of service needs started'), ('assessment_completed', 'Assessment of service needs completed'), ('service_started', 'Service started'), ('decision_made', 'Decision made'), ('supplement_requested', 'Request to complete the application sent'), ('talk_held', 'Personal talk held'), ('review_arrived', 'Request for review arrived'), ('first_answer', 'First answer given'), ('contact_held', 'Booked contact held'), ('called_back', 'Called back')], max_length=24)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=300)),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('met_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('work_item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.workitem')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True), ('met_at__isnull', True)), fields=['work_item', 'due_at'], name='clock_running'), models.Index(fields=['rule', 'last_day'], name='clock_rule_last_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('met_at__isnull', True), ('met_by__isnull', True), ('met_what', '')), models.Q(('met_at__isnull', False), ('met_by__isnull', False), models.Q(('met_what', ''), _negated=True)), _connector='OR'), name='clock_met_pair'), models.CheckConstraint(condition=models.Q(models.Q(('cancel_reason', ''), ('cancelled_at__isnull', True), ('cancelled_by__isnull', True)), models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False), models.Q(('cancel_reason', ''), _negated=True)), _connector='OR'), name='clock_cancelled_pair'), models.CheckConstraint(condition=models.Q(('met_at__isnull', True), ('cancelled_at__isnull', True), _connector='OR'), name='clock_met_or_cancelled'), models.CheckConstraint(condition=models.Q(('met_at__isnull', True), ('met_at__gte', models.F('counted_from_at')), _connector='OR'), name='clock_met_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('last_day__isnull', True), ('last_day_lenient__isnull', True)), models.Q(('day0__lte', models.F('last_day')), ('due_at__isnull', False), ('last_day__lte', models.F('last_day_lenient'))), _connector='OR'), name='clock_days_in_order'), models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True), models.Q(('rule', 'callback_agreed'), _negated=True)), fields=('work_item', 'rule', 'day0'), name='clock_once'), models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True), ('met_at__isnull', True), ('rule', 'callback_agreed')), fields=('work_item',), name='clock_one_agreed')],
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('reason', models.CharField(max_length=300)),
                ('paused_at', models.DateTimeField()),
                ('resumed_at', models.DateTimeField(blank=True, null=True)),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='deadlines.clock')),
                ('paused_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('resumed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('resumed_at__isnull', True), ('resumed_by__isnull', True), ('until__isnull', True)), models.Q(('resumed_at__isnull', False), ('resumed_by__isnull', False), ('until__isnull', False)), _connector='OR'), name='pause_resumed_pair'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='pause_reasoned'), models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('clock',), name='pause_one_running')],
            },
        ),
        migrations.CreateModel(
            name='Restart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(choices=[('completed', 'The application was completed'), ('set_time_ended', 'The set time to complete it ended')], max_length=16)),
                ('happened_at', models.DateTimeField()),
                ('before_day0', models.DateField()),
                ('before_last_day', models.DateField(blank=True, null=True)),
                ('before_because', models.JSONField(default=dict)),
                ('restarted_at', models.DateTimeField()),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restarts', to='deadlines.clock')),
                ('restarted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clock', 'event', 'happened_at'), name='restart_once'), models.CheckConstraint(condition=models.Q(('happened_at__lte', models.F('restarted_at'))), name='restart_not_future')],
            },
        ),
    ]
