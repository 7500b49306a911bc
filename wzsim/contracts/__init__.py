"""What a plugin implements, one small file a noun of the field. Nothing here imports torch."""

from wzsim.contracts.bound import Bound, Interval, RateDistortionFunction
from wzsim.contracts.channel import (
    AdditiveChannel,
    Channel,
    DensityChannel,
    DiscreteChannel,
    GaussianNoise,
)
from wzsim.contracts.code import Code, DesignProblem, Objective
from wzsim.contracts.coder import (
    EntropyCoder,
    RetryingDecoder,
    SlepianWolfCoder,
    Symbols,
    SyndromeDecoder,
)
from wzsim.contracts.component import CONTRACT_VERSION, Component, OneOf, Range, doc
from wzsim.contracts.decoder import Decoder, DecoderConfig, LearnedDecoder, PrefixTreeDecoder
from wzsim.contracts.distortion import Distortion, LogarithmicLoss, SymbolDistortion
from wzsim.contracts.encoder import (
    Encoder,
    EncoderConfig,
    LearnedEncoder,
    ScalarEncoder,
    StochasticEncoder,
)
from wzsim.contracts.events import (
    CheckpointIgnored,
    CodingAdvanced,
    EpochFinished,
    EvaluationAdvanced,
    Event,
    Listener,
    RunFinished,
    RunStarted,
    SearchAdvanced,
    TrainingResumed,
)
from wzsim.contracts.executor import Executor, Outcome, Point, Work
from wzsim.contracts.message import Message, MessageShape, RelaxedMessage
from wzsim.contracts.pair import (
    Base,
    ComposedDensityPair,
    ComposedDiscretePair,
    ComposedPair,
    DensityPair,
    DiscretePair,
    Pair,
    PairSource,
    compose,
    single_letter,
)
from wzsim.contracts.rate import (
    LearnedRateEstimator,
    PrefixTreeRateEstimator,
    RateEstimator,
    RateEstimatorConfig,
)
from wzsim.contracts.source import DensitySource, DiscreteSource, GaussianLaw, Source
from wzsim.contracts.state import State, Stateful, Trainable

KINDS: dict[str, type[Component]] = {
    cls.kind: cls
    for cls in (
        Source,
        Channel,
        PairSource,
        EncoderConfig,
        RateEstimatorConfig,
        DecoderConfig,
        EntropyCoder,
        SlepianWolfCoder,
        Distortion,
        Bound,
        Executor,
    )
}
"""Every kind of component, by its name; the hook of a kind is `wzsim_<kind>s`."""

__all__ = [
    "CONTRACT_VERSION",
    "KINDS",
    "AdditiveChannel",
    "Base",
    "Bound",
    "Channel",
    "CheckpointIgnored",
    "Code",
    "CodingAdvanced",
    "Component",
    "ComposedDensityPair",
    "ComposedDiscretePair",
    "ComposedPair",
    "Decoder",
    "DecoderConfig",
    "DensityChannel",
    "DensityPair",
    "DensitySource",
    "DesignProblem",
    "DiscreteChannel",
    "DiscretePair",
    "DiscreteSource",
    "Distortion",
    "Encoder",
    "EncoderConfig",
    "EntropyCoder",
    "EpochFinished",
    "EvaluationAdvanced",
    "Event",
    "Executor",
    "GaussianLaw",
    "GaussianNoise",
    "Interval",
    "LearnedDecoder",
    "LearnedEncoder",
    "LearnedRateEstimator",
    "Listener",
    "LogarithmicLoss",
    "Message",
    "MessageShape",
    "Objective",
    "OneOf",
    "Outcome",
    "Pair",
    "PairSource",
    "Point",
    "PrefixTreeDecoder",
    "PrefixTreeRateEstimator",
    "Range",
    "RateDistortionFunction",
    "RateEstimator",
    "RateEstimatorConfig",
    "RelaxedMessage",
    "RetryingDecoder",
    "RunFinished",
    "RunStarted",
    "ScalarEncoder",
    "SearchAdvanced",
    "SlepianWolfCoder",
    "Source",
    "State",
    "Stateful",
    "StochasticEncoder",
    "SymbolDistortion",
    "Symbols",
    "SyndromeDecoder",
    "Trainable",
    "TrainingResumed",
    "Work",
    "compose",
    "doc",
    "single_letter",
]
