"""What a work item repeats of the contact, call-back or case behind it, compared: `polku check --facts`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# Empty is no fault: it is asked of what stands behind (a row of the version before).
_DIFFERENT = """
SELECT i.public_id, i.language, i.interpreter, behind.language, behind.interpreter
FROM (
    SELECT work_item_id, language, interpreter_language <> '' AS interpreter FROM contacts_contact
    UNION ALL
    SELECT work_item_id, language, false FROM contacts_callback
    UNION ALL
    SELECT c.work_item_id, p.contact_language, p.interpreter_language <> ''
    FROM cases_case c JOIN clients_client p ON p.id = c.client_id
) behind JOIN cases_workitem i ON i.id = behind.work_item_id
WHERE (i.language <> '' OR i.interpreter) AND (i.language, i.interpreter) <> (behind.language, behind.interpreter)
ORDER BY i.id LIMIT 100
"""


def check() -> Iterable[str]:
    """Return a sentence for each work item whose language is not that of what stands behind it."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        rows = cursor.fetchall()
    for public_id, language, interpreter, right, with_interpreter in rows:
        yield (
            f"Work item {public_id}: language is {_said(language, interpreter)}, "
            f"behind it stands {_said(right, with_interpreter)}."
        )


def _said(language: str, interpreter: bool) -> str:
    return f"{language}, interpreter" if interpreter else language
