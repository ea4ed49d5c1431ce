"""A moment in office hours, a message's values and a gateway that does what a test tells it."""

from collections.abc import Callable
from datetime import UTC, datetime

from polku.gateways.contract import Outcome, Outgoing, Result

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""Tuesday, 11.00 in Finland."""
VALUES = {
    "day": "ti 8.12.2026",
    "time": "13.15",
    "place": "Kirkkonummen terveysasema",
    "link": "https://polku.example.fi/a/abc",
    "phone": "09 000 100",
}


class Told:
    """A gateway that answers what it is told and keeps what it was given."""

    longest_seconds = 1.0

    def __init__(self) -> None:
        self.received: list[Outgoing] = []
        self.answers: list[Result | Exception] = []
        self.meanwhile: Callable[[Outgoing], object] = lambda message: None

    def send(self, message: Outgoing) -> Result:
        self.received.append(message)
        self.meanwhile(message)
        answer = self.answers.pop(0) if self.answers else Result(Outcome.ACCEPTED, "told")
        if isinstance(answer, Exception):
            raise answer
        return answer
