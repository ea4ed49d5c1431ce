"""Puts the definitions that come with Polku into the register of forms."""

from __future__ import annotations

from datetime import date, datetime

from polku.access.models import Actor
from polku.acting import action
from polku.assessments import published
from polku.assessments.forms.reading import fingerprint
from polku.assessments.forms.shipped import shipped
from polku.assessments.models import FormVersion
from polku.kit.localtime import local_date


@action
def load(*, by: Actor, at: datetime, valid_from: date | None = None) -> list[FormVersion]:
    """Publish every shipped definition that is not there yet; may be run at every start. Returns them all.

    As all of the county's file it is not in the log: the rows themselves tell who published them and when.

    Args:
        valid_from: the first day of a version, today when not said.

    Raises:
        Invalid `form_changed`: a definition has been changed without a new version.
    """
    known = {(form.key, form.version): form for form in published.without_content()}
    found = []
    for definition in shipped().values():
        version = int(definition.version)
        form = known.get((definition.key, version))
        # What is there already is not sent to the database again at every start.
        if form is None or form.digest != fingerprint(definition):
            form = published.publish(
                definition, version=version, by=by, at=at, valid_from=valid_from or local_date(at), origin="polku"
            )
        found.append(form)
    return found
