"""Programs that nobody tuned, under `corewise run` and under every static setting, paired.

    make bench-governor            (or: python benches/governor/run.py --only 'kmeans*' --rounds 3)

A full run takes hours. Launches are kept on disk as they are made (`--raw`), so that a run that was
interrupted goes on with `--resume`, and its table is written again with `--render`.
"""

import argparse
import datetime
import os
import pathlib
import shlex
import sys

import machine
import pruning
import rows as table_rows
import table
from causes import Causes
from comparison import Comparison
from launching import Launcher, adopt_orphans
from records import Records, read
from settings import all_settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "governor-benchmarks.md"
RAW = ROOT / "target" / "bench-governor.jsonl"
CACHE = ROOT / "target" / "bench-governor-numba"


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog="--only may be given several times."
    )
    add = parser.add_argument
    add("--rounds", type=int, help="5, or 2 with --quick")
    add("--only", metavar="GLOB", action="append", help="rows whose name fits")
    add("--settings", metavar="a,c,f", help="some settings only (see --list)")
    add("--quick", action="store_true", help="two rounds of a few rows")
    add("--grown", default=None, help="pool sizes to emulate, 16,64 by default, or none")
    add("--list", action="store_true", help="list rows and settings, run nothing")
    add("--output", help="the page; '-' is standard output, the default for a part of the table")
    add("--raw", type=pathlib.Path, default=RAW, help="where launches are kept")
    add("--resume", action="store_true", help="go on with what --raw holds")
    add("--render", action="store_true", help="write the page from --raw, run nothing")
    add("--limit", type=float, default=60.0, help="seconds after which a launch is ended")
    add("--stop-after", type=float, default=5.0, help="seconds of iterations in a launch")
    add("--spin", type=int, default=18, help="short spin: 2^N clock ticks, 4 to 20")
    add("--cores", type=int, help="the allowed cores, if not what corewise says")
    beside = pathlib.Path(sys.executable).parent
    add("--corewise", default=str(beside / "corewise"), help="the command")
    add("--run-options", default="--quiet --no-record", help="for corewise run")
    options = parser.parse_args()
    if options.rounds is None:
        options.rounds = 2 if options.quick else 5
    if options.grown is None:
        options.grown = "64" if options.quick else "16,64"
    options.grown = [int(size) for size in options.grown.split(",") if size != "none"]
    if options.output is None:
        part = options.only or options.settings or options.quick
        options.output = "-" if part else str(PAGE)
    if not 4 <= options.spin <= 20:
        parser.error("--spin is from 4 to 20")
    return options


def chosen_settings(options):
    known = all_settings(options.cores, options.spin)
    if not options.settings:
        return known
    asked = options.settings.split(",")
    if unknown := [key for key in asked if key not in known]:
        sys.exit(f"error: no setting {', '.join(unknown)}\nhint: there are {', '.join(known)}")
    return {key: known[key] for key in known if key in asked}


def plan(rows, settings, rounds):
    """Every launch, in order: rows rotate, and each row's settings do."""
    for number in range(rounds):
        for row in table_rows.rotated(rows, number):
            for setting in table_rows.rotated(list(settings.values()), number):
                if row.has(setting):
                    yield row, setting, number


def run(options, rows, settings, records):
    adopt_orphans()
    launcher = Launcher(
        options.corewise,
        shlex.split(options.run_options),
        options.cores,
        options.limit,
        options.stop_after,
    )
    if any(setting.governed for setting in settings.values()):
        launcher.check()
    launches = list(plan(rows, settings, options.rounds))
    for count, (row, setting, number) in enumerate(launches, 1):
        if records.has(row, setting, number):
            continue
        earlier = Comparison(row, settings, records.before(row, number))
        if pruning.dropped(earlier, setting, number):
            continue
        launch = launcher.launch(row, setting, number)
        records.add(launch)
        times = " ".join(f"{1000 * value:.0f}" for value in launch.seconds)
        line = f"[{count}/{len(launches)}] {row.name} {setting.key}: {launch.status} {times} ms"
        print(f"{line}, {launch.cpu:.1f} s CPU", file=sys.stderr, flush=True)
        if launch.message:
            print(launch.message, file=sys.stderr)


def write(options, records, rows, settings):
    compared = [Comparison(row, settings, records.launches) for row in rows]
    compared = [row for row in compared if any(row.measured(key) for key in settings)]
    page = table.render(records.head, compared, settings, Causes())
    if options.output == "-":
        sys.stdout.write(page)
    else:
        pathlib.Path(options.output).write_text(page)
        print(f"written: {options.output}", file=sys.stderr)


def main():
    options = arguments()
    options.cores = options.cores or machine.allowed_cores(options.corewise)
    settings = chosen_settings(options)
    rows = table_rows.select(options.only, options.quick, options.grown)
    if options.list:
        for row in rows:
            keys = [key for key in settings if row.has(settings[key])]
            print(f"{row.name:32} {row.workload.load.value:8} {' '.join(keys)}")
        count = len(list(plan(rows, settings, options.rounds)))
        print(f"{len(rows)} rows, {options.rounds} rounds, {count} launches", file=sys.stderr)
        return
    if not rows:
        sys.exit("error: no row fits\nhint: --list shows all")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(CACHE))
    head = {
        **machine.describe(options.cores),
        "date": datetime.date.today().isoformat(),
        "command": shlex.join(["python", os.path.relpath(__file__), *sys.argv[1:]]),
        "rounds": options.rounds,
        "limit": options.limit,
        "spin": options.spin,
        "grown": options.grown,
    }
    if options.render:
        head, _ = read(options.raw)
    again = options.resume or options.render
    records = Records(options.raw, head, resume=again)
    if not options.render:
        run(options, rows, settings, records)
    write(options, records, rows, settings)


if __name__ == "__main__":
    main()
