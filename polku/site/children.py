"""Processes that run beside each other until one stop: started, watched, started again, ended together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15.0
REST_SECONDS = 2.0
# A process that ends this soon after its start, this often, will not come up by being started again.
QUICK_SECONDS = 5.0
QUICK_ENDS = 4


class ChildFailed(Exception):
    """A process does not stay up; the message names it."""


class Child:
    """One process of the group."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, once: bool = False
    ) -> None:
        """Start it; with `once` it may end by itself and is then done."""
        self.name = name
        self._once = once
        self._command = command
        self._environment = environment
        self._quick_ends = 0
        self.start()

    def start(self) -> None:
        """Start the process; it ends when this one does, and Ctrl-C in the terminal reaches only this one."""
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self._environment},
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )

    def watch(self) -> None:
        """Start the process again if it has ended. Raises ChildFailed when that does not help."""
        if self.process.poll() is None or (self._once and self.process.returncode == 0):
            return
        # What was killed from outside (-9) would have stayed up.
        killed = self.process.returncode == -signal.SIGKILL
        quick = not killed and time.monotonic() - self._started < QUICK_SECONDS
        self._quick_ends = self._quick_ends + 1 if quick else 0
        if self._quick_ends >= QUICK_ENDS:
            raise ChildFailed(f"The {self.name} does not stay up (exit status {self.process.returncode}).")
        self.start()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(children: Sequence[Child]) -> None:
    """Ask all to end, wait, and end by force those that do not."""
    for child in children:
        if child.process.poll() is None:
            child.process.send_signal(signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
    for child in children:
        _end_the_rest(child.process.pid)


def _end_the_rest(group: int) -> None:
    """End what a process has left behind in its group, and wait until it has let go of its port and connections."""
    end = time.monotonic() + REST_SECONDS
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < end:
            os.killpg(group, signal.SIGKILL)
            time.sleep(0.02)


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into KeyboardInterrupt; a shell's background job would have SIGINT ignored."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def run_until_stopped(command: Sequence[str]) -> int:
    """Run one process until it ends or we are stopped; returns its exit status, 0 when we were stopped."""
    child = Child("server", command, {})
    try:
        with stopped_by_signals():
            return child.process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        stop([child])
