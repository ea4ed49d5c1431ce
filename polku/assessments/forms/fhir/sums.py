"""Calculated scores: the sums that can be read out of a FHIRPath expression, and how ours is written."""

import re
from collections.abc import Callable

_LINK = r"'[^'\\]+'"
_FROM = r"(?:%resource|%questionnaireResponse)"
_REACH = r"(?:\.descendants\(\)|\.repeat\(item\)|\.item)"
_SCORE = r"(?:\.ordinal\(\)|\.weight\(\)|\.extension\.where\(url='[^']*ordinalValue'\)\.value(?:Decimal)?)"
_VALUE = rf"\.answer\.value(?:Coding)?{_SCORE}?"
_NAMED = re.compile(rf"\(?{_FROM}{_REACH}\.where\(linkIdin\(({_LINK}(?:\|{_LINK})*)\)\){_VALUE}\)?\.sum\(\)")
_ORED = re.compile(rf"\(?{_FROM}{_REACH}\.where\((linkId={_LINK}(?:orlinkId={_LINK})*)\){_VALUE}\)?\.sum\(\)")
_UNDER = re.compile(rf"\(?{_FROM}{_REACH}\.where\(linkId=({_LINK})\)\.item{_VALUE}\)?\.sum\(\)")
_TOP = re.compile(rf"\(?{_FROM}\.item{_VALUE}\)?\.sum\(\)")


def summed(expression: str, under: Callable[[str], list[str]]) -> list[str] | None:
    """Return the linkIds that an expression is the sum of; None when it is not a plain sum.

    `under` gives the linkIds that stand directly in a group; of "" those on top.
    """
    bare = "".join(re.split(r"\s+", expression))
    if found := _NAMED.fullmatch(bare) or _ORED.fullmatch(bare):
        return re.findall(r"'([^']+)'", found[1])
    if found := _UNDER.fullmatch(bare):
        return under(found[1].strip("'"))
    if _TOP.fullmatch(bare):
        return under("")
    return None


def written(links: list[str], *, ordinal: bool) -> str:
    """Return the sum of questions as FHIRPath: of the scores of their choices, or of their numbers."""
    named = " | ".join(f"'{link}'" for link in links)
    value = "answer.value.ordinal()" if ordinal else "answer.value"
    return f"%resource.descendants().where(linkId in ({named})).{value}.sum()"
