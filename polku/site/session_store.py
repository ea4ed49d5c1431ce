"""Sessions in the database as Django keeps them; what every request asks is put into SQL once a process."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from polku.asking import Question, value

# Django writes the end by the machine's clock, not by the one that tests and rehearsals may set.
_standing = Question(lambda: Session.objects.filter(session_key=value("key"), expire_date__gt=Now()))


class SessionStore(db.SessionStore):
    """Named as Django's own: what a session holds is signed with the name of its class."""

    def _get_session_from_db(self) -> Session | None:
        """Return the row of a session that has not run out; without one the browser's key is forgotten."""
        row = _standing.first(key=self.session_key)
        if row is None:
            self._session_key = None
        return row
