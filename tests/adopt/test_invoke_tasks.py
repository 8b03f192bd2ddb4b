"""The commands of a tasks.py, read without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.adopt.invoke_tasks import Tasks, read_tasks


def read(folder: Path, text: str) -> Tasks | None:
    (folder / "tasks.py").write_text(text, encoding="utf-8")
    return read_tasks(str(folder))


def tools(folder: Path, body: str) -> list[str | None]:
    found = read(folder, f"from invoke import task\nIMAGE = 'sample'\n@task\ndef build(c, x=''):\n    {body}\n")
    assert found is not None
    assert {one.within for one in found.commands} <= {"build"}
    return [one.tool for one in found.commands]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("c.run('docker compose up')", ["docker"]),
        ("c.run('docker build . && trivy image x', pty=True)", ["docker", "trivy"]),
        ("c.run(f'docker build -t {IMAGE}:{x} .')", ["docker"]),
        ("c.run(f'{x} build')", [None]),
        ("c.run('helm %s' % x)", ["helm"]),
        ("c.run('helm {}'.format(x))", ["helm"]),
        ("c.run('{} lint'.format(x))", [None]),
        ("c.run('npm ' + x)", ["npm"]),
        ("c.run(' '.join(['npm', 'run', x]))", ["npm"]),
        ("cmd = f'cargo {x}'; c.run(cmd)", ["cargo"]),
        ("c.sudo('systemctl restart x')", ["systemctl"]),
        ("c.run(command='hugo')", ["hugo"]),
        ("c.run(x)", [None]),
        ("x.run('hugo')", []),
        ("c.cd('hugo')", []),
        ("c.run()", []),
    ],
)
def test_the_first_words_of_what_tasks_run(tmp_path: Path, body: str, found: list[str | None]) -> None:
    assert tools(tmp_path, body) == found


def test_a_helper_of_a_task_counts(tmp_path: Path) -> None:
    found = read(tmp_path, "import invoke\ndef compose(ctx, what):\n    ctx.run(f'docker compose {what}')\n")
    assert found is not None
    assert [one.tool for one in found.commands] == ["docker"]


def test_a_tasks_py_of_something_else_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, "from celery import task\n@task\ndef f(c):\n    c.run('docker')\n") is None


def test_what_is_no_python_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "from invoke import (")
    assert found is not None
    assert str(found.problem).startswith("cannot be read: line 1: ")
