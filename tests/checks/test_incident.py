from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import shlex
import signal
import sys
import threading
import typing
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import gating
from gating import MissingDependency, guard, require
from gating.errors import UsageError
from gating.ledger import open_ledger
from gating.optional.asked import Asked
from gating.optional.availability import Availability
from gating.words import State
from tests.optional.places import Site
from tests.projects import Project

GONE = "sample-gone"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """This file lies in gating's own tree, whose ledger is not for these incidents."""
    monkeypatch.setenv("GATING_LEDGER", "off")
    monkeypatch.setattr(sys, "argv", ["/usr/bin/trainer", "--epochs", "3"])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield Site(tmp_path / "site")
    for name in set(sys.modules) - before:
        if name.startswith("sample"):
            del sys.modules[name]


def ended(work: Callable[[], object], capsys: pytest.CaptureFixture[str], code: int = 69) -> list[str]:
    """The lines that were said by what had to end."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        work()
    assert caught.value.code == code
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


def test_a_missing_dependency_is_three_lines_and_69(capsys: pytest.CaptureFixture[str]) -> None:
    ran = []

    @guard(GONE)
    def main() -> None:
        ran.append(1)

    lines = ended(main, capsys)
    remedy = gating.available(GONE).remedy
    assert remedy is not None
    assert lines == [
        "trainer: sample-gone is absent: sample-gone is not installed",
        f"  to mend it: {shlex.join(remedy.commands[0])}",
        "  exit code 69; GATING_DEBUG=1 shows the traceback",
    ]
    assert not ran


def test_several_are_three_lines_too(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    site.install("sample-old", "1.0", {"sample_old.py": ""})
    site.install("sample-good", "1.0", {"sample_good.py": ""})

    @guard(GONE, "sample-old>=2", "sample-good", exit_code=3)
    def main() -> None:
        pytest.fail("it ran")

    first, second, third = ended(main, capsys, 3)
    assert "sample-gone is absent" in first
    assert "sample-old>=2 is outdated" in first
    assert "sample-good" not in first
    assert "sample-gone" in second
    assert "sample-old>=2" in second
    assert third.startswith("  exit code 3;")


def test_what_is_there_runs_and_nothing_is_said(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    site.install("sample-good", "1.0", {"sample_good.py": "raise SystemExit('imported')"})

    @guard("sample-good>=1")
    def main(a: int, *, b: int = 2) -> int:
        """Adds."""
        return a + b

    assert main(1, b=3) == 4
    assert main.__doc__ == "Adds."
    assert main.__name__ == "main"
    assert str(inspect.signature(main)) == "(a: 'int', *, b: 'int' = 2) -> 'int'"
    assert typing.get_type_hints(main) == {"a": int, "b": int, "return": int}
    assert capsys.readouterr().err == ""


def test_a_version_that_cannot_be_read_is_let_pass(site: Site) -> None:
    site.write("sample_bare.py", "")
    with guard("sample-bare>=1"):
        pass


def test_the_with_statement(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with guard(GONE):
            pytest.fail("it ran")

    assert len(ended(work, capsys)) == 3


def test_the_same_guard_can_be_entered_again(site: Site) -> None:
    site.install("sample-good", "1.0", {"sample_good.py": ""})
    one = guard("sample-good")
    with one, one:
        pass
    with one:
        pass


def test_a_method_keeps_its_instance() -> None:
    class Command:
        @guard("pytest")
        def run(self) -> Command:
            return self

        @guard("pytest")
        @staticmethod
        def still(value: int) -> int:
            return value

        @classmethod
        @guard("pytest")
        def made(cls) -> type[Command]:
            return cls

        @guard("pytest")
        @classmethod
        def remade(cls) -> type[Command]:
            return cls

    command = Command()
    assert command.run() is command
    assert (command.still(3), command.made(), command.remade()) == (3, Command, Command)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise OSError('libx.so: \\x1b[31mcannot open')", "OSError: libx.so: \\x1b[31mcannot open"),
        ("import sample_transitive", "ModuleNotFoundError: No module named 'sample_transitive'"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import os; os.nothing", "AttributeError: module 'os'"),
        ("1 +", "SyntaxError: invalid syntax"),
        ("raise ImportError('undefined symbol: x', name='sample_bad._C')", "undefined symbol: x"),
        ("raise ImportError('nameless')", "nameless"),
    ],
)
def test_a_lazy_import_that_fails_is_broken_with_its_cause(
    site: Site, capsys: pytest.CaptureFixture[str], source: str, said: str
) -> None:
    site.install("sample-bad", "1.0", {"sample_bad/__init__.py": source})

    @guard("sample-bad")
    def main() -> None:
        importlib.import_module("sample_bad")

    first, _, third = ended(main, capsys)
    assert first.startswith("trainer: sample-bad is broken: ")
    assert said in first
    assert "exit code 69" in third


def test_a_name_that_the_module_lacks_is_broken(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("sample-bad", "1.0", {"sample_bad.py": ""})

    def work() -> None:
        with guard("sample-bad"):
            exec("from sample_bad import Tensor")

    assert "is broken: ImportError: cannot import name 'Tensor'" in ended(work, capsys)[0]


def test_a_missing_dependency_of_the_body_is_handled_whichever_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with guard("pytest"):
            require(GONE)

    assert ended(work, capsys)[0] == "trainer: sample-gone is absent: sample-gone is not installed"


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'sample_other'", name="sample_other"),
        ImportError("cannot import name 'x' from 'app'", name="app"),
        ImportError("pip install sample-good to use this"),
        OSError("disk"),
        ValueError("sample_good"),
        KeyboardInterrupt(),
        SystemExit(5),
        ModuleNotFoundError("No module named 'sample_goodness'", name="sample_goodness"),
    ],
)
def test_any_other_error_passes_untouched(site: Site, capsys: pytest.CaptureFixture[str], error: BaseException) -> None:
    site.install("sample-good", "1.0", {"sample_good.py": ""})

    @guard("sample-good")
    def main() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        main()
    assert caught.value is error
    assert error.__cause__ is None
    assert capsys.readouterr().err == ""


def test_an_error_of_the_dependency_at_work_passes(site: Site) -> None:
    body = "def work(call):\n    call()\n"
    site.install("sample-good", "1.0", {"sample_good.py": body})

    def broken() -> None:
        raise ModuleNotFoundError("No module named 'sample_own'", name="sample_own")

    with pytest.raises(ModuleNotFoundError, match="sample_own"), guard("sample-good"):
        importlib.import_module("sample_good").work(broken)


def test_a_program_of_the_dependency_may_end_as_it_likes(site: Site) -> None:
    files = {"sample_good/__init__.py": "", "sample_good/__main__.py": "raise SystemExit(4)"}
    site.install("sample-good", "1.0", files)
    with pytest.raises(SystemExit) as caught, guard("sample-good"):
        importlib.import_module("sample_good.__main__")
    assert caught.value.code == 4


def test_guards_nest_and_say_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    @guard("pytest")
    @guard(GONE, exit_code=7)
    def main() -> None:
        pytest.fail("it ran")

    assert len(ended(main, capsys, 7)) == 3


def test_the_traceback_is_shown_on_demand(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATING_DEBUG", "1")
    site.install("sample-bad", "1.0", {"sample_bad.py": "raise OSError('libx')"})

    @guard("sample-bad")
    def main() -> None:
        importlib.import_module("sample_bad")

    lines = ended(main, capsys)
    assert lines[0] == "Traceback (most recent call last):"
    assert any(line.startswith("OSError: libx") for line in lines)
    assert lines[-1] == "  exit code 69"

    @guard(GONE)
    def other() -> None:
        pass

    assert any("test_incident.py" in line for line in ended(other, capsys))


def test_a_dry_run_stands_in(capsys: pytest.CaptureFixture[str]) -> None:
    def pretend(a: int, *, b: int = 2) -> str:
        return f"would add {a} and {b}"

    @guard(GONE, dry_run=pretend)
    def main(a: int, *, b: int = 2) -> str:
        return str(a + b)

    assert main(1, b=5) == "would add 1 and 5"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trainer: sample-gone is absent: sample-gone is not installed; ")
    assert line.endswith("pretend is run instead")


def test_a_dry_run_is_not_run_where_it_need_not_be(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("sample-bad", "1.0", {"sample_bad.py": "raise OSError"})
    pretended = []

    @guard("sample-bad", dry_run=lambda: pretended.append(1))
    def main() -> None:
        importlib.import_module("sample_bad")

    assert len(ended(main, capsys)) == 3
    assert not pretended

    @guard("pytest", dry_run=lambda: pretended.append(1))
    def other() -> int:
        return 3

    assert other() == 3
    assert not pretended


def test_errors_of_a_dry_run_are_its_own() -> None:
    def pretend() -> None:
        raise ModuleNotFoundError("No module named 'sample_gone'", name="sample_gone")

    @guard(GONE, dry_run=pretend)
    def main() -> None:
        pass

    with pytest.raises(ModuleNotFoundError):
        main()


def test_coroutines(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("sample-bad", "1.0", {"sample_bad.py": "raise OSError('libx')"})

    async def pretend(value: int) -> int:
        return -value

    @guard(GONE)
    async def absent(value: int) -> int:
        return value

    @guard("pytest")
    async def fine(value: int) -> int:
        await asyncio.sleep(0)
        return value

    @guard("sample-bad")
    async def broken() -> None:
        await asyncio.sleep(0)
        importlib.import_module("sample_bad")

    @guard(GONE, dry_run=pretend)
    async def dry(value: int) -> int:
        return value

    @guard(GONE, dry_run=lambda value: -value)
    async def plainly_dry(value: int) -> int:
        return value

    assert all(map(inspect.iscoroutinefunction, (absent, fine, broken, dry)))
    assert asyncio.run(fine(3)) == 3
    assert asyncio.run(dry(3)) == -3
    assert asyncio.run(plainly_dry(3)) == -3
    assert len(ended(lambda: asyncio.run(absent(1)), capsys)) == 3
    assert "is broken: OSError: libx" in ended(lambda: asyncio.run(broken()), capsys)[0]


def test_generators(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("sample-bad", "1.0", {"sample_bad.py": "raise OSError('libx')"})

    def steps() -> Generator[int, int, str]:
        got = yield 1
        try:
            yield got * 2
        except ValueError:
            yield 7
        return "end"

    fine = guard("pytest")(steps)()
    assert inspect.isgeneratorfunction(guard("pytest")(steps))
    assert (next(fine), fine.send(4), fine.throw(ValueError())) == (1, 8, 7)
    with pytest.raises(StopIteration, match="end"):
        next(fine)
    closed = guard("pytest")(steps)()
    next(closed)
    closed.close()

    @guard("sample-bad")
    def broken() -> Generator[int]:
        yield 1
        importlib.import_module("sample_bad")

    assert "is broken" in ended(lambda: list(broken()), capsys)[0]
    assert len(ended(lambda: list(guard(GONE)(steps)()), capsys)) == 3
    assert list(guard(GONE, dry_run=lambda: [5, 6])(steps)()) == [5, 6]


def test_asynchronous_generators(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("sample-bad", "1.0", {"sample_bad.py": "raise OSError('libx')"})
    closed = []

    async def steps() -> AsyncGenerator[int, int]:
        try:
            got = yield 1
            try:
                yield got * 2
            except ValueError:
                yield 7
        finally:
            closed.append(1)

    async def pretend() -> AsyncGenerator[int, None]:
        yield 5

    @guard("sample-bad")
    async def broken() -> AsyncGenerator[int, None]:
        yield 1
        importlib.import_module("sample_bad")

    async def talk() -> list[int]:
        made = guard("pytest")(steps)()
        heard = [await anext(made), await made.asend(4), await made.athrow(ValueError())]
        heard += [one async for one in made]
        left = guard("pytest")(steps)()
        await anext(left)
        await left.aclose()
        return heard

    async def gathered(made: AsyncGenerator[int, Any]) -> list[int]:
        return [one async for one in made]

    assert inspect.isasyncgenfunction(guard("pytest")(steps))
    assert asyncio.run(talk()) == [1, 8, 7]
    assert len(closed) == 2
    assert asyncio.run(gathered(guard(GONE, dry_run=pretend)(steps)())) == [5]
    assert len(ended(lambda: asyncio.run(gathered(guard(GONE)(steps)())), capsys)) == 3
    assert "is broken: OSError: libx" in ended(lambda: asyncio.run(gathered(broken())), capsys)[0]


def test_another_thread_ends_alone(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)  # pytest's own takes SystemExit for an error
    after = []

    def work() -> None:
        with guard(GONE):
            pass
        after.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not after
    assert len(capfd.readouterr().err.splitlines()) == 3


@pytest.mark.parametrize("wrong", ["", "two words", None, 3, "-e ."])
def test_what_is_no_requirement_is_a_wrong_use(wrong: Any) -> None:
    with pytest.raises(UsageError, match="no requirement"):
        guard("pytest", wrong)


def test_a_forgotten_call_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="no requirement"):

        @guard  # type: ignore[arg-type]
        def main() -> None:
            pass


@pytest.mark.parametrize("code", [0, -1, 256, "69", None, 1.5])
def test_an_exit_code_that_is_none_is_a_wrong_use(code: Any) -> None:
    with pytest.raises(UsageError, match="exit code"):
        guard("pytest", exit_code=code)


def test_a_dry_run_of_a_with_statement_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="dry_run"), guard("pytest", dry_run=print):
        pass


@pytest.mark.parametrize("wrong", [3, None, int])
def test_what_is_no_function_is_a_wrong_use(wrong: Any) -> None:
    with pytest.raises(UsageError, match="is none"):
        guard("pytest")(wrong)


@pytest.mark.parametrize("stream", ["closed", None])
def test_nobody_who_listens_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stream: str | None
) -> None:
    file = (tmp_path / "err").open("w")
    file.close()
    monkeypatch.setattr(sys, "stderr", file if stream else None)
    with pytest.raises(SystemExit) as caught, guard(GONE):
        pass
    assert caught.value.code == 69


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/x/app/__main__.py"], "app"),
        (["-c"], "python"),
        ([""], "python"),
        ([], "python"),
        (["a\x1b[1m"], "a\\x1b[1m"),
    ],
)
def test_the_command_is_named_as_its_user_calls_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str], name: str
) -> None:
    monkeypatch.setattr(sys, "argv", argv)

    def work() -> None:
        with guard(GONE):
            pass

    assert ended(work, capsys)[0].startswith(f"{name}: ")


def test_no_words_can_paint_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;title\x07\r\n::error::x\u202e"
    one = Availability(
        Asked(name="x", distribution=evil, remedy=(f"pip install '{evil}'",)), State.BROKEN, evil, module="x"
    )

    def work() -> None:
        with guard("pytest"):
            raise MissingDependency.of(one)

    lines = ended(work, capsys)
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


# what is recorded


def guarded_in(file: Path, source: str = "with gating.guard('sample-gone'): pass") -> None:
    exec(compile(source, str(file), "exec"), {"gating": gating})


@pytest.fixture
def recording(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("GATING_LEDGER")
    project.policy("[tool.gating.optional]\nsample-gone = { requires = 'sample-gone>=2.2', extra = 'fancy' }")
    return project


def test_the_incident_is_a_run_in_the_projects_ledger(
    recording: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ended(lambda: guarded_in(recording.write("src/app/cli.py", "")), capsys)
    assert lines[0].startswith("trainer: sample-gone>=2.2 is absent")
    (row,) = open_ledger(project=recording.root).runs()
    assert lines[2] == f"  exit code 69, recorded as run {row.id}; GATING_DEBUG=1 shows the traceback"
    assert (row.command, row.exit_code, row.project) == ("guard", 69, "sample")
    shown = open_ledger(project=recording.root).show(row.id).as_dict()
    (verdict,) = shown["verdicts"]
    assert verdict["id"] == "optional:sample-gone"
    assert (verdict["outcome"], verdict["state"], verdict["wanted"]) == ("fail", "absent", ">=2.2")
    assert verdict["details"] == {"command": None, "exit_code": 69}
    assert verdict["source"] == {"file": "pyproject.toml", "line": 6, "column": 15}
    assert not list(tmp_path.glob(".gating"))


def test_a_dry_run_is_recorded_as_degraded(recording: Project, capsys: pytest.CaptureFixture[str]) -> None:
    source = """
