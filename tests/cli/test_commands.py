"""The commands that look: validate, schema, show, plot, bounds, plugins, help."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from tests.cli.conftest import SCENARIO, Wzsim, tiny
from wzsim.cli import COMMANDS
from wzsim.storage import write_result
from wzsim.testing.example import example_result

NOISE = """
import attrs
from wzsim.contracts import Channel
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1

@attrs.frozen(kw_only=True)
class Shaky(Channel):
    '''Uniform noise that can only be sampled.'''
    name = "shaky"
    def sample(self, given, generator):
        return given + given.new_empty(given.shape).uniform_(-0.5, 0.5, generator=generator)

@hookimpl
def wzsim_channels():
    return [Shaky]
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(wzsim: Wzsim, command: str) -> None:
    helped = wzsim(command, "--help")
    assert helped.exit_code == 0
    for option in ("-p, --plugin", "--debug"):
        assert option in helped.stdout


def test_help_lists_the_commands_and_a_first_run(wzsim: Wzsim) -> None:
    helped = wzsim("--help")
    assert all(command in helped.stdout for command in COMMANDS)
    assert "wzsim run scenarios/gauss_222.toml" in helped.stdout
    assert "..." not in helped.stdout.replace("COMMAND [ARGS]...", "")


def test_a_misspelt_command_is_suggested(wzsim: Wzsim) -> None:
    wrong = wzsim("rnu", SCENARIO)
    assert wrong.exit_code == 2
    assert "did you mean 'run'?" in wrong.stderr


def test_validate_says_ok_or_everything_at_once(wzsim: Wzsim, tmp_path: Path) -> None:
    assert wzsim("validate", SCENARIO).stdout == f"{SCENARIO}: ok\n"
    wrong = tmp_path / "wrong.toml"
    text = SCENARIO.read_text().replace("noise_variance", "noise_varianc")
    wrong.write_text(text.replace("epochs = 180", 'epochs = "180"'))
    checked = wzsim("validate", wrong, SCENARIO)
    assert checked.exit_code == 2
    assert f"{SCENARIO}: ok" in checked.stdout
    assert "did you mean 'noise_variance'?" in checked.stderr
    assert f"({wrong}:13)" in checked.stderr
    assert "$.training.epochs" in checked.stderr
    assert list(tmp_path.iterdir()) == [wrong]


def test_validate_of_a_missing_file(wzsim: Wzsim, tmp_path: Path) -> None:
    missing = wzsim("validate", tmp_path / "nowhere.toml")
    assert missing.exit_code == 2
    assert "nowhere.toml" in missing.stderr


def test_schema_is_json_with_the_installed_components(wzsim: Wzsim) -> None:
    schema = json.loads(wzsim("schema").stdout)
    assert "rnn-layered" in json.dumps(schema)
    assert schema["$schema"].endswith("2020-12/schema")


def test_plugins_lists_built_ins_and_files(wzsim: Wzsim, tmp_path: Path) -> None:
    plugin = tmp_path / "noise.py"
    plugin.write_text(NOISE)
    listed = wzsim("plugins", "-p", plugin)
    assert "shaky" in listed.stdout
    assert "Uniform noise that can only be sampled." in listed.stdout
    rows = json.loads(wzsim("plugins", "--json", "-p", plugin).stdout)["components"]
    assert {"kind", "name", "plugin", "distribution", "version", "summary"} == set(rows[0])
    assert "shaky" in {row["name"] for row in rows}


def test_a_channel_that_can_only_be_sampled_runs_without_bounds(
    wzsim: Wzsim, tmp_path: Path
) -> None:
    plugin = tmp_path / "noise.py"
    plugin.write_text(NOISE)
    use = [
        "-p", plugin,
        "--set", 'correlation.channel={name="shaky"}',
        "--set", "evaluation.bounds=[]",
    ]  # fmt: skip
    ran = wzsim("run", SCENARIO, "-o", tmp_path, *use, *tiny())
    assert ran.exit_code == 0, ran.stderr
    assert "gap" not in ran.stdout
    bounds = wzsim("bounds", SCENARIO, *use)
    assert "Wyner-Ziv bound: applies to squared error of a pair with a density" in bounds.stdout
    refused = wzsim("run", SCENARIO, "-o", tmp_path, *use[:4], *tiny())
    assert refused.exit_code == 2
    assert "a pair with a density" in refused.stderr


def test_show_prints_a_table_and_json(wzsim: Wzsim, tmp_path: Path) -> None:
    wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    file = tmp_path / "gauss_222.h5"
    assert "±" in wzsim("show", file).stdout
    shown = json.loads(wzsim("show", "--json", file).stdout)
    assert [stage["stage"] for stage in shown[0]["stages"]] == [1, 2, 3]
    assert shown[0]["file"] == str(file)


