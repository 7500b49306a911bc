"""The language of `--where`: conditions on named values, read as data and never run as code.

Python's own parser makes the tree; every kind of node in it is looked up here, and what is
not here is refused.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, final

import attrs

from wzsim.errors import InputError, did_you_mean

LONGEST: Final = 2000
"""Characters of an expression."""

DEEPEST: Final = 50
"""How deep parts may stand in parts."""

AROUND: Final = 70
"""Characters that an error shows on each side of its place."""

Values = Mapping[str, Any]
"""Plain values by name; what is not there, or None, is missing."""


@final
class _Missing:
    """A value that a row does not have. Every comparison with it is false."""


MISSING: Final = _Missing()

Part = Callable[[Values], Any]
"""A part of an expression: from the values of a row to its own."""

ALLOWED: Final = (
    "allowed are names, numbers, texts, true, false, lists, parentheses, NAME[0] for an entry of a "
    "list, + - * /, == != < <= > >=, in, not in, and, or, not"
)

FALSE_FRIENDS: Final = {"&&": "and", "||": "or", "<>": "!=", "!": "not", "=": "=="}
"""What other languages write, and what to type instead; in the order to look for them."""


@final
@attrs.frozen(eq=False)
class Expression:
    """A condition that a row meets or not."""

    text: str
    names: Mapping[str, int]
    """The names in it, each with the place where it first stands [characters]."""
    _part: Part

    def __call__(self, values: Values) -> bool:
        """Whether the values of a row meet it; a value that is missing does not.

        Raises InputError where values do not fit their operator.
        """
        return _truth(self._part(values))

    def require_names(self, known: Sequence[str]) -> None:
        """Raise InputError, with its place, for a name that nothing has."""
        for name, place in self.names.items():
            if name not in known:
                raise wrong(self.text, place, f"unknown name '{name}'; {_hint(name, known)}")


def parse(text: str) -> Expression:
    """The condition that a text says. Raises InputError, with its place, where it says none."""
    text = text.replace("\n", " ").strip()
    if not text:
        raise InputError("the condition is empty; an example: sum_rate < 2")
    if len(text) > LONGEST:
        raise InputError(f"the condition has {len(text)} characters, more than {LONGEST}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes: they are no matter of ours
            tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        place = (error.offset or 1) - 1
        reason = (error.msg or "invalid syntax").split(". ")[0]
        raise wrong(text, place, f"this is no condition ({reason}){_friend(text)}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"this is no condition: {str(error) or 'it is too deep'}") from None
    reader = _Reader(text)
    return Expression(text, reader.names, reader.part(tree.body, 0))


def wrong(text: str, place: int, message: str) -> InputError:
    """An error with the place that it is about, and the text around it."""
    start = max(0, place - AROUND)
    excerpt = text[start : place + AROUND]
    return InputError(f"{message}\n  {excerpt}\n  {' ' * min(place - start, len(excerpt))}^")


class _Reader:
    """Turns a tree into parts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, int] = {}

    def part(self, node: ast.expr, depth: int) -> Part:
        """What a node means. Raises InputError for one that means nothing here."""
        if depth > DEEPEST:
            self._refuse(node, f"the condition is more than {DEEPEST} parts deep")
        readers: dict[type[ast.expr], Callable[[Any, int], Part]] = {
            ast.BoolOp: self._junction,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._comparison,
            ast.Name: self._name,
            ast.Attribute: self._name,
            ast.Subscript: self._entry,
            ast.Constant: self._constant,
            ast.List: self._list,
            ast.Tuple: self._list,
        }
        if type(node) not in readers:
            self._refuse(node)
        return readers[type(node)](node, depth)

    def _junction(self, node: ast.BoolOp, depth: int) -> Part:
        parts = [self.part(value, depth + 1) for value in node.values]
        combine = all if isinstance(node.op, ast.And) else any
        return lambda row: combine(_truth(part(row)) for part in parts)

    def _unary(self, node: ast.UnaryOp, depth: int) -> Part:
        inner = self.part(node.operand, depth + 1)
        if isinstance(node.op, ast.Not):
            return lambda row: not _truth(inner(row))
        if not isinstance(node.op, ast.USub | ast.UAdd):
            self._refuse(node)
        function = operator.neg if isinstance(node.op, ast.USub) else operator.pos
        return self._reckoned(node, function, inner)

    def _binary(self, node: ast.BinOp, depth: int) -> Part:
        function = ARITHMETIC.get(type(node.op))
        if function is None:
            self._refuse(node)
        parts = self.part(node.left, depth + 1), self.part(node.right, depth + 1)
        return self._reckoned(node, function, *parts)

    def _list(self, node: ast.List | ast.Tuple, depth: int) -> Part:
        parts = [self.part(element, depth + 1) for element in node.elts]
        return lambda row: [part(row) for part in parts]

    def _constant(self, node: ast.Constant, _: int) -> Part:
        if not isinstance(node.value, bool | int | float | str):
            self._refuse(node)
        value = node.value
        return lambda _: value

    def _entry(self, node: ast.Subscript, depth: int) -> Part:
        inner = self.part(node.value, depth + 1)
        place, sign = node.slice, 1
        if isinstance(place, ast.UnaryOp) and isinstance(place.op, ast.USub):
            place, sign = place.operand, -1
        if not isinstance(place, ast.Constant) or not isinstance(place.value, int):
            self._refuse(node)
        number = sign * place.value
        return lambda row: _entry_of(inner(row), number)

    def _reckoned(self, node: ast.expr, function: Callable[..., Any], *parts: Part) -> Part:
        def value(row: Values) -> Any:
            numbers = [_present(part(row)) for part in parts]
            if MISSING in numbers:
                return MISSING
            for one in numbers:
                if not _is_number(one):
                    self._refuse(node, f"{one!r} is no number to reckon with")
            try:
                return function(*numbers)
            except (ZeroDivisionError, OverflowError):
                return MISSING

        return value

    def _comparison(self, node: ast.Compare, depth: int) -> Part:
        parts = [self.part(one, depth + 1) for one in (node.left, *node.comparators)]
        functions = []
        for op in node.ops:
            if (function := COMPARISONS.get(type(op))) is None:
                self._refuse(node)
            functions.append(function)

        def value(row: Values) -> bool:
            first = _present(parts[0](row))
            for function, part in zip(functions, parts[1:], strict=True):
                second = _present(part(row))
                if first is MISSING or second is MISSING:
                    return False
                try:
                    if not function(first, second):
                        return False
                except TypeError:
                    self._refuse(node, f"{first!r} and {second!r} do not compare this way")
                first = second
            return True

        return value

    def _name(self, node: ast.expr, _: int) -> Part:
        words: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            words.insert(0, inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            self._refuse(node)
        name = ".".join((inner.id, *words))
        if name in ("true", "false"):
            return lambda _: name == "true"
        self.names.setdefault(name, self._place(inner))
        return lambda row: row.get(name, MISSING)

    def _place(self, node: ast.expr) -> int:
        """Where a node begins, in characters: Python counts bytes."""
        return len(self.text.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))

    def _refuse(self, node: ast.expr, message: str = "") -> NoReturn:
        message = message or f"this may not stand in a condition; {ALLOWED}"
        raise wrong(self.text, self._place(node), message)


