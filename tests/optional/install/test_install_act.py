"""Act: real pip and real uv install what is near, and say why they could not, with no network and with one."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gating.optional.install import plan as plans
from gating.optional.install.act import Attempted, Result, carry_out
from gating.optional.install.causes import Cause
from gating.optional.install.plan import Plan
from gating.toolchain.host import Host
from tests.installs import broken_sdist, tool, wheel
from tests.optional.install.conftest import Planned


class Index(http.server.SimpleHTTPRequestHandler):
    """A package index of a folder: `/simple/NAME/` lists the wheels of that name."""

    fails = 0  # this many requests are answered by an error first

    def do_GET(self) -> None:
        if type(self).fails:
            type(self).fails -= 1
            self.send_error(503)
        elif self.path.startswith("/simple/"):
            stem = self.path.removeprefix("/simple/").strip("/").replace("-", "_")
            files = sorted(path.name for path in Path(self.directory).glob(f"{stem}-*.whl"))
            body = "".join(f'<a href="/{name}">{name}</a>' for name in files).encode()
            self.send_response(200 if files else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def index(wheels: Path) -> Iterator[str]:
    Index.fails = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Index, directory=str(wheels))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def act(planned: tuple[Plan, Host]) -> tuple[dict[str, Attempted], list[str]]:
    told: list[str] = []
    return carry_out(*planned, environment={"GATING_RUN": "x"}, log=told.append), told


def installed(python: Path, name: str) -> list[str]:
    folders = python.parents[1].glob(f"lib/python3*/site-packages/{name.replace('-', '_')}-*.dist-info")
    return [folder.name.partition("-")[2].removesuffix(".dist-info") for folder in folders]


class TestUv:
    def test_from_wheels_of_this_machine(self, uv_python: Path, planned: Planned, wheels: Path) -> None:
        found, told = act(planned(uv_python, 'tiny-lib = "tiny-lib<1"', UV_FIND_LINKS=str(wheels)))
        one = found["tiny-lib"]
        assert (one.result, one.cause, one.reason) == (Result.INSTALLED, None, "installed from this machine by uv")
        assert installed(uv_python, "tiny-lib") == ["0.5"]
        assert [tried.where for tried in one.tried] == ["local"]
        assert told[0].startswith("local: ")

    def test_without_a_network(self, uv_python: Path, planned: Planned) -> None:
        found, told = act(planned(uv_python, "tiny-lib = {}\nother = {}"))
        assert {one.result for one in found.values()} == {Result.OFFLINE}
        assert found["tiny-lib"].cause is Cause.NETWORK
        why = "the network is not there (127.0.0.1:9: Connection refused)"
        assert found["tiny-lib"].reason == f"{why}, and nothing on this machine has it"
        assert told[-1] == why
        assert all(tried.where == "local" for tried in found["tiny-lib"].tried)

    def test_without_a_network_at_an_index_that_nobody_told_us(
        self, uv_python: Path, planned: Planned, tmp_path: Path
    ) -> None:
        (tmp_path / "uv.toml").write_text("[pip]\n")
        closed = {"UV_DEFAULT_INDEX": "", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
        found, _ = act(planned(uv_python, "tiny-lib = {}", **closed))
        assert found["tiny-lib"].result is Result.OFFLINE
        assert [tried.where for tried in found["tiny-lib"].tried] == ["local", "network"]

    def test_from_an_index_that_fails_first(self, uv_python: Path, planned: Planned, index: str) -> None:
        Index.fails = 1
        found, _ = act(planned(uv_python, 'tiny-lib = "tiny-lib>=1"', UV_DEFAULT_INDEX=index))
        assert found["tiny-lib"].reason == "installed from the network by uv"
        assert installed(uv_python, "tiny-lib") == ["1.5"]

    def test_no_such_version(self, uv_python: Path, planned: Planned, index: str) -> None:
        found, _ = act(planned(uv_python, 'tiny-lib = "tiny-lib>=7"', UV_DEFAULT_INDEX=index))
        one = found["tiny-lib"]
        assert (one.result, one.cause) == (Result.FAILED, Cause.NO_MATCH)
        assert "tiny-lib" in one.reason

    def test_one_that_cannot_be_had_does_not_cost_the_others(
        self, uv_python: Path, planned: Planned, wheels: Path
    ) -> None:
        found, _ = act(planned(uv_python, "absent = {}\ntiny-lib = {}", UV_FIND_LINKS=str(wheels)))
        assert [found[name].result for name in ("absent", "tiny-lib")] == [Result.OFFLINE, Result.INSTALLED]

    def test_of_two_that_contradict_each_other_the_second_does_not_break_the_first(
        self, uv_python: Path, planned: Planned, wheels: Path
    ) -> None:
        env = {"UV_FIND_LINKS": str(wheels), "UV_DEFAULT_INDEX": f"file://{wheels}/none"}
        found, _ = act(planned(uv_python, "low = {}\nhigh = {}", **env))
        assert found["low"].result is Result.INSTALLED
        assert (found["high"].result, found["high"].cause) == (Result.FAILED, Cause.CONFLICT)
        assert (installed(uv_python, "tiny-lib"), installed(uv_python, "high")) == (["0.5"], [])

    def test_a_build_that_fails(self, uv_python: Path, planned: Planned, wheels: Path) -> None:
        broken_sdist(wheels, "unbuilt", "1.0")
        found, _ = act(planned(uv_python, "unbuilt = {}", UV_FIND_LINKS=str(wheels), GATING_OFFLINE="1"))
        one = found["unbuilt"]
        assert one.result is Result.OFFLINE
        assert "what is on this machine: build failure" in one.reason
        assert "GATING_OFFLINE" in one.reason
        assert "the compiler is not here" in one.tried[0].output

    def test_what_is_there_is_not_replaced_beyond_need(self, uv_python: Path, planned: Planned, wheels: Path) -> None:
        act(planned(uv_python, 'tiny-lib = "tiny-lib<1"', UV_FIND_LINKS=str(wheels)))
        wheel(wheels, "any-tiny", "1.0", headers=["Requires-Dist: tiny-lib"])
        found, _ = act(planned(uv_python, "any-tiny = {}", UV_FIND_LINKS=str(wheels)))
        assert found["any-tiny"].result is Result.INSTALLED
        assert installed(uv_python, "tiny-lib") == ["0.5"]

    def test_one_that_takes_too_long_is_ended(
        self, uv_python: Path, planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(plans, "LOCAL_SECONDS", 0.1)
        tool(tmp_path / "slow" / "uv", "exec sleep 60")
        found, _ = act(planned(uv_python, "tiny-lib = {}\nother = {}", PATH=f"{tmp_path}/slow:/usr/bin:/bin"))
        one = found["tiny-lib"]
        assert (one.result, one.cause, one.reason) == (Result.FAILED, Cause.TIMEOUT, "timeout after 0.1 s")
        assert found["other"].tried == one.tried  # neither another command nor another place would be quicker

    def test_a_uv_that_cannot_be_started(self, uv_python: Path, planned: Planned, tmp_path: Path) -> None:
        plan, host = planned(uv_python, "tiny-lib = {}")
        object.__setattr__(plan, "program", (str(tmp_path / "nowhere"),))
        found, _ = act((plan, host))
        assert found["tiny-lib"].cause is Cause.NOT_STARTED
        assert len(found["tiny-lib"].tried) == 1


class TestPip:
    def test_from_wheels_then_from_an_index_then_not_at_all(
        self, pip_python: Path, planned: Planned, wheels: Path, index: str
    ) -> None:
        found, _ = act(planned(pip_python, 'tiny-lib = "tiny-lib<1"', PIP_FIND_LINKS=str(wheels)))
        assert found["tiny-lib"].reason == "installed from this machine by pip"
        assert installed(pip_python, "tiny-lib") == ["0.5"]
        found, _ = act(planned(pip_python, 'tiny-lib = "tiny-lib>=1"', PIP_INDEX_URL=index))
        assert found["tiny-lib"].reason == "installed from the network by pip"
        assert [tried.where for tried in found["tiny-lib"].tried] == ["network"]
        assert installed(pip_python, "tiny-lib") == ["1.5"]
        found, _ = act(planned(pip_python, 'tiny-lib = "tiny-lib>=7"', PIP_INDEX_URL=index))
        assert (found["tiny-lib"].result, found["tiny-lib"].cause) == (Result.FAILED, Cause.NO_MATCH)

    def test_without_a_network(self, pip_python: Path, planned: Planned, wheels: Path) -> None:
        found, told = act(planned(pip_python, "absent = {}"))
        assert found["absent"].result is Result.OFFLINE
        assert found["absent"].tried == []  # nothing on this machine bears its name: pip need not be started
        assert len(told) == 1
        (wheels / "high-2.0-cp27-cp27m-win32.whl").touch()
        found, _ = act(planned(pip_python, 'high = "high>=2"', PIP_FIND_LINKS=str(wheels)))
        assert found["high"].result is Result.OFFLINE
        assert [tried.cause for tried in found["high"].tried] == [Cause.NO_MATCH]

    def test_a_conflict_and_a_build_that_fails(self, pip_python: Path, planned: Planned, wheels: Path) -> None:
        broken_sdist(wheels, "unbuilt", "1.0")
        wheel(wheels, "one-thing", "1.0", headers=["Requires-Dist: another>=2"])
        wheel(wheels, "another", "1.0")
        env = {"PIP_FIND_LINKS": str(wheels), "PIP_INDEX_URL": f"file://{wheels}/none"}
        found, _ = act(planned(pip_python, "unbuilt = {}\none-thing = {}", **env))
        assert (found["unbuilt"].result, found["unbuilt"].cause) == (Result.FAILED, Cause.BUILD)
        assert found["one-thing"].cause in {Cause.CONFLICT, Cause.NO_MATCH}

    def test_a_left_over_is_laid_over(self, pip_python: Path, planned: Planned, wheels: Path) -> None:
        wheel(wheels, "ghostly", "1.0")
        (site,) = pip_python.parents[1].glob("lib/python3*/site-packages")
        info = site / "ghostly-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ghostly\nVersion: 1.0\n")
        found, _ = act(planned(pip_python, "ghostly = {}", PIP_FIND_LINKS=str(wheels)))
        assert found["ghostly"].result is Result.INSTALLED
        assert (site / "ghostly.py").exists()


def test_with_nothing_to_install_nothing_is_asked(uv_python: Path, planned: Planned) -> None:
    assert act(planned(uv_python, "x = { when = \"python_version < '3'\" }")) == ({}, [])
