"""The paper's 222 networks and loss as a plain PyTorch training loop: the peer of wzsim's step.

Written the way a researcher would write it: `nn.Linear` cells, a loop over
stages, `functional.gumbel_softmax`, `torch.optim.Adam`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

ALPHABET, STAGES, HIDDEN = 2, 3, 100


class Rnn(nn.Module):
    """Two stacked LeakyReLU cells."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.input_1 = nn.Linear(inputs, HIDDEN)
        self.hidden_1 = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.input_2 = nn.Linear(HIDDEN, HIDDEN)
        self.hidden_2 = nn.Linear(HIDDEN, HIDDEN, bias=False)

    def forward(self, value: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        first = functional.leaky_relu(self.input_1(value) + self.hidden_1(state[0]))
        second = functional.leaky_relu(self.input_2(first) + self.hidden_2(state[1]))
        return first, second


class PlainTrainer:
    """Networks, optimizer and one step of X = Y + N with the conditional rate."""

    def __init__(self, seed: int, noise_variance: float, lagrange_multiplier: float) -> None:
        torch.manual_seed(seed)  # this peer uses the global generator, as most scripts do
        self.noise = math.sqrt(noise_variance)
        self.multiplier = lagrange_multiplier
        self.encoder, self.encoder_head = Rnn(1), nn.Linear(HIDDEN, ALPHABET)
        self.decoder, self.decoder_head = Rnn(1 + ALPHABET), nn.Linear(HIDDEN, 1)
        self.prior = Rnn(1 + ALPHABET)
        self.prior_heads = nn.ModuleList(nn.Linear(HIDDEN, ALPHABET) for _ in range(STAGES))
        parts = [self.encoder, self.encoder_head, self.decoder, self.decoder_head]
        parts += [self.prior, self.prior_heads]
        self.optimizer = torch.optim.Adam(
            [parameter for part in parts for parameter in part.parameters()], lr=1e-3
        )

    def step(self, batch: int, temperature: float) -> float:
        """One gradient step; returns the loss [nat]."""
        y = torch.randn(batch, 1)
        x = y + self.noise * torch.randn(batch, 1)
        zero = torch.zeros(batch, HIDDEN)
        encoder_state = decoder_state = prior_state = (zero, zero)
        previous = torch.zeros(batch, ALPHABET)
        loss = torch.zeros(())
        for stage in range(STAGES):
            encoder_state = self.encoder(x, encoder_state)
            logits = self.encoder_head(encoder_state[1])
            symbol = functional.gumbel_softmax(logits, tau=temperature)
            prior_state = self.prior(torch.cat([y, previous], dim=1), prior_state)
            log_q = functional.log_softmax(self.prior_heads[stage](prior_state[1]), dim=1)
            decoder_state = self.decoder(torch.cat([y, symbol], dim=1), decoder_state)
            x_hat = self.decoder_head(decoder_state[1])
            rate = (symbol * (functional.log_softmax(logits, dim=1) - log_q)).sum(dim=1).mean()
            loss = loss + rate + self.multiplier * (x - x_hat).square().mean()
            previous = symbol.detach()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()
