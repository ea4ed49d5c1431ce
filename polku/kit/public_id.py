"""Random public ids: what stands in URLs and the API instead of keys, and never tells anything of a person."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16


def new() -> str:
    """Return 16 characters (80 random bits) of an alphabet without i, l, o and u."""
    bits = secrets.randbits(5 * LENGTH)
    return "".join(ALPHABET[bits >> place & 31] for place in range(0, 5 * LENGTH, 5))
