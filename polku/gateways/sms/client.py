"""One text message, one HTTP request, one of four results."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlencode

from polku.gateways.contract import Outcome, Outgoing, Result
from polku.gateways.deadline import cut_after
from polku.gateways.sms.settings import SmsSettings

LARGEST_ANSWER = 65_536
# The operator says "not now", or our own key, address or path is wrong: nothing the recipient could mend.
TEMPORARY_STATUSES = frozenset({401, 402, 403, 404, 405, 407, 408, 415, 421, 425, 429, 503})


class SmsGateway:
    """Sends text messages to one operator. Redirects are not followed: the headers hold secrets."""

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings

    @property
    def longest_seconds(self) -> float:
        """Connecting, and then the whole exchange."""
        return self._settings.timeout_seconds + self._settings.longest_seconds

    def send(self, message: Outgoing) -> Result:
        """Hand one message to the operator. Cut after the request left means UNKNOWN, before it TEMPORARY."""
        settings = self._settings
        connection = self._connection()
        handed_over = False
        try:
            connection.connect()
            with cut_after(settings.longest_seconds, lambda: connection.sock):
                path = settings.address.path or "/"
                query = f"?{settings.address.query}" if settings.address.query else ""
                body, content_type = self._body(message)
                headers = {"Content-Type": content_type, "Accept": "application/json", **settings.headers}
                handed_over = True
                connection.request(settings.method, path + query, body, headers)
                answer = connection.getresponse()
                status, content = answer.status, answer.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            return Result(Outcome.UNKNOWN if handed_over else Outcome.TEMPORARY, type(error).__name__)
        finally:
            connection.close()
        return self._read(status, content)

    def _connection(self) -> http.client.HTTPConnection:
        address, timeout = self._settings.address, self._settings.timeout_seconds
        host = address.hostname or ""
        if address.scheme == "https":
            return http.client.HTTPSConnection(
                host,
                address.port,
                timeout=timeout,
                context=ssl.create_default_context(cafile=self._settings.ca_file or None),
            )
        return http.client.HTTPConnection(host, address.port, timeout=timeout)

    def _body(self, message: Outgoing) -> tuple[bytes, str]:
        settings = self._settings
        places = {
            "to": number_in_form(message.to, settings.number_form),
            "sender": settings.sender,
            "text": message.body,
            "reference": message.message_id,
            "receipts": settings.receipts_url,
        }
        filled = _fill(settings.fields, places)
        if settings.encoding == "form":
            return urlencode(filled, doseq=True).encode(), "application/x-www-form-urlencoded"
        return json.dumps(filled, ensure_ascii=False).encode(), "application/json"

    def _read(self, status: int, content: bytes) -> Result:
        """Judge the operator's answer. Its words are not kept: they may quote the number or the text."""
        settings = self._settings
        detail = f"status {status}"
        if status == settings.duplicate_status:
            return Result(Outcome.ACCEPTED, f"{detail}, had it already")
        if status in TEMPORARY_STATUSES or 300 <= status < 400:
            return Result(Outcome.TEMPORARY, detail)
        if 400 <= status < 500:
            return Result(Outcome.PERMANENT, detail)
        if not 200 <= status < 300:
            return Result(Outcome.UNKNOWN, detail)
        if not (settings.success_field or settings.id_field):
            return Result(Outcome.ACCEPTED, detail)
        return self._judge(detail, content)

    def _judge(self, detail: str, content: bytes) -> Result:
        settings = self._settings
        try:
            answer = json.loads(content)
        except ValueError:
            return Result(Outcome.UNKNOWN, f"{detail}, not JSON")
        provider_id = _text(find(answer, settings.id_field))[:200]
        if not settings.success_field:
            outcome = Outcome.ACCEPTED if provider_id else Outcome.UNKNOWN
            return Result(outcome, detail if provider_id else f"{detail}, no id", provider_id)
        value = _text(find(answer, settings.success_field))
        if value in settings.success_values:
            return Result(Outcome.ACCEPTED, detail, provider_id)
        if not value:
            return Result(Outcome.UNKNOWN, f"{detail}, no {settings.success_field}", provider_id)
        if value in settings.temporary_values:
            return Result(Outcome.TEMPORARY, f"{detail}, try later", provider_id)
        return Result(Outcome.PERMANENT, f"{detail}, refused", provider_id)


def number_in_form(number: str, form: str) -> str:
    """Write an international number (``+358401234567``) as the operator wants it: plus, plain or zeros."""
    digits = number.removeprefix("+")
    return {"plus": "+", "plain": "", "zeros": "00"}[form] + digits


def find(answer: Any, path: str) -> Any:
    """Walk a dotted path through objects and lists; None when there is no such place."""
    for step in path.split(".") if path else ():
        if isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer if path else None


def _text(value: Any) -> str:
    """A plain value as the text that settings compare it with; JSON's true is ``true``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _fill(template: Any, places: dict[str, str]) -> Any:
    """Fill every text in the template. Filled-in text is not searched again, so a message may hold braces."""
    if isinstance(template, dict):
        return {name: _fill(value, places) for name, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, places) for value in template]
    if not isinstance(template, str):
        return template
    pieces = []
    for index, piece in enumerate(_split(template)):
        pieces.append(places.get(piece, "{" + piece + "}") if index % 2 else piece)
    return "".join(pieces)


def _split(template: str) -> list[str]:
    """Cut ``a{b}c`` to ``[a, b, c]``: texts at even places, names at odd ones."""
    cut: list[str] = []
    rest = template
    while True:
        before, opened, after = rest.partition("{")
        name, closed, tail = after.partition("}")
        if not (opened and closed):
            cut.append(rest)
            return cut
        cut += [before, name]
        rest = tail
