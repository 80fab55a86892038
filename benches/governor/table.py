"""The page for the documentation: goals beside results, times, CPU times, what went wrong."""

import goals
import intervals
import pruning

INTRODUCTION = """\
# Governor benchmarks

What `corewise run` makes of programs that nobody tuned, beside the best that fixed settings reach.
Written by `make bench-governor`; nothing here is edited by hand, except the causes of misses
(`benches/governor/causes.toml`).
"""

EXPLANATION = """\
Each launch is a process of its own that imports, warms up once and runs the workload several times;
its result is the median of these times. A cell is the median of all launches. In a round every
setting of a row is launched, one right after the other, in an order that rotates from round to
round, and ratios are medians of the ratios within a round. The settings:

- **a** default: nothing is set. **f** corewise: nothing is set, under `corewise run`.
- **b** and **c**: every pool is 1, or the allowed cores. **2x**: twice the allowed cores.
- **d**: by hand, as users write it: `threadpool_limits(1)` around threads and forked workers,
  `threadpool_limits` of the allowed cores around one caller, `inner_max_num_threads` for joblib's
  processes, `numba.set_num_threads` in each thread.
- **short spin**: OpenBLAS's idle threads are told to sleep soon (`OPENBLAS_THREAD_TIMEOUT={spin}`).
- **e** is the static setting of a row that turned out fastest, of all but f. It is known only
  afterwards, and another one in each row.

A static setting that no goal needs is left out of later rounds where it has no chance to be e: when
it took more than {after[1]:g} times as long as the best after one round, or {after[2]:g} times
after two.

Rows that end in `@{some}` are repeated with pools that by default have that many threads, as in a
container with few cores on a large host. That is emulated: see `benches/governor/emulation.py` for
how, and for where it differs from such a host.
"""


def render(head, comparisons, settings, causes):
    """The whole page."""
    some = head["grown"][0] if head["grown"] else 64
    explanation = EXPLANATION.format(spin=head["spin"], some=some, after=pruning.AFTER_ROUNDS)
    parts = [INTRODUCTION, _head(head), _goals(comparisons, causes), explanation]
    for grown in (None, *head["grown"]):
        rows = [comparison for comparison in comparisons if comparison.row.grown == grown]
        if rows:
            title = f"pools grown to {grown}" if grown else "pools as they come"
            parts.append(_times(f"## Times, {title}", rows, settings))
            parts.append(_cpu(f"## CPU time, {title}", rows, settings))
    parts.append(_trouble(comparisons, settings))
    return "\n".join(part for part in parts if part)


def _head(head):
    lines = [
        f"- Machine: {head['machine']}",
        f"- Versions: {head['versions']}",
        f"- Date: {head['date']}",
        f"- Command: `{head['command']}`",
        f"- Rounds: {head['rounds']}; a launch is ended after {head['limit']:g} s",
        f"- Intervals in brackets: {intervals.describe(head['rounds'])}; least to "
        "greatest of fewer where a setting was left out of later rounds",
    ]
    return "\n".join(lines) + "\n"


def _goals(comparisons, causes):
    lines, hits, count = [], 0, 0
    for comparison in comparisons:
        for verdict in goals.verdicts(comparison):
            hits += verdict.hit
            count += 1
            result = str(verdict.result) if verdict.result else ""
            cause = "" if verdict.hit else causes.of(comparison.row.name)
            cells = (
                comparison.row.name,
                str(verdict.goal),
                f"{result} {verdict.note}".strip(),
                verdict.goal.base,
                "hit" if verdict.hit else "**MISS**",
                cause,
            )
            lines.append(_line(cells))
    if not lines:
        return ""
    columns = (
        "workload",
        "goal for f",
        "result (interval)",
        "compared with",
        "",
        "cause of a miss",
    )
    heading = f"## Goals\n\n{hits} of {count} goals are hit.\n\n"
    return heading + _header(columns) + "\n".join(lines) + "\n"


def _times(heading, comparisons, settings):
    """Milliseconds of an iteration."""
    keys = _measured(comparisons, settings)
    extra = ("e, default spin", "e, short spin", "f / e", "f / a")
    lines = []
    for comparison in comparisons:
        cells = [comparison.row.name, *(_time(comparison, key) for key in keys)]
        cells += [comparison.best(short_spin=False) or "", comparison.best(short_spin=True) or ""]
        cells += [_ratio(comparison, comparison.best()), _ratio(comparison, "a")]
        lines.append(_line(cells))
    titles = [f"{key}: {settings[key].title}" for key in keys]
    header = _header(("workload", *titles, *extra))
    return f"{heading}\n\nMilliseconds an iteration.\n\n{header}" + "\n".join(lines) + "\n"


def _cpu(heading, comparisons, settings):
    """Seconds of a launch."""
    keys = _measured(comparisons, settings)
    lines = []
    for comparison in comparisons:
        cells = [comparison.row.name]
        for key in keys:
            good = comparison.measured(key) and comparison.status(key) == "ok"
            cells.append(f"{comparison.cpu(key):.2f}" if good else "")
        lines.append(_line(cells))
    words = "CPU seconds a launch, with all its processes, imports and warm-up."
    return f"{heading}\n\n{words}\n\n{_header(('workload', *keys))}" + "\n".join(lines) + "\n"


def _trouble(comparisons, settings):
    """Launches that failed, and results that differ."""
    lines = []
    for comparison in comparisons:
        for key in settings:
            if comparison.measured(key) and comparison.status(key) == "failed":
                last = comparison.message(key).splitlines()
                lines.append(
                    f"- {comparison.row.name}, {key}: failed, `{last[-1] if last else ''}`"
                )
        if differing := comparison.disagreeing():
            lines.append(f"- {comparison.row.name}: another check sum under {', '.join(differing)}")
    return "## What went wrong\n\n" + "\n".join(lines) + "\n" if lines else ""


def _measured(comparisons, settings):
    return [key for key in settings if any(row.measured(key) for row in comparisons)]


def _time(comparison, key):
    if not comparison.measured(key):
        return ""
    status = comparison.status(key)
    return {"failed": "failed", "limit": "> limit"}.get(status) or (
        f"{1000 * comparison.seconds(key):.1f}"
    )


def _ratio(comparison, base):
    both = base and all(
        comparison.measured(key) and comparison.status(key) == "ok" for key in ("f", base)
    )
    return str(comparison.ratio("f", base)) if both else ""


def _header(titles):
    return _line(titles) + "\n" + _line(["---"] * len(titles)) + "\n"


def _line(cells):
    return "| " + " | ".join(cells) + " |"
