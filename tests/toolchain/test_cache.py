"""The probe cache: served only for exactly the same, and never in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain.cache import Cache, identity

KEY: list[object] = [">=1", ["--version"]]
SEEN: dict[str, object] = {"git": [["/usr/bin/git", 1, 2, 3, 4, None]]}
RESULT = {"state": "ok", "version": "2.39"}


def opened(folder: Path | None, *about: str, refresh: bool = False) -> Cache:
    return Cache(folder, about=about or ("policy", "python"), refresh=refresh)


def kept(folder: Path) -> Path:
    """The one file of a folder in which something was kept."""
    cache = opened(folder)
    cache.put("tool git", KEY, SEEN, RESULT, took=0.25)
    cache.save()
    (file,) = (folder / "probes").iterdir()
    return file


def test_what_was_kept_is_served_to_the_next_process(tmp_path: Path) -> None:
    kept(tmp_path)
    cache = opened(tmp_path)
    assert cache.get("tool git", KEY, SEEN) == RESULT
    assert cache.took("tool git") == 0.25
    assert cache.took("tool other") == 0.0


@pytest.mark.parametrize(
    ("name", "key", "seen"),
    [
        ("tool other", KEY, SEEN),
        ("tool git", [">=2", ["--version"]], SEEN),
        ("tool git", KEY, {"git": [["/usr/bin/git", 1, 2, 3, 5, None]]}),
        ("tool git", KEY, {}),
    ],
)
def test_nothing_is_served_for_anything_else(tmp_path: Path, name: str, key: object, seen: object) -> None:
    kept(tmp_path)
    assert opened(tmp_path).get(name, key, seen) is None


def test_nor_for_another_policy_or_interpreter(tmp_path: Path) -> None:
    kept(tmp_path)
    assert opened(tmp_path, "policy", "another python").get("tool git", KEY, SEEN) is None


def test_refresh_ignores_what_is_kept_and_keeps_what_is_found(tmp_path: Path) -> None:
    kept(tmp_path)
    cache = opened(tmp_path, refresh=True)
    assert cache.get("tool git", KEY, SEEN) is None
    assert cache.entry("tool git") is None
    cache.put("tool git", KEY, SEEN, {"state": "broken"}, took=0.1)
    cache.save()
    assert opened(tmp_path).get("tool git", KEY, SEEN) == {"state": "broken"}


def test_a_time_is_kept_without_a_result(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.put("tool slow", KEY, SEEN, None, took=3.5)
    cache.save()
    again = opened(tmp_path)
    assert again.get("tool slow", KEY, SEEN) is None
    assert again.took("tool slow") == 3.5


def test_an_unchanged_cache_is_not_written(tmp_path: Path) -> None:
    file = kept(tmp_path)
    before = file.stat()
    cache = opened(tmp_path)
    cache.get("tool git", KEY, SEEN)
    cache.save()
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00\xff\xfe",
        b"[]",
        b"5",
        b"null",
        b'{"schema": "gating.cache/2"}',
        b'{"schema": "something else", "entries": {"tool git": {}}}',
        b"[" * 100_000,
    ],
)
def test_a_corrupt_or_foreign_file_is_an_empty_cache(tmp_path: Path, content: bytes) -> None:
    file = kept(tmp_path)
    file.write_bytes(content)
    cache = opened(tmp_path)
    assert cache.get("tool git", KEY, SEEN) is None
    cache.put("tool git", KEY, SEEN, RESULT, took=0.1)
    cache.save()
    assert opened(tmp_path).get("tool git", KEY, SEEN) == RESULT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "seen", "took", "x"]), inner),
    max_leaves=8,
)


@given(st.one_of(JSON, st.dictionaries(st.sampled_from(["tool git", "y"]), JSON)))
def test_entries_of_any_shape_are_no_error(tmp_path_factory: pytest.TempPathFactory, entries: object) -> None:
    folder = tmp_path_factory.mktemp("cache")
    file = kept(folder)
    document = json.loads(file.read_text())
    for changed in ({**document, "entries": entries}, {"schema": document["schema"], "about": document["about"]}):
        file.write_text(json.dumps(changed))
        cache = opened(folder)
        assert isinstance(cache.took("tool git"), float)
        assert cache.get("tool git", KEY, SEEN) is None or isinstance(cache.get("tool git", KEY, SEEN), dict)
        cache.put("tool git", KEY, SEEN, RESULT, took=0.1)
        cache.save()


def test_a_folder_that_cannot_be_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing/here"), None):
        cache = opened(folder)
        assert cache.get("tool git", KEY, SEEN) is None
        cache.put("tool git", KEY, SEEN, RESULT, took=0.1)
        cache.save()
        assert cache.get("tool git", KEY, SEEN) == RESULT  # for this process it is one
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_folder_in_the_place_of_the_file_is_no_error(tmp_path: Path) -> None:
    file = kept(tmp_path)
    file.unlink()
    file.mkdir()
    cache = opened(tmp_path)
    cache.put("tool git", KEY, SEEN, RESULT, took=0.1)
    cache.save()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_two_writers_leave_one_whole_file_and_nobody_sees_half_of_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from gating.toolchain.cache import Cache\n"
        "for turn in range(60):\n"
        "    cache = Cache(Path(sys.argv[1]), about=['policy', 'python'])\n"
        "    cache.put(f'tool {sys.argv[2]}', [], [], {'turn': turn, 'fill': 'x' * 500_000}, took=0.0)\n"
        "    cache.save()\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("a", "b", "c")]
    while any(writer.poll() is None for writer in writers):
        for file in (tmp_path / "probes").glob("*.json"):
            json.loads(file.read_bytes())
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    (file,) = (tmp_path / "probes").iterdir()
    assert set(json.loads(file.read_text())["entries"]) <= {"tool a", "tool b", "tool c"}
    assert any(opened(tmp_path).get(f"tool {name}", [], []) for name in "abc")


def test_old_files_go_when_there_are_many(tmp_path: Path) -> None:
    file = kept(tmp_path)
    for number in range(250):
        other = file.with_name(f"{number}.json")
        other.write_text("{}")
        os.utime(other, (number, number))
    cache = opened(tmp_path)
    cache.put("tool git", KEY, SEEN, RESULT, took=0.2)
    cache.save()
    left = {path.name for path in file.parent.iterdir()}
    assert len(left) == 200
    assert file.name in left
    assert "0.json" not in left


def test_paths_that_are_not_utf8_can_be_kept(tmp_path: Path) -> None:
    path = os.fsdecode(b"/caf\xe9/git")
    cache = opened(tmp_path, path)
    cache.put(f"tool {path}", [path], [path], {"path": path}, took=0.1)
    cache.save()
    assert opened(tmp_path, path).get(f"tool {path}", [path], [path]) == {"path": path}


class TestIdentity:
    """What changes when a file is replaced."""

    def test_each_part_tells(self, tmp_path: Path) -> None:
        file = tmp_path / "tool"
        file.write_text("one")
        os.utime(file, ns=(5, 5))
        real, mtime, size, inode, device = identity(str(file))
        assert (real, mtime, size) == (str(file), 5, 3)
        status = file.stat()
        assert (inode, device) == (status.st_ino, status.st_dev)

    def test_touched_grown_replaced_or_linked_elsewhere_is_another(self, tmp_path: Path) -> None:
        file = tmp_path / "tool"
        file.write_text("one")
        os.utime(file, ns=(5, 5))
        (tmp_path / "link").symlink_to(file)
        seen = [identity(str(tmp_path / "link"))]
        os.utime(file, ns=(6, 6))
        seen.append(identity(str(tmp_path / "link")))
        file.write_text("one!")
        os.utime(file, ns=(6, 6))
        seen.append(identity(str(tmp_path / "link")))
        other = tmp_path / "other"
        other.write_text("two!")
        os.utime(other, ns=(6, 6))
        other.replace(file)
        seen.append(identity(str(tmp_path / "link")))
        file.rename(tmp_path / "moved")
        (tmp_path / "link").unlink()
        (tmp_path / "link").symlink_to(tmp_path / "moved")
        seen.append(identity(str(tmp_path / "link")))
        assert len({json.dumps(one) for one in seen}) == len(seen)

    def test_what_is_not_there_is_its_path_alone(self, tmp_path: Path) -> None:
        assert identity(str(tmp_path / "gone")) == [str(tmp_path / "gone")]
