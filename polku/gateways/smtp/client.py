"""One mail, one conversation with the server, one of four results."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress

from polku.gateways.contract import Outcome, Outgoing, Result
from polku.gateways.deadline import cut_after
from polku.gateways.smtp.letterform import mail_bytes
from polku.gateways.smtp.settings import SmtpSettings

READY_FOR_CONTENT = 354


class _Refused(Exception):
    """The server answered a step with a code that ends the conversation."""

    def __init__(self, step: str, code: int, text: bytes, *, ours: bool = False) -> None:
        super().__init__(step)
        status = re.match(rb"[245]\.\d{1,3}\.\d{1,3}", text)
        self.detail = f"{step} {code}" + (f" {status.group().decode()}" if status else "")
        # What is wrong with our own name, password or sender is no fault of the recipient: it is mended and repeated.
        self.outcome = Outcome.PERMANENT if 500 <= code < 600 and not ours else Outcome.TEMPORARY


class SmtpGateway:
    """Sends mail through one server. Opens a connection for each mail and never falls back to plain text."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    @property
    def longest_seconds(self) -> float:
        """Connecting, and then the whole conversation."""
        return self._settings.timeout_seconds + self._settings.longest_seconds

    def send(self, message: Outgoing) -> Result:
        """Hand one mail to the server. Cut after the content began to leave means UNKNOWN, before it TEMPORARY."""
        try:
            content = mail_bytes(message, sender=self._settings.sender, reply_to=self._settings.reply_to)
        except ValueError:
            return Result(Outcome.PERMANENT, "mail cannot be written")
        handed_over = False
        server = None
        try:
            server = self._connect()
            with cut_after(self._settings.longest_seconds, lambda: getattr(server, "sock", None)):
                self._prepare(server, message)
                handed_over = True
                return self._hand_over(server, content)
        except _Refused as refusal:
            return Result(refusal.outcome, refusal.detail)
        except UnicodeError:
            return Result(Outcome.PERMANENT, "address cannot be written")
        except (OSError, smtplib.SMTPException) as error:
            outcome = Outcome.UNKNOWN if handed_over else Outcome.TEMPORARY
            return Result(outcome, _describe(error))
        finally:
            if server is not None:
                server.close()

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        timeout = settings.timeout_seconds
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, settings.domain, timeout=timeout, context=self._trust()
            )
        return smtplib.SMTP(settings.host, settings.port, settings.domain, timeout=timeout)

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._settings.ca_file or None)

    def _prepare(self, server: smtplib.SMTP, message: Outgoing) -> None:
        """Everything before the content: greeting, encryption, sign-in, sender and recipient."""
        settings = self._settings
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=self._trust())
            server.ehlo_or_helo_if_needed()
        if settings.username:
            server.login(settings.username, settings.password)
        self._expect(server.mail(settings.sender), "MAIL", ours=True)
        self._expect(server.rcpt(message.to), "RCPT")
        code, text = server.docmd("DATA")
        if code != READY_FOR_CONTENT:
            raise _Refused("DATA", code, text)

    def _hand_over(self, server: smtplib.SMTP, content: bytes) -> Result:
        server.send(re.sub(rb"(?m)^\.", b"..", content).rstrip(b"\r\n") + b"\r\n.\r\n")
        code, text = server.getreply()
        if not 200 <= code < 600:
            return Result(Outcome.UNKNOWN, "content: no answer that can be read")
        self._expect((code, text), "content")
        # The mail is the server's now; a server that dies at the good-bye changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        return Result(Outcome.ACCEPTED, f"content {code}")

    @staticmethod
    def _expect(answer: tuple[int, bytes], step: str, *, ours: bool = False) -> None:
        code, text = answer
        if not 200 <= code < 300:
            raise _Refused(step, code, text, ours=ours)


def _describe(error: Exception) -> str:
    """Name the error's kind and code; its text may quote an address."""
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__
