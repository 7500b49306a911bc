"""Equal content, equal hash; times and host do not count, everything else does."""

import attrs
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzsim.storage import content_hash, write_result
from wzsim.storage.content import content_hash_of
from wzsim.storage.layout import HASH_ATTRIBUTE
from wzsim.storage.writer import file_image
from wzsim.testing.example import example_result

RESULT = example_result()
IMAGE, HASH = file_image(RESULT)


def evolved(**changes):
    return file_image(attrs.evolve(RESULT, **changes))[1]


def test_it_is_stored_in_the_file_and_found_again(tmp_path):
    assert write_result(RESULT, tmp_path / "result.h5") == HASH
    assert content_hash(tmp_path / "result.h5") == HASH
    with h5py.File(tmp_path / "result.h5") as file:
        assert file.attrs[HASH_ATTRIBUTE].decode() == HASH


def test_times_durations_and_host_do_not_count():
    provenance = {**RESULT.provenance, "host": {"name": "another"}, "wait_seconds": 3}
    training = attrs.evolve(RESULT.training, seconds=1.0)
    evaluation = {**RESULT.evaluation, "seconds": 1.0}
    assert (
        evolved(
            start_time="now",
            end_time="later",
            provenance=provenance,
            training=training,
            evaluation=evaluation,
        )
        == HASH
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x"},
        {"title": "x"},
        {"scenario_toml": RESULT.scenario_toml + "\n"},
        {"scenario": {**RESULT.scenario, "seed": 1}},
        {"provenance": {**RESULT.provenance, "threads": 2}},
        {"evaluation": {**RESULT.evaluation, "samples": 1}},
        {"flags": ("collapsed",)},
        {"status": "failed"},
        {"error": ""},
        {"distortion_unit": "bit"},
        {"training": None},
        {"bounds": {}},
        {"model": {**RESULT.model, "decoder": {}}},
        {"model": {**RESULT.model, "host": {}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_everything_else_counts(changes):
    assert evolved(**changes) != HASH


@given(name=st.sampled_from(sorted(RESULT.stages.arrays())), stage=st.integers(0, 2))
def test_the_last_bit_of_a_number_counts(name, stage):
    array = getattr(RESULT.stages, name).copy()
    array[stage] = np.nextafter(array[stage], np.inf)
    assert evolved(stages=attrs.evolve(RESULT.stages, **{name: array})) != HASH


@settings(max_examples=20)
@given(st.permutations(list(RESULT.model)), st.permutations(list(RESULT.bounds)))
def test_order_does_not_count(parts, bounds):
    model = {part: RESULT.model[part] for part in parts}
    assert evolved(model=model, bounds={name: RESULT.bounds[name] for name in bounds}) == HASH


def test_it_does_not_depend_on_how_the_file_is_stored(tmp_path):
    # The same objects in the oldest format, without checksums, in another order.
    path, copy = tmp_path / "result.h5", tmp_path / "copy.h5"
    path.write_bytes(IMAGE)
    with h5py.File(path) as source, h5py.File(copy, "w", libver="earliest") as target:
        for name, value in source.attrs.items():
            target.attrs.create(name, value, dtype=source.attrs.get_id(name).dtype)
        source.copy("run", target)
        assert content_hash_of(target) == HASH


def test_one_result_gives_one_file_to_the_last_byte():
    assert file_image(example_result())[0] == IMAGE
