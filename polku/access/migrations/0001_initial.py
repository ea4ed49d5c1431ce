import django.contrib.postgres.fields
import django.db.models.deletion
import polku.kit.public_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=60, unique=True)),
                ('kind', models.CharField(choices=[('county', 'Wellbeing services county'), ('health_operator', 'Outsourced health station operator'), ('housing_provider', 'Housing service provider'), ('third_sector', 'Third sector organisation'), ('kela', 'Social Insurance Institution of Finland')], max_length=20)),
                ('name_fi', models.CharField(max_length=120)),
                ('name_sv', models.CharField(max_length=120)),
                ('name_en', models.CharField(max_length=120)),
                ('business_id', models.CharField(blank=True, max_length=9)),
            ],
        ),
        migrations.CreateModel(
            name='Actor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('staff', 'Staff member'), ('source', 'Information system'), ('link', 'Client by link'), ('client', 'Identified client'), ('provider', "Service provider's contact"), ('job', 'Automatic task')], max_length=10)),
                ('name', models.CharField(max_length=200)),
                ('title_fi', models.CharField(blank=True, max_length=120)),
                ('title_sv', models.CharField(blank=True, max_length=120)),
                ('title_en', models.CharField(blank=True, max_length=120)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, default=list, size=None)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'name'], name='actor_kind_name')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'job')), fields=('kind', 'name'), name='actor_one_job')],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=150, unique=True, verbose_name='user name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('is_active', models.BooleanField(default=True)),
                ('letter_keys', models.BooleanField(default=True, verbose_name='single-letter shortcuts')),
                ('actor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='account', to='access.actor')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('set', models.CharField(max_length=40)),
                ('key', models.SlugField(max_length=60)),
                ('name_fi', models.CharField(max_length=200)),
                ('name_sv', models.CharField(max_length=200)),
                ('name_en', models.CharField(max_length=200)),
                ('hint_fi', models.TextField(blank=True)),
                ('hint_sv', models.TextField(blank=True)),
                ('hint_en', models.TextField(blank=True)),
                ('place', models.PositiveSmallIntegerField(default=0)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('national_system', models.CharField(blank=True, max_length=80)),
                ('national_value', models.CharField(blank=True, max_length=80)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='code_period'), models.UniqueConstraint(fields=('set', 'key', 'valid_from'), name='code_once')],
            },
        ),
        migrations.CreateModel(
            name='Municipality',
            fields=[
                ('code', models.CharField(max_length=3, primary_key=True, serialize=False)),
                ('name_fi', models.CharField(max_length=60)),
                ('name_sv', models.CharField(max_length=60)),
                ('in_county', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['in_county', 'name_fi'], name='municipality_county')],
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('key', models.SlugField(max_length=60, unique=True)),
                ('kind', models.CharField(choices=[('team', 'Team'), ('station', 'Health station'), ('local_office', 'Local guidance point'), ('home', 'Housing unit')], max_length=20)),
                ('name_fi', models.CharField(max_length=120)),
                ('name_sv', models.CharField(max_length=120)),
                ('name_en', models.CharField(max_length=120)),
                ('street_fi', models.CharField(blank=True, max_length=120)),
                ('street_sv', models.CharField(blank=True, max_length=120)),
                ('postcode', models.CharField(blank=True, max_length=5)),
                ('phone', models.CharField(blank=True, max_length=20)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), default=list, size=None)),
                ('record_system', models.CharField(blank=True, max_length=60)),
                ('urgent_alarm_minutes', models.PositiveSmallIntegerField(default=30)),
                ('hold_minutes', models.PositiveSmallIntegerField(default=5)),
                ('soon_minutes', models.PositiveSmallIntegerField(default=180)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('municipality', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.municipality')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='access.organisation')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='unit_period')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('per_minute', models.PositiveIntegerField(default=600)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('actor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='source', to='access.actor')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='source_period')],
            },
        ),
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=40)),
                ('days', models.PositiveSmallIntegerField(default=1)),
                ('cutoff', models.TimeField(blank=True, help_text="Later contacts count as the next day's; empty = 24.00", null=True)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='promises', to='access.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='promise_period'), models.UniqueConstraint(fields=('unit', 'rule', 'valid_from'), name='promise_once')],
            },
        ),
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField()),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opening_hours', to='access.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='openinghours_period'), models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='openinghours_order'), models.CheckConstraint(condition=models.Q(('weekday__range', (1, 7))), name='openinghours_weekday'), models.UniqueConstraint(fields=('unit', 'weekday', 'valid_from'), name='openinghours_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('guidance', 'Client guidance worker'), ('social_worker', 'Social worker'), ('counsellor', 'Social counsellor'), ('nurse', 'Nurse'), ('health', 'Health station staff'), ('secretary', 'Secretary'), ('lead', 'Head of unit'), ('protection_officer', 'Data protection officer'), ('admin', 'Main user')], max_length=20)),
                ('task_group', models.CharField(choices=[('broad', 'Broad responsibility for clients (12 §)'), ('arranging', 'Arranging a social service (13 §)'), ('supervisor', 'Child welfare supervisor (14 §)'), ('delivery', 'Delivering a social service (15 §)'), ('private', 'Private service provider (16 §)'), ('administrative', 'Administrative tasks (17 §)'), ('health_care', 'Health care in a joint service (18-19 §)'), ('management', 'Management, reports without identifiers (24 §)')], max_length=20)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='access.actor')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='access.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['unit', 'role'], name='membership_unit_role')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='membership_period'), models.UniqueConstraint(fields=('actor', 'unit', 'role', 'valid_from'), name='membership_once')],
            },
        ),
        migrations.CreateModel(
            name='ClosingDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('opens', models.TimeField(blank=True, null=True)),
                ('closes', models.TimeField(blank=True, null=True)),
                ('reason_fi', models.CharField(blank=True, max_length=120)),
                ('reason_sv', models.CharField(blank=True, max_length=120)),
                ('reason_en', models.CharField(blank=True, max_length=120)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closing_days', to='access.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('closes__isnull', True), ('opens__isnull', True)), ('closes__gt', models.F('opens')), _connector='OR'), name='closingday_hours'), models.UniqueConstraint(fields=('unit', 'day'), name='closingday_once')],
            },
        ),
        migrations.CreateModel(
            name='UnitArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('min_age', models.PositiveSmallIntegerField(default=0)),
                ('max_age', models.PositiveSmallIntegerField(default=150)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.municipality')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='areas', to='access.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='unitarea_period'), models.CheckConstraint(condition=models.Q(('max_age__gte', models.F('min_age'))), name='unitarea_ages'), models.UniqueConstraint(fields=('unit', 'municipality', 'valid_from'), name='unitarea_once')],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('holiday', 'Holiday'), ('training', 'Training or meeting'), ('other', 'Away')], default='other', max_length=10)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to='access.actor')),
            ],
            options={
                'indexes': [models.Index(fields=['actor', 'ends_at'], name='absence_actor_end')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_period')],
            },
        ),
        migrations.CreateModel(
            name='Deputy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deputies', to='access.actor')),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deputises', to='access.actor')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='deputy_period'), models.CheckConstraint(condition=models.Q(('actor', models.F('deputy')), _negated=True), name='deputy_other')],
            },
        ),
    ]
