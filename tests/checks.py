"""What must hold for every recording of a test program, whatever it does."""

# These depend on how long threads wait, spin or run alone, which a busy machine changes: cores that
# others use are not idle, and a descheduled thread makes its partner spin.
DEPEND_ON_LOAD = {"CW101", "CW104", "CW201", "CW202", "CW203"}
# Cores that other programs may use for those to be judged.
QUIET = 0.3


def role_as_truth(report, role, library):
    """What the report says of a thread, in the words of the program's truth."""
    if isinstance(role, str):
        return {role: True}
    kind, value = next(iter(role.items()))
    if kind == "pool":
        pool = report["pools"][value]["pool"]
        named = library if library and library in pool["path"] else pool["path"]
        return {"pool": pool["runtime"], "library": named}
    if kind == "native":
        return {"native": library if library and library in value else value}
    return {kind: value}


def assert_threads_as_the_program_knows(recorded):
    """The role of every thread of the program's truth, by process and thread number."""
    report = recorded.report
    seen = {
        (report["processes"][thread["process"]]["pid"], thread["tid"]): thread["role"]
        for thread in report["threads"]
    }
    wrong = []
    for process in recorded.truth["processes"]:
        for tid, what in process["threads"].items():
            expected = {"python": True} if "python" in what else what
            library = what.get("library") or what.get("native")
            role = seen.get((process["pid"], int(tid)))
            got = role and role_as_truth(report, role, library)
            if got != expected:
                wrong.append(f"{process['pid']}/{tid}: the program says {what}, corewise {role}")
    assert not wrong, "\n".join(wrong)


def assert_core_seconds_add_up(recorded):
    """Within 2 % of what the kernel charged, and no less than the program itself was told."""
    summary = recorded.report["summary"]
    charged = summary["charged_ns"]["known"] / 1e9
    counted = (summary["attributed_ns"] + summary["unattributed_ns"]) / 1e9
    # Workers that nobody waits for (loky's, the fork server's) are counted and not charged to the
    # program, so the kernel's figure is a lower bound there.
    orphans = any(
        process["start_method"] in ("loky", "fork_server", "tracker")
        for process in recorded.report["processes"]
    )
    tolerance = 0.02 * charged + 0.01
    assert counted >= charged - tolerance, summary
    if not orphans:
        assert counted <= charged + tolerance, summary
    # What the program itself asked the kernel, just before its end.
    assert charged >= 0.98 * recorded.truth["cpu_seconds"] - 0.01
