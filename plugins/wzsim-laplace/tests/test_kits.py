"""The kits of wzsim: two lines a component."""

from wzsim.testing import ChannelKit, SourceKit

from wzsim_laplace import LaplaceChannel, LaplaceSource


class TestChannel(ChannelKit):
    component = LaplaceChannel(scale=0.2)


class TestWideChannel(ChannelKit):
    component = LaplaceChannel(scale=300.0)


class TestSource(SourceKit):
    component = LaplaceSource(scale=0.7)
