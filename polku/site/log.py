"""The technical log: one line of JSON per event, without anybody's identity code."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from polku.kit.masking import masked

_OURS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "taskName"}


class Lines(logging.Formatter):
    """Writes a record as one line of JSON, every text in it masked: message, facts and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": masked(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in _OURS:
                line[name] = value if isinstance(value, int | float | bool) or value is None else masked(str(value))
        if record.exc_info:
            line["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class Words(logging.Formatter):
    """Writes a record for somebody at a terminal (the demo), masked all the same."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines."""
        return masked(super().format(record))
