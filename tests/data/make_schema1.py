"""Writes schema1.h5, the result file of schema 1 that every later version must read.

It was run once, at the release of schema 1, and is kept to show how the file
came about. Run it again only before that release: python tests/data/make_schema1.py
"""

from pathlib import Path

from wzsim.storage import write_result
from wzsim.testing.example import example_result

if __name__ == "__main__":
    path = Path(__file__).with_name("schema1.h5")
    print(path, write_result(example_result(), path))
