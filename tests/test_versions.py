"""Versions: found in what real tools print, never where there is none, and compared as the design says."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from gating.versions import distribution_satisfies, extract, plainly_satisfies, release, tool_satisfies

DATA = Path(__file__).parent / "data" / "versions"


def texts(name: str) -> list[dict[str, str]]:
    with (DATA / name).open("rb") as file:
        return list(tomllib.load(file)["text"])


COLLECTED = texts("collected.toml")
RECORDED = texts("recorded.toml")
NO_VERSION = texts("no_version.toml")


def label(text: dict[str, str]) -> str:
    return text.get("command", text["tool"])


def read(text: dict[str, str], tool: str | None) -> str | None:
    return extract(text.get("stdout", ""), text.get("stderr", ""), tool=tool)


class TestTextsOfTools:
    def test_there_are_many_of_both_kinds(self) -> None:
        assert len({text["tool"] for text in COLLECTED}) >= 60
        assert len(NO_VERSION) >= 25

    @pytest.mark.parametrize("text", COLLECTED + RECORDED, ids=label)
    def test_the_version_is_found_by_the_name(self, text: dict[str, str]) -> None:
        assert read(text, text["tool"]) == text["version"]

    @pytest.mark.parametrize("text", COLLECTED + RECORDED, ids=label)
    def test_a_path_is_as_good_as_a_name(self, text: dict[str, str]) -> None:
        assert read(text, f"/opt/tools-1.2/{text['tool']}") == text["version"]

    @pytest.mark.parametrize("text", COLLECTED + RECORDED, ids=label)
    def test_without_the_name_it_is_found_or_none(self, text: dict[str, str]) -> None:
        # PyPy names the Python that it implements first; nobody said that PyPy was meant
        other = "3.10.13" if text["tool"] == "pypy3" else None
        assert read(text, None) in {text["version"], other, None}

    def test_the_name_is_seldom_needed(self) -> None:
        missed = [text["tool"] for text in COLLECTED if read(text, None) is None]
        assert len(missed) < len(COLLECTED) / 20, missed

    @pytest.mark.parametrize("text", NO_VERSION, ids=label)
    def test_no_version_is_found_where_there_is_none(self, text: dict[str, str]) -> None:
        assert read(text, text["tool"]) is None

    @pytest.mark.parametrize("text", NO_VERSION, ids=label)
    def test_nor_on_the_other_stream(self, text: dict[str, str]) -> None:
        assert extract(text.get("stderr", ""), text.get("stdout", ""), tool=text["tool"]) is None


class TestWhatIsReturned:
    @pytest.mark.parametrize(
        ("printed", "version"),
        [
            ("9.2p1", "9.2p1"),
            ("3.3a", "3.3a"),
            ("590", "590"),
            ("6.00", "6.00"),
            ("v20.20.2", "20.20.2"),
            ("V2.1", "2.1"),
            ("v1.32.4-dispatcher", "1.32.4"),
            ("8.5.0-r0", "8.5.0"),
            ("17.0.15+6", "17.0.15+6"),
            ("17.0.19+10-1-deb12u2-Debian", "17.0.19+10"),
            ("1.8.0_392", "1.8.0_392"),
            ("6.9.11-60", "6.9.11-60"),
            ("2.6.12-1+deb12u3", "2.6.12"),
            ("9.18.49-1~deb12u1-Debian", "9.18.49"),
            ("2.0.0-rc.1", "2.0.0-rc.1"),
            ("2.0.0-rc.1+build.5", "2.0.0-rc.1"),
            ("3.14.0a1", "3.14.0a1"),
            ("2.45.1.windows.1", "2.45.1"),
            ("0.7.0-25-gabcdef0", "0.7.0"),
            ("1.2.3.", "1.2.3"),
            ("2.1.0+cu121", "2.1.0"),
        ],
    )
    def test_as_printed_without_what_was_glued_on(self, printed: str, version: str) -> None:
        assert extract(f"frob {printed}", tool="frob") == version

    @pytest.mark.parametrize(
        "printed",
        [
            "3.x",
            "3.8+",
            "64bits",
            "v",
            "1.2/1.3",
            "x86_64",
            "2026-11-20",
            "12:30:59",
            "1.2.3.4.5.6.7.8.9",
            ">=1.2",
            "version ab1234",
        ],
    )
    def test_not_what_only_looks_like_one(self, printed: str) -> None:
        assert extract(f"frob {printed}", tool="frob") is None

    @pytest.mark.parametrize(
        "printed",
        [
            "libfrob 1.2, linked against zlib 1.3",
            "Frob edition 3.4 (bar v5.6.7)",
        ],
    )
    def test_what_stands_first_outside_brackets_counts(self, printed: str) -> None:
        assert extract(printed, tool="x") in {"1.2", "3.4"}
        assert extract("Frob (bar v5.6.7) edition 3.4", tool="x") == "3.4"

    @pytest.mark.parametrize(
        "printed",
        [
            "Frob, linked against libbar 1.3",
            "Frob built with barc 12.2.0",
            "Frob 3.8 to 3.12",
            "Memory 15.6 GB",
            "Elapsed 3.2s",
            "IPython : 9.18.1\nnotebook : 7.0.1",
            "Listening 8080",
            "Frob (Debian 1.219-1)",
            "usage: frob [-h]\n\nexample:\n  frob 1.2 input",
            "usage: frob [-h]\n\n1.2: an example",
        ],
    )
    @pytest.mark.parametrize("tool", ["frob2", None])
    def test_not_what_is_said_of_something_else(self, printed: str, tool: str | None) -> None:
        assert extract(printed, tool=tool) is None

    def test_stdout_comes_first(self) -> None:
        assert extract("frob 1.2\n", "frob 3.4\n", tool="frob") == "1.2"
        assert extract("", "frob 3.4\n", tool="frob") == "3.4"
        assert extract("hello\n", "frob 3.4\n", tool="frob") == "3.4"

    def test_two_answers_are_none(self) -> None:
        assert extract("frob 1.2\nfrob 1.3\n", tool="frob") is None
        assert extract("1.2.3\n1.2.4\n") is None
        assert extract("frob 1.2\nfrob 1.2\n", tool="frob") == "1.2"

    def test_the_tools_own_line_wins_over_earlier_ones(self) -> None:
        assert extract("libfrob 9.9\nfrob 1.2\n", tool="frob") == "1.2"

    def test_escapes_are_no_part_of_it(self) -> None:
        assert extract("\x1b[1mfrob\x1b[0m \x1b[32mv1.2.3\x1b[m\n", tool="frob") == "1.2.3"
        assert extract("\x1b]8;;https://example.org/9.9\x1b\\frob\x1b]8;;\x1b\\ 1.2.3\n", tool="frob") == "1.2.3"


class TestHostileTexts:
    @pytest.mark.parametrize(
        "flood",
        ["1", "1.", "1.2.3 ", "version 1.2.3 ", "/a", "(", "\x1b[", "\x1b]", "a", " ", "1.2-", "v", "compiled  ", "'"],
    )
    def test_a_megabyte_in_one_line_takes_well_under_a_second(self, flood: str) -> None:
        text = flood * (1_000_000 // len(flood))
        started = time.perf_counter()
        extract(text, text, tool="frob")
        assert time.perf_counter() - started < 0.5

    def test_what_comes_before_a_flood_is_found(self) -> None:
        assert extract("frob 1.2.3\n" + "y\n" * 500_000, tool="frob") == "1.2.3"

    @pytest.mark.parametrize("length", range(590, 612))
    def test_a_version_is_never_cut_in_two(self, length: int) -> None:
        assert extract("x" * (length - 5) + " frob 12.34.56\n", tool="frob") in {None, "12.34.56"}

    pieces = st.lists(
        st.sampled_from(
            [
                "frob",
                "version",
                "v",
                "1.2",
                "3",
                ".",
                "-",
                "+",
                " ",
                "\n",
                "(",
                ")",
                "/",
                ":",
                "rc1",
                "\x1b[1m",
                "é",
                "٣",
            ]
        )
        | st.text(max_size=8),
        max_size=40,
    ).map("".join)

    @given(stdout=pieces, stderr=pieces, tool=st.none() | st.sampled_from(["frob", "/usr/bin/frob-1.2", "", "r"]))
    @example(stdout="frob ٣.٤", stderr="", tool="frob")
    def test_the_answer_stands_in_the_text(self, stdout: str, stderr: str, tool: str | None) -> None:
        found = extract(stdout, stderr, tool=tool)
        if found is not None:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", stdout + "\n" + stderr)
            assert found in plain or found in stdout + "\n" + stderr
            assert re.match(r"[0-9]", found)
            assert release(found) is not None

    @given(text=st.text(), tool=st.none() | st.text(max_size=12))
    def test_any_text_is_read_without_an_error(self, text: str, tool: str | None) -> None:
        found = extract(text, tool=tool)
        assert found is None or found[0] in "0123456789"

    @given(text=st.text().filter(lambda text: not re.search(r"[0-9]", text)))
    def test_without_a_digit_there_is_none(self, text: str) -> None:
        assert extract(text, text, tool="frob") is None


class TestRelease:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("3.3a", (3, 3)),
            ("17.0.15+6", (17, 0, 15)),
            ("590", (590,)),
            ("6.00", (6, 0)),
            ("v1.2", (1, 2)),
            ("2.0.0-rc.1", (2, 0, 0)),
            ("", None),
            ("rc1", None),
            ("1!2.0", None),
            ("9" * 5000, None),
        ],
    )
    def test_the_leading_numbers(self, text: str, numbers: tuple[int, ...] | None) -> None:
        assert release(text) == numbers


class TestComparison:
    @pytest.mark.parametrize(
        ("found", "specifier", "satisfied"),
        [
            ("3.3a", ">=3.3", True),
            ("3.3a", ">=3.4", False),
            ("17.0.15+6", "==17.0.15", True),
            ("9.2p1", ">=9.2,<10", True),
            ("590", ">=600", False),
            ("6.00", "==6.*", True),
            ("2.0rc1", ">=2.0", True),
            ("1.32.4", "~=1.32.0", True),
            ("nightly", ">=1", None),
        ],
    )
    def test_tools_compare_by_their_leading_numbers(self, found: str, specifier: str, satisfied: bool | None) -> None:
        assert tool_satisfies(found, specifier) is satisfied

    @pytest.mark.parametrize(
        ("found", "specifier", "satisfied"),
        [
            ("2.0rc1", ">=2.0", False),
            ("2.1rc1", ">=2.0", True),
            ("2.0+cu121", ">=2.0", True),
            ("2.0+cu121", "==2.0", True),
            ("2.0.post1", ">2.0", False),
            ("3.3-weird-", ">=3.3", None),
        ],
    )
    def test_distributions_compare_by_pep_440(self, found: str, specifier: str, satisfied: bool | None) -> None:
        assert distribution_satisfies(found, specifier) is satisfied

    @pytest.mark.parametrize("compare", [tool_satisfies, distribution_satisfies])
    def test_a_wrong_specifier_is_an_error(self, compare: type) -> None:
        with pytest.raises(InvalidSpecifier):
            compare("1.0", "at least 1")

    @pytest.mark.parametrize(
        ("found", "specifier"),
        [("0.1.0", ">=0.1"), ("1.2", ">=1.2.0"), ("1.10", " >= 1.9 "), ("2", ">=1.9")],
    )
    def test_plain_cases_are_seen_without_packaging(self, found: str, specifier: str) -> None:
        assert plainly_satisfies(found, specifier)

    @pytest.mark.parametrize(
        ("found", "specifier"),
        [
            ("0.1", ">=0.2"),
            ("2.0rc1", ">=2.0"),
            ("2.0", "==2.0"),
            ("2.0", ">=1,<3"),
            ("2.0", ">=1.*"),
            ("", ">="),
            ("²", ">=1"),
        ],
    )
    def test_the_rest_is_left_to_packaging(self, found: str, specifier: str) -> None:
        assert not plainly_satisfies(found, specifier)

    numbers = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))

    @given(
        found=st.tuples(numbers, st.sampled_from(["", "rc1", ".dev1", "+local", ".post1", "a"])).map("".join),
        specifier=st.tuples(st.sampled_from([">=", "==", "<", "~=", ">"]), numbers).map("".join),
    )
    def test_a_plain_yes_is_always_right(self, found: str, specifier: str) -> None:
        if plainly_satisfies(found, specifier):
            assert SpecifierSet(specifier).contains(Version(found), prereleases=True)
            assert tool_satisfies(found, specifier)


def test_a_warm_run_loads_neither_packaging_nor_the_reading_of_texts() -> None:
    code = (
        "import sys; from gating.versions import plainly_satisfies; assert plainly_satisfies('1.2', '>=1');"
        "print(sorted(name for name in sys.modules if name.startswith(('packaging', 'gating.versions.'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
