"""The lines that end a run."""

from __future__ import annotations

from pathlib import Path

from gating.optional.wording import mending
from gating.policy import load_policy
from gating.testing.dependencies import Dependencies
from gating.testing.judging import Tally, amount, verdict_of
from gating.testing.summary import header, lines_of
from gating.verdict import Mode

POLICY = """
[tool.gating.optional]
torchette = { requires = "torchette>=2", need = "ci", remedy = "pip install torchette" }
hydra = { requires = "hydra-lite", fallback = "shim" }
nowhere = { requires = "nowhere", when = "sys_platform == 'nowhere'" }
"""


class Made:
    """A policy with a few dependencies, none of which is there."""

    def __init__(self, folder: Path, *hidden: str) -> None:
        (folder / "pyproject.toml").write_text(POLICY)
        self.dependencies = Dependencies(load_policy(folder), hidden)

    def tally(self, name: str, *, modules: int = 0, tests: int = 0, reached: int = 0) -> Tally:
        one = self.dependencies.declared[name]
        line, state = str(one.availability.asked), one.availability.state.value
        ids = [f"t.py::test_{number}" for number in range(tests)]
        files = [f"m{number}.py" for number in range(modules)]
        unsaid = [f"u.py::test_{number}" for number in range(reached)]
        return Tally(
            name, line, state, one, files, ids, unsaid, [0, reached], [], [number * 2 for number in range(modules)]
        )

    def lines(
        self, *found: Tally, mode: Mode = Mode.LENIENT, stood_in: str = "", everything: bool = False
    ) -> list[str]:
        names = dict.fromkeys([*(one.name for one in found), *filter(None, [stood_in])])
        verdicts = [
            verdict_of(
                name, [one for one in found if one.name == name], self.dependencies, mode, stood_in=name == stood_in
            )
            for name in names
        ]
        return lines_of(found, verdicts, everything=everything, notes=["a note"] if everything else [])


def test_a_full_run_says_nothing(tmp_path: Path) -> None:
    made = Made(tmp_path)
    assert made.lines() == []
    assert made.lines(made.tally("nowhere")) == []
    assert header([], [], []) == []


def test_everything_has_its_need_its_state_and_its_remedy(tmp_path: Path) -> None:
    made = Made(tmp_path)
    assert made.lines(made.tally("torchette", modules=2, tests=1, reached=1)) == [
        "torchette>=2: absent; 2 modules and 1 test not run",
        "  m0.py",
        "  m1.py (2 tests in it)",
        "  t.py::test_0",
        "torchette>=2: absent; reached by 1 test without saying so",
        "  u.py::test_0",
        f"  to run them: {mending(made.dependencies.declared['torchette'].availability)}",
        "degraded: 2 modules and 1 test not run",
    ]


def test_only_the_first_are_named_unless_all_are_wanted(tmp_path: Path) -> None:
    made = Made(tmp_path)
    lines = made.lines(made.tally("torchette", tests=12))
    assert lines[10:12] == ["  t.py::test_9", "  and 2 more; -v names them all"]
    lines = made.lines(made.tally("torchette", tests=12), everything=True)
    assert lines[12] == "  t.py::test_11"
    assert lines[-2:] == ["a note", "degraded: 12 tests not run"]


def test_what_may_not_be_left_out_is_said_last(tmp_path: Path) -> None:
    made = Made(tmp_path)
    lines = made.lines(made.tally("torchette", tests=1), mode=Mode.STRICT)
    assert lines[-1] == "failed: an unmet need may not be left out here: torchette (need ci)"


def test_a_stand_in_alone_degrades(tmp_path: Path) -> None:
    made = Made(tmp_path)
    assert made.lines(stood_in="hydra") == [
        "hydra: a stand-in was there in its place",
        "degraded: less was checked than the policy asks for",
    ]


def test_what_is_only_made_to_look_absent_has_no_remedy_and_never_fails(tmp_path: Path) -> None:
    made = Made(tmp_path, "torchette")
    assert made.lines(made.tally("torchette", tests=1), mode=Mode.STRICT) == [
        "torchette>=2: made to look absent; 1 test not run",
        "  t.py::test_0",
        "degraded: 1 test not run",
    ]


def test_a_header_names_what_is_not_there() -> None:
    assert header(["a>=1", "b"], ["c"], ["d\x1b"]) == [
        "gating: absent: a>=1, b; made to look absent: c; stood in for: d\\x1b"
    ]


def test_amounts_are_words() -> None:
    assert [amount(0, 0), amount(1, 0), amount(0, 2), amount(2, 1)] == [
        "nothing",
        "1 module",
        "2 tests",
        "2 modules and 1 test",
    ]
