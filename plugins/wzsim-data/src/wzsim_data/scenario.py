"""A fitted pair as scenario files."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import Any, Final

import numpy as np
import tomli_w

from wzsim_data.fitting import Study

PRICE = 8.0
"""Lambda times the variance of the noise: 2 bit/sample for Gaussian noise, less for heavy tails.

A target rate would be refused where tails are so heavy that no code of 8 messages should have it.
"""

HEAVY = 1e-10
"""Probability of noise below -100 deviations with which the bound without Y takes minutes."""

SAMPLES = 1_000_000
"""Draws of rows held out, with replacement."""

CODERS: Final[tuple[dict[str, str], ...]] = (
    {"encoder": "nsq", "decoder": "mmse"},
    {"encoder": "lloyd", "decoder": "mmse"},
    {"encoder": "rnn-layered", "decoder": "rnn-layered"},
)


def scenario_of(study: Study, path: str, x: str, y: str) -> str:
    """The TOML text: the source and the channel that were fitted, and a nested quantizer.

    path, x, y: the data, which a comment names. The mean of Y' is taken off,
    because sources have mean zero.
    """
    chosen, source = study.chosen, study.sources[0]
    name = scenario_name(path)
    scale = _scale(study)
    tables = {
        "schema": 1,
        "name": name,
        "title": f"{Path(path).name}: {x} given {y}, {chosen.name} channel",
        "seed": 2023,
        "correlation": {
            "base": "y",
            "fitted_to": path,
            "source": {"name": source.name, **source.keys},
            "channel": {"name": chosen.name, **chosen.law.keys},
        },
        "code": {
            "alphabet_sizes": [2, 2, 2],
            "encoder": {"name": "nsq"},
            "rate_estimator": {"name": "conditional"},
            "decoder": {"name": "mmse"},
        },
        "training": {"lagrange_multiplier": float(f"{PRICE / chosen.law.deviation**2:.4g}")},
    }
    remark = []
    if _heavy(study):
        tables["evaluation"] = {"bounds": ["wyner-ziv"]}
        remark.append(_comment("With tails as heavy as these the bound without Y takes minutes."))
    return "\n".join(
        [
            _comment(f"Fitted by: wzsim fit {shlex.join([path, '--x', x, '--y', y])}"),
            _comment(
                f"Here X = {x} {scale['x_offset']:+}, "
                f"Y = {scale['y_slope']} * {y} {scale['y_offset']:+}, X = Y + N."
            ),
            _comment("The law of all rows but the third and the eighth tenth of them."),
            *remark,
            tomli_w.dumps(tables),
        ]
    )


def coders_of(study: Study, base: str, path: str, x: str, y: str) -> str:
    """The TOML text of a sweep: several coders, each on the fitted law and on rows held out.

    base: the file name of the scenario of `scenario_of`, in the same folder.
    """
    name = scenario_name(path)
    rows = {
        "name": "data",
        "path": path,
        "x": x,
        "y": y,
        "part": "held-out",
        **_scale(study),
    }
    on_rows: dict[str, Any] = {"samples": SAMPLES, "correlation": {"pair": rows}}
    if _heavy(study):
        on_rows["bounds"] = []
    tables = {
        "extends": base,
        "name": f"{name}_coders",
        "title": f"{Path(path).name}: codes for the fitted law, and on rows held out",
        "sweep": {
            "axis": [
                {"label": "coder", "point": [_coder(**coder) for coder in CODERS]},
                {
                    "label": "measured",
                    "point": [
                        {"label": "law", "set": {}},
                        {"label": "rows", "set": {"evaluation": on_rows}},
                    ],
                },
            ]
        },
    }
    return "\n".join(
        [
            _comment(f"Codes for the law in {base}, measured on it (law) and on the third and the"),
            _comment(
                "eighth tenth of the data (rows), which the law was not fitted to. The bounds"
            ),
            _comment("are those of the law; codes on rows may lie below them."),
            tomli_w.dumps(tables),
        ]
    )


def _heavy(study: Study) -> bool:
    law = study.chosen.law
    far = -100 * law.deviation
    return study.chosen.has_variance and float(law.cdf(np.array([far]))[0]) > HEAVY


def _scale(study: Study) -> dict[str, float]:
    """How the data is brought to the scale of the law, to a thousandth of the noise."""
    line, least = study.chosen.line, study.chosen.law.deviation / 1000
    shift = -float(study.side.mean())
    return {
        "x_offset": _rounded(shift, least),
        "y_slope": _rounded(line.slope, least / float(np.abs(study.training.y).max())),
        "y_offset": _rounded(line.offset + shift, least),
    }


def _rounded(number: float, least: float) -> float:
    """The number to a power of ten below `least`.

    >>> _rounded(-75.3867967, 0.02)
    -75.39
    """
    return round(number, math.ceil(-math.log10(least)))


def scenario_name(path: str) -> str:
    """What the scenario is called: the name of the data file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).stem).strip("-._")[:90] or "data"


def _coder(encoder: str, decoder: str) -> dict[str, Any]:
    parts = {"encoder": {"name": encoder}, "decoder": {"name": decoder}}
    return {"label": encoder, "set": {"code": parts}}


def _comment(text: str) -> str:
    """One line, whatever a column or a file is called: what follows a line break would be TOML."""
    return "# " + " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())
