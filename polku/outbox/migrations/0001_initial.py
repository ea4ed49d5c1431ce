import django.db.models.deletion
import polku.kit.public_id
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=polku.kit.public_id.new, editable=False, max_length=16, unique=True)),
                ('key', models.CharField(max_length=200, unique=True, verbose_name='what it is about')),
                ('reference', models.CharField(max_length=200, unique=True)),
                ('channel', models.CharField(choices=[('sms', 'Text message'), ('email', 'E-mail'), ('letter', 'Letter')], max_length=8, verbose_name='channel')),
                ('recipient', models.TextField(verbose_name='recipient')),
                ('language', models.CharField(choices=[('fi', 'Finnish'), ('sv', 'Swedish'), ('en', 'English')], max_length=2, verbose_name='language')),
                ('template', models.CharField(max_length=60)),
                ('template_version', models.PositiveSmallIntegerField()),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('body', models.TextField(verbose_name='text')),
                ('immediate', models.BooleanField(default=False)),
                ('not_before', models.DateTimeField(blank=True, null=True)),
                ('not_after', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('queued', 'Waiting to be sent'), ('sending', 'Being sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('failed', 'Could not be delivered'), ('given_up', 'Sending did not succeed'), ('cancelled', 'Cancelled'), ('handed_over', 'Handed over')], default='queued', max_length=12, verbose_name='state')),
                ('created_at', models.DateTimeField(verbose_name='written at')),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('tries_left', models.PositiveSmallIntegerField(default=0)),
                ('provider_id', models.CharField(blank=True, max_length=200)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='delivered at')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('instead_of', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='outbox.message')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'indexes': [models.Index(models.F('channel'), models.OrderBy(models.F('immediate'), descending=True), models.F('next_try_at'), models.F('id'), condition=models.Q(('state__in', ('queued', 'sending'))), name='message_due'), models.Index(condition=models.Q(('state__in', ['failed', 'given_up'])), fields=['-closed_at', '-id'], name='message_undelivered'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='message_provider_id')],
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['sms', 'email', 'letter'])), name='message_channel'), models.CheckConstraint(condition=models.Q(('language__in', ['fi', 'sv', 'en'])), name='message_language'), models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sending', 'sent', 'delivered', 'failed', 'given_up', 'cancelled', 'handed_over'])), name='message_state'), models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'sending')), models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='message_lease_only_while_sending'), models.CheckConstraint(condition=models.Q(models.Q(('next_try_at__isnull', False), ('state__in', ('queued', 'sending'))), models.Q(models.Q(('state__in', ('queued', 'sending')), _negated=True), ('next_try_at__isnull', True)), _connector='OR'), name='message_next_try_only_while_waiting'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'delivered']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='message_sent_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('delivered_at__isnull', False), ('state', 'delivered')), models.Q(models.Q(('state', 'delivered'), _negated=True), ('delivered_at__isnull', True)), _connector='OR'), name='message_delivered_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state__in', ['failed', 'given_up', 'cancelled', 'handed_over'])), models.Q(models.Q(('state__in', ['failed', 'given_up', 'cancelled', 'handed_over']), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='message_closed_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'letter'), _negated=True), ('state__in', ['queued', 'cancelled', 'handed_over']), _connector='OR'), name='message_letters_are_not_sent'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'sms'), ('subject', '')), models.Q(models.Q(('channel', 'sms'), _negated=True), models.Q(('subject', ''), _negated=True)), _connector='OR'), name='message_mail_and_letters_have_subject')],
            },
        ),
        migrations.CreateModel(
            name='Enclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('content_type', models.CharField(max_length=100)),
                ('content', models.BinaryField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enclosures', to='outbox.message')),
            ],
            options={
                'ordering': ('message_id', 'place'),
                'constraints': [models.UniqueConstraint(fields=('message', 'place'), name='enclosure_place')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('delivered', models.BooleanField()),
                ('status', models.CharField(max_length=60)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='outbox.message')),
            ],
            options={
                'ordering': ('message_id', 'at', 'id'),
                'constraints': [models.UniqueConstraint(fields=('message', 'status'), name='receipt_once')],
            },
        ),
        migrations.CreateModel(
            name='Try',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('started', 'Under way'), ('accepted', 'Accepted'), ('temporary', 'To be repeated'), ('permanent', 'Refused'), ('unknown', 'Connection was cut'), ('interrupted', 'Sender stopped')], default='started', max_length=12)),
                ('detail', models.CharField(blank=True, max_length=200)),
                ('provider_id', models.CharField(blank=True, max_length=200)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log', to='outbox.message')),
            ],
            options={
                'ordering': ('message_id', 'number'),
                'indexes': [models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='try_provider_id')],
                'constraints': [models.UniqueConstraint(fields=('message', 'number'), name='try_number'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('outcome', 'started')), models.Q(models.Q(('outcome', 'started'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='try_ended')],
            },
        ),
    ]
