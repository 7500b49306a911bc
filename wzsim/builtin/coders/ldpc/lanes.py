"""Sixteen numbers as one value of compiled code, so that every operation is one of the processor's.

numba leaves it to chance whether a loop over blocks becomes vector instructions; these types leave
none. `Floats` are 16 float32, `Words` 16 int32 whose highest bit is a sign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic
from numba.np import arrayobj

LANES: Final = 16

SMALLEST: Final = 1e-10
"""exp(-|L|) of a certain message."""

LARGEST: Final = 40.0
"""|L| beyond which a message is as certain as can be [nat]."""

_FLOATS: Final = ir.VectorType(ir.FloatType(), LANES)
_WORDS: Final = ir.VectorType(ir.IntType(32), LANES)
_FAST: Final = ("contract", "nnan", "nsz", "arcp")


class _Floats(types.Type):  # type: ignore[misc]  # numba ships no types
    pass


class _Words(types.Type):  # type: ignore[misc]
    pass


FLOATS: Final = _Floats("Floats")
WORDS: Final = _Words("Words")


@register_default(_Floats)
class _FloatsModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, _FLOATS)


@register_default(_Words)
class _WordsModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, _WORDS)


class _Vector:
    """A value of LLVM while code is made; operators put down instructions."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def _other(self, other: _Vector | float) -> Any:
        if isinstance(other, _Vector):
            return other.value
        return ir.Constant(_FLOATS, [float(other)] * LANES)

    def _made(self, name: str, *values: Any) -> _Vector:
        return _Vector(self.builder, getattr(self.builder, name)(*values, flags=_FAST))

    def __add__(self, other: _Vector | float) -> _Vector:
        return self._made("fadd", self.value, self._other(other))

    def __sub__(self, other: _Vector | float) -> _Vector:
        return self._made("fsub", self.value, self._other(other))

    def __mul__(self, other: _Vector | float) -> _Vector:
        return self._made("fmul", self.value, self._other(other))

    def __truediv__(self, other: _Vector | float) -> _Vector:
        return self._made("fdiv", self.value, self._other(other))

    def least(self, other: _Vector | float, *, most: bool = False) -> _Vector:
        """The lesser of two, or the greater."""
        value = self._other(other)
        first = self.builder.fcmp_ordered(">" if most else "<", self.value, value)
        return _Vector(self.builder, self.builder.select(first, self.value, value))

    def words(self) -> Any:
        """The same bits as integers."""
        return self.builder.bitcast(self.value, _WORDS)

    def magnitude(self) -> _Vector:
        """Without sign."""
        kept = self.builder.and_(self.words(), _word(0x7FFFFFFF))
        return _floats(self.builder, kept)


def _word(value: int) -> Any:
    return ir.Constant(_WORDS, [value] * LANES)


def _floats(builder: Any, words: Any) -> _Vector:
    return _Vector(builder, builder.bitcast(words, _FLOATS))


def _polynomial(at: _Vector, coefficients: tuple[float, ...]) -> _Vector:
    """Highest power first."""
    total = at * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * at + coefficient
    return total


def _exp_minus(x: _Vector) -> _Vector:
    """exp(-x) for 0 <= x <= LARGEST, relative error 1e-6: Taylor's series of 2^-f about 1/2."""
    builder = x.builder
    y = x * 1.4426950408889634
    whole = builder.fptosi(y.value, _WORDS)
    centred = y - _Vector(builder, builder.sitofp(whole, _FLOATS)) - 0.5
    z = centred * 0.6931471805599453
    series = _polynomial(z, (1 / 720, -1 / 120, 1 / 24, -1 / 6, 0.5, -1.0, 1.0))
    power = builder.shl(builder.sub(_word(127), whole), _word(23))
    return series * 0.7071067811865476 * _floats(builder, power)


def _minus_log(e: _Vector) -> _Vector:
    """-log(e) for normal positive e, to 1e-5: 2 artanh of (m - 1) / (m + 1)."""
    builder, bits = e.builder, e.words()
    exponent = builder.sub(builder.lshr(bits, _word(23)), _word(127))
    mantissa = builder.or_(builder.and_(bits, _word(0x007FFFFF)), _word(0x3F800000))
    m = _floats(builder, mantissa)
    u = (m - 1.0) / (m + 1.0)
    series = _polynomial(u * u, (2 / 9, 2 / 7, 2 / 5, 2 / 3, 2.0)) * u
    scaled = _Vector(builder, builder.sitofp(exponent, _FLOATS)) * 0.6931471805599453
    return (scaled + series) * -1.0


def _unary(result: Any, first: Any, body: Callable[[Any, Any], Any]) -> Any:
    @intrinsic
    def function(_context, _a):  # type: ignore[no-untyped-def]
        def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
            return body(builder, *arguments)

        return result(first), generate

    return function


def _binary(result: Any, first: Any, second: Any, body: Callable[[Any, Any, Any], Any]) -> Any:
    @intrinsic
    def function(_context, _a, _b):  # type: ignore[no-untyped-def]
        def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
            return body(builder, *arguments)

        return result(first, second), generate

    return function