def _present(value: Any) -> Any:
    """The value; a None or NaN is missing."""
    nothing = value is None or (isinstance(value, float) and math.isnan(value))
    return MISSING if nothing else value


def _truth(value: Any) -> bool:
    return value is not MISSING and bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _entry_of(value: Any, place: int) -> Any:
    if not isinstance(value, list | tuple) or not -len(value) <= place < len(value):
        return MISSING
    return value[place]


def _equal(first: Any, second: Any) -> bool:
    """A truth value is no number: true is not 1."""
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_equal, first, second))
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def _ordered(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(first: Any, second: Any) -> bool:
        texts = isinstance(first, str) and isinstance(second, str)
        if not texts and not (_is_number(first) and _is_number(second)):
            raise TypeError
        return function(first, second)

    return compare


def _within(first: Any, second: Any) -> bool:
    if isinstance(second, str):
        if not isinstance(first, str):
            raise TypeError
        return first in second
    if not isinstance(second, list | tuple):
        raise TypeError
    return any(_equal(first, one) for one in second)


ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda first, second: not _equal(first, second),
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _within,
    ast.NotIn: lambda first, second: not _within(first, second),
}


def _hint(name: str, known: Sequence[str]) -> str:
    """What may have been meant: names of a table, those that end like it, or a misspelt one."""
    inside = [one for one in known if one.startswith(f"{name}.")]
    if inside:
        return f"it is a table with {', '.join(sorted(inside)[:6])}"
    ending = [
        one for one in known if one.removesuffix(".name").endswith(f".{name.removesuffix('.name')}")
    ]
    if ending:
        return "did you mean " + " or ".join(f"'{one}'" for one in sorted(ending)[:3]) + "?"
    return did_you_mean(name, known)


def _friend(text: str) -> str:
    for strange, ours in FALSE_FRIENDS.items():
        if strange in text.replace("==", "").replace("!=", "").replace("<=", "").replace(">=", ""):
            return f"; write '{ours}' for '{strange}'"
    return ""
