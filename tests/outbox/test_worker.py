"""The real worker as a process, against a real mail server and a real SMS operator, killed in mid-sentence."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings

from polku.kit import clock
from tests.gateways.servers import Received, mail_server, sms_operator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Seconds within which a worker has begun, on a machine that does other things too.
STARTS = 240
# Seconds within which one that runs does what is due; most of it is for a busy machine.
ACTS = 120


def environment(mail_port: int, sms_port: int) -> dict[str, str]:
    """What a production worker is given, with short patience."""
    place = settings.DATABASES["default"]
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{place['USER']}@/{place['NAME']}?host={place['HOST']}&port={place['PORT']}",
        "BASE_URL": "https://polku.example.fi",
        "SECRET_KEY": "0123456789abcdef" * 4,
        "MAIL_BY": "smtp",
        "MAIL_FROM": "viestit@example.fi",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail_port),
        "SMTP_SECURITY": "none",
        "SMTP_TIMEOUT": "1",
        "SMTP_LONGEST": "1",
        "SMS_BY": "http",
        "SMS_URL": f"http://127.0.0.1:{sms_port}/send",
        "SMS_SENDER": "Polku",
        "SMS_TIMEOUT": "1",
        "SMS_LONGEST": "1",
        "MESSAGE_LEASE": "3",
    }


@contextmanager
def worker(variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "polku.site.cli", "worker"], env=variables, stdin=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_worker_killed_at_any_moment_sends_every_message_and_repeats_with_the_same_id(queued: Any) -> None:
    from polku.outbox.models import Message
    from polku.outbox.states import State

    received = Received()
    chance = random.Random(7)
    with mail_server(received) as mail_port, sms_operator(received) as sms_port:
        variables = environment(mail_port, sms_port)
        for number in range(30):
            queued(key=f"mail{number}", channel="email", to="a@example.fi", at=clock.now(), immediate=True)
            queued(key=f"sms{number}", at=clock.now(), immediate=number % 2 == 0, not_before=clock.now())
        Message.objects.filter(state=State.QUEUED).update(next_try_at=clock.now())
        for kill in range(6):
            with worker(variables) as process:
                heard = len(received.taken)
                if kill % 2:
                    # In the very middle: the server has the mail, the worker has not heard so.
                    received.on_mail = process.kill
                    wait_until(lambda: process.poll() is not None, STARTS)
                    received.on_mail = lambda: None
                else:
                    wait_until(lambda before=heard: len(received.taken) > before, STARTS)  # type: ignore[misc]
                    time.sleep(chance.random() * 0.2)
                process.kill()
                process.wait()
        with worker(variables) as process:
            assert wait_until(lambda: not Message.objects.exclude(state=State.SENT).exists(), STARTS)
            process.send_signal(signal.SIGTERM)
            assert process.wait(ACTS) == 0

    references = set(Message.objects.values_list("reference", flat=True))
    assert set(received.taken) == references
    repeated = [name for name, times in Counter(received.taken).items() if times > 1]
    assert repeated, "no kill came between a message and its mark; the test proves nothing"
    for name in repeated:
        copies = {mail.as_bytes() for mail in received.mails if mail["Message-ID"] == name}
        assert len(copies) <= 1, "a repeat differs from the first"
    assert set(Message.objects.filter(reference__in=repeated).values_list("state", flat=True)) == {State.SENT}


def test_worker_sends_at_once_what_somebody_waits_for(queued: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    received = Received()
    with (
        mail_server(received) as mail_port,
        sms_operator(received) as sms_port,
        worker(environment(mail_port, sms_port)) as process,
    ):
        queued(key="first", at=clock.now(), immediate=True)
        assert wait_until(lambda: len(received.taken) == 1, STARTS)
        queued(key="second", at=clock.now(), immediate=True)
        assert wait_until(lambda: len(received.taken) == 2, ACTS)
        # The queue has had their jobs, and they leave no row behind.
        assert wait_until(lambda: not ProcrastinateJob.objects.filter(task_name="outbox.send").exists(), ACTS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ACTS) == 0


def test_worker_goes_on_when_it_has_lost_the_database(queued: Any, cluster: Any) -> None:
    from django.db import connection

    received = Received()
    with (
        mail_server(received) as mail_port,
        sms_operator(received) as sms_port,
        worker(environment(mail_port, sms_port)) as process,
    ):
        queued(key="before", at=clock.now(), immediate=True)
        assert wait_until(lambda: len(received.taken) == 1, STARTS)
        connection.close()
        with cluster.connect(user="postgres") as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        queued(key="after", at=clock.now(), immediate=True)
        # The first may go a second time under its id, when its mark was lost with the connection.
        assert wait_until(lambda: len(set(received.taken)) == 2, ACTS)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(ACTS) == 0
