"""Questions to the database that are asked again and again: put into SQL once a process, asked with other values.

Django puts a query into SQL each time it is asked, which takes several times longer than the database needs for the
answer. A question that every action asks (the locked row of a contact, its people, its clocks) is written as a query
with `value("name")` where a value goes:

    _of_item = Question(Clock.objects.filter(work_item=value("item")))
    clocks = _of_item(item=item.pk)

Only what Django makes of the query is kept, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Aggregate, Expression, Field, ForeignObject, Lookup, Model, Q, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.transaction import TransactionManagementError

R = TypeVar("R")
_PLAIN = (int, str, date, list, tuple, set, frozenset)


class _Place(Expression):
    """The place of a value in a question."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return a placeholder, and this place as what stands for its value."""
        return "%s", [self]


@ForeignObject.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """`<column>__any_of=value("ids")`: the column is one of a list that is one value, however long it is."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the condition."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


def value(name: str) -> Any:
    """Return the place of a value: a plain one (number, text, moment, date), not None; a list after `any_of` only."""
    return _Place(name)


def placed(condition: Q) -> tuple[Q, dict[str, Any]]:
    """Return a condition with places instead of its values, and the values by place: it can then be kept as a question.

    Raises:
        TypeError: it compares with something else than plain values and lists of them.
    """
    values: dict[str, Any] = {}
    return _placed(condition, values), values


def _placed(condition: Q, values: dict[str, Any]) -> Q:
    found = Q(_connector=condition.connector, _negated=condition.negated)
    for one in condition.children:
        if isinstance(one, Q):
            found.children.append(_placed(one, values))
            continue
        if not isinstance(one, tuple) or not isinstance(one[1], _PLAIN):
            raise TypeError(f"no place for {one!r}")
        path, wanted = one
        name = f"value{len(values)}"
        several = path.endswith("__in")
        values[name] = list(wanted) if several else wanted
        found.children.append((path.removesuffix("__in") + "__any_of" if several else path, value(name)))
    return found


def totals(rows: QuerySet[Any, Any], **sums: Aggregate) -> QuerySet[Any, tuple[Any, ...]]:
    """Return a query of one row with sums over all rows, as `aggregate` gives them, but not asked yet."""
    counted = rows.order_by().values_list("pk")
    query = counted.query
    resolved = {
        name: one.resolve_expression(query, allow_joins=True, reuse=None, summarize=True) for name, one in sums.items()
    }
    query.clear_select_fields()
    query.default_cols = False
    query.annotations = resolved  # type: ignore[assignment]
    query.set_annotation_mask(resolved)
    return cast("QuerySet[Any, tuple[Any, ...]]", counted)


class Question(Generic[R]):
    """A query of rows or of `values_list`, asked with other values each time.

    `select_related`, annotations, order and locks come along; `prefetch_related` does not.
    """

    def __init__(self, rows: Callable[[], QuerySet[Any, R]], *, kept: bool = False) -> None:
        """Take a function that gives the query: it is called when the question is asked for the first time.

        Args:
            kept: nobody takes the found rows away until the transaction ends (FOR KEY SHARE); any number may keep them.
        """
        self._rows = rows
        self._kept = kept

    def __call__(self, **values: object) -> list[R]:
        """Return the rows for these values.

        Raises:
            KeyError: a value is missing.
            TransactionManagementError: rows would be locked, but there is no transaction.
        """
        words, connection = self._words, connections[DEFAULT_DB_ALIAS]
        if words.locks and connection.get_autocommit():
            raise TransactionManagementError("rows are locked in a transaction only")
        with connection.cursor() as cursor:
            params: list[Any] = [values[one.name] if isinstance(one, _Place) else one for one in words.params]
            cursor.execute(words.sql, params)
            found = cursor.fetchall()
        if words.plain:
            return cast("list[R]", found)
        return [words.row(row, connection) for row in found]

    def first(self, **values: object) -> R | None:
        """Return the first row for these values, or None. The question itself says in which order, and how many."""
        return next(iter(self(**values)), None)

    @cached_property
    def _words(self) -> _Words:
        return _Words(self._rows(), kept=self._kept)


class _Words:
    """What Django makes of a query: its SQL, and how a row of the answer becomes an object or a tuple."""

    def __init__(self, rows: QuerySet[Any], *, kept: bool) -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.params = compiler.as_sql()
        self.locks = rows.query.select_for_update or kept
        if kept:
            self.sql += " FOR KEY SHARE"
        select = cast("list[Any]", compiler.select)
        columns = [column[0] for column in select[: compiler.col_count]]
        self._converters = list(compiler.get_converters(columns).items())
        self._model: type[Model] | None = None
        # Tuples as the driver gives them.
        self.plain = not self._converters and not issubclass(rows._iterable_class, ModelIterable)
        if not issubclass(rows._iterable_class, ModelIterable):
            return
        klass = cast("dict[str, Any]", compiler.klass_info)
        self._model, fields = klass["model"], klass["select_fields"]
        self._own = slice(fields[0], fields[-1] + 1)
        self._names = [column[0].target.attname for column in select[self._own]]
        self._beside = get_related_populators(klass, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
        self._annotations = list((compiler.annotation_col_map or {}).items())

    def row(self, answer: tuple[Any, ...], connection: Any) -> Any:
        """Return the object or tuple of a row of the answer, as Django would have made it."""
        row = list(answer)
        for place, (converters, expression) in self._converters:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
        if self._model is None:
            return tuple(row)
        made = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for other in self._beside:
            other.populate(row, made)
        for name, place in self._annotations:
            setattr(made, name, row[place])
        return made
