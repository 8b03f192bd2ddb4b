"""Sources: what pip and uv were configured with, by files and by variables, and what of it is on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.optional.install import sources
from gating.optional.install.sources import Sources, is_local, of_pip, of_uv, secrets_of


@pytest.fixture(autouse=True)
def no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose administrator has configured nothing."""
    monkeypatch.setattr(sources, "SYSTEM", "/nowhere")


def pip(env: dict[str, str], *, prefix: Path | str = "/nowhere", site: tuple[str, ...] = ()) -> Sources:
    return of_pip({"HOME": "/nowhere", **env}, prefix=str(prefix), site=site)


def uv(env: dict[str, str], root: Path | str = "/nowhere") -> Sources:
    return of_uv({"HOME": "/nowhere", **env}, root=str(root))


class TestPip:
    def test_variables(self) -> None:
        env = {
            "PIP_INDEX_URL": "https://a.example/simple",
            "PIP_EXTRA_INDEX_URL": "file:///b https://c.example",
            "PIP_FIND_LINKS": "/w https://w.example/",
            "PIP_PROXY": "proxy.example:3128",
        }
        found = pip(env)
        assert found.indexes == ("https://a.example/simple", "file:///b", "https://c.example")
        assert (found.links, found.proxy, found.complete) == (("/w", "https://w.example/"), "proxy.example:3128", True)
        assert found.local == ("file:///b",)
        assert found.remote == ("https://a.example/simple", "https://c.example", "https://w.example/")
        assert found.forbidden is None

    def test_the_later_file_is_the_stronger_and_a_variable_the_strongest(self, tmp_path: Path) -> None:
        home, prefix = tmp_path / "home", tmp_path / "venv"
        (home / ".config" / "pip").mkdir(parents=True)
        prefix.mkdir()
        (home / ".config" / "pip" / "pip.conf").write_text(
            "[global]\nindex_url = https://home.example\nfind-links =\n    /one\n    /two\n"
            "[install]\nextra-index-url = file:///x\n[list]\nindex-url = https://of.another.command\n"
        )
        env = {"HOME": str(home)}
        found = pip(env, prefix=prefix)
        assert found.indexes == ("https://home.example", "file:///x")
        assert found.links == ("/one", "/two")
        (prefix / "pip.conf").write_text("[global]\nindex-url = https://site.example\nno-index = yes\n")
        assert pip(env, prefix=prefix).indexes[0] == "https://site.example"
        assert pip(env, prefix=prefix).forbidden == "pip's no-index"
        (tmp_path / "own.conf").write_text("[global]\nindex-url = https://own.example\nno-index = 0\n")
        env["PIP_CONFIG_FILE"] = str(tmp_path / "own.conf")
        assert pip(env, prefix=prefix).indexes[0] == "https://own.example"
        assert pip({**env, "PIP_INDEX_URL": "https://e.example"}, prefix=prefix).indexes[0] == "https://e.example"
        assert pip({**env, "PIP_CONFIG_FILE": os.devnull}, prefix=prefix) == Sources()

    def test_a_file_that_is_none_says_nothing(self, tmp_path: Path) -> None:
        for content in (b"\xff\xfe", b"no section\n", b"[global]\n[global]\n"):
            (tmp_path / "pip.conf").write_bytes(content)
            assert pip({}, prefix=tmp_path) == Sources()

    def test_its_own_default_is_read_from_it(self) -> None:
        site = tuple(path for path in sys.path if path.endswith("site-packages"))
        found = pip({}, site=site)
        assert found.indexes == () or found.indexes[0].startswith("https://")
        assert found.complete == bool(found.indexes)

    def test_the_default_of_a_pip_that_has_it_in_its_usual_place(self, tmp_path: Path) -> None:
        place = tmp_path / "pip" / "_internal" / "models"
        place.mkdir(parents=True)
        (place / "index.py").write_text('PyPI = PackageIndex("https://index.example/", x=1)\n')
        assert pip({}, site=("/nowhere", str(tmp_path))).indexes == ("https://index.example/",)
        (place / "index.py").write_text("PyPI = None\n")
        assert pip({}, site=(str(tmp_path),)) == Sources()


