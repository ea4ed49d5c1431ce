"""The bytes of a mail. The same message gives the same bytes each time, so that a repeat is a true repeat."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime

from polku.gateways.contract import Outgoing

# Seven-bit content passes every server, also those that do not offer 8BITMIME.
POLICY = SMTP.clone(cte_type="7bit")


def mail_bytes(message: Outgoing, *, sender: str, reply_to: str = "") -> bytes:
    """Return the message in RFC 5322 form with CRLF line ends.

    Raises ValueError when a header value holds a line break.
    """
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["To"] = message.to
    if reply_to:
        mail["Reply-To"] = reply_to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = message.message_id
    # RFC 3834: holiday answers and the like stay away.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body, charset="utf-8")
    mail["Content-Language"] = message.language
    for enclosure in message.enclosures:
        kind, _, parameters = enclosure.content_type.partition(";")
        maintype, _, subtype = kind.strip().partition("/")
        mail.add_attachment(
            enclosure.content,
            maintype=maintype,
            subtype=subtype,
            filename=enclosure.name,
            params=_parameters(parameters),
        )
    if message.enclosures:
        mail.set_boundary(_boundary(message, mail))
    return mail.as_bytes()


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _boundary(message: Outgoing, mail: Message) -> str:
    digest = hashlib.sha256(message.message_id.encode()).hexdigest()[:32]
    return f"=={digest}=={len(mail.get_payload())}"
