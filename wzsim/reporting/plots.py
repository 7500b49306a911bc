"""Every figure, for those who want to draw one. Each function returns a matplotlib `Figure`."""

from wzsim.reporting.against import against_figure
from wzsim.reporting.bins import binning_figure
from wzsim.reporting.rate_distortion import rate_distortion_figure
from wzsim.reporting.saving import save_figure
from wzsim.reporting.style import PAPER, SCREEN, Look
from wzsim.reporting.training import training_figure

__all__ = [
    "PAPER",
    "SCREEN",
    "Look",
    "against_figure",
    "binning_figure",
    "rate_distortion_figure",
    "save_figure",
    "training_figure",
]
