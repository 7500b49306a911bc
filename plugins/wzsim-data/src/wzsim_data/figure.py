"""The fitted laws over the data."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from wzsim_data.fitting import Study, transform

BINS = 20
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 3)))


def fit_figure(study: Study) -> Figure:
    """Histogram and densities of the noise; histograms of F(n), flat where F is right."""
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    noise = study.noise
    widest = float(np.quantile(np.abs(noise), 0.9995))
    # Bins narrower than the step of the data would show the step and not the noise.
    bins = max(min(120, int(2 * widest / study.step)) if study.step else 120, 10)
    edges = np.linspace(-widest, widest, bins + 1)
    count, _ = np.histogram(noise, edges)
    density = count / (len(noise) * np.diff(edges))
    left.stairs(density, edges, fill=True, color="0.85", label="data")
    points = np.linspace(-widest, widest, 801)
    for family, color, dashes in zip(study.families, COLORS, DASHES, strict=False):
        law = np.exp(family.law.log_likelihood(points, study.step))
        left.plot(points, law, color=color, linestyle=dashes, label=family.name)
        own = family.line.noise(study.training)
        flat, places = np.histogram(transform(family.law, own, study.step), BINS, (0, 1))
        right.stairs(flat * BINS / len(own), places, color=color, linestyle=dashes)
    left.set_yscale("log")
    left.set_ylim(density[density > 0].min() / 3, density.max() * 3)
    left.yaxis.set_minor_formatter(NullFormatter())
    left.set_xlabel("N = X - Y' [units]")
    left.set_ylabel("density [1/units]")
    figure.legend(loc="outside upper center", ncols=len(study.families) + 1, fontsize=7)
    right.axhline(1.0, color="black", linewidth=0.8)
    right.set_ylim(bottom=0)
    right.set_xlabel("F(N) of the fitted law")
    right.set_ylabel("density (1 where the law is right)")
    return figure
