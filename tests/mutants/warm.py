"""A test run that stays warm: everything is loaded and collected once, and each fault is judged by a fork of it.

Loaded by `python -m tests.mutants` as a plugin of pytest. A fork puts the fault into the functions that are there (their
code is exchanged), forgets what they have kept, and runs the fault's tests in their order until one fails. What stands
outside functions cannot be exchanged: that is said, and judged by a process of its own. At the end each test that
noticed something runs once more without any fault: it must pass.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A test that takes longer has noticed; so much processor time for one fault, and it has survived.
FOR_EVER, BOUND = 300, 30.0
IN_A_FUNCTION = 0x1 | 0x2  # CO_OPTIMIZED, CO_NEWLOCALS

Exchanged = list[tuple[FunctionType, CodeType]]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Judge the faults asked for instead of running the tests."""
    faults = json.loads(Path(os.environ["MUTANTS_ASKED"]).read_text())
    run = _Run(session.items)
    with Path(os.environ["MUTANTS_ANSWERED"]).open("w") as answers:
        for fault in faults:
            print(json.dumps(run.judged(fault)), file=answers, flush=True)
        print(json.dumps({"fails_anyway": run.fail_anyway()}), file=answers, flush=True)
    return True


class _Run:
    """The tests, and what they found."""

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self.items = {item.nodeid: item for item in items}
        # One test with the database before the first fork, so that the cluster runs.
        first = next(item for item in items if item.get_closest_marker("django_db"))
        self.elsewhere = next(item for item in items if item.path != first.path)
        assert not _failed(first, self.elsewhere), f"{first.nodeid} fails without any fault"
        gc.collect()
        self.functions: dict[tuple[str, int], list[FunctionType]] = {}
        for one in gc.get_objects():
            # Its very type: to ask a lazy object for its class would wake it.
            if type(one) is FunctionType:
                self.functions.setdefault((one.__code__.co_filename, one.__code__.co_firstlineno), []).append(one)
        self.caches = [one for one in gc.get_objects() if type(one) is functools._lru_cache_wrapper]
        self.noticed: dict[str, None] = {}

    def judged(self, fault: dict[str, Any]) -> dict[str, Any]:
        """Return what became of a fault: noticed (by which test), survived (how many), or to be judged elsewhere."""
        number, path = fault["number"], ROOT / fault["path"]
        tests = [test for test in fault["tests"] if test in self.items]
        exchanged = self._exchanged(path, fault["code"])
        if exchanged is None:
            return {"number": number, "result": "elsewhere"}
        result, by = self._forked(tests, exchanged)
        if result == "noticed":
            self.noticed[by] = None
        return {"number": number, "result": result, "by": by}

    def fail_anyway(self) -> list[str]:
        """Return those of the tests that noticed something which fail without any fault too."""
        return [test for test in self.noticed if self._forked([test], [])[0] != "survived"]

    def _exchanged(self, path: Path, code: str) -> Exchanged | None:
        found: Exchanged = []
        for before, after in _changed(*(_compiled(path, text) for text in (path.read_text(), code))):
            if before is None or after is None or before.co_freevars != after.co_freevars:
                return None
            there = self.functions.get((str(path), before.co_firstlineno), [])
            live = [one for one in there if _itself(one.__code__) == _itself(before)]
            if not live:
                return None
            found += [(one, after) for one in live]
        return found or None

    def _forked(self, tests: Sequence[str], exchanged: Exchanged) -> tuple[str, str]:
        _forget()
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            try:
                for function, code in exchanged:
                    function.__code__ = code
                for cache in self.caches:
                    if str(getattr(cache, "__module__", "")).startswith("polku."):
                        cache.cache_clear()
                for test in self._until_one_fails(tests):
                    os.write(writing, f"{test}\n".encode())
                os.write(writing, b"END\n")
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as said:
            lines = said.read().splitlines()
        _, status = os.waitpid(child, 0)
        if lines[-1:] == ["END"] and lines[-2:-1] != ["FAILED"]:
            return "survived", str(len(lines) - 1)
        # What a broken-off test with real transactions has left.
        _empty()
        by = next((line for line in reversed(lines) if line not in ("END", "FAILED")), "")
        if os.WIFSIGNALED(status):
            print(f"{by}: ended by {signal.Signals(os.WTERMSIG(status)).name}", flush=True)
        return "noticed", by

    def _until_one_fails(self, tests: Sequence[str]) -> Iterator[str]:
        """Yield each test before it runs, and FAILED after the one that does."""
        began = time.process_time()
        for number, test in enumerate(tests):
            if time.process_time() - began > BOUND:
                return
            yield test
            signal.alarm(FOR_EVER)
            following = self.items[tests[number + 1]] if number + 1 < len(tests) else self.elsewhere
            if _failed(self.items[test], following):
                yield "FAILED"
                return
            signal.alarm(0)


def _failed(item: pytest.Item, following: pytest.Item) -> bool:
    from _pytest.runner import runtestprotocol

    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def _compiled(path: Path, text: str) -> CodeType:
    return compile(text, str(path), "exec", dont_inherit=True)


def _changed(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType | None, CodeType | None]]:
    """Yield each function that differs, as it was and as it is; nothing and nothing for what is no function."""
    if _itself(before) != _itself(after):
        yield (before, after) if before.co_flags & IN_A_FUNCTION == IN_A_FUNCTION else (None, None)
        return
    for one, other in zip(_inner(before), _inner(after), strict=True):
        yield from _changed(one, other)


def _itself(code: CodeType) -> tuple[Any, ...]:
    """Return what a piece of code does, apart from the functions in it. (True equals 1: types are compared too.)"""
    kept = [(type(one), repr(one)) for one in code.co_consts if not isinstance(one, CodeType)]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags, kept, len(_inner(code))


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _forget() -> None:
    from django.db import connections

    from polku.audit import words

    # No connection is shared with a fork.
    connections.close_all()
    words.forget()


def _empty() -> None:
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown(None)
