"""Phone numbers: one stored form, so that the same number is found however it was typed."""

import phonenumbers


def parse(text: str) -> str:
    """Return the number in international form (`+358440001942`); a number without a country is Finnish.

    Raises:
        ValueError: no such number is possible.
    """
    try:
        number = phonenumbers.parse(text, "FI")
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown(number: str) -> str:
    """Return a stored number as people read it: Finnish ones without the country (`044 0001942`)."""
    try:
        parsed = phonenumbers.parse(number, "FI")
    except phonenumbers.NumberParseException:
        return number
    national = parsed.country_code == 358
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
