"""Which readers serve: from /proc, through psutil, by the standard library; each recording says which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import gating
from gating.metrics.format import CGROUP_KEYS, HOST_KEYS, TREE_KEYS
from gating.metrics.sampler import readers
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.readers import Readers
from tests.metrics.running import Recorded, record

SCHEMA = json.loads((Path(gating.__file__).parent / "schemas" / "metrics-1.json").read_text(encoding="utf-8"))
BUSY = """\
import subprocess, sys, time
burn = "import time\\nuntil = time.process_time() + 0.1\\nwhile time.process_time() < until: pass"
for _ in range(2):
    subprocess.run([sys.executable, "-c", burn])
time.sleep(0.2)
"""
KEYS = {"host": HOST_KEYS, "tree": TREE_KEYS, "cgroup": CGROUP_KEYS}


def recorded(path: Path, **config: Any) -> Recorded:
    done = record(path, BUSY, {"interval_s": 0.1, **config}, ready=True)
    for line in done.lines:
        jsonschema.validate(line, SCHEMA)
    return done


def holes(done: Recorded) -> set[str]:
    """What no sample knows; of a part that is null as a whole, the part."""
    found = set()
    for part, keys in KEYS.items():
        values = [sample[part] for sample in done.samples]
        if not any(values):
            found.add(part)
        else:
            found |= {f"{part}.{key}" for key in keys if all(value is None or value[key] is None for value in values)}
    return found


PSUTIL = pytest.param("psutil", marks=pytest.mark.needs("psutil"))


@pytest.mark.parametrize("source", [None, PSUTIL, "stdlib"])
def test_what_is_never_known_is_named_with_a_reason(tmp_path: Path, source: str | None) -> None:
    done = recorded(tmp_path / "a.jsonl", source=source)
    assert done.header["sampler"]["source"] == (source or "proc")
    missing = done.header["missing"]
    named = {"cgroup"} if all(f"cgroup.{key}" in missing for key in CGROUP_KEYS) else set()
    assert holes(done) <= set(missing) | named | {"tree.pss_bytes", "tree.pss_age_s"}
    assert all(missing.values())
    assert missing["gpus"]
    assert done.footer["cpu_source"] == "rusage"
    assert done.footer["totals"]["cpu_s"] == round(done.cpu_s, 6)


@pytest.mark.parametrize("source", ["proc", PSUTIL])
def test_the_children_count_while_it_runs(tmp_path: Path, source: str) -> None:
    done = recorded(tmp_path / "a.jsonl", source=source)
    last = done.samples[-1]
    assert last["tree"]["cpu_s"] >= 0.18
    assert max(done.column("rss_bytes")) > 1 << 20
    assert last["host"]["cpu_user_s"] + last["host"]["cpu_nice_s"] >= 0.1
    assert last["host"]["disk_free_bytes"] > 0


def test_psutil_that_is_not_there_is_the_standard_library(tmp_path: Path) -> None:
    done = recorded(tmp_path / "a.jsonl", source="psutil", psutil=str(tmp_path / "nowhere" / "psutil" / "__init__.py"))
    assert done.header["sampler"]["source"] == "stdlib"
    assert "psutil" in done.header["missing"]["tree.cpu_s"]


def test_the_folder_whose_room_is_told(tmp_path: Path) -> None:
    done = recorded(tmp_path / "a.jsonl", disk="/proc")  # a file system without room
    assert {sample["host"]["disk_free_bytes"] for sample in done.samples} == {0}


def test_a_reader_that_cannot_be_made_costs_nothing_else() -> None:
    class Tree:
        missing = {"tree.pss_bytes": "not here"}  # noqa: RUF012

    def broken() -> None:
        raise ValueError("an odd machine")

    found = Readers(Tree(), "proc")  # type: ignore[arg-type]
    assert found.made("host", broken) is None
    assert found.missing == {"tree.pss_bytes": "not here", "host": "ValueError: an odd machine"}


def test_gpus_are_looked_for_where_there_is_a_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"source": "proc", "path": str(tmp_path / "a.jsonl"), "interval_s": 1.0}
    monkeypatch.setattr(readers, "TRACES_OF_NVIDIA", (str(tmp_path / "nothing"),))
    without = readers.choose(config, Events())
    assert (without.gpus, without.missing["gpus"]) == (None, "NVIDIA's driver is not loaded")
    monkeypatch.setattr(readers, "TRACES_OF_NVIDIA", (str(tmp_path / "nothing"), str(tmp_path)))
    found = readers.choose(config, Events())
    assert found.gpus is not None
    assert "pynvml" in found.missing["gpus"]
    for reader in (without, found):
        reader.tree.close()
        for part in (reader.host, reader.cgroup, reader.gpus):
            if part is not None:
                part.close()