@pytest.mark.parametrize("command", ["show", "plot"])
def test_files_that_are_no_results(wzsim: Wzsim, tmp_path: Path, command: str) -> None:
    foreign = tmp_path / "foreign.h5"
    foreign.write_text("this is no HDF5 file")
    more = ["-o", tmp_path / "picture.png"] if command == "plot" else []
    for path in (foreign, tmp_path / "missing.h5", tmp_path):
        wrong = wzsim(command, path, *more)
        assert wrong.exit_code == 2
        assert str(path) in wrong.stderr
        assert "Traceback" not in wrong.output
    assert not (tmp_path / "picture.png").exists()


@pytest.mark.parametrize("kind", ["rate-distortion", "bins", "training"])
@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_plot_writes_a_picture(wzsim: Wzsim, tmp_path: Path, kind: str, suffix: str) -> None:
    wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    picture = tmp_path / f"picture.{suffix}"
    drawn = wzsim("plot", tmp_path / "gauss_222.h5", "--kind", kind, "-o", picture)
    assert drawn.exit_code == 0, drawn.output
    assert picture.stat().st_size > 5_000


def test_plot_refuses_what_it_cannot_draw(wzsim: Wzsim, tmp_path: Path) -> None:
    wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    file = tmp_path / "gauss_222.h5"
    wrong = wzsim("plot", file, "-o", tmp_path / "picture.bmp")
    assert wrong.exit_code == 2
    assert ".png" in wrong.stderr
    (tmp_path / "copy.h5").write_bytes(file.read_bytes())
    two = wzsim("plot", tmp_path, "--kind", "bins", "-o", tmp_path / "picture.png")
    assert two.exit_code == 2
    assert "--kind bins draws one result, not 2" in two.stderr
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".h5", ".h5", ".jsonl"]


def test_bounds_at_given_rates(wzsim: Wzsim) -> None:
    table = json.loads(wzsim("bounds", SCENARIO, "--json", "-r", "0", "-r", "1").stdout)
    by_name = {row["name"]: row for row in table["bounds"]}
    assert by_name["wyner-ziv"]["distortion"] == pytest.approx([0.1, 0.025])
    assert by_name["rate-distortion"]["distortion"] == pytest.approx([1.1, 0.275])
    assert "Wyner-Ziv bound" in wzsim("bounds", SCENARIO).stdout
    assert wzsim("bounds", SCENARIO, "-r", "-1").exit_code == 2
    none = wzsim("bounds", SCENARIO, "--set", "evaluation.bounds=[]").stdout.splitlines()
    assert none[0] == "no bounds of this scenario"
    assert "  Wyner-Ziv bound: applies, and evaluation.bounds leaves it out" in none


def test_bounds_of_fitted_laws_say_so(wzsim: Wzsim) -> None:
    fitted = ("--set", 'correlation.fitted_to="rows.csv"')
    table = json.loads(wzsim("bounds", SCENARIO, *fitted, "--json", "-r", "0").stdout)
    assert table["fitted_to"] == "rows.csv"
    assert {row["title"] for row in table["bounds"]} >= {"Wyner-Ziv bound, fitted law"}
    said = wzsim("bounds", SCENARIO, *fitted).stdout.splitlines()[-1]
    assert said.startswith("fitted to rows.csv: these are bounds of independent samples")


def test_a_learned_decoder_beside_a_designed_encoder_is_refused(wzsim: Wzsim) -> None:
    wrong = wzsim(
        "validate", SCENARIO,
        "--set", 'code.encoder={name="nsq", step=0.5}',
        "--set", "training={}",
    )  # fmt: skip
    assert wrong.exit_code == 2
    assert "decoder 'rnn-layered' learns" in wrong.stderr
    assert "use 'mmse'" in wrong.stderr


def test_plot_says_where_it_cannot_write(wzsim: Wzsim, tmp_path: Path) -> None:
    wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    for place in (tmp_path / "nowhere" / "x.png", Path("/proc/none/x.png")):
        wrong = wzsim("plot", tmp_path / "gauss_222.h5", "-o", place)
        assert wrong.exit_code == 2
        assert str(place) in wrong.stderr


def test_numbers_that_no_axis_holds_are_said_in_one_line(
    wzsim: Wzsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_results: object, **_options: object) -> None:
        raise ValueError("arange: cannot compute length")

    monkeypatch.setattr("wzsim.reporting.plots.rate_distortion_figure", refuse)
    result = example_result()
    write_result(result, tmp_path / "a.h5")
    wrong = wzsim("plot", tmp_path / "a.h5", "-o", tmp_path / "a.png")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        (
            f"error: the numbers of '{result.name}' cannot be drawn: "
            "ValueError: arange: cannot compute length\n"
        ),
    )


def test_an_error_inside_a_plugin_names_its_place(wzsim: Wzsim, tmp_path: Path) -> None:
    plugin = tmp_path / "noise.py"
    plugin.write_text(NOISE.replace("return given +", "raise OSError('detector offline')\n#"))
    use = ["-p", plugin, "--set", 'correlation.channel={name="shaky"}']
    bounds = ["--set", "evaluation.bounds=[]"]
    broken = wzsim("run", SCENARIO, "-o", tmp_path, *use, *bounds, *tiny())
    assert broken.exit_code == 1
    assert "detector offline" in broken.stderr
    assert "in sample, " in broken.stderr
    assert "noise.py:13" in broken.stderr


