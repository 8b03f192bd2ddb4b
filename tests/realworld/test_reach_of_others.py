"""What is out of reach of others' suites without their dependencies, said and tried; deleted tests, and who notices."""

from __future__ import annotations

import random

import pytest

from tests.power import Power, Shot, shots
from tests.projects import Project
from tests.realworld.packages import MEASURED, Adopted
from tests.realworld.truth import EVIDENCE, Compared, Truth, absences, adopt

pytestmark = [pytest.mark.realworld, pytest.mark.timeout(3600)]

SAMPLE = 200  # mutants of a package
TRIED = 2  # of them, by really leaving the test out


@pytest.fixture(scope="module", params=MEASURED, ids=lambda package: package.name)
def truth(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A package with its reach learned, and its suite run in each absence."""
    package = request.param
    adopted = Adopted(Project(tmp_path_factory.mktemp(package.name)), package.requirement, *package.needed)
    made = adopt(adopted, package)
    for absent in absences(made.modules):
        made.runs[absent] = made.run(absent)
    return made


def compared(truth: Truth, evidence: str) -> list[Compared]:
    return [truth.compare(absent, evidence) for absent in truth.runs if absent]


def test_what_is_said_to_be_out_of_reach_is(truth: Truth) -> None:
    for evidence in EVIDENCE:
        whole = Compared.of_all(compared(truth, evidence))
        for branches in (False, True):
            part = whole.only(branches=branches)
            what = "branches" if branches else "lines"
            print(f"{truth.package.name} {evidence} {what}: P {part.precision:.4f} R {part.recall:.4f}")
    with_runs = Compared.of_all(compared(truth, EVIDENCE[-1]))
    assert with_runs.precision >= 0.999
    assert with_runs.recall >= 0.999
    assert Compared.of_all(compared(truth, "learnt")).recall >= 0.97
    assert not with_runs.lost, "an untouched suite is blamed for nothing"
    blamed = sorted(one.lost_lines for one in compared(truth, "learnt"))
    assert blamed[len(blamed) // 2] <= 5


def test_in_the_full_run_nothing_is_lost(truth: Truth) -> None:
    full = truth.compare(frozenset(), EVIDENCE[-1])
    assert (full.said, full.true, full.lost) == (frozenset(), frozenset(), frozenset())


def test_a_deleted_test_is_noticed(truth: Truth) -> None:
    names = {",".join(sorted(absent)): absent for absent in truth.runs}
    found = power(truth, names)
    told = Power.of(found)
    print(f"{truth.package.name}: {told}")
    assert told.by_sets >= 0.995 * told.mutants
    drawn = random.Random(truth.package.name).sample([one for one in found if one.by_sets], TRIED)
    for shot in drawn:
        absent = names[shot.environment]
        less = truth.run(absent, "--deselect", shot.test)
        assert truth.judged(less.measured, absent).lost, shot


def test_what_is_hidden_is_as_if_it_were_not_installed(truth: Truth) -> None:
    """The last of them, for nobody installs it again."""
    if not (gone := truth.package.removable):
        pytest.skip("all that is optional here is needed by something else too")
    truth.adopted.pip("uninstall", "-y", *gone)
    absent = frozenset(gone[:1])
    bare = truth.run(absent, hidden=False)
    assert bare.measured == truth.runs[absent].measured
    assert bare.tests == truth.runs[absent].tests


def power(truth: Truth, names: dict[str, frozenset[str]]) -> list[Shot]:
    """Mutants that lose a line of the reference, judged: a sample over all environments, drawn the same each time."""
    environments = {name: truth.runs[absent].measured for name, absent in names.items()}
    pool = [
        (name, test, alone)
        for name, absent in sorted(names.items())
        for test, alone in sorted(truth.runs[absent].alone.items())
        if truth.reference.intersection((path, line, None) for path, (lines, _) in alone.items() for line in lines)
    ]
    random.Random(truth.package.name).shuffle(pool)
    return shots(environments, pool[:SAMPLE], lambda name, less: bool(truth.judged(less, names[name]).lost))
