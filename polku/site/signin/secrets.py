"""The secrets of second factors are kept encrypted: whoever reads the database cannot show anybody's codes.

AES-256-GCM with a key made from SECRET_KEY. After a change of that key the secrets of before are read with
SECRET_KEY_OLD; without it, factors are set up anew.
"""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Iterator
from contextlib import suppress

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MARK = "v1:"
NONCE_BYTES = 12
_PURPOSE = b"polku.second-factor.v1"


class SecretsAdapter(DefaultMFAAdapter):
    """What allauth asks about second factors."""

    def encrypt(self, text: str) -> str:
        """Return the secret as it is kept."""
        nonce = random.token_bytes(NONCE_BYTES)
        box = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), _PURPOSE)
        return MARK + base64.urlsafe_b64encode(nonce + box).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one from before secrets were encrypted is read as it stands.

        A secret of another key is an unguessable word: no code fits, and the factor is set up anew.
        """
        if not encrypted_text.startswith(MARK):
            return encrypted_text
        for key in _keys():
            # A damaged one is worth as much as one of another key.
            with suppress(InvalidTag, ValueError):
                box = base64.urlsafe_b64decode(encrypted_text.removeprefix(MARK))
                return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _PURPOSE).decode()
        return base64.b32encode(random.token_bytes(20)).decode()


def _keys() -> Iterator[bytes]:
    return (_key(text) for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _key(text: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.encode())
