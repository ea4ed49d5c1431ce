"""A server that behaves as Suomi.fi messages is documented to: tokens, mailboxes, enclosures, letters, events."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

SILENCE = 3.0
USER, PASSWORD, SERVICE = "polku", "salasana-jota-kukaan-ei-arvaa-123", "palvelu-1"
PAGE = 2


@dataclass
class Service:
    """What the service knows. `behaviours` are used up one a letter; afterwards letters are taken."""

    mailboxes: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    token_lasts: int = 3600
    enclosures: dict[str, bytes] = field(default_factory=dict)
    letters: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    behaviours: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    sign_ins: int = 0
    tries: int = 0

    def happens(self, kind: str, external_id: str | None, at: str = "2026-11-25T09:00:00.000Z") -> None:
        about: dict[str, Any] = {"messageId": self.numbers.get(external_id or "", 7), "serviceId": SERVICE}
        if external_id is not None:
            about["externalId"] = external_id
        self.events.append({"type": kind, "eventTime": at, "metadata": about})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: ClassVar[Service]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.service.paths.append(self.path)
        if self.path == "/v1/token":
            return self._token(json.loads(body))
        if self.headers.get("Authorization") not in self.service.tokens:
            return self._answer(401, {"message": "Unauthorized"})
        if self.path == "/v1/mailboxes/active":
            asked = [user["id"] for user in json.loads(body)["endUsers"]]
            active = [{"id": code} for code in asked if code in self.service.mailboxes]
            return self._answer(200, {"endUsersWithActiveMailbox": active})
        if self.path == "/v2/attachments":
            return self._enclosure(body)
        if self.path == "/v2/messages/electronic":
            return self._letter(json.loads(body))
        return self._answer(404, {})

    def do_GET(self) -> None:
        self.service.paths.append(self.path)
        if self.headers.get("Authorization") not in self.service.tokens:
            return self._answer(401, {})
        parts = urlsplit(self.path)
        first = int(parse_qs(parts.query).get("continuationToken", ["0"])[0])
        rows = self.service.events[first : first + PAGE]
        return self._answer(200, {"events": rows, "continuationToken": str(first + len(rows))})

    def _token(self, told: dict[str, str]) -> None:
        if told != {"username": USER, "password": PASSWORD}:
            return self._answer(401, {"message": f"wrong password of {told['username']}"})
        self.service.sign_ins += 1
        token = f"token-{self.service.sign_ins}"
        self.service.tokens = {token}
        return self._answer(
            200, {"access_token": token, "token_type": "Bearer", "expires_in": self.service.token_lasts}
        )

    def _enclosure(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = message_from_bytes(head + body, policy=policy.default).iter_parts()  # type: ignore[attr-defined]
        number = f"enclosure-{len(self.service.enclosures) + 1}"
        self.service.enclosures[number] = part.get_content()
        self._answer(201, {"attachmentId": number})

    def _letter(self, letter: dict[str, Any]) -> None:
        service = self.service
        service.tries += 1
        behaviour = service.behaviours.pop(0) if service.behaviours else "take"
        if behaviour == "busy":
            return self._answer(503, {"message": "busy"})
        if behaviour == "refuse":
            return self._answer(400, {"message": f"no such person {letter['recipient']['id']}"})
        if behaviour == "silent":
            time.sleep(SILENCE)
            return self._cut()
        known = service.numbers.get(letter["externalId"])
        if known is not None:
            return self._answer(409, {"messageId": known})
        if letter["recipient"]["id"] not in service.mailboxes:
            return self._answer(400, {"errorCode": "MAILBOX_NOT_IN_USE"})
        if any(one["attachmentId"] not in service.enclosures for one in letter["electronic"]["attachments"]):
            return self._answer(400, {"message": "no such attachment"})
        service.numbers[letter["externalId"]] = len(service.numbers) + 1001
        service.letters[letter["externalId"]] = letter
        service.happens("Electronic message created", letter["externalId"])
        if behaviour == "cut_after":
            return self._cut()
        if behaviour == "nonsense":
            return self._answer(200, None)
        return self._answer(200, {"messageId": service.numbers[letter["externalId"]]}, drips=behaviour == "drip")

    def _answer(self, status: int, told: dict[str, Any] | None, *, drips: bool = False) -> None:
        body = b"<html>" if told is None else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            for letter in (bytes([one]) for one in body) if drips else (body,):
                self.wfile.write(letter)
                if drips:
                    time.sleep(0.1)
        except OSError:
            self.close_connection = True  # the asker's patience has ended: that is what is tested

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def messages_service() -> Iterator[tuple[str, Service]]:
    """The service on this machine; gives its address and what it knows."""
    service = Service()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", service
    finally:
        server.shutdown()
        server.server_close()
