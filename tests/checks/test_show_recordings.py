"""Which recording is shown: of a file, of a run, of a name, the latest; and what the ledger says of its file."""

from __future__ import annotations

import json

import pytest

from tests.metrics.recordings import a_footer, a_header, a_sample, written
from tests.projects import Done, Project

POLICY = """
    [tool.gating.metrics]
    record = ["gates"]
    interval = 0.05

    [tool.gating.gates]
    one = { run = ["true"] }
    two = { run = ["sh", "-c", "exit 1"] }
"""


@pytest.fixture
def recorded(project: Project) -> Project:
    project.policy(POLICY)
    project.gating("gate", "one")
    project.gating("gate", "one,two")
    return project


def shown(project: Project, *flags: str) -> Done:
    return project.gating("metrics.show", "--format", "json", *flags)


def test_the_latest_recording_is_shown(recorded: Project) -> None:
    document = shown(recorded).document
    assert (document["name"], document["ending"]["exit_code"]) == ("two", 1)
    assert document["ledger"] == {"known": True, "matches": True}
    assert shown(recorded, "--name", "one").document["run"] == document["run"]


def test_a_run_names_its_recording(recorded: Project) -> None:
    newest, oldest = (one["id"] for one in recorded.gating("ledger.runs", "--format", "json").document["runs"])
    assert shown(recorded, "--run", oldest[:20]).document["run"] == oldest
    several = shown(recorded, "--run", newest)
    assert several.returncode == 2
    assert several.document["message"] == (f"several recordings of the run {newest}: choose one by --name, of one, two")
    assert shown(recorded, "--run", newest, "--name", "two").document["name"] == "two"
    assert "near it" in shown(recorded, "--run", "ffff").document["message"]


def test_what_is_not_there_is_told_in_words(recorded: Project, project: Project) -> None:
    for flags, told in [
        (("--name", "three"), "no recording 'three' here: there is one, two"),
        (("--file", "gone.jsonl"), "gone.jsonl: cannot be read: No such file or directory"),
        (("--file", "pyproject.toml"), "pyproject.toml:1: no recording of system metrics"),
        (("--file", "x", "--run", "y"), "give one or the other"),
    ]:
        done = shown(recorded, *flags)
        assert (done.returncode, told in done.document["message"]) == (2, True), done.stdout
    for file in (project.root / "logs" / "system_metrics").glob("*.jsonl"):
        file.unlink()
    assert "this recording is there no more" in shown(recorded).document["message"]


def test_a_file_is_known_by_the_ledger_or_not(recorded: Project) -> None:
    (file, *_) = sorted((recorded.root / "logs" / "system_metrics").glob("*.jsonl"))
    assert shown(recorded, "--file", str(file)).document["ledger"] == {"known": True, "matches": True}
    stranger = written(recorded.root, [a_header(), a_sample(0), a_footer()])
    assert shown(recorded, "--file", str(stranger)).document["ledger"] == {"known": False, "matches": None}


def test_a_project_that_was_moved_finds_its_recordings(recorded: Project) -> None:
    moved = recorded.root.with_name("elsewhere")
    recorded.root.rename(moved)
    recorded.root = moved
    assert shown(recorded, "--name", "one").document["file"].startswith(str(moved))


def test_without_a_ledger_the_folder_is_looked_through(project: Project) -> None:
    project.policy("[tool.gating]\nledger = 'off'")
    assert "none is recorded" in shown(project).document["message"]
    folder = project.root / "logs" / "system_metrics"
    folder.mkdir(parents=True)
    (folder / "20300101T000000Z-junk.jsonl").write_text("junk\n")
    for stamp, name in [("20260101T000000Z", "old"), ("20270101T000000Z", "new"), ("20250101T000000Z", "old")]:
        written(folder, [a_header(name=name), a_sample(0), a_footer()], f"{stamp}-{name}.jsonl")
    assert shown(project).document["name"] == "new"
    assert "20260101" in shown(project, "--name", "old").document["file"]
    assert shown(project).document["ledger"] is None
    assert "the ledger is off" in shown(project, "--run", "ab").document["message"]


def test_outside_of_a_project_a_file_can_be_shown(project: Project) -> None:
    (project.root / "pyproject.toml").unlink()
    path = written(project.root, [a_header(), a_sample(0), a_sample(1), a_footer()])
    done = project.gating("metrics.show", "--file", str(path))
    assert done.returncode == 0
    assert "recorded     tests" in done.stdout
    assert not (project.root / ".gating").exists()


@pytest.mark.needs("matplotlib")
def test_a_plot_is_written_and_said_on_stderr(project: Project) -> None:
    path = written(project.root, [a_header(), a_sample(0), a_sample(1), a_footer()])
    done = project.gating("metrics.show", "--file", str(path), "--plot", "it.svg", "--format", "json")
    assert json.loads(done.stdout)["name"] == "tests"
    assert done.stderr.endswith("gating: wrote it.svg\n")
    assert (project.root / "it.svg").stat().st_size > 1000
