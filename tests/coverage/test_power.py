"""A small project's tests deleted one by one in each environment: the rule on sets notices, one number does not."""

from __future__ import annotations

from gating.coverage.judge import Here, judge_reach
from gating.coverage.learn import learn
from gating.coverage.measured import Measured, MeasuredFile
from gating.coverage.reach import Reference
from gating.coverage.renewal import renewed
from tests.power import Alone, Power, shots, without

# twenty functions of ten lines, a test for each; what needs `b` is most of it
SOURCE = "".join(
    f"def f{number}():\n" + "".join(f"    x{line} = {number}\n" for line in range(9)) for number in range(20)
)
FILES = {"app.py": SOURCE}
LINES = frozenset(range(1, 201))
DEFINITIONS = frozenset(range(1, 201, 10))
NEEDS = {number: "a" if number < 5 else "b" if number < 17 else "" for number in range(20)}
TESTS = {f"tests/test_app.py::test_{number}": frozenset(range(10 * number + 2, 10 * number + 11)) for number in NEEDS}
ENVIRONMENTS = {"": frozenset[str](), "a": frozenset({"a"}), "b": frozenset({"b"}), "a,b": frozenset({"a", "b"})}


def ran(*tests: str) -> Measured:
    covered = DEFINITIONS.union(*(TESTS[test] for test in tests))
    return Measured(files={"app.py": MeasuredFile(statements=LINES, covered=covered)})


def reached_in(absent: frozenset[str]) -> list[str]:
    return [test for test, need in zip(TESTS, NEEDS.values(), strict=True) if need not in absent]


def test_every_deleted_test_is_noticed_and_no_whole_suite_is_blamed() -> None:
    by_set = {
        frozenset({need} - {""}): ran(
            *(test for test, other in zip(TESTS, NEEDS.values(), strict=True) if other == need)
        )
        for need in NEEDS.values()
    }
    reach = renewed(learn([by_set, by_set]), FILES, Reference(python="3.13", platform="linux"))
    environments = {name: ran(*reached_in(absent)) for name, absent in ENVIRONMENTS.items()}

    def noticed(name: str, less: Measured) -> bool:
        return bool(judge_reach(less, FILES, reach, Here(absent=ENVIRONMENTS[name])).lost)

    assert not any(noticed(name, whole) for name, whole in environments.items())
    mutants: list[tuple[str, str, Alone]] = [
        (name, test, {"app.py": (TESTS[test], frozenset())})
        for name, absent in ENVIRONMENTS.items()
        for test in reached_in(absent)
    ]
    found = shots(environments, mutants, noticed)
    assert Power.of(found) == Power(mutants=46, by_sets=46, by_one_number=3, by_floor=46)
    assert {one.environment for one in found if one.by_one_number} == {"a,b"}, "where the number was lowered for"


def test_a_mutant_is_the_run_without_what_one_test_alone_reached() -> None:
    first, second, *_rest = TESTS
    assert without(ran(first, second), {"app.py": (TESTS[second], frozenset())}) == ran(first)
    assert without(ran(first), {"gone.py": (frozenset({1}), frozenset())}) == ran(first)
