"""Reading a scenario or a result of a stranger executes nothing that is in it.

Python itself is the judge: in a process of its own an audit hook hears every code object that is
compiled or run, every class that a pickle names and every program that is started.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tomllib
from pathlib import Path

import h5py
import numpy as np
import pytest

import wzsim
from wzsim.storage import write_result
from wzsim.storage.content import checksum_of
from wzsim.storage.layout import CHECKSUM_ATTRIBUTE
from wzsim.storage.putting import put_text

JUDGE = """
import encodings.ascii  # h5py asks for it late
import sys
import wzsim
from wzsim import app, errors, storage

good, *bad = sys.argv[1:]
EVENTS = {"exec", "compile", "pickle.find_class", "os.system", "subprocess.Popen", "os.exec",
          "os.posix_spawn", "os.fork", "ctypes.dlopen", "import"}

def read(path):
    registry = app.registry()
    try:
        if path.endswith(".toml"):
            app.load_sweep(path, registry)
        else:
            result = storage.read_result(path)
            storage.read_identity(path)
            app.restore_code(result)
    except errors.WzsimError as error:
        print(f"refused: {error}".splitlines()[0])
    else:
        print("read")

heard = []
listening = False

def generated(event, arguments):
    # cattrs writes readers of our classes, whatever the file holds.
    name = {"exec": lambda: arguments[0].co_filename, "compile": lambda: arguments[1]}.get(event)
    return name is not None and str(name()).startswith(("<cattrs generated", "<attrs generated"))

def hook(event, arguments):
    if listening and event in EVENTS and not generated(event, arguments):
        heard.append((event, str(arguments)[:200]))

sys.addaudithook(hook)
for path in good.split(","):
    read(path)
app.schema(app.registry())  # annotations of all components are evaluated once
for path in bad:
    listening = True
    read(path)
    listening = False
sys.exit(f"heard {heard}" if heard else 0)
"""

SCENARIO = """
schema = 1
name = "good"
seed = 1
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 2]
encoder = { name = "nsq", step = 0.5 }
"""

PAYLOADS = [
    "__import__('os').system('touch owned')",
    "os.system(1)",
    "!!python/object/apply:os.system ['touch owned']",
    "$(touch owned)",
    "{0.__class__.__init__.__globals__}",
]


class Trap:
    def __reduce__(self):
        return exec, ("open('owned', 'w')",)


def judged(folder: Path, good: list[Path], bad: list[Path]) -> list[str]:
    command = [sys.executable, "-c", JUDGE, ",".join(map(str, good)), *map(str, bad)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert not (folder / "owned").exists()
    said = ended.stdout.splitlines()
    assert said[: len(good)] == ["read"] * len(good)
    return said[len(good) :]


def test_scenarios(tmp_path: Path) -> None:
    good = tmp_path / "good.toml"
    good.write_text(SCENARIO)
    (tmp_path / "evil.py").write_text("open('owned', 'w')")
    places = ['"good"', '"gaussian"\nchannel', '"nsq"', "0.1", "[2, 2]"]
    bad = []
    for payload in PAYLOADS:
        for place in places:
            text = SCENARIO.replace(place, place.replace(place.split("\n")[0], f'"{payload}"'))
            assert text != SCENARIO
            bad.append(text)
    others = ("evil.py", "evil", "../evil.py")
    bad += [f'extends = "{other}"\n{SCENARIO}' for other in others]
    files = []
    for number, text in enumerate(bad):
        files.append(tmp_path / f"bad{number}.toml")
        files[-1].write_text(text)
    said = judged(tmp_path, [good], files)
    assert len(said) == len(bad)
    assert [number for number, line in enumerate(said) if not line.startswith("refused")] == []


@pytest.fixture(scope="module")
def result_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "good.h5"
    write_result(wzsim.run(tomllib.loads(SCENARIO)), path)
    return path


def test_results(tmp_path: Path, result_file: Path) -> None:
    """Each text and each array of a result in turn becomes a program or a pickle of one."""
    names: list[str] = []
    with h5py.File(result_file) as file:
        file.visititems(
            lambda name, member: names.append(name) if isinstance(member, h5py.Dataset) else None
        )
    bomb = np.void(pickle.dumps(Trap()))
    link = h5py.ExternalLink(str(tmp_path / "evil.h5"), "/")
    files = []
    for number, name in enumerate(names):
        for kind in ("text", "pickle", "link"):
            files.append(tmp_path / f"{number}-{kind}.h5")
            files[-1].write_bytes(result_file.read_bytes())
            with h5py.File(files[-1], "r+") as file:
                attributes = dict(file[name].attrs)
                del file[name]
                if kind == "text":
                    put_text(file, name, PAYLOADS[number % len(PAYLOADS)])
                    file[name].attrs.update(attributes)
                    file.attrs[CHECKSUM_ATTRIBUTE] = np.bytes_(checksum_of(file))
                else:
                    file[name] = bomb if kind == "pickle" else link
    said = judged(tmp_path, [result_file], files)
    assert len(said) == 3 * len(names)
    texts = [line.startswith("refused") for line in said[::3]]
    assert 20 < sum(texts) < len(texts) - 10  # a title may say anything, a rate may not
    assert all(line.startswith("refused") for line in said[1::3] + said[2::3])
