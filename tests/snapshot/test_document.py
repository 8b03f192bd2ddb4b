"""The whole document: valid, the same for an unchanged machine, about the interpreter that was named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import gating
from gating.process.interpreter import Interpreter
from gating.snapshot import take

Add = Callable[..., Path]
MakeEnv = Callable[[str], tuple[str, Path]]

SCHEMA = json.loads((Path(gating.__file__).parent / "schemas" / "snapshot-1.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def looked(root: Path, env: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """A snapshot that is valid and survives being written and read."""
    made = take(root=root, env=env, **{"python": None, **more})
    VALIDATOR.validate(made)
    assert json.loads(json.dumps(made, ensure_ascii=False).encode()) == made
    assert made.keys() == SCHEMA["properties"].keys()
    return made


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:gating:snapshot:1"


def test_our_own(checkout: Path, clean_env: dict[str, str]) -> None:
    made = looked(checkout, clean_env)
    python = made["python"]
    assert (python["version"], python["executable"]) == (sys.version.split()[0], sys.executable)
    assert (python["prefix"], python["virtual_env"]) == (sys.prefix, sys.prefix != sys.base_prefix)
    assert python["soabi"] in json.dumps(os.listdir(Path(json.__file__).parent.parent / "lib-dynload"))
    assert made["git"]["branch"] == "main"
    assert made["git"]["dirty"] is False
    assert made["distributions"]["pytest"] == pytest.__version__
    assert made["platform"]["machine"] == os.uname().machine


def test_unchanged_it_is_the_same_from_any_process(checkout: Path, clean_env: dict[str, str]) -> None:
    text = "import json, os, sys, pathlib, gating.snapshot as s\n"
    text += "print(json.dumps(s.take(python=sys.argv[1] or None, root=pathlib.Path(sys.argv[2]), env=os.environ)))"
    own = looked(checkout, clean_env)
    for named in ("", sys.executable):
        argv = [sys.executable, "-c", text, named, str(checkout)]
        assert json.loads(subprocess.check_output(argv, env=clean_env, cwd=checkout.parent)) == own
    assert looked(checkout, clean_env) == own


def test_a_light_look_leaves_out_what_takes_processes(
    checkout: Path, clean_env: dict[str, str], tmp_path: Path
) -> None:
    trap = tmp_path / "bin"
    trap.mkdir()
    for name in ("git", "nvidia-smi", "nvcc"):
        (trap / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
        (trap / name).chmod(0o755)
    made = looked(checkout, {**clean_env, "PATH": str(trap)}, thorough=False)
    assert (made["thorough"], made["git"]["dirty"], made["gpus"], made["cuda"]) == (False, None, None, None)
    assert not (tmp_path / "started").exists()
    full = looked(checkout, clean_env)
    same = {"python", "platform", "cpu", "memory", "distributions", "origins", "extras", "schema"}
    assert {key: made[key] for key in same} == {key: full[key] for key in same}


def test_the_named_interpreter_is_judged_and_not_our_own(
    tmp_path: Path, clean_env: dict[str, str], make_env: MakeEnv, add: Add
) -> None:
    python, site = make_env("judged")
    add(site, "only-there", "2.0")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "it"\n[project.optional-dependencies]\nthere = ["only-there>=2"]\nhere = ["pytest"]\n'
    )
    there, here = looked(tmp_path, clean_env, python=python), looked(tmp_path, clean_env)
    assert there["distributions"] == {"only-there": "2.0"}
    assert "only-there" not in here["distributions"]
    complete, lacking = {"complete": True, "missing": []}, {"complete": False, "missing": ["pytest"]}
    assert there["extras"] == {"here": lacking, "there": complete}
    assert here["extras"] == {"here": complete, "there": {"complete": False, "missing": ["only-there>=2"]}}
    assert (there["python"]["executable"], there["python"]["virtual_env"]) == (python, True)


def test_an_interpreter_that_was_described_is_not_started(tmp_path: Path, clean_env: dict[str, str]) -> None:
    described = Interpreter(executable=str(tmp_path / "gone"), version="3.99.0", prefix="/a", base_prefix="/a")
    made = looked(tmp_path, clean_env, python=described)
    assert (made["python"]["version"], made["distributions"], made["notes"]) == ("3.99.0", {}, [])


def test_a_broken_interpreter_is_data(tmp_path: Path, clean_env: dict[str, str]) -> None:
    gone = str(tmp_path / "gone")
    made = looked(tmp_path, clean_env, python=gone)
    assert made["python"].pop("executable") == gone
    assert set(made["python"].values()) == {None}
    assert (made["distributions"], made["origins"], made["extras"]) == (None, None, None)
    assert made["notes"] == [f"python: {gone}: cannot be started: No such file or directory"]


def test_a_machine_that_shows_nothing_is_data(tmp_path: Path, clean_env: dict[str, str]) -> None:
    made = looked(tmp_path, clean_env, host=tmp_path / "empty")
    assert (made["git"], made["cpu"]["model"], made["platform"]["distribution"]) == (None, None, None)
    assert "cpu: the model is unknown" in made["notes"]


def test_no_secret_comes_out(
    checkout: Path, clean_env: dict[str, str], make_env: MakeEnv, add: Add, run_git: Callable[..., str]
) -> None:
    url = "https://me:hunter2@example.invalid/it.git"
    python, site = make_env("judged")
    add(site, "it", direct={"url": url, "vcs_info": {"vcs": "git", "commit_id": "1"}})
    (checkout / "pyproject.toml").write_text(
        f'[project]\nname = "app"\n[project.optional-dependencies]\nx = ["it @ {url}", "away @ {url}", "{url}"]\n'
    )
    run_git(checkout, "remote", "add", "origin", url)
    env = {**clean_env, "TOKEN": "hunter2", "PIP_INDEX_URL": url, "CUDA_VISIBLE_DEVICES": "0"}
    made = looked(checkout, env, python=python)
    assert made["origins"] == {"it": "vcs"}
    assert made["extras"]["x"]["missing"] == ["away @ (a URL)"]
    assert made["cuda"]["visible_devices"] == "0"
    assert "hunter2" not in json.dumps(made)


def test_a_password_in_what_a_tool_says_is_struck_out(tmp_path: Path, clean_env: dict[str, str]) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho cannot reach https://me:hun@ter2@example.invalid/x or ssh://it >&2; exit 1\n")
    broken.chmod(0o755)
    (note,) = looked(tmp_path, clean_env, python=str(broken))["notes"]
    assert note.endswith("ended with 1: cannot reach https://…@example.invalid/x or ssh://it")


def test_names_that_are_no_text_are_made_text(tmp_path: Path, clean_env: dict[str, str], add: Add) -> None:
    odd = tmp_path / os.fsdecode(b"odd-\xff")
    add(odd, "it", "1.0").joinpath("METADATA").write_bytes(b"Name: n\xfcll\nVersion: 1\xff\n")
    described = Interpreter(executable=str(odd / "python"), version="3.12.0", site=(str(odd),))
    made = looked(tmp_path, clean_env, python=described)
    assert made["distributions"] == {"n�ll": "1�"}
    assert made["python"]["executable"].endswith("odd-�/python")
