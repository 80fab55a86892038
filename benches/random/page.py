"""The page of results, in Markdown."""

import contestants as c
import goals

HEAD = """\
# Random number benchmarks

What [`corewise.random`](random.md) takes beside NumPy and others. Written by `make bench-random`;
nothing here is edited by hand, except the causes of misses (`benches/random/causes.toml`).

"""
NOTES = """
Figures are nanoseconds a value, the median of all rounds. In a round every contestant of a case is
measured, one right after the other, in an order that rotates; ratios are medians of the ratios
within rounds. Each contestant is a process of its own, and calls for 20 ms before it is measured:
on a virtual machine all threads of a process that slept may run on one CPU at first. Memory that is
written is used again from call to call (`out=`), where a contestant's method has that: NumPy's
`integers`, `lognormal` and `poisson` make a new array at each call, as all of mkl_random's methods
do. "new array" is a call without `out=`; "1, no array" is one value that the call returns.

Only corewise gives NumPy's values. parallel-numpy-rng gives those of `random`, others none
(rand_pcg's Pcg64 has NumPy's raw values). `integers` is 0 to 99, `gamma` has shape 3, `poisson`
mean 50, `shuffle` is of int64. mkl_random's `normal` is ICDF. AVX2 and no SIMD are the same machine
with `COREWISE_SIMD=avx2` and `scalar`. Memory is `memset` of as many bytes: of memory in use, and
for "new array" of fresh pages.
"""


def number(value):
    """Three digits, as far as they say something."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def size(n):
    """A number of values in words."""
    return f"{n:,}" if n else "1, no array"


def table(titles, rows):
    """A Markdown table; the first column is text."""
    yield "| " + " | ".join(titles) + " |"
    yield "| --- |" + " ---: |" * (len(titles) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def of_method(results, method):
    """The tables of a method."""
    sizes = sorted(n for name, n in results.table if name == method)
    columns = [one for one in c.EVERY if any(one in results.table[method, n] for n in sizes)]
    rows = [[size(n), *(number(results.value(method, n, one)) for one in columns)] for n in sizes]
    yield f"\n### {method}\n"
    yield from table(["ns a value", *(one.title for one in columns)], rows)
    ours = [one for one in columns if one not in (c.NUMPY, c.MEMORY_ONE, c.MEMORY_ALL)]
    rows = [
        [size(n), *(number(results.ratio(method, n, c.NUMPY, one)) for one in ours)] for n in sizes
    ]
    yield ""
    yield from table(["times as fast as NumPy", *(one.title for one in ours)], rows)
    largest = sizes[-1]
    width = 4 if "f32" in method else 8
    speeds = {one: results.value(method, largest, one) for one in columns}
    listed = ", ".join(
        f"{one.title} {number(width / value)}" for one, value in speeds.items() if value
    )
    yield f"\nGB/s written at {size(largest)}: {listed}."


def of_goals(results):
    """Goals, hit or missed."""
    verdicts = goals.verdicts(results)
    hits = sum(verdict.hit for verdict in verdicts)
    yield f"\n## Goals\n\n{hits} of {len(verdicts)} goals are hit.\n"
    yield "| what | goal | result |  | cause of a miss |"
    yield "| --- | --- | --- | --- | --- |"
    for verdict in verdicts:
        goal = verdict.goal
        what = f"{goal.method}, {size(goal.n)}, {goal.contestant.title}"
        wanted = f"≥ {goal.least:.3g} × {goal.base.title}"
        end = "hit | " if verdict.hit else f"**MISS** | {goals.cause(goal)}"
        yield f"| {what} | {wanted} | {verdict.ratio:.3g} | {end} |"


def write(path, results, about):
    """Writes the page."""
    methods = list(dict.fromkeys(method for method, _ in results.table))
    lines = [HEAD.rstrip("\n"), "", *(f"- {key}: {text}" for key, text in about.items())]
    lines += of_goals(results)
    lines += ["\n## Times", NOTES.rstrip("\n")]
    for method in methods:
        lines += of_method(results, method)
    path.write_text("\n".join(lines) + "\n")
