"""What the worker does for the outbox.

The rows are the queue: a tick asks every few seconds what is due, one thread a channel, so that a slow mail server
holds up no text message. A message that somebody waits for is also announced as a job in the same transaction, and
the worker wakes at once. Either may run twice or never; the row's lease decides.
"""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from polku.kit import clock
from polku.outbox import sending
from polku.outbox.states import Channel

SECONDS = 2.0
AT_ONCE = 50
# A lost database comes back, after a failover or a restart too; until then the job is no failure that anybody should
# look at. Tried again after 2, 4, 8 ... 128 seconds: for more than four minutes.
WHEN_DATABASE_IS_BACK = RetryStrategy(
    max_attempts=7, exponential_wait=2, retry_exceptions=(OperationalError, InterfaceError)
)


# Writes jobs by Django's connection, and so in the caller's transaction, in the worker's own threads too.
_queue = App(connector=DjangoConnector(alias="default"))


def announce(message: int) -> None:
    """Wake a worker for this message once the caller's transaction has been committed."""
    _queue.configure_task("outbox.send", queue="messages").defer(message=message)


@app.task(name="outbox.send", queue="messages", retry=WHEN_DATABASE_IS_BACK)
def send(message: int) -> None:
    """Send one message now, unless it has gone or is in hand."""
    sending.send_now(pk=message, at=clock.now())


def send_texts() -> None:
    """Send the text messages that are due."""
    sending.send_due(at=clock.now(), limit=AT_ONCE, channels=(Channel.SMS,))


def send_mails() -> None:
    """Send the mails that are due."""
    sending.send_due(at=clock.now(), limit=AT_ONCE, channels=(Channel.EMAIL,))


TICKS = ((SECONDS, send_texts), (SECONDS, send_mails))
