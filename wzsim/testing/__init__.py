"""Kits of tests that the author of a plugin inherits in two lines, one for each kind.

    from wzsim.testing import ChannelKit

    class TestLaplace(ChannelKit):
        component = Laplace(scale=0.2)

wzsim's own components pass the same kits. pytest is imported here and nowhere else.
"""

from wzsim.testing.bound import BoundKit
from wzsim.testing.channel import ChannelKit
from wzsim.testing.component import ComponentKit
from wzsim.testing.decoder import DecoderKit
from wzsim.testing.distortion import DistortionKit
from wzsim.testing.encoder import EncoderKit
from wzsim.testing.entropy_coder import EntropyCoderKit
from wzsim.testing.executor import ExecutorKit
from wzsim.testing.pair import PairKit
from wzsim.testing.rate import RateEstimatorKit
from wzsim.testing.slepian_wolf import SlepianWolfCoderKit
from wzsim.testing.source import SourceKit

__all__ = [
    "BoundKit",
    "ChannelKit",
    "ComponentKit",
    "DecoderKit",
    "DistortionKit",
    "EncoderKit",
    "EntropyCoderKit",
    "ExecutorKit",
    "PairKit",
    "RateEstimatorKit",
    "SlepianWolfCoderKit",
    "SourceKit",
]
