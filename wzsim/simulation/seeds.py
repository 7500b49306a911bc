"""Seeds for each purpose, derived from the scenario's one seed. No global random state."""

from __future__ import annotations

import hashlib

import torch


def derive_seed(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose: the head of SHA-256 of `seed/purpose`.

    >>> derive_seed(2023, "training") == derive_seed(2023, "evaluation")
    False
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator_for(seed: int, purpose: str, device: str = "cpu") -> torch.Generator:
    """A torch generator for one purpose of a run."""
    return torch.Generator(device).manual_seed(derive_seed(seed, purpose))