def _ternary(result: Any, kinds: tuple[Any, Any, Any], body: Callable[..., Any]) -> Any:
    @intrinsic
    def function(_context, _a, _b, _c):  # type: ignore[no-untyped-def]
        def generate(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
            return body(builder, *arguments)

        return result(*kinds), generate

    return function


def _address(context: Any, builder: Any, kinds: tuple[Any, Any], array: Any, row: Any) -> Any:
    """Where a row of a C-contiguous array of LANES columns begins."""
    array_type, vector = kinds
    struct = arrayobj.make_array(array_type)(context, builder, array)
    start = builder.gep(struct.data, [builder.mul(row, ir.Constant(row.type, LANES))])
    return builder.bitcast(start, vector.as_pointer())


@intrinsic
def load(_context, array, _row):  # type: ignore[no-untyped-def]
    """Row `row` of a float32 or int32 array of shape (rows, LANES)."""
    lane, vector = (FLOATS, _FLOATS) if array.dtype == types.float32 else (WORDS, _WORDS)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array, row = arguments
        where = _address(context, builder, (signature.args[0], vector), array, row)
        return builder.load(where, align=4)

    return lane(array, types.intp), generate


@intrinsic
def store(_context, array, _row, lanes):  # type: ignore[no-untyped-def]
    """Put 16 numbers into row `row`."""
    vector = _FLOATS if array.dtype == types.float32 else _WORDS

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array, row, lanes = arguments
        where = _address(context, builder, (signature.args[0], vector), array, row)
        builder.store(lanes, where, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate


@intrinsic
def certain(_context):  # type: ignore[no-untyped-def]
    """exp(-|L|) of messages without doubt: the neutral element of `combined`."""

    def generate(_context, _builder, _signature, _arguments):  # type: ignore[no-untyped-def]
        return ir.Constant(_FLOATS, [SMALLEST] * LANES)

    return FLOATS(), generate


def _combined(builder: Any, a: Any, b: Any) -> Any:
    one, other = _Vector(builder, a), _Vector(builder, b)
    return ((one + other) / (one * other + 1.0)).value


def _faintness(builder: Any, message: Any) -> Any:
    return _exp_minus(_Vector(builder, message).magnitude().least(LARGEST)).value


def _strength(builder: Any, e: Any) -> Any:
    return _minus_log(_Vector(builder, e)).least(0.0, most=True).value


def _signed(builder: Any, strength: Any, signs: Any, message: Any) -> Any:
    flipped = builder.xor(signs, _Vector(builder, message).words())
    sign = builder.and_(flipped, _word(-0x80000000))
    return _floats(builder, builder.xor(_Vector(builder, strength).words(), sign)).value


def _toggled(builder: Any, signs: Any, message: Any) -> Any:
    return builder.xor(signs, _Vector(builder, message).words())


def _tallied(builder: Any, count: Any, signs: Any) -> Any:
    return builder.add(count, builder.lshr(signs, _word(31)))


def _scaled(builder: Any, message: Any) -> Any:
    return (_Vector(builder, message) * 0.75).value


plus = _binary(FLOATS, FLOATS, FLOATS, lambda builder, a, b: builder.fadd(a, b, flags=_FAST))
minus = _binary(FLOATS, FLOATS, FLOATS, lambda builder, a, b: builder.fsub(a, b, flags=_FAST))
combined = _binary(FLOATS, FLOATS, FLOATS, _combined)
"""exp(-|L|) of the sum, modulo 2, of two bits whose messages have these: (a + b) / (1 + a b)."""
faintness = _unary(FLOATS, FLOATS, _faintness)
"""exp(-|L|) of messages L."""
strength = _unary(FLOATS, FLOATS, _strength)
"""|L| from exp(-|L|)."""
signed = _ternary(FLOATS, (FLOATS, WORDS, FLOATS), _signed)
"""A strength with the sign of `signs` times that of a message."""
toggled = _binary(WORDS, WORDS, FLOATS, _toggled)
"""Signs times those of a message."""
changed = _binary(
    WORDS,
    FLOATS,
    FLOATS,
    lambda builder, a, b: builder.xor(_Vector(builder, a).words(), _Vector(builder, b).words()),
)
"""Negative where two messages differ in sign."""
tallied = _binary(WORDS, WORDS, WORDS, _tallied)
"""A count plus one where a sign is negative."""
magnitude = _unary(FLOATS, FLOATS, lambda builder, a: _Vector(builder, a).magnitude().value)
least = _binary(
    FLOATS,
    FLOATS,
    FLOATS,
    lambda builder, a, b: _Vector(builder, a).least(_Vector(builder, b)).value,
)
greatest = _binary(
    FLOATS,
    FLOATS,
    FLOATS,
    lambda builder, a, b: _Vector(builder, a).least(_Vector(builder, b), most=True).value,
)
scaled = _unary(FLOATS, FLOATS, _scaled)
"""Three quarters: what normalised min-sum believes of a message."""


def _either(builder: Any, message: Any, smallest: Any, second: Any) -> Any:
    own = _Vector(builder, message).magnitude()
    is_least = builder.fcmp_ordered("<=", own.value, smallest)
    return builder.select(is_least, second, smallest)


others_least = _ternary(FLOATS, (FLOATS, FLOATS, FLOATS), _either)
"""The least magnitude of all but a message, from the least two of all."""
