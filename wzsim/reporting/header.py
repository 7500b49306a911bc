"""What a reader must know of a result before its numbers, in lines."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wzsim.reporting.flags import meaning
from wzsim.reporting.numbers import DIGITS, EXACT_LOSS_DIGITS
from wzsim.simulation.result import Result
from wzsim.units import power_db

StrPath = str | os.PathLike[str]

WYNER_ZIV = "wyner-ziv"

SHOWN_WIDTH = 0.0005
"""Width of a bound's interval that is worth a line [dB]."""


def header(result: Result, file: StrPath | None = None) -> list[tuple[str, str]]:
    """What a reader must know before the numbers: labels and texts."""
    lines = [] if file is None else [("file", os.fspath(file))]
    lines += [
        *scenario_lines(result.scenario),
        ("target", _target(result)),
        ("design", _design(result.evaluation.get("design"))),
        ("measured", _measurement(result)),
        ("bound", open_bound([result])),
    ]
    if result.status == "failed":
        lines.append(("failed", result.error or "no reason is known"))
    lines += [("flag", f"{flag}: {meaning(flag)}") for flag in result.flags]
    return [(label, text) for label, text in lines if text]


def scenario_lines(scenario: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was simulated: labels and texts, of which those without a text are not worth a line."""
    return [
        ("pair", _pair(scenario.get("correlation"))),
        ("met", _other_pair(scenario)),
        ("code", _code(scenario)),
        ("fitted", _fitted(scenario)),
    ]


def _other_pair(scenario: Mapping[str, Any]) -> str:
    """The pair that the numbers were measured with, where it is not the one of the design.

    >>> _other_pair({"evaluation": {"correlation": {"pair": {"name": "data", "path": "a.csv"}}}})
    'measured on (X, Y) ~ data (path a.csv), not on the pair above, which the design is for'
    """
    evaluation = scenario.get("evaluation")
    other = evaluation.get("correlation") if isinstance(evaluation, Mapping) else None
    pair = _pair(other)
    return f"measured on {pair}, not on the pair above, which the design is for" if pair else ""


def _pair(correlation: Any) -> str:
    """Source and channel in words."""
    if not isinstance(correlation, Mapping):
        return ""
    if correlation.get("pair"):
        return f"(X, Y) ~ {_component(correlation['pair'])}"
    base, other = ("X", "Y") if correlation.get("base") == "x" else ("Y", "X")
    source, channel = (_component(correlation.get(key)) for key in ("source", "channel"))
    return f"{base} ~ {source}, channel {base} -> {other}: {channel}"


def _code(scenario: Mapping[str, Any]) -> str:
    """Alphabets and parts of the code in words."""
    code = scenario.get("code")
    if not isinstance(code, Mapping):
        return ""
    sizes = code.get("alphabet_sizes") or ()
    parts = {"encoder": "encoder", "rate_estimator": "rate", "decoder": "decoder"}
    names = (f"{label} {_name(code.get(key))}" for key, label in parts.items())
    return f"alphabets {', '.join(map(str, sizes))}; {', '.join(names)}"


def _target(result: Result) -> str:
    """The rates that were asked for, if they were, and those of the code."""
    training = result.scenario.get("training")
    target = training.get("target_rate") if isinstance(training, Mapping) else None
    if not target:
        return ""
    by_stage = isinstance(target, list | tuple)
    where = "rates after each stage" if by_stage else "total rate"
    asked = ", ".join(f"{rate:g}" for rate in (target if by_stage else [target]))
    reached = result.stages.sum_rate if by_stage else result.stages.sum_rate[-1:]
    return f"{where} {asked} bit/sample, reached {', '.join(f'{rate:.4g}' for rate in reached)}"


def _fitted(scenario: Mapping[str, Any]) -> str:
    """What the laws were fitted to, since bounds are the laws'; empty for laws that are given.

    >>> _fitted({"correlation": {"fitted_to": "photo.csv"}})
    'to photo.csv: bounds and gaps are those of the fitted laws, not of the data'
    """
    met = scenario.get("evaluation", {}).get("correlation") or scenario.get("correlation", {})
    data = met.get("fitted_to")
    return (
        f"to {data}: bounds and gaps are those of the fitted laws, not of the data" if data else ""
    )


def open_bound(results: Sequence[Result]) -> str:
    """How far the bound that gaps refer to may lie above its lower end; empty in closed form.

    results: of one scenario, at whose rates it may lie that far above.
    """
    widths = []
    for result in results:
        curve = result.bounds.get(WYNER_ZIV)
        if curve is not None and curve.distortion_db is not None:
            upper = power_db(curve.distortion_upper)
            open_by = upper - curve.distortion_db
            widths.append(np.interp(result.stages.sum_rate, curve.rate, open_by))
    if not widths or np.max(widths) < SHOWN_WIDTH:
        return ""
    listed = ", ".join(f"{one:.2g}" for one in np.max(widths, axis=0))
    curve = results[0].bounds[WYNER_ZIV]
    return (
        f"{curve.title}: the truth lies at most {listed} dB above the curve that gaps are measured "
        f"from ({curve.certificate})"
    )


def _measurement(result: Result) -> str:
    """How the numbers were measured, in words."""
    evaluation = result.evaluation
    words = [method(evaluation)]
    if evaluation.get("method") == "quadrature" and (limits := _quadrature(evaluation)):
        words[0] += f" ({limits})"
    if isinstance(loss := evaluation.get("loss"), float):
        digits = EXACT_LOSS_DIGITS if evaluation.get("method") == "quadrature" else DIGITS
        zero = evaluation.get("rate_zero_loss")
        against = f" (sending nothing: {zero:.{digits}g})" if isinstance(zero, float) else ""
        words.append(f"loss {loss:.{digits}g} nat{against}")
    return ", ".join(word for word in words if word)


def method(evaluation: Mapping[str, Any]) -> str:
    """How numbers are measured, without what differs between seeds.

    >>> method({"method": "monte-carlo", "samples": 5000}), method({"method": "quadrature"})
    ('monte-carlo, 5,000 samples', 'exactly, by quadrature')
    """
    words = [str(evaluation.get("method", ""))]
    if words == ["quadrature"]:
        words = ["exactly, by quadrature"]
    if isinstance(samples := evaluation.get("samples"), int):
        words.append(f"{samples:,} samples")
    if evaluation.get("rate") == "held-out cross-entropy":
        words.append("rates are held-out cross-entropies")
    return ", ".join(word for word in words if word)


def _quadrature(evaluation: Mapping[str, Any]) -> str:
    """How exact the integrals are.

    >>> _quadrature({"quadrature_error": 3.1e-8, "resolution": 1e-4})
    'two rules agree to 3e-08; bins narrower than 0.0001 may be missing'
    """
    limits = []
    if isinstance(error := evaluation.get("quadrature_error"), float):
        limits.append(f"two rules agree to {error:.0e}")
    if isinstance(resolution := evaluation.get("resolution"), float) and resolution:
        limits.append(f"bins narrower than {resolution:g} may be missing")
    return "; ".join(limits)


def _design(notes: Any) -> str:
    """What a designed encoder tells of its design: its parameters, or what its starts led to.

    >>> _design({"step": 0.29001223})
    'step 0.290012'
    >>> _design({"start": "nested", "nested_starts": 30, "nested_least_loss": 16.742})
    "best of 30 starts: nested; least loss on the search's coarse grid: nested 16.74 nat"
    >>> _design({"lagrange_multiplier": 40.0, "rate_weight_1": 0.2, "rate_weight_2": 0.8})
    'found lambda 40, rate weights 0.2, 0.8'
    """
    if not isinstance(notes, Mapping):
        return ""
    counts = {
        key.removesuffix("_starts"): value
        for key, value in notes.items()
        if key.endswith("_starts") and isinstance(value, int)
    }
    prices = _found_prices(notes)
    if "start" not in notes or not counts:
        words = [
            f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}"
            for key, value in notes.items()
            if isinstance(value, str | int | float) and not (prices and _is_price(key))
        ]
        return ", ".join([*words, *prices])
    losses = {family: notes.get(f"{family}_least_loss") for family in counts}
    least = ", ".join(
        f"{family} {loss:.4g}" for family, loss in losses.items() if isinstance(loss, float)
    )
    best = f"best of {sum(counts.values())} starts: {notes['start']}"
    return "; ".join(
        [
            best,
            *([f"least loss on the search's coarse grid: {least} nat"] if least else []),
            *prices,
        ]
    )


def _is_price(key: str) -> bool:
    return key == "lagrange_multiplier" or key.startswith("rate_weight_")


def _found_prices(notes: Mapping[str, Any]) -> list[str]:
    """The prices that a design for a rate found, in words; none for other designs."""
    multiplier = notes.get("lagrange_multiplier")
    weights = [
        f"{value:.4g}"
        for key, value in notes.items()
        if key.startswith("rate_weight_") and isinstance(value, float)
    ]
    if not isinstance(multiplier, float) or not weights:
        return []
    return [f"found lambda {multiplier:.4g}, rate weights {', '.join(weights)}"]


def _component(table: Any) -> str:
    """A component with its parameters.

    >>> _component({"name": "gaussian", "variance": 1.0})
    'gaussian (variance 1)'
    """
    if not isinstance(table, Mapping):
        return _name(table)
    keys = {key: value for key, value in table.items() if key != "name"}
    words = (
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in keys.items()
    )
    return _name(table) + (f" ({', '.join(words)})" if keys else "")


def _name(table: Any) -> str:
    return str(table.get("name", "?") if isinstance(table, Mapping) else table)