class TestUv:
    def test_variables(self) -> None:
        env = {
            "UV_DEFAULT_INDEX": "https://a.example/simple",
            "UV_INDEX": "mine=https://b.example file:///c",
            "UV_FIND_LINKS": "/w,/v",
        }
        found = uv(env)
        assert found.indexes == ("https://a.example/simple", "https://b.example", "file:///c")
        assert (found.links, found.complete) == (("/w", "/v"), True)

    def test_files(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text(
            "[tool.uv]\nfind-links = ['/w']\n[[tool.uv.index]]\nurl = 'https://more.example'\n"
            "[[tool.uv.index]]\nurl = 'https://main.example'\ndefault = true\n[tool.uv.pip]\nno-index = true\n"
        )
        found = uv({}, tmp_path)
        assert found.indexes == ("https://main.example", "https://more.example")
        assert (found.links, found.forbidden) == (("/w",), "uv's no-index")
        assert uv({"UV_NO_CONFIG": "1"}, tmp_path) == Sources()
        (tmp_path / "uv.toml").write_text("index-url = 'https://other.example'\noffline = true\n")
        found = uv({}, tmp_path)  # then pyproject.toml is not read
        assert (found.indexes, found.forbidden) == (("https://other.example",), "uv's offline")
        (tmp_path / "mine.toml").write_text("extra-index-url = ['https://x.example']\n")
        found = uv({"UV_CONFIG_FILE": str(tmp_path / "mine.toml")}, tmp_path)
        assert (found.indexes, found.complete) == (("https://x.example",), False)

    @pytest.mark.parametrize("text", ["index = 3", "index = [1, {}]\nfind-links = 'x'", "not toml", "pip = 3"])
    def test_what_has_another_form_says_nothing(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "uv.toml").write_text(text)
        assert uv({}, tmp_path) == Sources()


def test_the_network_is_forbidden_by_ours_and_by_theirs() -> None:
    assert uv({"GATING_OFFLINE": "1"}).forbidden == pip({"GATING_OFFLINE": "yes"}).forbidden == "GATING_OFFLINE"
    assert (uv({"UV_OFFLINE": "1"}).forbidden, uv({"UV_NO_INDEX": "true"}).forbidden) == ("UV_OFFLINE", "UV_NO_INDEX")
    assert pip({"PIP_NO_INDEX": "1"}).forbidden == "pip's no-index"
    off = {"GATING_OFFLINE": "0", "UV_OFFLINE": "false", "PIP_NO_INDEX": "0"}
    assert uv(off).forbidden is pip(off).forbidden is None


def test_what_is_local() -> None:
    assert all(map(is_local, ("/w", "w", "file:///w", "C:\\wheels", "C:/wheels", "~/w")))
    assert not any(map(is_local, ("https://x.example", "http://127.0.0.1:9/simple", "git+https://x.example/y")))


def test_names_tell_whether_a_folder_could_have_it(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "Tiny_Lib-1.0-py3-none-any.whl").touch()
    (tmp_path / "wheels" / "other-lib-1.0.tar.gz").touch()
    (tmp_path / "simple" / "indexed").mkdir(parents=True)
    here = Sources(links=(str(tmp_path / "wheels"), "/nowhere"), indexes=(f"file://{tmp_path}/simple",))
    assert [name for name in ("tiny-lib", "tiny.lib", "other-lib", "Indexed") if not here.may_have(name)] == []
    assert [name for name in ("tiny", "lib", "absent") if here.may_have(name)] == []
    assert here.may_have("tiny-lib", ">=1,<2")
    assert here.may_have("other-lib", "==1.0")
    assert not here.may_have("tiny-lib", ">=2")
    assert not here.may_have("other-lib", "<1")
    assert here.may_have("indexed", ">=9")
    (tmp_path / "wheels" / "odd-1.x!-py3-none-any.whl").touch()
    assert here.may_have("odd", ">=9")  # a version that cannot be read may be any
    (tmp_path / "page.html").touch()
    assert Sources(links=(str(tmp_path / "page.html"),)).may_have("anything")
    spaced = tmp_path / "a b"
    (spaced / "thing").mkdir(parents=True)
    assert Sources(indexes=(f"file://{tmp_path}/a%20b",)).may_have("thing")


def test_secrets_of_urls_are_known() -> None:
    found = Sources(
        indexes=("https://me:s3cret@a.example/simple", "https://token@b.example", "https://c.example/@x"),
        links=("/w", "git+ssh://git@d.example/x.git"),
        proxy="p:pw@proxy.example",
    )
    secrets = secrets_of(found.urls)
    assert set(secrets) == {"me:s3cret@", "s3cret", "token@", "p:pw@"}
    assert [len(one) for one in secrets] == sorted(map(len, secrets), reverse=True)


@given(st.dictionaries(st.sampled_from(["PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX", "UV_FIND_LINKS"]), st.text()))
def test_no_text_breaks_it(env: dict[str, str]) -> None:
    for found in (pip(env), uv(env)):
        assert isinstance(found.may_have("x"), bool)
        assert set(found.local).isdisjoint(found.remote)
