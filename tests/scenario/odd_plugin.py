"""Components with every kind of key and every way to object, for the tests of loading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from wzsim.contracts import (
    Bound,
    Channel,
    DecoderConfig,
    DensityChannel,
    Distortion,
    EncoderConfig,
    MessageShape,
    OneOf,
    Pair,
    PairSource,
    Range,
    RateEstimatorConfig,
    Source,
)
from wzsim.errors import Problem, ScenarioError
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1


class _NotRun:
    """Loading never runs a component; these stand in for the methods that would."""

    def sample(self, *_arguments: Any) -> Any:
        raise NotImplementedError

    build = restore = measure = bayes = on = sample


@attrs.frozen(kw_only=True)
class Burst:
    """A table inside a component."""

    length: int = attrs.field(validator=Range(ge=1))
    probability: float = attrs.field(default=0.5, validator=Range(ge=0, le=1))


@attrs.frozen(kw_only=True)
class Fade:
    """One of two tables that a word tells apart."""

    shape: Literal["rayleigh", "rice"] = "rayleigh"
    k: float = 1.0


@attrs.frozen(kw_only=True)
class Shadow:
    """The other one."""

    shape: Literal["log-normal"]
    sigma: float


@attrs.frozen(kw_only=True)
class Wall:
    """A table that must say what it is."""

    shape: Literal["brick", "glass"]


@attrs.frozen(kw_only=True)
class Twin:
    """One of two tables that nothing tells apart."""

    size: float = 1.0


@attrs.frozen(kw_only=True)
class OtherTwin:
    """The other one."""

    size: float = 1.0


@attrs.frozen(kw_only=True)
class OddChannel(_NotRun, Channel):
    """A channel with a key of every type."""

    name = "odd"
    low: float = 0.0
    high: float = 1.0
    interval: tuple[float, float] = (0.0, 1.0)
    matrix: tuple[tuple[float, ...], ...] = ()
    words: list[str] = attrs.field(factory=list)
    gains: dict[str, float] = attrs.field(factory=dict)
    burst: Burst | None = None
    fade: Fade | Shadow = attrs.field(factory=Fade)
    blockage: Shadow | Wall | None = None
    twins: Twin | OtherTwin | None = None
    points: tuple = ()  # type: ignore[type-arg]
    ratio: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(Range(gt=0))
    )
    exact: bool = False
    count: int | Literal["all"] = "all"
    mode: str = attrs.field(default="hard", validator=OneOf(("hard", "soft")))
    anything: Any = None
    inner: DensityChannel | None = None
    top: float = attrs.field(default=1.0)

    @top.validator
    def _above(self, _attribute: object, value: float) -> None:
        if value <= self.low:
            raise ValueError("top must be above low")

    def __attrs_post_init__(self) -> None:
        if self.high <= self.low:
            raise ValueError("high must be above low")


@attrs.frozen(kw_only=True)
class BrokenChannel(_NotRun, Channel):
    """A channel with an error of its own."""

    name = "broken"
    value: int = 0

    @property
    def ratio(self) -> float:
        return 1 / self.value

    def __attrs_post_init__(self) -> None:
        assert self.ratio


@attrs.frozen(kw_only=True)
class UntypedChannel(_NotRun, Channel):
    """A channel with a key that TOML cannot give."""

    name = "untyped"
    function: complex = 0j


@attrs.frozen(kw_only=True)
class NestedChannel(_NotRun, Channel):
    """A channel with a key whose elements TOML cannot give."""

    name = "nested"
    poles: tuple[complex, ...] = ()


@attrs.frozen(kw_only=True)
class PlacingChannel(_NotRun, Channel):
    """A channel that says itself where its problems are, well and badly."""

    name = "placing"
    path: str

    def __attrs_post_init__(self) -> None:
        raise ScenarioError([Problem("it does not like it", self.path)])


if TYPE_CHECKING:
    from nowhere import Nothing  # type: ignore[import-not-found]


@attrs.frozen(kw_only=True)
class UnresolvedChannel(_NotRun, Channel):
    """A channel whose annotation is not there when the program runs."""

    name = "unresolved"
    value: Nothing = None


@attrs.frozen(kw_only=True)
class DataPair(_NotRun, PairSource):
    """A pair that comes as samples."""

    name = "data"
    file: str

    @property
    def block_length(self) -> int:
        return 1


@attrs.frozen(kw_only=True)
class FussyEncoder(_NotRun, EncoderConfig):
    """An encoder that wants at most two stages; no decoder is named like it."""

    name = "fussy"
    learned = True

    def refusal(self, problem: Any) -> str | None:
        return "it has two stages at most" if problem.shape.stages > 2 else None


@attrs.frozen(kw_only=True)
class ShapelessEncoder(_NotRun, EncoderConfig):
    """An encoder that knows no shape for more than one stage."""

    name = "shapeless"
    learned = True

    def message_shape(self, alphabet_sizes: tuple[int, ...], block_length: int) -> MessageShape:
        if len(alphabet_sizes) > 1:
            raise ValueError("it has one stage")
        return super().message_shape(alphabet_sizes, block_length)


@attrs.frozen(kw_only=True)
class CrashingEncoder(_NotRun, EncoderConfig):
    """An encoder that cannot even say no."""

    name = "crashing"
    learned = True

    def refusal(self, problem: Any) -> str | None:
        raise ZeroDivisionError("division by zero")


@attrs.frozen(kw_only=True)
class FussyEstimator(_NotRun, RateEstimatorConfig):
    """An estimator that wants a density."""

    name = "fussy"
    learned = True
    uses_side_information: ClassVar[bool] = True

    def refusal(self, problem: Any) -> str | None:
        return "it needs a density"


@attrs.frozen(kw_only=True)
class ScaledBound(_NotRun, Bound):
    """A bound with a required key, so that it is never a default."""

    name = "scaled"
    title: ClassVar[str] = "scaled bound"
    scope: ClassVar[str] = "factors below 2"
    binds: ClassVar[bool] = False
    factor: float

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return self.factor < 2


@attrs.frozen(kw_only=True)
class OddSource(_NotRun, Source):
    """A source that has no density."""

    name = "odd"


@attrs.frozen(kw_only=True)
class OddDecoder(_NotRun, DecoderConfig):
    """A decoder for everything."""

    name = "odd"


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    return [OddSource]


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    return [OddChannel, BrokenChannel, UntypedChannel, NestedChannel, PlacingChannel]


@hookimpl
def wzsim_pairs() -> list[type[PairSource]]:
    return [DataPair]


@hookimpl
def wzsim_encoders() -> list[type[EncoderConfig]]:
    return [FussyEncoder, CrashingEncoder, ShapelessEncoder]


@hookimpl
def wzsim_rate_estimators() -> list[type[RateEstimatorConfig]]:
    return [FussyEstimator]


@hookimpl
def wzsim_decoders() -> list[type[DecoderConfig]]:
    return [OddDecoder]


@hookimpl
def wzsim_bounds() -> list[type[Bound]]:
    return [ScaledBound]
