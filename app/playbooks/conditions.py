"""When a task is there: small expressions over the facts of a plan, such as `payroll and "finance" in modules` (I2).

They are parsed and walked, never run. A name is a fact; a fact that was not answered is like no. Facts of kind yes_no
and several stand alone or behind `not`; one is compared with the code of an option; number with a number; several is
asked with `in`. The same over the fields of one task says whether another field of it is asked; a field that was not
answered is neither `== true` nor `== false`.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from app.core.i18n import _
from app.playbooks.outline import Option

MAX_LENGTH = 500
"""In characters. Longer ones are two tasks."""
MAX_DEPTH = 12

YES_NO, ONE, SEVERAL, NUMBER = "yes_no", "one", "several", "number"
_TRUTHS = {"true": True, "false": False}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class Named(Protocol):
    """What a condition can look at: a fact of a plan, or a field of a task."""

    @property
    def code(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def options(self) -> tuple[Option, ...]: ...


def is_name(code: str) -> bool:
    """Whether a fact or a field can be called this in a condition."""
    return bool(_NAME.fullmatch(code)) and not keyword.iskeyword(code) and code not in _TRUTHS


def holds(expr: str, facts: Mapping[str, Any]) -> bool:
    """Whether the condition is met. "" always is, and one that `check` would refuse never is."""
    if not expr.strip():
        return True
    try:
        return bool(_value(_parsed(expr), facts))
    except _Wrong:
        return False


def check(expr: str, facts: Iterable[Named]) -> str | None:
    """What is wrong with a condition over these facts or fields, in a sentence; None when nothing is."""
    if not expr.strip():
        return None
    try:
        _look(_parsed(expr), {fact.code: fact for fact in facts})
    except _Wrong as wrong:
        return str(wrong)
    return None


def names_in(expr: str) -> frozenset[str]:
    """The names that it looks at; none when it cannot be read."""
    if not expr.strip():
        return frozenset()
    try:
        tree = _parsed(expr)
    except _Wrong:
        return frozenset()
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) - _TRUTHS.keys()


class _Wrong(Exception):
    """Says what is wrong, to whoever wrote the condition."""


# --- reading ----------------------------------------------------------------------------------------------------------


def _parsed(expr: str) -> ast.expr:
    if len(expr) > MAX_LENGTH:
        raise _Wrong(_("A condition has at most %(limit)s characters.", limit=MAX_LENGTH))
    tree = _tree(expr.strip())
    if tree is None:
        raise _Wrong(_('This cannot be read as a condition. Examples: payroll, not payroll, tier == "large".'))
    _admit(tree, 1)
    return tree


@lru_cache(maxsize=2048)
def _tree(expr: str) -> ast.expr | None:
    # Strings need no escapes here, and Python would warn of unknown ones.
    if "\\" in expr:
        return None
    try:
        return ast.parse(" ".join(expr.split()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq)
_WITHIN = (ast.In, ast.NotIn)
_LISTS = (ast.List, ast.Tuple, ast.Set)


def _admit(node: ast.expr, depth: int) -> None:
    """Lets through what a condition may consist of."""
    if depth > MAX_DEPTH:
        raise _Wrong(_("This condition has too many parts inside each other."))
    match node:
        case ast.Name() | ast.Constant(value=str() | bool() | int() | float()):
            return
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return
        case ast.UnaryOp(op=ast.Not()):
            parts = [node.operand]
        case ast.BoolOp():
            parts = node.values
        case ast.Compare() if all(isinstance(op, (*_ORDERED, *_EQUAL, *_WITHIN)) for op in node.ops):
            parts = [node.left, *node.comparators]
        case ast.List() | ast.Tuple() | ast.Set():
            parts = node.elts
        case _:
            raise _Wrong(
                _(
                    "A condition consists of names, values and these words and signs alone: %(allowed)s.",
                    allowed="and, or, not, in, not in, ==, !=, <, <=, >, >=",
                )
            )
    for part in parts:
        _admit(part, depth + 1)


# --- answering --------------------------------------------------------------------------------------------------------


def _value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return _TRUTHS[node.id] if node.id in _TRUTHS else facts.get(node.id)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, facts)
        case ast.UnaryOp():
            return -_value(node.operand, facts)
        case ast.BoolOp(op=ast.And()):
            return all(_value(part, facts) for part in node.values)
        case ast.BoolOp():
            return any(_value(part, facts) for part in node.values)
        case ast.List() | ast.Tuple() | ast.Set():
            return [_value(part, facts) for part in node.elts]
        case ast.Compare():
            values = [_value(part, facts) for part in (node.left, *node.comparators)]
            return all(_compared(op, a, b) for op, a, b in zip(node.ops, values, values[1:], strict=False))
        case _:
            raise _Wrong


def _compared(op: ast.cmpop, a: Any, b: Any) -> bool:
    match op:
        case ast.Eq():
            return bool(a == b)
        case ast.NotEq():
            return bool(a != b)
        case ast.In():
            return isinstance(b, list | tuple) and a in b
        case ast.NotIn():
            return not (isinstance(b, list | tuple) and a in b)
    if not (_is_number(a) and _is_number(b)):
        return False
    match op:
        case ast.Lt():
            return bool(a < b)
        case ast.LtE():
            return bool(a <= b)
        case ast.Gt():
            return bool(a > b)
        case _:
            return bool(a >= b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- checking ---------------------------------------------------------------------------------------------------------


def _look(node: ast.expr, facts: Mapping[str, Named]) -> None:
    """Whether each fact exists and is asked in the way of its kind. `node` stands where yes or no is expected."""
    match node:
        case ast.Name():
            fact = _fact(node, facts)
            if fact is not None and fact.kind not in (YES_NO, SEVERAL):
                raise _Wrong(_("%(code)s is no yes or no: compare it with a value.", code=fact.code))
        case ast.UnaryOp(op=ast.Not()):
            _look(node.operand, facts)
        case ast.BoolOp():
            for part in node.values:
                _look(part, facts)
        case ast.Compare():
            sides = (node.left, *node.comparators)
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
                _look_at_comparison(op, left, right, facts)
        case ast.Constant(value=bool()):
            return
        case _:
            raise _Wrong(_("A value alone is no condition: compare it with a name."))


def _look_at_comparison(op: ast.cmpop, left: ast.expr, right: ast.expr, facts: Mapping[str, Named]) -> None:
    if isinstance(op, _WITHIN):
        _look_within(left, right, facts)
        return
    if isinstance(left, _LISTS) or isinstance(right, _LISTS):
        raise _Wrong(_("Lists are asked with in or not in."))
    a, b = _fact(left, facts), _fact(right, facts)
    if a is None and b is None:
        raise _Wrong(_("Two values are compared here, but no name."))
    for fact, other in ((a, right), (b, left)):
        if fact is None:
            continue
        if fact.kind == SEVERAL:
            raise _Wrong(_('%(code)s may have several values: write "value" in %(code)s.', code=fact.code))
        if isinstance(op, _ORDERED) and fact.kind != NUMBER:
            raise _Wrong(_("%(code)s is no number: ask it with == or !=.", code=fact.code))
        _look_at_value(other, fact)


def _look_within(left: ast.expr, right: ast.expr, facts: Mapping[str, Named]) -> None:
    whole = _fact(right, facts)
    if whole is not None:
        if whole.kind != SEVERAL:
            raise _Wrong(_("%(code)s has one value: nothing can be in it.", code=whole.code))
        _look_at_value(left, whole)
        return
    if not isinstance(right, _LISTS):
        raise _Wrong(_('After in stands a name with several values or a list such as ("a", "b").'))
    fact = _fact(left, facts)
    if fact is None:
        raise _Wrong(_("Two values are compared here, but no name."))
    if fact.kind == SEVERAL:
        raise _Wrong(_('%(code)s may have several values: write "value" in %(code)s.', code=fact.code))
    for part in right.elts:
        _look_at_value(part, fact)


def _fact(node: ast.expr, facts: Mapping[str, Named]) -> Named | None:
    """The fact that stands there; None where there is a value."""
    if not isinstance(node, ast.Name) or node.id in _TRUTHS:
        return None
    fact = facts.get(node.id)
    if fact is None:
        known = ", ".join(facts) or "-"
        raise _Wrong(_("%(code)s is not known here. Known are: %(known)s.", code=node.id, known=known))
    return fact


def _look_at_value(node: ast.expr, fact: Named) -> None:
    """Whether the fact could ever have this value."""
    if isinstance(node, ast.Name) and node.id not in _TRUTHS:
        return  # another fact, which was looked at by itself
    match fact.kind:
        case "yes_no":
            fits = isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and isinstance(node.value, bool))
            allowed = "true, false"
        case "number":
            fits = isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Constant) and _is_number(node.value))
            allowed = "1, 2, 3"
        case _:
            codes = [option.code for option in fact.options]
            fits = isinstance(node, ast.Constant) and node.value in codes
            allowed = ", ".join(f'"{code}"' for code in codes)
    if not fits:
        raise _Wrong(
            _(
                "%(code)s is never %(value)s. It can be: %(allowed)s.",
                code=fact.code,
                value=ast.unparse(node),
                allowed=allowed,
            )
        )
