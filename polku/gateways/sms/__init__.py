"""Text messages through the county's SMS operator: one HTTP request a message, shaped by settings."""

from polku.gateways.sms.client import SmsGateway
from polku.gateways.sms.settings import SmsSettings

__all__ = ["SmsGateway", "SmsSettings"]