def pretend(): return 3
@gating.guard('sample-gone', dry_run=pretend)
def main(): return 4
assert main() == 3
"""
    guarded_in(recording.write("cli.py", ""), source)
    (row,) = open_ledger(project=recording.root).runs()
    assert row.exit_code == 0
    (verdict,) = open_ledger(project=recording.root).show(row.id).as_dict()["verdicts"]
    assert (verdict["outcome"], verdict["need"]) == ("degraded", "optional")
    assert verdict["details"]["dry_run"].endswith("pretend")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"pretend is run instead, recorded as run {row.id}")


def test_a_stranger_in_a_project_leaves_nothing_there(
    recording: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(recording.root)
    stranger = tmp_path / "stranger.py"
    stranger.write_text("")
    lines = ended(lambda: guarded_in(stranger), capsys)
    assert lines[0].startswith("trainer: sample-gone is absent")
    assert not (recording.root / ".gating").exists()


@pytest.mark.parametrize("place", ["ledger.db", ".gating/ledger.db"])
def test_a_stranger_is_recorded_where_the_environment_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATING_LEDGER", place)
    stranger = tmp_path / "bin" / "stranger.py"
    stranger.parent.mkdir()
    stranger.write_text("")
    lines = ended(lambda: guarded_in(stranger), capsys)
    (row,) = open_ledger(tmp_path / place).runs()
    assert row.id in lines[2]
    assert (row.project, row.exit_code) == ("trainer", 69)
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == [".gating", "bin"]


@pytest.mark.parametrize("place", ["mysql://x/y", "/proc/nowhere/x.db", "a\0b"])
def test_what_cannot_be_recorded_changes_no_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if "\0" not in place:
        monkeypatch.setenv("GATING_LEDGER", place)
    else:
        monkeypatch.setattr(os, "environ", {**os.environ, "GATING_LEDGER": place})
    stranger = tmp_path / "stranger.py"
    stranger.write_text("")
    lines = ended(lambda: guarded_in(stranger), capsys)
    assert len(lines) == 3
    assert lines[2].startswith("  exit code 69, ")
    assert "recorded as" not in lines[2]


def test_a_wrong_policy_costs_the_record_and_not_the_message(
    recording: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.policy("[tool.gating]\nnonsense = 3")
    lines = ended(lambda: guarded_in(recording.write("cli.py", "")), capsys)
    assert len(lines) == 3
    assert not (recording.root / ".gating").exists()


def test_an_interrupt_while_it_is_recorded_changes_no_exit_code(
    recording: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gating.checks import recording as module

    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(module, "_snapshot", interrupted)
    assert len(ended(lambda: guarded_in(recording.write("cli.py", "")), capsys)) == 3


# what frameworks make of a function


def test_commands_of_click(capsys: pytest.CaptureFixture[str]) -> None:
    click: Any = importlib.import_module("click")
    runner: Any = importlib.import_module("click.testing").CliRunner()

    option = click.option("--n", default=1)

    def main() -> Any:
        def run(n: int) -> None:
            """Train."""
            click.echo(n)

        return run

    below = click.command()(option(guard(GONE)(main())))
    above = guard(GONE)(click.command()(option(main())))
    between = click.command()(guard(GONE)(option(main())))
    for command in (below, above, between):
        assert isinstance(command, click.Command)
        done = runner.invoke(command, ["--n", "3"])
        assert (done.exit_code, done.stdout) == (69, "")
        assert len(done.stderr.splitlines()) == 3
        helped = runner.invoke(command, ["--help"])
        assert helped.exit_code == 0
        assert "Train." in helped.stdout
    fine = guard("pytest")(click.command()(option(main())))
    assert runner.invoke(fine, ["--n", "3"]).stdout == "3\n"


def test_groups_of_click() -> None:
    click: Any = importlib.import_module("click")
    runner: Any = importlib.import_module("click.testing").CliRunner()

    def train() -> None:
        pytest.fail("it ran")

    show = click.command("show")(lambda: click.echo("shown"))
    cli = click.group()(lambda: None)
    cli.add_command(show)
    guard(GONE)(cli.command("train")(train))
    assert runner.invoke(cli, ["show"]).stdout == "shown\n"
    assert runner.invoke(cli, ["train"]).exit_code == 69
    whole = guard(GONE)(click.Group(commands={"show": show}))
    assert runner.invoke(whole, ["show"]).exit_code == 69
    assert runner.invoke(whole, ["--help"]).exit_code == 0


@pytest.mark.parametrize("order", ["@app.command()\n@gating.guard({0!r})", "@gating.guard({0!r})\n@app.command()"])
def test_commands_of_typer(order: str) -> None:
    typer: Any = importlib.import_module("typer")
    runner: Any = importlib.import_module("typer.testing").CliRunner()

    def made(name: str) -> Any:
        source = f"""
