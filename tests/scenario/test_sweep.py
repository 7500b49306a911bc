"""`[sweep]`: points, their names, and their problems, word by word and in their places."""

from __future__ import annotations

import tomllib
from pathlib import Path

import attrs
import pytest
from jsonschema import Draft202012Validator

from wzsim.registry import Registry
from wzsim.scenario import (
    ScenarioError,
    Sweep,
    json_schema,
    load_points,
    load_scenario,
    parse_scenario,
)
from wzsim.scenario.training import GumbelSoftmaxTraining

BASE = """\
schema = 1
name = "panel"
title = "Panel"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 2]
[code.encoder]
name = "rnn-layered"
hidden_size = 30
[training]
lagrange_multiplier = 160
"""

NOISE = """\
[[sweep.axis]]
key = "correlation.channel.noise_variance"
values = [0.1, 0.01]
"""

SYSTEMS = """\
[[sweep.axis]]
label = "system"
[[sweep.axis.point]]
label = "44"
set = { code.alphabet_sizes = [4, 4], training.lagrange_multiplier = 120 }
[[sweep.axis.point]]
label = "mono"
set.code.alphabet_sizes = [16]
set.code.encoder.name = "mlp-monolithic"
"""


def load(registry: Registry, directory: Path, text: str, *overrides: str) -> Sweep:
    file = directory / "panel.toml"
    file.write_text(text)
    return load_points(file, registry, overrides)


