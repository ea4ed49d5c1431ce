"""A hard end for a conversation over a socket.

A socket's own timeout runs anew for every byte, so a server that drips one byte at a time could hold a sender for
ever. Here a timer shuts the connection down when the whole conversation has taken too long.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(seconds: float, connection: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the connection down after ``seconds``; whoever reads or writes it then sees it closed.

    ``connection`` is asked at the moment of cutting: encryption may have put another socket in the first one's place.
    """

    def cut() -> None:
        # The plain socket's method: an encrypted socket's own would first change state that the reader is using.
        current = connection()
        if current is not None:
            with suppress(OSError):
                socket.socket.shutdown(current, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
