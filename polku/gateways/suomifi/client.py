"""The three things asked of Suomi.fi messages: who has a mailbox, take this letter, what has happened since.

A letter carries our own id of the delivery: sent again after a cut line it is the same letter, and the service answers
409 with the number it gave it the first time. The identity code travels in the body of a request only, never in an
address; what the service writes in its answers is not kept, for it may quote it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from polku.gateways.contract import Outcome, Result
from polku.gateways.suomifi.settings import SuomiFiSettings

LARGEST_ANSWER = 4_000_000
LARGEST_FILE = 10_485_760
MOST_ASKED = 100
NO_MAILBOX = "mailbox_not_in_use"
# A token is used until shortly before it ends: a clock may differ.
MARGIN_SECONDS = 60.0


class NotNow(Exception):
    """The service did not answer, or answered what cannot be read. The text holds codes only."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What leaves: a neutral title and text, the decision as an enclosure. Equal at every repeat."""

    external_id: str
    recipient: str = field(repr=False)
    title: str
    body: str
    file_name: str
    pdf: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not (1 <= len(self.external_id) <= 256):
            raise ValueError("The id of a letter has 1 to 256 characters.")
        if not self.title or len(self.title) > 256 or len(self.body) > 40_000:
            raise ValueError("A title has 1 to 256 characters, a text at most 40,000.")
        if len(self.pdf) > LARGEST_FILE:
            raise ValueError("An enclosure is at most 10 MB.")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became of a letter: the service's own word for it, when, of which letter of ours."""

    kind: str
    at: datetime
    external_id: str
    message_id: str


