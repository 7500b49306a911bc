"""Writes stream1.h5, .npz and .wz: a code, samples and the stream that every later version decodes.

They were made once, at the release of version 1 of the stream, and are kept to show how they
came about. Run it again only before that release: python -m tests.data.make_stream1
"""

import tomllib
from pathlib import Path

import numpy as np

import wzsim
from wzsim.storage import write_result

SCENARIO = """
schema = 1
name = "stream1"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 4]
rate_estimator = "marginal"
encoder = { name = "nsq", step = 0.5 }
[evaluation]
bounds = []
"""

if __name__ == "__main__":
    folder = Path(__file__).parent
    result = wzsim.run(tomllib.loads(SCENARIO))
    write_result(result, folder / "stream1.h5")
    rng = np.random.default_rng(1)
    y = rng.normal(size=(6, 50)).astype(np.float32)
    x = (y + 0.1**0.5 * rng.normal(size=y.shape)).astype(np.float32)
    stream = wzsim.encode(result, x, coder="rans", frame_length=100)
    (folder / "stream1.wz").write_bytes(stream)
    coarse, fine = (wzsim.decode(result, stream, y, layers) for layers in (1, 2))
    np.savez(folder / "stream1.npz", x=x, y=y, coarse=coarse, fine=fine)
