"""Every address and the need its view declares, found by walking the URLconf."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView


@dataclass(frozen=True, slots=True)
class Address:
    """One view: where it is, what it is called, and what it needs (None where nobody said)."""

    route: str
    name: str
    need: str | None


def addresses() -> list[Address]:
    """Return every address of the site, API operations one by one."""
    return list(_walk(get_resolver().url_patterns, "/", ""))


def undeclared() -> list[str]:
    """Return the addresses whose view has no declared need."""
    return [f"{address.route} ({address.name})" for address in addresses() if not address.need]


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, route, inner)
        else:
            yield from _needs(pattern.callback, route, f"{namespace}{pattern.name or ''}")


def _needs(view: Callable[..., Any], route: str, name: str) -> Iterator[Address]:
    """Return a page's need, or that of each operation (GET, POST ...) where the view is a path of the API."""
    need = getattr(view, "need", None)
    # The API makes each path's view as a closure over the path.
    path = None if need or not inspect.isfunction(view) else inspect.getclosurevars(view).nonlocals.get("self")
    if not isinstance(path, PathView):
        yield Address(route, name, need)
        return
    for operation in path.operations:
        for method in operation.methods:
            yield Address(f"{method} {route}", name, getattr(operation.view_func, "need", None))