class SuomiFi:
    """Talks to the service; one signed-in session at a time, signed in anew when its token ends."""

    def __init__(self, settings: SuomiFiSettings) -> None:
        self._settings = settings
        verify: str | bool = settings.ca_file or True
        self._client = httpx.Client(
            base_url=settings.url, timeout=settings.timeout_seconds, verify=verify, follow_redirects=False
        )
        self._token = ""
        self._until = 0.0

    @property
    def longest_seconds(self) -> float:
        """The longest time one `send` may take: signing in, the enclosure, the letter, and once more after a 401."""
        return 6 * self._settings.longest_seconds

    def close(self) -> None:
        """Give the connection up."""
        self._client.close()

    def active(self, codes: Iterable[str]) -> set[str]:
        """Return those identity codes whose holders read Suomi.fi messages.

        Raises:
            NotNow: the service did not tell.
        """
        wanted, found = sorted(set(codes)), set[str]()
        for first in range(0, len(wanted), MOST_ASKED):
            asked = wanted[first : first + MOST_ASKED]
            body = {"endUsers": [{"id": code} for code in asked]}
            status, answer = self._signed("POST", "/v1/mailboxes/active", json=body)
            users = answer.get("endUsersWithActiveMailbox") if status == 200 else None
            if not isinstance(users, list):
                raise NotNow(f"status {status}")
            told = {user.get("id") for user in users if isinstance(user, Mapping)}
            found |= {code for code in asked if code in told}
        return found

    def send(self, letter: Letter) -> Result:
        """Hand one letter over. UNKNOWN means: it may have gone, send it again with the same id."""
        try:
            status, answer = self._signed(
                "POST", "/v2/attachments", files={"file": (letter.file_name, letter.pdf, "application/pdf")}
            )
        except NotNow as error:
            return Result(Outcome.TEMPORARY, f"enclosure: {error}")
        enclosure = answer.get("attachmentId")
        if not (200 <= status < 300 and isinstance(enclosure, str) and enclosure):
            outcome = Outcome.PERMANENT if status in {400, 413, 415, 422} else Outcome.TEMPORARY
            return Result(outcome, f"enclosure: status {status}")
        try:
            status, answer = self._signed("POST", "/v2/messages/electronic", json=self._message(letter, enclosure))
        except NotNow as error:
            return Result(Outcome.UNKNOWN, str(error))
        return _judge(status, answer)

    def events(self, token: str = "") -> tuple[list[Event], str]:
        """Return what has happened since the place that `token` names, and the place to go on from.

        Raises:
            NotNow: the service did not tell.
        """
        status, answer = self._signed("GET", "/v2/events", params={"continuationToken": token} if token else None)
        rows, following = answer.get("events"), answer.get("continuationToken")
        if status != 200 or not isinstance(rows, list) or not isinstance(following, str):
            raise NotNow(f"status {status}")
        return [event for event in map(_event, rows) if event is not None], following

    def _message(self, letter: Letter, enclosure: str) -> dict[str, Any]:
        return {
            "externalId": letter.external_id,
            "sender": {"serviceId": self._settings.service_id},
            "recipient": {"id": letter.recipient},
            "electronic": {
                "title": letter.title,
                "body": letter.body,
                "bodyFormat": "Text",
                "messageServiceType": "Normal",
                "replyAllowedBy": "No one",
                "visibility": "Recipient only",
                "attachments": [{"attachmentId": enclosure}],
                # Who is a client of social care is secret: the notice on a phone does not name the sender.
                "notifications": {
                    "senderDetailsInNotifications": "None",
                    "unreadMessageNotification": {"reminder": "Default reminder"},
                },
            },
        }

    def _signed(self, method: str, path: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        """Ask with a token; once more with a new one when it has ended sooner than it said."""
        status, answer = self._ask(method, path, headers={"Authorization": self._signed_in()}, **sent)
        if status == httpx.codes.UNAUTHORIZED:
            self._token = ""
            status, answer = self._ask(method, path, headers={"Authorization": self._signed_in()}, **sent)
        return status, answer

    def _signed_in(self) -> str:
        if self._token and time.monotonic() < self._until:
            return self._token
        told = {"username": self._settings.username, "password": self._settings.password}
        status, answer = self._ask("POST", "/v1/token", json=told)
        token, lasts = answer.get("access_token"), answer.get("expires_in")
        if status != 200 or not isinstance(token, str) or not token or not isinstance(lasts, int | float):
            raise NotNow(f"signing in: status {status}")
        self._token, self._until = token, time.monotonic() + max(0.0, float(lasts) - MARGIN_SECONDS)
        return token

    def _ask(self, method: str, path: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON object of one answer, read within the longest time."""
        until = time.monotonic() + self._settings.longest_seconds
        content = bytearray()
        try:
            with self._client.stream(method, path, **sent) as answer:
                for piece in answer.iter_bytes():
                    content += piece
                    # A silent line has its own limit; one that drips is cut here.
                    if len(content) > LARGEST_ANSWER or time.monotonic() > until:
                        raise NotNow("answer too long")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise NotNow(type(error).__name__) from None
        try:
            found = json.loads(bytes(content)) if content else {}
        except ValueError:
            found = {}
        return status, found if isinstance(found, dict) else {}


def _judge(status: int, answer: Mapping[str, Any]) -> Result:
    """Judge the service's answer to a letter."""
    number = _number(answer.get("messageId"))
    if 200 <= status < 300:
        # Taken, but its number cannot be read: sent again it is answered 409 with the number.
        return Result(Outcome.ACCEPTED if number else Outcome.UNKNOWN, f"status {status}", number)
    if status == httpx.codes.CONFLICT:
        return Result(Outcome.ACCEPTED if number else Outcome.UNKNOWN, "status 409, had it already", number)
    if "MAILBOX_NOT_IN_USE" in {answer.get("code"), answer.get("errorCode"), answer.get("error")}:
        return Result(Outcome.PERMANENT, NO_MAILBOX)
    if status in {400, 404, 410, 413, 422}:
        return Result(Outcome.PERMANENT, f"status {status}")
    if status >= 500:
        return Result(Outcome.UNKNOWN, f"status {status}")
    return Result(Outcome.TEMPORARY, f"status {status}")


def _number(value: Any) -> str:
    return str(value)[:120] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _event(row: Any) -> Event | None:
    """Read one event; None for one that is not about a letter of ours or cannot be read."""
    about = row.get("metadata") if isinstance(row, Mapping) else None
    if not isinstance(about, Mapping) or not isinstance(about.get("externalId"), str):
        return None
    try:
        at = datetime.fromisoformat(str(row.get("eventTime")))
    except ValueError:
        return None
    if at.tzinfo is None or not isinstance(row.get("type"), str):
        return None
    return Event(row["type"], at, about["externalId"], _number(about.get("messageId")))
