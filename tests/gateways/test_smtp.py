"""Mail: encryption that never falls back, sign-in, and the same bytes each time."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from polku.gateways.contract import Enclosure, Outcome, Outgoing
from polku.gateways.smtp import SmtpGateway, SmtpSettings
from polku.gateways.smtp.letterform import mail_bytes
from tests.gateways.conftest import Bench
from tests.gateways.servers import Received, mail_server
from tests.gateways.test_contract import outgoing

ICS = Enclosure("aika.ics", 'text/calendar; method="PUBLISH"; charset=utf-8', "SUMMARY:Käynti\r\n".encode())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by itself."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def gateway(port: int, *, ca_file: Path | str = "", password: str = "", security: str = "starttls") -> SmtpGateway:
    return SmtpGateway(
        SmtpSettings(
            "127.0.0.1",
            port,
            "viestit@example.fi",
            security=security,
            ca_file=str(ca_file),
            username="polku" if password else "",
            password=password,
            timeout_seconds=2,
            longest_seconds=4,
        )
    )


def test_send_encrypts_and_signs_in(received: Received, server_tls: ssl.SSLContext, certificate: Path) -> None:
    with mail_server(received, starttls=server_tls, password="secret") as port:
        result = gateway(port, ca_file=certificate, password="secret").send(outgoing("smtp"))
    assert result.outcome is Outcome.ACCEPTED, result
    assert received.taken == ["<abc123@viestit.example.fi>"]


def test_send_is_cut_in_time_also_when_encrypted(
    received: Received, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    received.behaviours = ["drip"]
    with mail_server(received, starttls=server_tls) as port:
        settings = SmtpSettings(
            "127.0.0.1", port, "a@example.fi", ca_file=str(certificate), timeout_seconds=0.5, longest_seconds=0.8
        )
        assert SmtpGateway(settings).send(outgoing("smtp")).outcome is Outcome.UNKNOWN


def test_send_waits_while_our_own_password_is_wrong(
    received: Received, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    with mail_server(received, starttls=server_tls, password="secret") as port:
        result = gateway(port, ca_file=certificate, password="wrong").send(outgoing("smtp"))
    assert (result.outcome, received.seen) == (Outcome.TEMPORARY, [])


def test_send_trusts_no_unknown_certificate(received: Received, server_tls: ssl.SSLContext) -> None:
    with mail_server(received, starttls=server_tls) as port:
        result = gateway(port).send(outgoing("smtp"))
    assert (result.outcome, received.seen) == (Outcome.TEMPORARY, [])


def test_send_never_falls_back_to_plain_text(received: Received) -> None:
    with mail_server(received) as port:
        result = gateway(port).send(outgoing("smtp"))
    assert (result.outcome, received.seen) == (Outcome.TEMPORARY, [])


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [("content_refused_for_now", Outcome.TEMPORARY), ("content_refused_for_good", Outcome.PERMANENT)],
)
def test_send_tells_when_the_content_is_refused(smtp_bench: Bench, behaviour: str, outcome: Outcome) -> None:
    smtp_bench.received.behaviours = [behaviour]
    assert smtp_bench.gateway.send(outgoing("smtp")).outcome is outcome


def test_send_carries_letters_of_any_script_and_the_calendar_entry(smtp_bench: Bench) -> None:
    text = "Åbo, Ääkköset, Привет, 你好\n.\n..piste\n\nloppu\n"
    message = Outgoing(
        "<x@viestit.example.fi>",
        "aino@example.fi",
        "Aika: Åbo 你好",
        text,
        "sv",
        datetime(2026, 12, 1, 9, tzinfo=UTC),
        (ICS,),
    )
    assert smtp_bench.gateway.send(message).outcome is Outcome.ACCEPTED
    (mail,) = smtp_bench.received.mails
    body = mail.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text
    assert (mail["Subject"], mail["Message-ID"]) == ("Aika: Åbo 你好", "<x@viestit.example.fi>")
    assert body["Content-Language"] == "sv"
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("aika.ics", "text/calendar")
    assert attached.get_param("method") == "PUBLISH"
    assert "Käynti" in attached.get_content()


def test_mail_bytes_are_the_same_in_every_repeat() -> None:
    message = Outgoing(
        "<x@example.fi>", "a@example.fi", "s", "b", "fi", datetime(2026, 12, 1, 9, tzinfo=UTC), (ICS, ICS)
    )
    first = mail_bytes(message, sender="viestit@example.fi")
    assert first == mail_bytes(message, sender="viestit@example.fi")
    assert max(first) < 128
    assert b"\n" not in first.replace(b"\r\n", b"")


def test_send_does_not_let_an_address_write_headers(smtp_bench: Bench) -> None:
    message = Outgoing(
        "<x@example.fi>", "a@example.fi\r\nBcc: b@example.fi", "s", "b", "fi", datetime(2026, 12, 1, tzinfo=UTC)
    )
    assert smtp_bench.gateway.send(message).outcome is Outcome.PERMANENT
    assert not smtp_bench.received.seen


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "not an address"},
        {"security": "maybe"},
        {"username": "a"},
        {"username": "a", "password": "b", "security": "none"},
    ],
)
def test_settings_refuse_what_does_not_fit_together(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\."):
        SmtpSettings(**{"host": "h", "port": 25, "sender": "a@example.fi", **wrong})  # type: ignore[arg-type]
