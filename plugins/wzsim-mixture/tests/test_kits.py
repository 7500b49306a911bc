"""The kits of wzsim: two lines a channel."""

from wzsim.testing import ChannelKit

from wzsim_mixture import (
    BernoulliGaussianChannel,
    GaussianMixtureChannel,
    StateDependentChannel,
    StudentTChannel,
)


class TestTwoPeaks(ChannelKit):
    component = GaussianMixtureChannel(
        weights=(0.5, 0.5), means=(-0.3, 0.3), variances=(0.01, 0.01)
    )


class TestSkewed(ChannelKit):
    component = GaussianMixtureChannel(
        weights=(0.2, 0.3, 0.5), means=(-1.0, -0.1, 0.46), variances=(0.5, 0.02, 0.1)
    )


class TestImpulses(ChannelKit):
    component = BernoulliGaussianChannel(
        background_variance=0.01, impulse_variance=1.0, impulse_probability=0.05
    )


class TestRareStrongImpulses(ChannelKit):
    component = BernoulliGaussianChannel(
        background_variance=1e-4, impulse_variance=100.0, impulse_probability=1e-3
    )


class TestStudent(ChannelKit):
    component = StudentTChannel(degrees_of_freedom=4.0, scale=0.2)


class TestStudentWithoutVariance(ChannelKit):
    component = StudentTChannel(degrees_of_freedom=1.5, scale=0.2)


class TestCauchy(ChannelKit):
    component = StudentTChannel(degrees_of_freedom=1.0, scale=0.2)


class TestVeryHeavy(ChannelKit):
    component = StudentTChannel(degrees_of_freedom=0.7, scale=0.2)


class TestNearlyGaussian(ChannelKit):
    component = StudentTChannel(degrees_of_freedom=1e6, scale=0.2)


class TestStateDependent(ChannelKit):
    component = StateDependentChannel(base_deviation=0.2, slope=0.3)