LAPLACE = (
    (Path(__file__).parents[1] / "laplace.py").read_text()
    + """
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1

@hookimpl
def wzsim_channels():
    return [LaplaceChannel]

@hookimpl
def wzsim_sources():
    return [UniformSource]
"""
)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (
            "return -noise.abs() / self.scale",
            "return -noise.abs() / self.scal",
            (
                "error: bound 'wyner-ziv' of gauss_222: AttributeError: 'LaplaceChannel' "
                "object has no attribute 'scal' (in noise_log_prob, {plugin}:32)"
            ),
        ),
        (
            "return -noise.abs() / self.scale - math.log(2 * self.scale)",
            "return 3.0",
            (
                "error: bound 'wyner-ziv' of gauss_222: AttributeError: 'float' object has no "
                "attribute 'exp' (in noise_density of channel 'laplace')"
            ),
        ),
        (
            "return self.scale * math.log(tail), -self.scale * math.log(tail)",
            "return math.nan, 1.0",
            (
                "error: noise_interval(0.5) of channel 'laplace' is (nan, 1.0), not two numbers "
                "(low, high) with low < high that miss at most that probability"
            ),
        ),
        (
            "return self.scale * math.log(tail), -self.scale * math.log(tail)",
            "return 1.0",
            (
                "error: noise_interval(0.5) of channel 'laplace' is 1.0, not two numbers "
                "(low, high) with low < high that miss at most that probability"
            ),
        ),
    ],
)
def test_bounds_of_a_faulty_plugin(
    good: str, bad: str, said: str, wzsim: Wzsim, tmp_path: Path
) -> None:
    plugin = tmp_path / "noise.py"
    assert good in LAPLACE
    plugin.write_text(LAPLACE.replace(good, bad))
    use = ["-p", plugin, "--set", 'correlation.channel={name="laplace", scale=0.3}']
    use += ["--set", 'evaluation.bounds=["wyner-ziv"]']
    ended = wzsim("bounds", SCENARIO, *use)
    assert (ended.exit_code, ended.stderr) == (1, said.format(plugin=plugin) + "\n")
    if "interval" in said:
        assert said in wzsim("run", SCENARIO, "-o", tmp_path, *use).stderr


def test_bounds_say_why_kinks_leave_one_out(wzsim: Wzsim, tmp_path: Path) -> None:
    plugin = tmp_path / "noise.py"
    plugin.write_text(LAPLACE)
    use = ["-p", plugin, "--set", 'correlation.channel={name="laplace", scale=0.3}']
    use += ["--set", 'correlation.source="uniform"', "--set", "evaluation.bounds=[]"]
    listed = wzsim("bounds", SCENARIO, *use).stdout
    assert "no side information: applies to squared error of a pair with a density" in listed
    assert "kinks or jumps in the density of the source or of the noise, not of both" in listed


def test_no_text_of_a_file_steers_the_terminal(wzsim: Wzsim, tmp_path: Path) -> None:
    evil = "\x1b[31mred\x1b]0;pwn\x07 \u202e\u2028\x9b"
    result = example_result()
    scenario = {**result.scenario, "title": evil, evil: {"name": evil, "a": [evil]}}
    result = attrs.evolve(
        result,
        title=evil,
        scenario=scenario | {"correlation": {"source": {"name": evil}, "fitted_to": evil}},
        distortion_unit=evil,
        flags=(evil,),
        evaluation={"method": evil, "design": {evil: evil}},
    )
    write_result(result, tmp_path / "a.h5")
    write_result(attrs.evolve(result, scenario={**result.scenario, "x": evil}), tmp_path / "b.h5")
    wrong = tmp_path / f"{evil}.toml"
    wrong.write_text(f"schema = 1\ntitle = {json.dumps(evil)}\n[code]\n{json.dumps(evil)} = 1\n")
    for arguments in (
        ("show", tmp_path / "a.h5"),
        ("show", "--json", tmp_path / "a.h5"),
        ("compare", tmp_path, "--csv", tmp_path / "all.csv"),
        ("plot", tmp_path / "a.h5", "-o", tmp_path / "a.png"),
        ("validate", wrong),
        ("show", wrong),
    ):
        ended = wzsim(*arguments)
        assert "pwn" in ended.output or arguments[0] == "plot"
        assert not set("\x1b\x07\u202e\u2028\x9b") & set(ended.output)
    assert "\x1b" not in (tmp_path / "all.csv").read_text()


def test_debug_shows_the_traceback(wzsim: Wzsim, tmp_path: Path) -> None:
    from wzsim.errors import ResultFileError

    with pytest.raises(ResultFileError):
        wzsim("show", "--debug", tmp_path / "missing.h5")
