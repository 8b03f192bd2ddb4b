"""What only one test of a measured run reached: run by the interpreter that measured, with the data file's path.

A test here is a test function, whatever its parameters: that is what people delete. What was run outside of tests, as
imports are while tests are collected, belongs to none.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys

import coverage

# coverage's documented schema: one row for each way from line to line in each context
_ARCS = """
    select path, context, fromno, tono
    from arc join file on file.id = file_id join context on context.id = context_id
"""


def main(data_file: str) -> None:
    """Print, by test and file, the lines and branches that nothing else reached."""
    cov = coverage.Coverage(data_file=data_file)
    cov.load()
    lines: dict[tuple[str, int], set[str]] = {}
    branches: dict[tuple[str, int, int], set[str]] = {}
    # asked for by coverage's own calls, one context after the other, it takes a minute
    arcs: dict[tuple[str, str], set[tuple[int, int]]] = {}
    with contextlib.closing(sqlite3.connect(data_file)) as database:
        for file, context, start, end in database.execute(_ARCS):
            test = context.rpartition("|")[0].partition("[")[0]
            arcs.setdefault((file, test), set()).add((start, end))
    reporters = {file: cov._get_file_reporter(file) for file, _test in arcs}
    for (file, test), ways in arcs.items():
        for line in reporters[file].translate_lines({line for way in ways for line in way if line > 0}):
            lines.setdefault((file, line), set()).add(test)
        for start, end in reporters[file].translate_arcs(ways):
            branches.setdefault((file, start, end), set()).add(test)
    alone: dict[str, dict[str, tuple[list[int], list[tuple[int, int]]]]] = {}
    for (file, line), by in lines.items():
        if len(by) == 1:
            alone.setdefault(min(by), {}).setdefault(file, ([], []))[0].append(line)
    for (file, start, end), by in branches.items():
        if len(by) == 1:
            alone.setdefault(min(by), {}).setdefault(file, ([], []))[1].append((start, end))
    tests = sorted({test for reached in lines.values() for test in reached} - {""})
    alone.pop("", None)
    json.dump({"tests": tests, "alone": alone}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
