"""The client's path as a picture: what is done, where we are, what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

State = Literal["done", "now", "next"]


@dataclass(frozen=True)
class Step:
    """One step: its name, a note under it (when, or how far), its state."""

    label: str
    note: str
    state: State

    @property
    def spoken(self) -> str:
        """The state in words, for those who do not see the picture."""
        return {"done": _("done"), "now": _("now"), "next": _("coming")}[self.state]


@dataclass(frozen=True)
class Mark:
    """Where a step stands in the drawing, as percents of its width, and the line that leads to it."""

    at: str
    before: str
    state: State
    line: bool


@dataclass(frozen=True)
class Path:
    """The whole path, with a title of its own."""

    title: str
    steps: Sequence[Step]

    @property
    def marks(self) -> list[Mark]:
        """The steps in even columns."""
        width = 100 / max(len(self.steps), 1)
        at = [f"{width * (i + 0.5):.3f}%" for i in range(len(self.steps))]
        return [Mark(at[i], at[i - 1] if i else at[i], s.state, i > 0) for i, s in enumerate(self.steps)]

    @property
    def description(self) -> str:
        """The picture in one sentence."""
        done = sum(s.state == "done" for s in self.steps)
        here = next((s.label for s in self.steps if s.state == "now"), "")
        facts = {"done": done, "all": len(self.steps), "here": here}
        if here:
            return _("%(done)s of %(all)s steps done, now: %(here)s.") % facts
        return _("%(done)s of %(all)s steps done.") % facts

    @property
    def columns(self) -> str:
        """The class that gives the labels as many columns as there are steps."""
        return f"path-{len(self.steps)}"
