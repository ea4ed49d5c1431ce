"""The technical log: one line of JSON per event, without anybody's identity code."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from polku.kit.masking import masked

_OURS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "taskName"}

# The database quotes the row that it refuses, and so what somebody said. It ends where the traceback goes on.
_DETAIL = re.compile(r"^DETAIL: .*?(?=\n\n(?:The above|During handling)|\Z)", re.DOTALL | re.MULTILINE)


def safe(text: str) -> str:
    """Return the text without identity codes and without the rows that the database quotes."""
    return masked(_DETAIL.sub("DETAIL: [hidden]", text))


class Lines(logging.Formatter):
    """Writes a record as one line of JSON, every text in it made safe: message, facts and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": safe(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in _OURS:
                line[name] = value if isinstance(value, int | float | bool) or value is None else safe(str(value))
        if record.exc_info:
            line["trace"] = safe(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class Words(logging.Formatter):
    """Writes a record for somebody at a terminal (the demo), made safe all the same."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines."""
        return safe(super().format(record))
