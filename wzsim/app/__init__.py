"""Where everything is wired together; also the Python API.

result = wzsim.run("scenarios/gauss_222.toml")
code = wzsim.restore_code(result)
"""

from wzsim.app.batch import (
    choose_executor,
    executor,
    has_checkpoint,
    progress_path,
    run_job,
    run_jobs,
    run_point,
)
from wzsim.app.comparing import (
    average_gaps,
    best_of,
    collect,
    compare,
    find_results,
    frame,
    save_comparison,
    where,
)
from wzsim.app.decoded import Decoded
from wzsim.app.decoding import DecodeOptions, decode, decode_file
from wzsim.app.encoding import Encoded, EncodeOptions, encode, encode_file
from wzsim.app.loading import StrPath, load, load_sweep, registry, schema
from wzsim.app.planning import Job, plan
from wzsim.app.readable import readable
from wzsim.app.reporting import report
from wzsim.app.results import (
    bounds,
    bounds_of_points,
    open_result,
    plot,
    restore_code,
)
from wzsim.app.settings import Settings, check_device, torch_settings
from wzsim.app.single import run
from wzsim.app.status import RunStatus, running, status

__all__ = [
    "DecodeOptions",
    "Decoded",
    "EncodeOptions",
    "Encoded",
    "Job",
    "RunStatus",
    "Settings",
    "StrPath",
    "average_gaps",
    "best_of",
    "bounds",
    "bounds_of_points",
    "check_device",
    "choose_executor",
    "collect",
    "compare",
    "decode",
    "decode_file",
    "encode",
    "encode_file",
    "executor",
    "find_results",
    "frame",
    "has_checkpoint",
    "load",
    "load_sweep",
    "open_result",
    "plan",
    "plot",
    "progress_path",
    "readable",
    "registry",
    "report",
    "restore_code",
    "run",
    "run_job",
    "run_jobs",
    "run_point",
    "running",
    "save_comparison",
    "schema",
    "status",
    "torch_settings",
    "where",
]
