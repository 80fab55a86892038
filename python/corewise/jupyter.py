"""The notebook extension: ``%load_ext corewise`` brings ``%%cores`` and ``%cores``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from corewise._cell_options import OptionError, Options, parse

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register the magics ``%%cores`` and ``%cores``; IPython calls it for ``%load_ext corewise``.

    Args:
        ipython: The shell of the notebook.
    """
    from IPython.core.error import UsageError
    from IPython.core.magic import no_var_expand

    shell: Any = ipython

    def cores(line: str, cell: str | None = None) -> object:
        """Run code, and show which cores it used, where time was lost, and what to do about it.

        %%cores [-n CORES] [--compare] [-o FILE]   in the first line of a cell
        %cores [-n CORES] [--compare] [-o FILE] STATEMENT
        %cores                                     how many cores this process may use, and why

        -n CORES   limit every thread pool to so many cores while the code runs
        --compare  run the code twice, without the governor and then with it, and compare the times
        -o FILE    keep the recording (with --compare that of the second run), for
                   corewise.Recording.open(FILE) and `corewise report FILE`

        Values of options may have $name or {expression} of the notebook in them. What the code
        prints, shows, returns and raises is as it would be without %%cores.
        """
        try:
            options, statement = parse(line, expand=shell.var_expand)
            if cell is None and not statement:
                return _cpus(options)
            if cell is not None and statement:
                raise OptionError(f"%%cores has no option {statement.split()[0]!r}")
        except OptionError as error:
            raise UsageError(f"{error}: see %cores?") from None
        return _run(shell, statement if cell is None else cell, options, line=cell is None)

    shell.register_magic_function(no_var_expand(cores), "line_cell", "cores")


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics out again; IPython calls it for ``%unload_ext corewise``."""
    magics: Any = ipython.magics_manager.magics
    for kind in ("line", "cell"):
        magics[kind].pop("cores", None)


def _cpus(options: Options) -> object:
    if options != Options():
        raise OptionError("%cores needs a statement behind its options")
    from corewise._cpus import cpus

    return cpus()


def _run(shell: Any, code: str, options: Options, line: bool) -> object:
    """Run and record the code, show the report, and fail as the code failed."""
    from IPython.core.error import UsageError

    from corewise import _cell

    if _awaits_within_a_loop(shell, code):
        raise UsageError(
            "%%cores cannot run a top-level await in a notebook, whose event loop waits for %%cores"
        )
    values: list[object] = []
    show = values.append if line else _display_hook(shell, code)

    def once() -> Any:
        return _run_cell(shell, code, show)

    runs = _cell.compare(once, options) if options.compare else [_cell.run(once, options)]
    failure = runs[-1].error
    # What could not be compiled did not run.
    if runs[-1].ran:
        shell.display_pub.publish(_cell.bundle(runs))
    if failure is not None:
        _fail(shell, failure)
    return values[-1] if values else None


def _run_cell(shell: Any, code: str, show: Any) -> Any:
    """As the shell runs a cell, within the cell that is running."""
    hook, sys.displayhook = sys.displayhook, show
    outer = shell.displayhook.exec_result
    try:
        result = shell.run_cell(code, store_history=False)
    finally:
        sys.displayhook = hook
        shell.displayhook.exec_result = outer
    if outer is not None:
        outer.result = result.result
    return result


def _display_hook(shell: Any, code: str) -> Any:
    """The shell's own, or one that shows nothing where the code ends in a semicolon.

    The shell looks for it in the cell as a whole, which is a call of the magic.
    """
    try:
        silent = shell.displayhook.semicolon_at_end_of_expression(shell.transform_cell(code))
    except Exception:  # code that is no Python fails when it runs
        silent = False
    return (lambda value: None) if silent else shell.displayhook


def _awaits_within_a_loop(shell: Any, code: str) -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    try:
        transformed = shell.transform_cell(code)
    except Exception:  # it fails when it runs
        return False
    return bool(shell.should_run_async(code, transformed_cell=transformed))


def _fail(shell: Any, error: BaseException) -> None:
    """Fail with an error whose traceback has been shown: it is not shown again."""
    shown, traceback = shell.showtraceback, error.__traceback__
    was_set = "showtraceback" in vars(shell)

    def show(*arguments: Any, **more: Any) -> None:
        if was_set:
            shell.showtraceback = shown
        else:
            del shell.showtraceback
        if sys.exc_info()[1] is error:
            # Without this module's own frames, as it was.
            error.__traceback__ = traceback
        else:
            shown(*arguments, **more)

    shell.showtraceback = show
    raise error
