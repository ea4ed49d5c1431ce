"""How long to wait before the next try: by the message and the number only, so that it can be tested and told."""

from __future__ import annotations

import hashlib
from datetime import timedelta

GROWTH = 4


def pause_after(number: int, reference: str, *, first: timedelta, longest: timedelta) -> timedelta:
    """Return the pause after try ``number`` (1, 2, ...): four times longer each time, up to ``longest``.

    A share of up to a fifth, drawn from the reference, is added: after an outage the messages do not all come at once.
    """
    plain = min(first * int(GROWTH ** min(number - 1, 20)), longest)
    digest = hashlib.sha256(f"{reference}/{number}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return plain + plain * (share / 5)
