"""`docs/file-format.md` and the files that are written say the same."""

import re
from pathlib import Path

import attrs
import h5py
import pytest

from wzsim.storage import write_result
from wzsim.testing.example import example_coding, example_result

PAGE = (Path(__file__).parents[2] / "docs" / "file-format.md").read_text()

RESULTS = PAGE.split("## A comparison")[0]

FREE_NAMES = (
    (r"^/run/bounds/[^/]+", "/run/bounds/NAME"),
    (r"^/run/model/[^/]+/[^/]+", "/run/model/PART/ARRAY"),
    (r"^/run/model/[^/]+$", "/run/model/PART"),
    (r"^/run/evaluation/[^/]+", "/run/evaluation/KEY"),
    (r"^/run/provenance/[^/]+/[^/]+", "/run/provenance/KEY/COLUMN"),
    (r"^/run/provenance/[^/]+$", "/run/provenance/KEY"),
    (r"^/run/reconstruction/x_hat_\d+", "/run/reconstruction/x_hat_k"),
)


def documented():
    """Attributes of each member that a table lists."""
    rows = re.findall(r"^\| `(/\S*)` \|([^|]*)\|([^|]*)\|([^|]*)\|", RESULTS, re.MULTILINE)
    members = {path: set(re.findall(r"`@(\w+)`", attributes)) for path, _, _, attributes in rows}
    assert len(members) == len(rows) > 40
    return members


def required():
    """Members that are there whatever the run."""
    return set(re.findall(r"^\| `(/\S*)` \| [^|]* \| MUST \|", RESULTS, re.MULTILINE))


def written(path):
    """Attributes of each member of a file, its free names replaced by what the page calls them."""
    members = {}

    def note(name, member):
        path = "/" + name
        for pattern, general in FREE_NAMES:
            path = re.sub(pattern, general, path)
        members.setdefault(path, set()).update(member.attrs)

    with h5py.File(path) as file:
        members["/"] = set(file.attrs)
        file.visititems(note)
    return members


@pytest.fixture
def largest(tmp_path):
    """A file with every member that schema 1 has."""
    result = example_result()
    stages = result.stages
    figures = {"refinement_loss_db": stages.gap_db}
    coding = example_coding(result)
    errors = dict.fromkeys((*stages.arrays(), *figures), stages.gap_db)
    result = attrs.evolve(
        result,
        stages=attrs.evolve(stages, **figures, errors=errors),
        coding=attrs.evolve(coding, errors=dict.fromkeys(coding.arrays(), stages.gap_db)),
        status="failed",
        error="for the sake of the example",
    )
    write_result(result, tmp_path / "largest.h5")
    return tmp_path / "largest.h5"


def test_every_member_and_attribute_that_is_written_is_documented(largest):
    page = documented()
    for path, attributes in written(largest).items():
        assert path in page, path
        plain_data = path.endswith("/KEY")
        encoding = {"encoding", "NX_class"} if plain_data else set()
        assert attributes - encoding == page[path], path
    assert "`@encoding` = `json`" in PAGE


def test_every_member_that_is_documented_is_written(largest):
    assert set(documented()) == set(written(largest))


def test_a_file_with_the_least_has_all_that_must_be_there(tmp_path):
    result = example_result()
    stages = attrs.evolve(result.stages, distortion_db=None, gap_db=None, gap_bits=None, errors={})
    least = attrs.evolve(
        result,
        stages=stages,
        bounds={},
        model={},
        training=None,
        binning=None,
        reconstruction=None,
        decomposition=None,
        provenance={},
        evaluation={},
    )
    write_result(least, tmp_path / "least.h5")
    optional = (
        "/run/decomposition/",
        "/run/bounds/",
        "/run/training/",
        "/run/binning/",
        "/run/reconstruction/",
        "/run/coding/",
    )
    must = {path for path in required() if not path.startswith(optional)}
    assert set(written(tmp_path / "least.h5")) == must


def test_the_example_with_h5py_runs(tmp_path, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(code.strip().splitlines()) <= 12
    write_result(example_result(), tmp_path / "result.h5")
    exec(code.replace("results/gauss_222.h5", str(tmp_path / "result.h5")), {})
    printed = capsys.readouterr().out
    assert "(2, 2, 2), noise variance 0.1 - complete" in printed
    assert "1.4668 bit/sample, -17.305 +- 0.002 dB" in printed
    assert "Wyner-Ziv bound from -10.0 dB at rate zero" in printed


def test_the_content_hash_can_be_computed_from_the_page_alone(tmp_path):
    import hashlib
    import json

    import numpy as np

    digest = hashlib.sha256()
    result = example_result()
    result = attrs.evolve(result, coding=example_coding(result))
    stored = write_result(result, tmp_path / "result.h5")

    def line(*fields):
        digest.update(json.dumps(fields).encode() + b"\n")

    def values(array):
        if array.dtype.kind == "S":
            return b"".join(text + b"\0" for text in array.flat)
        return array.tobytes()

    def kind(array):
        return "text" if array.dtype.kind == "S" else f"{array.dtype.kind}{array.dtype.itemsize}"

    with h5py.File(tmp_path / "result.h5") as file:
        paths = ["/"]
        file.visit(lambda name: paths.append("/" + name))
        for path in sorted(paths):
            top = "/".join(path.split("/")[:4])
            if path in ("/run/start_time", "/run/end_time") or (
                top.startswith(("/run/provenance/", "/run/evaluation/"))
                and top.endswith(("/host", "seconds"))
            ):
                continue
            member = file[path]
            if isinstance(member, h5py.Dataset):
                array = np.asarray(member[()])
                line("dataset", path, kind(array), array.shape)
                digest.update(values(array))
            else:
                line("group", path)
            for name in sorted(member.attrs):
                if name.endswith("_sha256") or (path, name) in (
                    ("/run/training", "seconds"),
                    ("/run/coding", "encode_seconds"),
                    ("/run/coding", "decode_seconds"),
                ):
                    continue
                array = np.asarray(member.attrs[name])
                line("attribute", path, name, kind(array), array.shape)
                digest.update(values(array))
    assert digest.hexdigest() == stored
