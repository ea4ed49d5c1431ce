"""The small faults: those of cosmic-ray that a person could have written, and a call left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Keyword

Span = tuple[tuple[int, int], tuple[int, int]]

# Every other replacement of an operator (`+` by `**`, `==` by `is`) breaks the program rather than its meaning.
OPERATORS = (
    "AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue",
    "ReplaceComparisonOperator_Lt_LtE", "ReplaceComparisonOperator_LtE_Lt", "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_GtE_Gt", "ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is", "ReplaceUnaryOperator_Delete_Not",
    "ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add", "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer",
    "ExceptionReplacer", "ZeroIterationForLoop", "RemoveDecorator",
)  # fmt: skip


QUICKER = {"dataclass", "lru_cache", "cache"}


class LeaveOutCall(Operator):  # type: ignore[misc]
    """A statement that only calls something is left out."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield the place of the call when the node is one."""
        if node.type == "expr_stmt" or node.parent is None or node.parent.type != "simple_stmt":
            return
        if node.type in ("atom_expr", "power") and node.children[-1].type == "trailer":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return `pass` in its place."""
        return Keyword("pass", node.start_pos, prefix=node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Return none: they are for cosmic-ray's own tests."""
        return ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that can be put into a file."""

    path: Path
    """Relative to the project."""
    line: int
    name: str
    code: str
    """The whole file with the fault in it."""


def operators() -> Iterator[tuple[str, Operator]]:
    """Yield the operators with their names."""
    for name in OPERATORS:
        yield name, get_operator(f"core/{name}")()
    yield "LeaveOutCall", LeaveOutCall()


def places(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield each place for a fault: the operator's name, which of its occurrences, the line; one for each place and name.

    Left out is what no run can tell apart: annotations, and what stands in `if TYPE_CHECKING`.
    """
    silent = _silent(source)
    tree = get_ast(source)
    for name, operator in operators():
        seen: set[Span] = set()
        found = (span for node in ast_nodes(tree) for span in operator.mutation_positions(node))
        for occurrence, span in enumerate(found):
            if span in seen or any(start <= span[0] < end for start, end in silent):
                continue
            seen.add(span)
            yield name, occurrence, span[0][0]


def fault(root: Path, path: Path, place: tuple[str, int, int]) -> Fault | None:
    """Return the fault of a place; None where it changes nothing."""
    name, occurrence, line = place
    source = (root / path).read_text()
    code = mutate_code(source, dict(operators())[name], occurrence)
    if code is None or ast.dump(ast.parse(code)) == ast.dump(ast.parse(source)):
        return None
    return Fault(path, line, name, code)


def _silent(source: str) -> list[Span]:
    """Return the spans of annotations, of code for type checkers, and of decorators that only make something quicker."""
    spans = []
    for node in ast.walk(ast.parse(source)):
        quiet: list[ast.expr | ast.If | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            quiet.append(node.returns)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            quiet.append(node.annotation)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            quiet.append(node)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            quiet.extend(
                one for one in node.decorator_list if QUICKER & {n.id for n in ast.walk(one) if isinstance(n, ast.Name)}
            )
        for one in quiet:
            if one is not None:
                assert one.end_lineno is not None and one.end_col_offset is not None
                # A decorator's own place begins with its `@`.
                spans.append(((one.lineno, max(one.col_offset - 1, 0)), (one.end_lineno, one.end_col_offset)))
    return spans
