"""An interpreter described from outside says what it would say of itself; a broken one is data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest
from packaging.markers import default_environment

from gating.process.interpreter import Interpreter, _ask, describe, is_own

BASE = os.path.realpath(sys.executable)  # the installation behind the environment that the tests run in
MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}


def environment(folder: Path, *, system: bool = False) -> Path:
    venv.EnvBuilder(symlinks=True, with_pip=False, system_site_packages=system).create(folder)
    return folder


def python_of(folder: Path) -> str:
    return str(folder / "bin" / "python")


def site_of(folder: Path) -> Path:
    return folder / "lib" / MINOR / "site-packages"


def script(path: Path, text: str, *, mode: int = 0o755) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_our_own_costs_no_process_and_loads_nothing_heavy() -> None:
    text = """
import sys
def forbid(event, args):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"):
        raise SystemExit(f"started a process: {event}")
sys.addaudithook(forbid)
from gating.process.interpreter import describe
made = describe(sys.executable, env={})
print(made.version, [name for name in ("subprocess", "platform", "packaging", "json") if name in sys.modules])
"""
    made = subprocess.run([sys.executable, "-I", "-c", text], capture_output=True, text=True)
    assert (made.stdout.strip(), made.stderr) == (f"{sys.version.split()[0]} []", "")


def test_asked_in_a_process_our_own_says_the_same() -> None:
    assert _ask(sys.executable, os.environ, 10.0) == describe(None, env=os.environ)


def test_a_variable_that_came_after_our_start_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert str(tmp_path) not in describe(None, env=os.environ).site


def test_markers_are_those_of_packaging() -> None:
    assert dict(describe(None, env={}).markers) == {**default_environment()}


def test_virtual_environments_of_one_installation_are_told_apart(tmp_path: Path) -> None:
    one, other = environment(tmp_path / "one"), environment(tmp_path / "other")
    first, second = (describe(python_of(folder), env=CLEAN) for folder in (one, other))
    assert (first.prefix, second.prefix) == (str(one), str(other))
    assert (first.site, second.site) == ((str(site_of(one)),), (str(site_of(other)),))
    assert first.realpath == second.realpath
    assert first.is_virtual
    assert first.error is None


def test_the_installation_itself_is_not_virtual() -> None:
    made = describe(BASE, env=CLEAN)
    assert (made.is_virtual, made.prefix) == (False, sys.base_prefix)


def test_own_is_told_by_folder_and_file(tmp_path: Path) -> None:
    alike = environment(tmp_path / "alike")
    link = tmp_path / "link"
    link.symlink_to(sys.executable)
    aliases = [path for path in Path(sys.executable).parent.glob("python3*") if os.path.realpath(path) == BASE]
    assert aliases
    assert all(is_own(str(path)) for path in [Path(sys.executable), *aliases])
    assert not is_own(python_of(alike))
    assert not is_own(str(link))  # Python does not look for its environment behind such a link
    assert not is_own("python")


def test_sites_stand_in_the_order_of_a_usual_start(tmp_path: Path) -> None:
    folder = environment(tmp_path / "env")
    added, named, gone = tmp_path / "added", tmp_path / "named", tmp_path / "gone"
    added.mkdir()
    named.mkdir()
    (site_of(folder) / "it.pth").write_text(f"{added}\n{gone}\n")
    env = {**CLEAN, "PYTHONPATH": f"{named}{os.pathsep}{gone}"}
    made = describe(python_of(folder), env=env)
    assert made.site == (str(named), str(site_of(folder)), str(added))
    text = "import json, sys; print(json.dumps(sys.path))"
    usual = json.loads(subprocess.check_output([python_of(folder), "-c", text], env=env))
    assert list(made.site) == [entry for entry in usual if entry in made.site]


@pytest.mark.parametrize(
    ("system", "extra", "expected"),
    [(None, {}, True), (None, {"PYTHONNOUSERSITE": "1"}, False), (False, {}, False), (True, {}, True)],
    ids=["installation", "switched-off", "virtual", "virtual-with-system-site"],
)
def test_the_users_site_folder(tmp_path: Path, *, system: bool | None, extra: dict[str, str], expected: bool) -> None:
    user = tmp_path / "user" / "lib" / MINOR / "site-packages"
    behind = tmp_path / "behind"
    user.mkdir(parents=True)
    behind.mkdir()
    (user / "it.pth").write_text(f"{behind}\n")
    python = BASE if system is None else python_of(environment(tmp_path / "env", system=system))
    env = {**CLEAN, "PYTHONUSERBASE": str(tmp_path / "user"), **extra}
    made = describe(python, env=env)
    usual = json.loads(
        subprocess.check_output([python, "-c", "import json, sys; print(json.dumps(sys.path))"], env=env)
    )
    assert (str(user) in made.site, str(behind) in made.site) == (expected, expected)
    assert list(made.site) == [entry for entry in usual if entry in made.site]


def test_what_start_up_files_print_is_passed_over(tmp_path: Path) -> None:
    folder = environment(tmp_path / "env")
    (site_of(folder) / "sitecustomize.py").write_text(
        "import atexit, sys\nsys.stdout.write('hello')\natexit.register(print, 'bye')\n"
    )
    made = describe(python_of(folder), env=CLEAN)
    assert (made.error, made.prefix) == (None, str(folder))


def test_a_prefix_that_is_no_ascii(tmp_path: Path) -> None:
    folder = environment(tmp_path / "Umgebung-ä-环境")
    assert describe(python_of(folder), env=CLEAN).prefix == str(folder)


def test_a_name_is_looked_up_on_the_given_path(tmp_path: Path) -> None:
    folder = environment(tmp_path / "env")
    (tmp_path / "python").mkdir()  # a folder of that name is no interpreter
    made = describe("python", env={**CLEAN, "PATH": f"{tmp_path}{os.pathsep}{folder / 'bin'}"})
    assert made.executable == python_of(folder)
    assert describe("python", env={"PATH": str(tmp_path)}).error == "not found on PATH"


def test_broken_ones_are_data(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    (tmp_path / "folder").mkdir()
    said = {
        str(tmp_path / "gone"): "No such file",
        str(tmp_path / "dangling"): "No such file",
        str(tmp_path / "folder"): "denied",
        f"{sys.executable}\0": "null",
        script(tmp_path / "plain", "", mode=0o644): "denied",
        script(tmp_path / "dead", "#!/no/such/interpreter\n"): "No such file",
        script(
            tmp_path / "failing", "#!/bin/sh\necho first >&2; echo it broke >&2; exit 3\n"
        ): "ended with 3: it broke",
        script(tmp_path / "killed", "#!/bin/sh\nkill -9 $$\n"): "ended with -9",
        script(tmp_path / "mute", "#!/bin/sh\n"): "does not answer like a Python",
        script(tmp_path / "liar", "#!/bin/sh\necho 'gating.facts [1, 2]'\n"): "does not answer like a Python",
        script(tmp_path / "odd", '#!/bin/sh\necho \'gating.facts {"site": [], "a": 1}\'\n'): "does not answer",
    }
    for path, words in said.items():
        made = describe(path, env=CLEAN)
        assert made == Interpreter(executable=path, error=made.error)
        assert words in (made.error or "")


def test_one_that_hangs_costs_its_deadline(tmp_path: Path) -> None:
    started = time.monotonic()
    made = describe(script(tmp_path / "hanging", "#!/bin/sh\nsleep 60\n"), env=CLEAN, timeout=0.5)
    assert made.error == "no answer within 0.5 s"
    assert time.monotonic() - started < 20
