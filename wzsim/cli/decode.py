"""`wzsim decode`."""

from __future__ import annotations

import sys

import click

from wzsim.cli.common import report, shared_options
from wzsim.errors import WzsimError


@click.command("decode", short_help="A file of bits and the side information become an array.")
@click.argument("stream", metavar="X.wz", type=click.Path())
@click.option(
    "--code",
    "result",
    required=True,
    metavar="RESULT.h5",
    type=click.Path(),
    help="The result whose code encoded it.",
)
@click.option(
    "--side",
    required=True,
    metavar="Y.npy",
    type=click.Path(),
    help="Side information: a sample of Y for each of X, in the same order.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="X_hat.npy",
    type=click.Path(),
    help="Reconstruction that is written, in the shape of X.",
)
@click.option(
    "--layers",
    type=click.IntRange(min=1),
    metavar="K",
    help="Decode the first K layers. Default: all that the file holds.",
)
@click.option(
    "--symbols", metavar="M.npy", help="Write the symbols too; -1 stands for one that is not known."
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads of the code's networks. Another number may change the last digits of X_hat, and "
    "no symbol.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@shared_options
def command(
    stream: str,
    result: str,
    side: str,
    output: str,
    layers: int | None,
    symbols: str | None,
    threads: int,
    quiet: bool,
    plugins: tuple[str, ...],
) -> None:
    """Decode X.wz, which `wzsim encode` wrote, with the side information in Y.npy.

    Each block of each layer has a checksum of its symbols: those that are decoded
    are those that were encoded, and a block that fails is named. Its samples then have
    what the layers before give, and without any layer the mean of X given Y. X_hat is
    made of the symbols and Y: where Y is another one than was meant, an entropy coder
    cannot notice. A file that was cut off decodes as far as it goes.

    Ends with 0 when everything was decoded, 1 when a block failed or the file is
    damaged or has no layer (the output is written all the same), 2 when the input is wrong.
    """
    from wzsim import app
    from wzsim.cli.coding import print_decoded, progress_bar

    options = app.DecodeOptions(layers=layers, threads=threads)
    with progress_bar("decoding", quiet=quiet) as advance:
        decoded = app.decode_file(result, stream, side, output, options, plugins, advance, symbols)
    print_decoded(decoded, output)
    for line in decoded.complaints():
        report(WzsimError(line))
    sys.exit(0 if decoded.whole else 1)
