"""The command line: ``hvlib lab``, ``site``, ``doctor``, ``here``, ``exercises``, ``record``, ...

A command is a function of the parsed arguments that returns an exit status; to add one, add a
line to :func:`parser`.
"""

import argparse
import io
import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import hvlib
from hvlib.columns import left
from hvlib.edition import ENGLISH, languages
from hvlib.words import _


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that has no µ shows "?", and goes on
            stream.reconfigure(errors="replace")
    chosen, rest = parser().parse_known_args(arguments)
    if rest and chosen.command is not lab:
        parser().error(_("unknown: {words}").format(words=" ".join(rest)))
    chosen.rest = rest
    try:
        status: int = chosen.command(chosen)
        print(end="", flush=True)
    except BrokenPipeError:  # who reads has seen enough
        _hush()
        return 1
    except OSError as error:  # the disk is full, say
        _hush()
        print(_("can't go on: {error}").format(error=error), file=sys.stderr)
        return 1
    return status


def _hush() -> None:
    """Say nothing more: what could not be written is not tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser("hvlib", description=_("Tools of the hypervisor book."))
    top.add_argument("--version", action="version", version=hvlib.__version__)
    commands = top.add_subparsers(required=True, metavar=_("command"))
    lab_ = commands.add_parser(
        "lab", help=_("open the book in JupyterLab; what else is said is for JupyterLab")
    )
    lab_.add_argument("--folder", type=Path, default=Path("hypervisor-book"))
    lab_.add_argument(
        "--hub", action="store_true", help=_("as the server that a JupyterHub starts")
    )
    lab_.add_argument(
        "--edition", choices=languages(), default=ENGLISH, help=_("the language to open it in")
    )
    lab_.set_defaults(command=lab)
    site_ = commands.add_parser("site", help=_("read the book in a browser, with no kernel"))
    site_.add_argument("--port", type=int, default=8017, help=_("answers are kept by port"))
    site_.add_argument("--no-browser", action="store_true", help=_("only say the address"))
    site_.set_defaults(command=site)
    doctor_ = commands.add_parser("doctor", help=_("tell what this machine can do"))
    doctor_.set_defaults(command=doctor)
    here_ = commands.add_parser(
        "here",
        help=_("draw this machine in words: what lies below, what runs on it, behind which walls"),
        description=_(
            "A picture of this machine to learn from, and no scanner. It reads /proc and /sys as "
            "the user may, changes nothing, asks no daemon and sends nothing anywhere."
        ),
    )
    here_.add_argument("--save", type=Path, help=_("write it to a file that show() draws"))
    here_.add_argument("--anonymous", action="store_true", help=_("without names, ids and paths"))
    here_.set_defaults(command=here)
    sheet = commands.add_parser("exercises", help=_("write a sheet of exercises, and its answers"))
    sheet.add_argument("--chapter", type=int, required=True, choices=(1, 2, 3, 4))
    sheet.add_argument("--seed", type=int, required=True, help=_("same seed, same sheet"))
    sheet.add_argument("--level", type=int, default=1, choices=(1, 2, 3))
    sheet.add_argument("--out", type=Path, required=True, help=_("the notebook to write"))
    sheet.set_defaults(command=exercises)
    record_ = commands.add_parser("record", help=_("run the real experiments and store them"))
    record_.add_argument("names", nargs="*", help=_("only these experiments (default: all)"))
    record_.add_argument("--list", action="store_true", help=_("only list the experiments"))
    record_.set_defaults(command=record)
    return top


def lab(arguments: argparse.Namespace) -> int:
    """Lay the reader's copy of the notebooks into a folder and open it in JupyterLab."""
    from hvlib import reading

    folder = arguments.folder.expanduser().resolve()
    try:
        return reading.open_lab(folder, arguments.rest, arguments.hub, arguments.edition)
    except OSError as error:
        print(_("can't open the book: {error}").format(error=error), file=sys.stderr)
        return 1


def site(arguments: argparse.Namespace) -> int:
    """Serve the built site on this machine until the reader presses Ctrl-C."""
    from hvlib.site import serving

    folder = serving.built()
    if folder is None:
        text = _("No site is built here: run `make site` in the book's folder (it needs npm once).")
        print(text, file=sys.stderr)
        return 1
    try:
        with serving.served(folder, arguments.port) as address:
            print(_("{address} (Ctrl-C ends it)").format(address=address), flush=True)
            if not arguments.no_browser:
                webbrowser.open(address)
            threading.Event().wait()
    except (OSError, OverflowError) as error:  # a port that is taken, or that there is not
        print(_("can't serve the book: {error}").format(error=error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def doctor(_arguments: argparse.Namespace) -> int:
    """Print what this machine can do and, where it can't, what would help."""
    from hvlib.real import probe

    for answer in probe.ask_all():
        mark = _("yes") if answer.yes else _("no")
        print(left(mark, 3), left(answer.name, 16), answer.why)
        if answer.remedy:
            print(" " * 20, answer.remedy)
    return 0


def here(arguments: argparse.Namespace) -> int:
    """Print this machine as the book sees it, and write it to a file if one is named."""
    from hvlib.host.here import here as this_machine
    from hvlib.host.telling import told

    system = this_machine(anonymous=arguments.anonymous)
    print(told(system))
    if arguments.save is None:
        return 0
    try:
        path = system.save(arguments.save)
    except OSError as error:
        print(_("can't write the file: {error}").format(error=error), file=sys.stderr)
        return 1
    print("\n" + _("Written to {path}: show({path!r}) draws it.").format(path=str(path)))
    return 0


def exercises(arguments: argparse.Namespace) -> int:
    """Write a sheet of exercises without answers, and one with, beside it."""
    from hvlib.questions import sheet

    chosen = arguments
    try:
        paths = sheet.write(chosen.chapter, chosen.seed, chosen.out, chosen.level)
    except (OSError, ValueError) as error:  # ValueError: a folder is no name for a file
        text = _("can't write the sheet: {error}")
        print(text.format(error=error), file=sys.stderr)
        return 1
    print(*paths, sep="\n")
    return 0


def record(arguments: argparse.Namespace) -> int:
    """Refresh the recordings of the real experiments and say what changed."""
    from hvlib.real import recording

    recording.load_all()
    try:
        for name in arguments.names:
            recording.named(name)
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(sorted(recording.REGISTRY)))
        return 0
    for line in recording.record_all(only=tuple(arguments.names)):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
