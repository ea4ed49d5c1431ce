"""Relations between people: who is guardian, representative or near person of whom (703/2023 38 §)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.acting import action
from polku.audit import actions as audit
from polku.clients.models import Client, Relationship
from polku.clients.states import RelationKind
from polku.kit import phone as phones
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date


@action
def add(
    *, client: Client, kind: str, name: str, by: Actor, at: datetime, phone: str = "", competence: str = ""
) -> Relationship:
    """Write down who somebody near is to the client. The caller has required its own right to the client.

    The same person in the same relation is kept, not doubled.

    Raises:
        Invalid: no name, an unknown relation, a wrong phone number.
    """
    name = " ".join(name.split())
    if kind not in RelationKind.values:
        raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="kind")
    if not name:
        raise Invalid("name_missing", _("Write the name."), field="name")
    try:
        number = phones.parse(phone) if phone.strip() else ""
    except ValueError as error:
        raise Invalid(
            "phone_wrong", _("This is not a phone number. Write for example 040 123 4567."), field="phone"
        ) from error
    row, made = Relationship.objects.get_or_create(
        client=client,
        kind=kind,
        name=name,
        valid_until=None,
        defaults={"phone": number, "competence": competence.strip(), "valid_from": local_date(at)},
    )
    if made:
        audit.changed(
            by=by, at=at, what="client_relation", subject=client.public_id, clients=[client.pk], purpose="add"
        )
    return row
