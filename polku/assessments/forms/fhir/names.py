"""The names that FHIR gives to things, and those of our own extensions."""

STANDARD = "http://hl7.org/fhir/StructureDefinition/"
TRANSLATION = f"{STANDARD}translation"
ORDINAL = f"{STANDARD}ordinalValue"
LEAST = f"{STANDARD}minValue"
MOST = f"{STANDARD}maxValue"
UNIT = f"{STANDARD}questionnaire-unit"
UNIT_OPTION = f"{STANDARD}questionnaire-unitOption"
ITEM_CONTROL = f"{STANDARD}questionnaire-itemControl"
ITEM_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
OPTION_ALONE = f"{STANDARD}questionnaire-optionExclusive"
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
URI = "urn:ietf:rfc:3986"

# What FHIR has no place for is carried in extensions of our own: others pass them by, and we read them back.
OWN = "urn:polku:fhir:"
KEY = f"{OWN}key"
VOICE = f"{OWN}voice"
FILLED_BY = f"{OWN}filled-by"
PREFILL = f"{OWN}prefill"
NATIONAL_SET = f"{OWN}national-code-set"
NATIONAL_CODE = f"{OWN}national-code"
NOT_ASKED = f"{OWN}not-asked"
INSTRUMENT = f"{OWN}instrument"
DEFINITION = f"{OWN}definition:"
CODES = f"{OWN}codes:"
HINT = "#hint"


def oid(identifier: str) -> str:
    """Return an object identifier as FHIR writes it."""
    return f"urn:oid:{identifier}"


def of_oid(uri: object) -> str:
    """Return the object identifier of a `urn:oid:` address; "" when it is another address."""
    return uri[8:] if isinstance(uri, str) and uri.startswith("urn:oid:") else ""
