from wzsim.storage.atomic import check_writable, write_atomically
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
from wzsim.storage.identity import Identity, identity_of, read_identity, scenario_sha256
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
    "check_writable",
    "checkpoint_path",
    "collect_records",
    "content_hash",
    "find_results",
    "hash_of_content",
    "identity_of",
    "is_comparison",
    "read_identity",
    "read_progress",
    "read_record",
    "read_result",
    "scenario_sha256",
    "write_atomically",
    "write_comparison",
    "write_result",
]
