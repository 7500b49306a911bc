"""What a count says of a probability."""

from __future__ import annotations

from scipy.stats import beta


def clopper_pearson(count: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """An interval that has the probability of an event with at least this confidence.

    count: how often it came in so many independent trials; (0, 1) without trials. Clopper and
    Pearson, Biometrika 26 (1934) 404-413: the ends are those probabilities under which a
    count as large, or as small, has (1 - confidence) / 2.

    >>> [round(end, 4) for end in clopper_pearson(0, 10)]
    [0.0, 0.3085]
    >>> [round(end, 4) for end in clopper_pearson(3, 1000)]
    [0.0006, 0.0087]
    """
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    lower = 0.0 if count == 0 else float(beta.ppf(tail, count, trials - count + 1))
    upper = 1.0 if count == trials else float(beta.ppf(1 - tail, count + 1, trials - count))
    return lower, upper
