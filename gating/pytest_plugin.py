"""The pytest door: tests say what they need, what is not run is accounted for, and the run stands in the ledger.

Without a policy it does nothing but look for one. It is imported by every pytest that has gating beside it, so that
its top imports the standard library only, and little of that. PYTEST_DONT_REWRITE: there are no assertions in it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pytest

    from gating.testing.beginning import Begun

__all__ = ["pytest_addoption"]

T = TypeVar("T")
R = TypeVar("R")

MARKER = "needs(*requirements): what the test needs, such as 'torch>=2.2'; where it is not there the test is not run"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the options, and be the first to hear that a run begins: before any conftest.py is imported."""
    group = parser.getgroup("gating", "optional dependencies (gating)")
    group.addoption(
        "--gating-strict",
        action="store_true",
        help="fail the run where tests are not run for a dependency that the policy needs in CI",
    )
    group.addoption(
        "--gating-without",
        action="append",
        metavar="NAME",
        help="make an optional dependency of the policy look absent; repeatable, or a list with commas",
    )
    import pytest  # it is loaded, or nobody would call

    pytest.hookimpl(wrapper=True, tryfirst=True)(_Door.pytest_load_initial_conftests)
    pluginmanager.register(_Door(), "gating-door")


def __dir__() -> list[str]:
    return __all__  # pytest looks at each name of a plugin, twice, in every run


class _Door:
    """Lets a run in: where there is a policy, or a gated command has started it."""

    def __init__(self) -> None:
        self.asked = False
        self.begun: Begun | None = None

    def __dir__(self) -> list[str]:
        return ["pytest_configure", "pytest_load_initial_conftests"]

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Generator[None, object, object]:
        self._begin(early_config)
        try:
            return (yield)
        except Exception as error:
            died = error
            if self.begun is not None:
                _harmless(lambda begun: begun.died(died), self.begun)
            raise

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", MARKER)
        if not self.asked:  # loaded by a conftest.py: what that has imported by now cannot be changed
            self._begin(config)
        if self.begun is not None:
            _harmless(lambda begun: begun.configure(config), self.begun)

    def _begin(self, config: pytest.Config) -> None:
        self.asked = True
        options = config.known_args_namespace
        if not (
            options.gating_without
            or options.gating_strict
            or os.environ.get("GATING_RUN")
            or _may_have_policy(str(config.rootpath))
        ):
            return
        self.begun = _harmless(_begun, config)


def _begun(config: pytest.Config) -> Begun | None:
    from gating.testing.importing import plainly

    with plainly():
        from gating.testing.beginning import begin

        return begin(config)


def _harmless(work: Callable[[T], R], argument: T) -> R | None:
    """Do our work; a wrong policy or option is the user's to mend, a mistake of ours must not cost the tests."""
    import pytest

    try:
        return work(argument)
    except pytest.UsageError:
        raise
    except Exception as error:
        if os.environ.get("GATING_DEBUG"):
            raise
        print(f"gating: this test run is not looked after: {type(error).__name__}: {error}", file=sys.stderr)
        return None


def _may_have_policy(folder: str) -> bool:
    """Whether a policy may be found from `folder` upwards, as `gating.policy` looks for it; no file is parsed."""
    home = os.path.realpath(os.path.expanduser("~"))
    folder = os.path.realpath(folder)
    while True:
        if os.path.isfile(os.path.join(folder, "gating.toml")) or _speaks_of_us(os.path.join(folder, "pyproject.toml")):
            return True
        above = os.path.dirname(folder)
        if folder in {above, home} or os.path.lexists(os.path.join(folder, ".git")):
            return False
        folder = above


def _speaks_of_us(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            text = stream.read()
    except OSError:
        return False
    return b"gating" in text and re.search(rb"\bgating\b", text) is not None  # most files are spared the expression
