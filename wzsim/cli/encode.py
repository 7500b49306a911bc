"""`wzsim encode`."""

from __future__ import annotations

import click

from wzsim.cli.common import shared_options


@click.command("encode", short_help="An array becomes a file of bits, by the code of a result.")
@click.argument("array", metavar="X.npy", type=click.Path())
@click.option(
    "--code",
    "result",
    required=True,
    metavar="RESULT.h5",
    type=click.Path(),
    help="Result of `wzsim run` whose code is used. The decoder needs the same file.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="X.wz",
    type=click.Path(),
    help="File that is written, or written anew.",
)
@click.option(
    "--coder",
    metavar="NAME",
    help="Lossless coder (`wzsim plugins` lists them). Default: that of the scenario's [coding]; "
    "else range where the rate is that of an entropy coder, and ldpc where it knows Y.",
)
@click.option(
    "--frame-length",
    type=click.IntRange(min=1),
    metavar="N",
    help="Most samples a block; blocks are made equally long. Longer ones need fewer bits, and "
    "more is lost where one fails. Default: block_length of [coding], else 100000.",
)
@click.option(
    "--frame-error-rate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="P",
    help="Share of the blocks of a layer that a Slepian-Wolf decoder may fail to decode. Default: "
    "that of [coding], else 1e-5.",
)
@click.option(
    "--extra-rate",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="B",
    help="Send more of a Slepian-Wolf code, at least B bit/symbol: for side information that is "
    "worse than the scenario says, or blocks that failed. From some B on decoding cannot fail.",
)
@click.option("--symbols", metavar="M.npy", help="Write the symbols too, shape (samples, layers).")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads of the code's networks.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@shared_options
def command(
    array: str,
    result: str,
    output: str,
    coder: str | None,
    frame_length: int | None,
    frame_error_rate: float | None,
    extra_rate: float,
    symbols: str | None,
    threads: int,
    quiet: bool,
    plugins: tuple[str, ...],
) -> None:
    """Encode the samples of X.npy, an array of any shape, for a decoder that has RESULT.h5 and Y.

    The side information is not needed here: that is the point of Wyner-Ziv
    coding. Layers follow each other in the file, so that its beginning decodes to a
    coarser X. The array is read as it is needed, and may be larger than the
    memory. A whole turn:

    \b
        wzsim run scenarios/nsq_222.toml
        wzsim encode --code results/nsq_222.h5 X.npy -o X.wz
        wzsim decode --code results/nsq_222.h5 --side Y.npy X.wz -o X_hat.npy

    Ends with 0 when the file is written, 2 when the input is wrong.
    """  # noqa: D301 - the escape tells click to keep the lines
    from wzsim import app
    from wzsim.cli.coding import print_encoded, progress_bar

    options = app.EncodeOptions(
        coder=coder,
        frame_length=frame_length,
        frame_error_rate=frame_error_rate,
        extra_rate=extra_rate,
        threads=threads,
    )
    with progress_bar("encoding", quiet=quiet) as advance:
        encoded = app.encode_file(result, array, output, options, plugins, advance, symbols)
    print_encoded(encoded, output)
