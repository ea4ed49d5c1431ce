"""Where and how mail leaves."""

from __future__ import annotations

from dataclasses import dataclass, field

PORTS = {"none": 25, "starttls": 587, "tls": 465}
"""The usual port of each kind of encryption."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server. ``security``: ``starttls``, ``tls`` (from the first byte) or ``none`` (a relay next door).

    ``timeout_seconds`` is the longest silence, ``longest_seconds`` the longest conversation.
    Raises ValueError with a sentence when the values do not fit together.
    """

    host: str
    port: int
    sender: str
    security: str = "starttls"
    ca_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    reply_to: str = ""
    timeout_seconds: float = 10.0
    longest_seconds: float = 40.0

    def __post_init__(self) -> None:
        if self.security not in PORTS:
            raise ValueError(f"Encryption must be one of {', '.join(PORTS)}.")
        local, _, domain = self.sender.partition("@")
        if not (local and "." in domain and self.sender.isascii()) or any(c in self.sender for c in " <>\r\n"):
            raise ValueError("The sender must be a plain address such as viestit@example.fi.")
        if bool(self.username) != bool(self.password):
            raise ValueError("User name and password are given together or not at all.")
        if self.username and self.security == "none":
            raise ValueError("A password is sent over starttls or tls only.")

    @property
    def domain(self) -> str:
        """The sender's domain: the name this system gives of itself to the server."""
        return self.sender.rpartition("@")[2]
