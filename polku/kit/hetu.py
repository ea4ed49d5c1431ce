"""The Finnish personal identity code (henkilötunnus).

Since 2023 the century sign is part of the identity (decree 690/2022): two people may differ only by it, so codes
are always compared whole, all 11 characters, in capitals.
"""

from datetime import date

from stdnum.exceptions import ValidationError
from stdnum.fi import hetu as _hetu

_CENTURIES = {
    "+": 1800,
    **dict.fromkeys("-YXWVU", 1900),
    **dict.fromkeys("ABCDEF", 2000),
}


def parse(text: str) -> str:
    """Return the code in capitals without spaces.

    Temporary codes (individual number 900-999) are accepted: people wait for their code under one.

    Raises:
        ValueError: the code is not possible: form, date or check character.
    """
    code = text.strip().upper().replace(" ", "").replace("–", "-").replace("−", "-")
    try:
        code = str(_hetu.validate(code, allow_temporary=True))
    except ValidationError as error:
        raise ValueError("not a personal identity code") from error
    born(code)
    return code


def born(code: str) -> date:
    """Return the date of birth that the code carries; `ValueError` if there is no such day."""
    return date(_CENTURIES[code[6]] + int(code[4:6]), int(code[2:4]), int(code[0:2]))


def looks_like(text: str) -> bool:
    """Tell whether a text has the shape of a code, right or wrong: such a text must not reach a URL or a log."""
    compact = text.strip().upper().replace(" ", "")
    return (
        len(compact) == 11
        and compact[:6].isdigit()
        and compact[6] in _CENTURIES
        and compact[7:10].isdigit()
        and compact[10].isalnum()
    )