def problems(registry: Registry, directory: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load(registry, directory, text, *overrides)
    return [str(problem).replace(f"{directory}/", "") for problem in raised.value.problems]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_file_without_a_sweep_is_one_point(builtin_registry: Registry, tmp_path: Path) -> None:
    sweep = load(builtin_registry, tmp_path, BASE, "seed=3")
    alone = load_scenario(tmp_path / "panel.toml", builtin_registry, ["seed=3"])
    assert sweep == Sweep("panel", (alone,), is_sweep=False)


def test_a_sweep_is_no_single_scenario(builtin_registry: Registry, tmp_path: Path) -> None:
    text = BASE + NOISE
    load(builtin_registry, tmp_path, text)
    with pytest.raises(ScenarioError) as raised:
        load_scenario(tmp_path / "panel.toml", builtin_registry)
    assert str(raised.value) == (
        "this file is a sweep of many scenarios, and one is wanted here @ $.sweep "
        f"({tmp_path}/panel.toml:14); take the [sweep] out, or use a command that runs sweeps"
    )


def test_product_names_titles_and_values(builtin_registry: Registry, tmp_path: Path) -> None:
    sweep = load(builtin_registry, tmp_path, BASE + SYSTEMS + NOISE)
    scenarios = [point.scenario for point in sweep.points]
    assert (sweep.name, sweep.is_sweep) == ("panel", True)
    assert [s.name for s in scenarios] == ["44-0.1", "44-0.01", "mono-0.1", "mono-0.01"]
    assert scenarios[3].title == "Panel: system mono, noise_variance 0.01"
    assert [s.code.alphabet_sizes for s in scenarios] == [(4, 4)] * 2 + [(16,)] * 2
    assert [s.code.encoder.name for s in scenarios[1:3]] == ["rnn-layered", "mlp-monolithic"]
    assert [s.training.lagrange_multiplier for s in scenarios[1:3]] == [120.0, 160.0]
    variances = [
        point.resolved["correlation"]["channel"]["noise_variance"] for point in sweep.points
    ]
    assert variances == [0.1, 0.01, 0.1, 0.01]


def test_the_text_of_a_point_is_the_point(builtin_registry: Registry, tmp_path: Path) -> None:
    for point in load(builtin_registry, tmp_path, BASE + SYSTEMS + NOISE).points:
        again = parse_scenario(point.toml, builtin_registry)
        assert again == point


def test_zip(builtin_registry: Registry, tmp_path: Path) -> None:
    text = BASE + '[sweep]\nmode = "zip"\n' + SYSTEMS + NOISE
    sweep = load(builtin_registry, tmp_path, text)
    assert [point.scenario.name for point in sweep.points] == ["44-0.1", "mono-0.01"]


def test_a_rule_wins_over_axes_and_a_later_one_over_it(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    rules = """\
[[sweep.rule]]
where = { system = "44" }
set = { training.lagrange_multiplier = 7, title = "mine" }
[[sweep.rule]]
where = { system = "44", noise_variance = "0.01" }
set = { training.lagrange_multiplier = [8, 9] }
"""
    sweep = load(builtin_registry, tmp_path, BASE + SYSTEMS + NOISE + rules)
    prices = [point.scenario.training.lagrange_multiplier for point in sweep.points]
    assert prices == [7.0, (8.0, 9.0), 160.0, 160.0]
    assert [point.scenario.title for point in sweep.points[:2]] == ["mine", "mine"]


def test_overrides_change_the_base(builtin_registry: Registry, tmp_path: Path) -> None:
    text = BASE + SYSTEMS + NOISE
    sweep = load(
        builtin_registry,
        tmp_path,
        text,
        "training.epochs=3",
        "training.lagrange_multiplier=5",
        "code.encoder.hidden_size=8",
        "sweep.axis[1].values=[0.2]",
        "name=other",
    )
    assert sweep.name == "other"
    assert [point.scenario.name for point in sweep.points] == ["44-0.2", "mono-0.2"]
    for point, price in zip(sweep.points, (120.0, 5.0), strict=True):  # a point's own value wins
        training = point.scenario.training
        assert isinstance(training, GumbelSoftmaxTraining)
        assert (training.epochs, training.lagrange_multiplier) == (3, price)
        assert point.resolved["code"]["encoder"]["hidden_size"] == 8  # also of another encoder


def test_an_override_without_effect_is_an_error(builtin_registry: Registry, tmp_path: Path) -> None:
    assert problems(
        builtin_registry, tmp_path, BASE + NOISE, "correlation.channel.noise_variance=1"
    ) == [
        (
            "has no effect, since every point of the sweep sets it "
            "@ $.correlation.channel.noise_variance (--set correlation.channel.noise_variance=1)"
        )
    ]


def test_an_extended_sweep(builtin_registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE + NOISE)
    sweep = load(builtin_registry, tmp_path, 'extends = "base.toml"\nname = "more"\nseed = 4\n')
    assert sweep.name == "more"
    assert [point.scenario.seed for point in sweep.points] == [4, 4]


def test_a_problem_of_the_base_is_said_once(builtin_registry: Registry, tmp_path: Path) -> None:
    text = BASE.replace("hidden_size = 30", "hidden_size = 0").replace('"panel"', '"a/b"') + NOISE
    assert problems(builtin_registry, tmp_path, text) == [
        (
            "name must be at most 100 letters a-z, digits, '.', '_' or '-' and begin with a "
            "letter or digit, since it names the result file; not 'a/b' @ $.name (panel.toml:2)"
        ),
        "hidden_size must be >= 1 and <= 10000, not 0 @ $.code.encoder.hidden_size (panel.toml:11)",
    ]


def test_a_missing_name_is_said(builtin_registry: Registry, tmp_path: Path) -> None:
    text = BASE.replace('name = "panel"\n', "") + NOISE
    assert problems(builtin_registry, tmp_path, text) == [
        "missing required key 'name' @ $.name (panel.toml); name of the result file, without .h5"
    ]


def test_problems_of_points_come_at_once_and_in_their_places(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    text = BASE + SYSTEMS.replace("[4, 4]", "[4, 1]") + NOISE.replace("0.01]", "\n  -1,\n]")
    text += """\
[[sweep.axis]]
label = "decoder"
[[sweep.axis.point]]
label = "mlp"
set.code.decoder.name = "mlp-monolithic"
[[sweep.axis.point]]
label = "rnn"
set.code.decoder.name = "rnn-layered"
set.code.decoder.hiden_size = 3
"""
    assert problems(builtin_registry, tmp_path, text) == [
        (
            "point '44-0.1-mlp' and 3 others: alphabet_sizes must be >= 2 and <= 65536, not 1 "
            f"@ $.code.alphabet_sizes (panel.toml:{line_of(text, '[4, 1]')})"
        ),
        (
            "point '44-minus1-mlp' and 3 others: noise_variance must be >= 1e-12 "
            "and <= 1e+12, not -1.0 "
            f"@ $.correlation.channel.noise_variance (panel.toml:{line_of(text, '  -1,')})"
        ),
        (
            "point '44-0.1-rnn' and 3 others: unknown key 'hiden_size' @ $.code.decoder.hiden_size "
            f"(panel.toml:{line_of(text, 'set.code.decoder.hiden')}); did you mean 'hidden_size'?"
        ),
    ]


def test_a_problem_with_the_base_is_placed_at_the_value(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    """The encoder stands in the base; the alphabets that it refuses stand in the sweep."""
    text = BASE.replace("rnn-layered", "mlp-monolithic")
    text += '[[sweep.axis]]\nkey = "code.alphabet_sizes"\nvalues = [\n[4],\n[2, 2],\n]\n'
    told = problems(builtin_registry, tmp_path, text)
    at = f"(panel.toml:{line_of(text, '[2, 2],')})"
    assert told == [
        (
            "point '22': decoder 'mlp-monolithic' cannot be used: it takes one message, and "
            f"alphabet_sizes has 2 stages: use [4], or rnn-layered @ $.code.decoder {at}"
        ),
        (
            "point '22': encoder 'mlp-monolithic' cannot be used: it sends one message, and "
            f"alphabet_sizes has 2 stages: use [4], or rnn-layered @ $.code.encoder {at}"
        ),
    ]


AXIS_WITHOUT = '[[sweep.axis]]\nlabel = "a"\n'


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        ("sweep = 1\n", ["expected a table, found the integer 1 @ $.sweep (panel.toml:1)"]),
        (
            "[sweep]\n",
            [
                (
                    "missing required key 'axis' @ $.sweep.axis (panel.toml:14); "
                    "what varies; the first axis varies slowest"
                )
            ],
        ),
        (
            "[sweep]\naxis = []\n",
            ["a sweep needs at least one axis @ $.sweep.axis (panel.toml:15)"],
        ),
        (
            '[sweep]\nmode = "grid"\n' + NOISE,
            [
                (
                    "expected one of 'product', 'zip', found the string 'grid' @ $.sweep.mode "
                    "(panel.toml:15)"
                )
            ],
        ),
        (
            AXIS_WITHOUT,
            [
                (
                    "an axis needs either 'key' and 'values', or 'point' @ $.sweep.axis[0] "
                    "(panel.toml:14)"
                )
            ],
        ),
        (
            NOISE.replace("values", "value"),
            ["unknown key 'value' @ $.sweep.axis[0].value (panel.toml:16); did you mean 'values'?"],
        ),
        (
            NOISE.replace("[0.1, 0.01]", "[]"),
            ["an axis needs at least one value @ $.sweep.axis[0] (panel.toml:14)"],
        ),
        (
            SYSTEMS.replace('label = "system"\n', ""),
            ["an axis with points needs a 'label' @ $.sweep.axis[0] (panel.toml:14)"],
        ),
        (
            NOISE.replace("noise_variance", "noise variance"),
            [
                (
                    "expected a key such as training.epochs, found the string "
                    "'correlation.channel.noise variance' @ $.sweep.axis[0].key (panel.toml:15)"
                )
            ],
        ),
        (
            '[[sweep.axis]]\nkey = "seed.x"\nvalues = [1]\n',
            ["expected an integer, found a table @ $.seed (panel.toml:16)"],
        ),
        (
            '[[sweep.axis]]\nkey = "code.alphabet_sizes[5]"\nvalues = [2]\n',
            [
                (
                    "cannot be set: $.code.alphabet_sizes has 2 elements, the first is [0] "
                    "@ $.sweep.axis[0].key (panel.toml:15)"
                )
            ],
        ),
        (
            '[[sweep.axis]]\nkey = "name"\nvalues = ["a"]\n',
            [
                (
                    "'name' is of the whole file and cannot be swept "
                    "@ $.sweep.axis[0].key (panel.toml:15)"
                )
            ],
        ),
        (
            SYSTEMS.replace("set.code.alphabet_sizes", "set.schema"),
            [
                (
                    "'schema' is of the whole file and cannot be swept "
                    "@ $.sweep.axis[0].point[1].set.schema (panel.toml:21)"
                )
            ],
        ),
        (
            NOISE.replace("0.01", "0.1"),
            [
                (
                    "two values of the axis have the label '0.1' "
                    "@ $.sweep.axis[0].values[1] (panel.toml:16)"
                )
            ],
        ),
        (
            SYSTEMS.replace('"mono"', '"a b"'),
            [
                (
                    "the label 'a b' names files: it must be at most 100 letters a-z, digits, '.', "
                    "'_' or '-' and begin with a letter or digit "
                    "@ $.sweep.axis[0].point[1].label (panel.toml:20)"
                )
            ],
        ),
        (
            '[[sweep.axis]]\nkey = "code.decoder"\nvalues = [{ name = "mmse" }]\n',
            [
                (
                    "this value has no short text to name the point @ $.sweep.axis[0].values[0] "
                    "(panel.toml:16); use [[sweep.axis.point]] with a label, in place of key and "
                    "values"
                )
            ],
        ),
        (
            NOISE + NOISE,
            [
                (
                    "two axes set 'correlation.channel.noise_variance', and the first would "
                    "have no effect @ $.sweep.axis (panel.toml:14)"
                )
            ],
        ),
        (
            '[sweep]\nmode = "zip"\n'
            + NOISE
            + SYSTEMS.replace("44", "4").replace("0.1", "0.2")
            + '[[sweep.axis]]\nkey = "seed"\nvalues = [1, 2, 3]\n',
            [
                (
                    "axes of a 'zip' sweep need equally many values, found 2, 2, 3 @ $.sweep.axis "
                    "(panel.toml:16); mode = 'product' takes any"
                )
            ],
        ),
        (
            NOISE + '[[sweep.axis]]\nkey = "seed"\nvalues = ' + str(list(range(5001))) + "\n",
            [
                (
                    "the sweep has 10002 points, more than 10000 @ $.sweep (panel.toml:14); "
                    "split it into several files"
                )
            ],
        ),
        (
            NOISE + '[[sweep.rule]]\nwhere = { noise = "0.1" }\nset = {}\n',
            [
                (
                    "no axis has the label 'noise' @ $.sweep.rule[0].where.noise (panel.toml:18); "
                    "valid: noise_variance"
                )
            ],
        ),
        (
            NOISE + '[[sweep.rule]]\nwhere = { noise_variance = "0.02" }\nset = {}\n',
            [
                (
                    "axis 'noise_variance' has no value with the label '0.02' "
                    "@ $.sweep.rule[0].where.noise_variance (panel.toml:18); did you mean '0.01'?"
                )
            ],
        ),
        (
            NOISE + "[[sweep.rule]]\nwhere = {}\nset = { name = 'x' }\n",
            [
                (
                    "a rule needs the label of at least one axis @ $.sweep.rule[0].where "
                    "(panel.toml:18); what all points share needs no rule"
                ),
                (
                    "'name' is of the whole file and cannot be swept @ $.sweep.rule[0].set.name "
                    "(panel.toml:19)"
                ),
            ],
        ),
        (
            '[sweep]\nmode = "zip"\n'
            + SYSTEMS
            + NOISE
            + '[[sweep.rule]]\nwhere = { system = "44", noise_variance = "0.01" }\nset = {}\n',
            ["no point has these labels @ $.sweep.rule[0].where (panel.toml:29)"],
        ),
        (
            (
                '[[sweep.axis]]\nkey = "title"\nvalues = ["a-a", "a"]\n'
                '[[sweep.axis]]\nkey = "distortion.name"\nvalues = ["b", "a-b"]\n'
            ),
            [
                (
                    "2 points have the name 'a-a-b' @ $.sweep (panel.toml:14); "
                    "give the values other labels"
                )
            ],
        ),
        (
            (
                f'[[sweep.axis]]\nkey = "title"\nvalues = ["{"a" * 60}"]\n'
                f'[[sweep.axis]]\nkey = "distortion.name"\nvalues = ["{"b" * 60}"]\n'
            ),
            [
                (
                    f"the name '{'a' * 60}-{'b' * 60}' of a point has 121 characters, more "
                    "than 100 "
                    "@ $.sweep (panel.toml:14); give the values shorter labels"
                )
            ],
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_malformed_sweeps(
    sweep: str, expected: list[str], builtin_registry: Registry, tmp_path: Path
) -> None:
    text = sweep + BASE if sweep.startswith("sweep =") else BASE + sweep
    told = problems(builtin_registry, tmp_path, text)
    assert told == expected


def test_the_schema_knows_sweeps(builtin_registry: Registry) -> None:
    schema = json_schema(builtin_registry)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    rule = '[[sweep.rule]]\nwhere = { system = "44" }\nset = { seed = 3 }\n'
    without = BASE.replace("lagrange_multiplier = 160\n", "")
    validator.validate(tomllib.loads(without + SYSTEMS + NOISE + rule))
    for wrong in (NOISE.replace("values", "value"), SYSTEMS.replace("[16]", "'16'"), rule[:15]):
        assert not validator.is_valid(tomllib.loads(BASE + wrong))


def test_a_point_knows_nothing_of_the_sweep(builtin_registry: Registry, tmp_path: Path) -> None:
    point = load(builtin_registry, tmp_path, BASE + NOISE).points[0]
    alone = parse_scenario(BASE, builtin_registry).scenario
    assert attrs.evolve(point.scenario, name="panel", title="Panel") == alone


def test_two_axes_on_one_key_are_refused(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "twice.toml"
    axis = '[[sweep.axis]]\nlabel = "{}"\nkey = "code.encoder.hidden_size"\nvalues = [{}]\n'
    base = Path(__file__).with_name("gauss.toml").read_text()
    file.write_text(base + axis.format("a", "1, 2") + axis.format("b", "3, 4"))
    with pytest.raises(ScenarioError, match=r"two axes set 'code\.encoder\.hidden_size'"):
        load_points(file, registry)
