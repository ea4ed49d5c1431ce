"""E-mail over SMTP (RFC 5321), submission with or without STARTTLS or TLS."""

from polku.gateways.smtp.client import SmtpGateway
from polku.gateways.smtp.settings import SmtpSettings

__all__ = ["SmtpGateway", "SmtpSettings"]
