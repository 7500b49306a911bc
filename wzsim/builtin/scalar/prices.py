"""What a design problem pays for rate and distortion, as theory wants it."""

from wzsim.theory.prices import design_prices

__all__ = ["design_prices"]
