import django.db.models.deletion
import polku.kit.public_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('clients', '0002_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('reference', models.CharField(max_length=11, unique=True)),
                ('initiated_at', models.DateTimeField(help_text='vireilletulo, 1301/2014 34.1 §: every clock counts from here')),
                ('initiated_how', models.CharField(choices=[('application', 'Application'), ('contact', 'Contact'), ('notification', 'Notification of the need for social care'), ('worker', 'A worker learned of the need'), ('other', 'Other')], max_length=12)),
                ('clienthood_from', models.DateField(blank=True, help_text='asiakkuus, 1301/2014 34.2 §', null=True)),
                ('clienthood_until', models.DateField(blank=True, null=True)),
                ('register', models.CharField(choices=[('social', 'Social care register'), ('patient', 'Patient register')], default='social', max_length=10)),
                ('language', models.CharField(default='fi', help_text='language of procedure, 423/2003 12 §', max_length=2)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_ground', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('key', models.CharField(blank=True, max_length=80)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.unit')),
            ],
        ),
        migrations.CreateModel(
            name='ExternalId',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('system', models.CharField(max_length=60)),
                ('value', models.CharField(max_length=120)),
                ('names', models.CharField(help_text='what it names: contact, case, client, document', max_length=30)),
                ('thing', models.CharField(help_text='our public id', max_length=16)),
            ],
            options={
                'indexes': [models.Index(fields=['names', 'thing'], name='externalid_thing')],
                'constraints': [models.UniqueConstraint(fields=('system', 'value', 'names'), name='externalid_once')],
            },
        ),
        migrations.CreateModel(
            name='WorkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('contact', 'Contact'), ('case', 'Case'), ('call_back', 'Call-back'), ('attempt', 'New attempt to reach the client')], max_length=12)),
                ('urgent', models.BooleanField(default=False)),
                ('next_due', models.DateTimeField(blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('hold_until', models.DateField(blank=True, null=True)),
                ('hold_reason', models.CharField(blank=True, max_length=300)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.unit')),
            ],
            options={
                'indexes': [models.Index(models.F('unit'), models.OrderBy(models.F('urgent'), descending=True), models.F('next_due'), models.F('id'), condition=models.Q(('closed_at__isnull', True)), name='workitem_open_by_unit'), models.Index(models.F('assignee'), models.OrderBy(models.F('urgent'), descending=True), models.F('next_due'), models.F('id'), condition=models.Q(('assignee__isnull', False), ('closed_at__isnull', True)), name='workitem_open_by_assignee'), models.Index(condition=models.Q(('closed_at__isnull', True), ('hold_until__isnull', False)), fields=['hold_until'], name='workitem_on_hold')],
                'constraints': [models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='workitem_order'), models.CheckConstraint(condition=models.Q(models.Q(('hold_reason', ''), ('hold_until__isnull', True)), models.Q(('hold_until__isnull', False), models.Q(('hold_reason', ''), _negated=True)), _connector='OR'), name='workitem_hold_reasoned')],
            },
        ),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('event', models.CharField(max_length=60)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('text', models.TextField(blank=True)),
                ('source', models.CharField(blank=True, max_length=300)),
                ('happened_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('actor_name', models.CharField(max_length=200)),
                ('actor_title', models.CharField(blank=True, max_length=120)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('client', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('corrects', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='cases.timelineentry')),
                ('work_item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.workitem')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('case__isnull', False)), fields=['case', '-happened_at'], name='timeline_case'), models.Index(condition=models.Q(('client__isnull', False)), fields=['client', '-happened_at'], name='timeline_client'), models.Index(condition=models.Q(('work_item__isnull', False)), fields=['work_item', '-happened_at'], name='timeline_item')],
                'constraints': [models.CheckConstraint(condition=models.Q(('happened_at__lte', models.F('recorded_at'))), name='timeline_not_future'), models.CheckConstraint(condition=models.Q(('work_item__isnull', False), ('case__isnull', False), ('client__isnull', False), _connector='OR'), name='timeline_about_something')],
            },
        ),
        migrations.CreateModel(
            name='Relation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('own_worker', 'Own worker'), ('unit_case', "The unit's case"), ('contact_in_hand', 'Contact in hand'), ('appointment', 'Appointment'), ('emergency', 'Opened by giving a reason')], max_length=16)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.unit')),
                ('work_item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.workitem')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor', 'client'], name='relation_actor'), models.Index(condition=models.Q(('unit__isnull', False)), fields=['unit', 'client'], name='relation_unit'), models.Index(fields=['client', 'starts_at'], name='relation_client'), models.Index(condition=models.Q(('work_item__isnull', False)), fields=['work_item'], name='relation_work_item')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('actor__isnull', False), ('unit__isnull', True)), models.Q(('actor__isnull', True), ('unit__isnull', False)), _connector='OR'), name='relation_actor_or_unit'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'emergency'), _negated=True), models.Q(models.Q(('reason', ''), _negated=True), ('ends_at__isnull', False)), _connector='OR'), name='relation_emergency_reasoned'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='relation_period')],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='work_item',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.workitem'),
        ),
        migrations.CreateModel(
            name='CasePerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('client', 'Client'), ('guardian', 'Guardian'), ('representative', 'Representative'), ('near_person', 'Near person')], max_length=15)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='cases.case')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'client', 'role'), name='caseperson_once')],
            },
        ),
        migrations.CreateModel(
            name='CaseServiceTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(choices=[('families', 'Services for families with children'), ('working_age', 'Services for working-age people'), ('older', 'Services for older people'), ('substance', 'Special services of substance abuse and addiction work'), ('disability', 'Disability services'), ('child_welfare', 'Child welfare'), ('family_law', 'Family law services')], max_length=15)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='service_tasks', to='cases.case')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'task'), name='caseservicetask_once')],
            },
        ),
        migrations.CreateModel(
            name='NamedWorker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.actor')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='named_workers', to='cases.case')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='namedworker_period'), models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('case',), name='namedworker_one')],
            },
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['client', 'initiated_at'], name='case_client'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_ground', '')), models.Q(('closed_at__isnull', False), models.Q(('closed_ground', ''), _negated=True)), _connector='OR'), name='case_closed_with_ground'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('clienthood_until__isnull', True), ('clienthood_until__gte', models.F('clienthood_from')), _connector='OR'), name='case_clienthood'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('created_by', 'key'), name='case_key_once'),
        ),
    ]
