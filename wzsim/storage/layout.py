"""Names, units and axis labels of a result file, schema 1. `docs/file-format.md` is normative."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, unquote

import numpy as np

SCHEMA_VERSION: Final = 1
COMPARISON_VERSION: Final = 1

VERSION_ATTRIBUTE: Final = "wzsim_schema_version"
COMPARISON_ATTRIBUTE: Final = "wzsim_comparison_version"
HASH_ATTRIBUTE: Final = "content_sha256"
CHECKSUM_ATTRIBUTE: Final = "checksum_sha256"

REQUIRED: Final = (
    "run/name",
    "run/title",
    "run/start_time",
    "run/end_time",
    "run/scenario_toml",
    "run/scenario",
    "run/scenario/data",
    "run/provenance",
    "run/evaluation",
    "run/rd",
    "run/rd/stage_rate",
    "run/rd/sum_rate",
    "run/rd/distortion",
    "run/bounds",
    "run/model",
)
"""Members without which a file is no result; reported together where they are missing."""

BIT_PER_SAMPLE: Final = "bit/sample"

STAGE_LABELS: Final = {
    "stage_rate": (BIT_PER_SAMPLE, "stage rate R_k"),
    "sum_rate": (BIT_PER_SAMPLE, "sum rate R_1 + ... + R_k"),
    "distortion": (None, "distortion D_k"),
    "distortion_db": ("dB", "distortion D_k"),
    "gap_db": ("dB", "distortion above the bound at the sum rate"),
    "gap_bits": (BIT_PER_SAMPLE, "rate above the bound at the distortion"),
    "refinement_loss_db": ("dB", "refinement loss"),
}
"""Unit and meaning of each array of `/run/rd`; None is the unit of the distortion."""

DECOMPOSITION_LABELS: Final = {
    "marginal_entropy": (BIT_PER_SAMPLE, "entropy of m_k given m_1 ... m_k-1"),
    "conditional_entropy": (BIT_PER_SAMPLE, "entropy of m_k given m_1 ... m_k-1 and y"),
    "least_distortion": (None, "distortion with the best decoder"),
    "prior_mismatch_db": ("dB", "lost by the rate estimator"),
    "decoder_mismatch_db": ("dB", "lost by the decoder"),
    "quantizer_gap_db": ("dB", "lost by the encoder alone"),
}
"""Unit and meaning of each array of `/run/decomposition`; None is the unit of the distortion."""

CODING_LABELS: Final = {
    "ideal_rate": (BIT_PER_SAMPLE, "entropy of m_k given what the decoder knows"),
    "model_rate": (BIT_PER_SAMPLE, "cross-entropy of the coded messages"),
    "coded_rate": (BIT_PER_SAMPLE, "sent for stage k"),
    "coded_sum_rate": (BIT_PER_SAMPLE, "sent for stages 1 ... k"),
    "frame_error_rate": ("1", "share of frames that were not decoded right"),
    "frame_error_rate_lower": ("1", "lower end of its 95 % interval"),
    "frame_error_rate_upper": ("1", "upper end of its 95 % interval"),
    "symbol_error_rate": ("1", "share of wrong symbols in accepted frames"),
    "symbol_error_rate_lower": ("1", "lower end of its 95 % interval"),
    "symbol_error_rate_upper": ("1", "upper end of its 95 % interval"),
    "distortion": (None, "distortion of decoded frames"),
    "distortion_db": ("dB", "distortion of decoded frames"),
    "distortion_all": (None, "distortion of all frames"),
    "coded_gap_db": ("dB", "distortion above the bound at the rate that was sent"),
    "decoded": ("1", "frames of which stages 1 ... k were accepted"),
    "frame_errors": ("1", "frames that were not decoded right"),
    "undetected": ("1", "frames that were accepted with wrong symbols"),
    "bytes": ("byte", "bytes sent for stage k"),
    "increments": ("1", "increments that were sent"),
    "requests": ("1", "requests of the decoder"),
}
"""Unit and meaning of each array of `/run/coding`; None is the unit of the distortion."""

ERROR_SUFFIX: Final = "_errors"
"""NeXus: `NAME_errors` holds the standard error of NAME."""


def axis_label(meaning: str, unit: str) -> str:
    """What a viewer writes at an axis.

    >>> axis_label("stage rate R_k", "bit/sample")
    'stage rate R_k [bit/sample]'
    """
    return f"{meaning} [{unit}]"


def reconstruction_name(stage: int) -> str:
    """Dataset of a stage's reconstructions; stages count from 1.

    >>> reconstruction_name(1)
    'x_hat_1'
    """
    return f"x_hat_{stage}"


def link_name(key: str) -> str:
    """A key as the name of a member: all but letters, digits and `_.-~` percent-encoded.

    HDF5 gives `/` and a lone `.` a meaning of its own and has no empty names,
    so a dot at the start is encoded too, and the empty key is a lone `%`.

    >>> [link_name(key) for key in ("cell.0.weight", "a/b", ".", "")]
    ['cell.0.weight', 'a%2Fb', '%2E', '%']
    """
    quoted = quote(key, safe="", errors="surrogatepass")
    if quoted.startswith("."):
        quoted = "%2E" + quoted[1:]
    return quoted or "%"


def key_of(name: str) -> str:
    """The key of a member's name, the inverse of `link_name`."""
    return "" if name == "%" else unquote(name, errors="surrogatepass")


def is_plain_number(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of the type mean the same on every machine (long doubles do not).

    >>> [is_plain_number(np.dtype(name)) for name in ("float32", "bool", "object")]
    [True, True, False]
    """
    return dtype.itemsize <= {"b": 1, "i": 8, "u": 8, "f": 8, "c": 16}.get(dtype.kind, 0)