app = typer.Typer()
{order.format(name)}
def train(epochs: int, rate: float = 0.5):
    print(epochs * rate)
@app.command()
def show():
    print("shown")
"""
        space = {"typer": typer, "gating": gating, "__name__": "sample"}
        exec(compile(source, __file__, "exec"), space)
        return space["app"]

    done = runner.invoke(made("pytest"), ["train", "4"])
    assert (done.exit_code, done.stdout) == (0, "2.0\n")
    assert runner.invoke(made("pytest"), ["train", "x"]).exit_code == 2
    done = runner.invoke(made(GONE), ["train", "4"])
    assert (done.exit_code, done.stdout) == (69, "")
    assert runner.invoke(made(GONE), ["show"]).stdout == "shown\n"
    assert "epochs" in runner.invoke(made(GONE), ["train", "--help"]).stdout.lower()


def test_the_callback_of_a_typer_application() -> None:
    typer: Any = importlib.import_module("typer")
    runner: Any = importlib.import_module("typer.testing").CliRunner()
    source = f"""
app = typer.Typer()
@gating.guard({GONE!r})
@app.callback()
def main(): pass
@app.command()
def show(): print("shown")
"""
    space = {"typer": typer, "gating": gating, "__name__": "sample"}
    exec(compile(source, __file__, "exec"), space)
    assert runner.invoke(space["app"], ["show"]).exit_code == 69
