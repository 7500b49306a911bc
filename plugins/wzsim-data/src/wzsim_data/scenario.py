"""A fitted pair as a scenario file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import tomli_w

from wzsim_data.fitting import Study

NSQ_STEP = 1.66
"""Step of the quantizer in deviations of the noise, as in wzsim's own nsq_222."""


def scenario_of(study: Study, path: str, x: str, y: str) -> str:
    """The TOML text: a Gaussian Y', the best channel, and a nested quantizer to start from.

    path, x, y: the data, which a comment names so that the code can be measured on it.
    Means are taken off, because sources have mean zero.
    """
    best = study.best
    mean = float(study.pairs.x.mean())
    shift = study.offset - mean
    step = float(f"{NSQ_STEP * best.law.deviation:.4g}")
    tables = {
        "schema": 1,
        "name": re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).stem).strip("-._")[:90] or "data",
        "title": f"{Path(path).name}: {x} given {y}, {best.name} channel",
        "seed": 2023,
        "correlation": {
            "base": "y",
            "source": {"name": "gaussian", "variance": float(f"{study.side.var():.8g}")},
            "channel": {"name": best.name, **best.law.keys},
        },
        "code": {
            "alphabet_sizes": [2, 2, 2],
            "encoder": {"name": "nsq", "step": step},
            "rate_estimator": {"name": "ideal-sw"},
            "decoder": {"name": "mmse"},
        },
    }
    return "\n".join(
        [
            f"# Fitted by: wzsim fit {shlex.join([path, '--x', x, '--y', y])}",
            f"# Here X = {x} - {mean:.8g}, Y = {study.slope:.8g} * {y} {shift:+.8g}, X = Y + N.",
            "# Y is taken as Gaussian. Without the # in front, the last lines measure the code on",
            "# the data itself.",
            tomli_w.dumps(tables),
            "# [evaluation.correlation.pair]",
            *(f"# {line}" for line in _data_table(study, path, x, y).splitlines()),
            "",
        ]
    )


def _data_table(study: Study, path: str, x: str, y: str) -> str:
    mean = float(study.pairs.x.mean())
    return tomli_w.dumps(
        {
            "name": "data",
            "path": path,
            "x": x,
            "y": y,
            "x_offset": -mean,
            "y_slope": study.slope,
            "y_offset": study.offset - mean,
        }
    )
