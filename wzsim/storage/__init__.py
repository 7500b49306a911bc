from wzsim.storage.arrays import (
    digest_of,
    flat_part,
    open_array,
    require_samples,
    written_array,
)
from wzsim.storage.atomic import check_outputs, check_writable, write_atomically, written_atomically
from wzsim.storage.bitstream import StreamHeader, portable_dtype
from wzsim.storage.bitstream_reader import StreamReader
from wzsim.storage.bitstream_writer import StreamWriter
from wzsim.storage.checkpoint import CheckpointFile, checkpoint_path
from wzsim.storage.collecting import Collection, Progress, collect_records
from wzsim.storage.comparison import (
    ComparedBound,
    ComparedResult,
    hash_of_content,
    is_comparison,
    write_comparison,
)
from wzsim.storage.content import content_hash
from wzsim.storage.finding import find_results
from wzsim.storage.identity import (
    Identity,
    code_sha256,
    identity_of,
    read_identity,
    scenario_sha256,
)
from wzsim.storage.progress import ProgressLog, read_progress
from wzsim.storage.reader import read_result
from wzsim.storage.record import Record
from wzsim.storage.recording import read_record
from wzsim.storage.writer import write_result

__all__ = [
    "CheckpointFile",
    "Collection",
    "ComparedBound",
    "ComparedResult",
    "Identity",
    "Progress",
    "ProgressLog",
    "Record",
    "StreamHeader",
    "StreamReader",
    "StreamWriter",
    "check_outputs",
    "check_writable",
    "checkpoint_path",
    "code_sha256",
    "collect_records",
    "content_hash",
    "digest_of",
    "find_results",
    "flat_part",
    "hash_of_content",
    "identity_of",
    "is_comparison",
    "open_array",
    "portable_dtype",
    "read_identity",
    "read_progress",
    "read_record",
    "read_result",
    "require_samples",
    "scenario_sha256",
    "write_atomically",
    "write_comparison",
    "write_result",
    "written_array",
    "written_atomically",
]
