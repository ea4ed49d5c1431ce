"""A mail server and an SMS operator on real sockets that behave as badly as a test asks."""

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SILENCE = 3.0
"""Seconds that a silent server stays silent: longer than any patience in these tests."""


@dataclass
class Received:
    """What came in, in order, whatever was answered; ``taken`` only what the server took responsibility for."""

    seen: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    on_mail: Callable[[], object] = lambda: None
    behaviours: list[str] = field(default_factory=list)
    """What to do with the next ones; afterwards everything is accepted."""

    def next_behaviour(self) -> str:
        return self.behaviours.pop(0) if self.behaviours else "accept"


class MailHandler:
    """Behaves by the list, at the step that the behaviour is about."""

    def __init__(self, received: Received) -> None:
        self.received = received
        self.doing = ""

    async def handle_EHLO(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if not session.ssl:
            self.doing = self.received.next_behaviour()
        if self.doing == "cut_before":
            assert server.transport is not None
            server.transport.abort()
        if self.doing == "silent_before":
            await asyncio.sleep(SILENCE)
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.doing == "refuse_for_now":
            return "450 4.2.1 mailbox of that person is busy"
        if self.doing == "refuse_for_good":
            return f"550 5.1.1 no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert server.transport is not None
        assert isinstance(envelope.original_content, bytes)
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        name = str(mail["Message-ID"])
        self.received.seen.append(name)
        if self.doing == "content_refused_for_now":
            return "451 4.3.0 try again"
        if self.doing == "content_refused_for_good":
            return "554 5.7.1 not wanted"
        self.received.taken.append(name)
        self.received.mails.append(mail)
        self.received.on_mail()
        if self.doing == "cut_after":
            server.transport.abort()
        if self.doing == "silent_after":
            await asyncio.sleep(SILENCE)
        if self.doing == "drip":
            for letter in b"250-this answer never ends in time....................":
                server.transport.write(bytes([letter]))
                await asyncio.sleep(0.1)
        return {"twice": "250 OK\r\n250 OK", "nonsense": "hello there"}.get(self.doing, "250 OK")


class _MailController(Controller):
    settings: ClassVar[dict[str, Any]] = {}

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(received: Received, *, starttls: ssl.SSLContext | None = None, password: str = "") -> Iterator[int]:
    """A mail server on this machine; gives its port."""

    def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=good, handled=False)

    options: dict[str, Any] = {"data_size_limit": 10_000_000}
    if starttls:
        options |= {"tls_context": starttls, "require_starttls": True}
    if password:
        options |= {"authenticator": sign_in, "auth_required": True, "auth_require_tls": starttls is not None}
    controller = _MailController(MailHandler(received), hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class _SmsHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: ClassVar[Received]

    def do_POST(self) -> None:
        received = self.received
        behaviour = received.next_behaviour()
        if behaviour == "cut_before":
            self._cut()
            return
        if behaviour == "silent_before":
            time.sleep(SILENCE)
            self._cut()
            return
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self._cut()  # the sender died in mid-sentence: nothing was asked
            return
        received.requests.append((self.command, self.path, dict(self.headers), body))
        reference = json.loads(body).get("reference", "") if body.startswith(b"{") else ""
        received.seen.append(reference)
        status, answer = {
            "refuse_for_now": (503, b'{"error": "busy"}'),
            "too_many": (429, b"{}"),
            "wrong_key": (401, b"{}"),
            "refuse_for_good": (400, b'{"error": "no such number +358401234567"}'),
            "broken": (500, b"oops"),
            "nonsense": (200, b"<html>"),
            "other_json": (200, b"[1, 2]"),
            "moved": (302, b""),
            "said_no": (200, b'{"status": "rejected", "id": "x"}'),
            "said_later": (200, b'{"status": "throttled", "id": "x"}'),
            "had_it": (409, b"{}"),
        }.get(behaviour, (200, b'{"status": "queued", "id": "op-1"}'))
        if status == 200 and behaviour not in {"said_no", "said_later"}:
            received.taken.append(reference)
        if behaviour == "cut_after":
            self._cut()
            return
        if behaviour == "silent_after":
            time.sleep(SILENCE)
            self._cut()
            return
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n"
        if status == 302:
            head += "Location: http://127.0.0.1:1/elsewhere\r\n"
        whole = head.encode() + b"\r\n" + answer
        self._write(whole, behaviour)

    do_PUT = do_POST  # noqa: N815

    def _write(self, whole: bytes, behaviour: str) -> None:
        self.close_connection = True
        try:
            if behaviour == "drip":
                for letter in whole:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.1)
            else:
                self.wfile.write(whole * (2 if behaviour == "twice" else 1))
        except OSError:
            pass  # the sender's patience has ended: that is what is tested

    def _cut(self) -> None:
        self.close_connection = True
        # Zero linger: the other end sees a reset and not an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.connection.close()

    def log_message(self, *_: object) -> None:
        pass


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def sms_operator(received: Received) -> Iterator[int]:
    """An SMS operator on this machine; gives its port."""
    handler = type("Handler", (_SmsHandler,), {"received": received})
    server = _QuietServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
