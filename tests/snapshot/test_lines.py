"""A snapshot in words says what is known, and says so where something is not."""

from __future__ import annotations

import copy
from typing import Any

from gating.snapshot.lines import distributions, extras, sections

FULL: dict[str, Any] = {
    "schema": "gating.snapshot/1",
    "thorough": True,
    "python": {
        "version": "3.13.0",
        "implementation": "CPython",
        "executable": "/env/bin/python",
        "prefix": "/env",
        "base_prefix": "/usr",
        "virtual_env": True,
        "compiler": "GCC 12.2.0",
        "soabi": "cpython-313t-x86_64-linux-gnu",
        "free_threaded": True,
        "debug": False,
    },
    "platform": {
        "system": "Linux",
        "release": "6.1",
        "machine": "x86_64",
        "libc": "glibc 2.36",
        "distribution": {"name": "Debian GNU/Linux", "version": "12"},
        "container": ["docker"],
    },
    "cpu": {"model": "EPYC", "logical": 8, "physical": 4, "available": 1.5},
    "memory": {"total_bytes": 1 << 34, "limit_bytes": 1 << 31, "swap_total_bytes": 0},
    "cuda": {"driver_version": "570.1", "runtime": "12.4", "visible_devices": ""},
    "gpus": [{"name": "NVIDIA H200", "uuid": f"GPU-{n}", "memory_bytes": 141 << 30, "driver": "570.1"} for n in (0, 1)],
    "git": {"commit": "a" * 40, "branch": "main", "dirty": True},
    "distributions": {"it": "1.0", "mine": "2.0", "odd": None},
    "origins": {"mine": "editable"},
    "extras": {
        "full": {"complete": True, "missing": []},
        "less": {"complete": False, "missing": ["a>=1", "b"]},
        "odd": {"complete": None, "missing": []},
    },
    "notes": ["cpu: something is unknown"],
}


def emptied(part: Any) -> Any:
    """The same document with nothing known."""
    if isinstance(part, dict):
        return {key: emptied(value) for key, value in part.items()}
    return [] if isinstance(part, list) else None


def test_what_is_known_is_said() -> None:
    assert dict(sections(FULL)) == {
        "python": "CPython 3.13.0, free-threaded, cpython-313t-x86_64-linux-gnu, GCC 12.2.0",
        "executable": "/env/bin/python, virtual environment",
        "platform": "Linux 6.1 x86_64, Debian GNU/Linux 12, glibc 2.36, in docker",
        "cpu": "EPYC, cores 4, threads 8, available 1.5",
        "memory": "16.0 GiB, limited to 2.0 GiB, no swap",
        "gpus": "2 x NVIDIA H200 141.0 GiB",
        "cuda": "driver 570.1, toolkit 12.4, CUDA_VISIBLE_DEVICES=",
        "git": f"{'a' * 40} on main, dirty",
    }
    assert extras(FULL) == [("full", "complete"), ("less", "lacks a>=1, b"), ("odd", "unknown")]
    assert distributions(FULL) == [("it", "1.0"), ("mine", "2.0 (editable)"), ("odd", "unknown")]


def test_what_is_unknown_is_called_so() -> None:
    bare = {**emptied(FULL), "thorough": True, "gpus": None}
    assert dict(sections(bare)) == {
        "python": "unknown",
        "executable": "unknown",
        "platform": "unknown",
        "cpu": "unknown",
        "memory": "unknown",
        "gpus": "unknown",
        "cuda": "unknown",
        "git": "no known commit, dirtiness unknown",
    }
    missing = {**bare, "distributions": None, "origins": None, "extras": None}
    assert (extras(missing), distributions(missing)) == ([], [])


def test_what_was_not_looked_at_is_neither_none_nor_unknown() -> None:
    light = {**copy.deepcopy(FULL), "thorough": False, "gpus": None, "cuda": None}
    light["git"]["dirty"] = None
    said = dict(sections(light))
    assert (said["gpus"], said["cuda"], said["git"]) == ("not looked at", "not looked at", f"{'a' * 40} on main")
    absent = dict(sections({**FULL, "gpus": [], "cuda": None, "git": None}))
    assert (absent["gpus"], absent["cuda"], absent["git"]) == ("none", "none", "none")
