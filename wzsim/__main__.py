"""`python -m wzsim` is the command line."""

from wzsim.cli import main

main(prog_name="wzsim")
