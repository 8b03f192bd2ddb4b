"""Beginning: from pytest's arguments and the policy to the plugin objects of a run, and their end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from gating.environ import ABSENT, NEED_SET, OUTCOMES, RUN
from gating.errors import GatingError
from gating.policy import load_policy
from gating.testing.account import Account
from gating.testing.attempts import Attempts
from gating.testing.collecting import Collecting
from gating.testing.dependencies import Dependencies
from gating.testing.ending import Ending
from gating.testing.importing import plainly
from gating.testing.naming import Naming
from gating.testing.options import Options, keys_of
from gating.testing.partition import Partition, Wanted, wanted_of
from gating.testing.running import Running
from gating.testing.standins import StandIns
from gating.testing.workers import Workers, introduce, told
from gating.verdict import Mode

if TYPE_CHECKING:
    import pytest

    from gating.policy import Policy

__all__ = ["Begun", "begin"]


def begin(config: pytest.Config) -> Begun | None:
    """Begin to look after a run; None where there is no policy, nor a gated command that started it.

    Raises `pytest.UsageError` for a wrong policy and for options that cannot be.
    """
    import pytest

    options = Options.of(config.known_args_namespace)
    try:
        policy = _policy(config, options)
        if policy is None:
            return None
        dependencies = Dependencies(policy, keys_of(options.without, policy.optional))
        if ABSENT in os.environ:  # hidden since this process began, so that its metadata tells no import names
            from gating.optional.children import read

            absent, _, _ = read(os.environ)
            dependencies.learn({one.name: one.modules for one in absent})
        learns = None if NEED_SET not in os.environ else wanted_of(os.environ[NEED_SET])
    except GatingError as error:
        if options.explains:  # nobody is kept from --help and --version
            return None
        raise pytest.UsageError(f"gating: {error}") from None
    begun = Begun(policy, options, dependencies, learns)
    config.add_cleanup(begun.end)
    begun.stand(config)
    return begun


def _policy(config: pytest.Config, options: Options) -> Policy | None:
    from gating.errors import UsageError

    policy = load_policy(config.rootpath)
    if options.strict:
        policy = replace(policy, mode=Mode.STRICT)
    if policy.file is None:
        if options.without:
            raise UsageError("--gating-without: there is no policy that has optional dependencies; see `gating init`")
        return policy if os.environ.get(RUN) else None
    return policy


class _Hook(NamedTuple):
    of: type
    name: str
    options: dict[str, Any]


# pytest is imported late, so that its marks cannot stand on the methods themselves
_HOOKS = (
    _Hook(Collecting, "pytest_make_collect_report", {"wrapper": True}),
    _Hook(Running, "pytest_runtest_makereport", {"wrapper": True}),
    _Hook(Running, "pytest_runtest_setup", {"tryfirst": True}),
    _Hook(Ending, "pytest_sessionfinish", {"tryfirst": True}),
    _Hook(Partition, "pytest_make_collect_report", {"wrapper": True}),
    _Hook(Partition, "pytest_collection_modifyitems", {"trylast": True}),
    _Hook(Workers, "pytest_configure_node", {"optionalhook": True}),
    _Hook(Workers, "pytest_testnodedown", {"optionalhook": True}),
)


class Begun:
    """A run that is looked after: what is hidden and stood in for, who decides, who accounts, who records.

    One that a test starts inside of another's process is looked after as well, but not recorded.
    """

    under_way: ClassVar[int] = 0  # in this process, one in another

    def __init__(
        self, policy: Policy, options: Options, dependencies: Dependencies, learns: Wanted | None = None
    ) -> None:
        Begun.under_way += 1
        self.policy = policy
        self.options = options
        self.dependencies = dependencies
        self.standins = StandIns(dependencies)
        self.attempts = Attempts(dependencies.bringing)
        self.ending: Ending | None = None
        self.learns = learns
        self.partition: Partition | None = None
        # they are this run's, not those of a pytest that a test starts
        self.taken = {name: text for name in (OUTCOMES, NEED_SET) if (text := os.environ.pop(name, None)) is not None}

    def stand(self, config: pytest.Config) -> None:
        """Before any conftest.py is imported: hide, stand in, and put those in place who decide."""
        import pytest

        for hook in _HOOKS:
            pytest.hookimpl(**hook.options)(getattr(hook.of, hook.name))
        self.standins.begin()
        self.attempts.watch(self.dependencies.unmet)
        self.attempts.begin()
        self.naming = naming = Naming(self.policy, config)
        config.pluginmanager.register(Collecting(self.dependencies, naming, self.attempts), "gating-collecting")
        config.pluginmanager.register(Running(self.dependencies, naming, self.attempts), "gating-running")

    def configure(self, config: pytest.Config) -> None:
        """When every option is known: account and record, which a worker of xdist leaves to its controller."""
        if (given := getattr(config, "workerinput", None)) is not None:
            introduce(config.workeroutput)  # type: ignore[attr-defined]  # xdist's own
            modules, wanted = told(given)
            self.dependencies.learn(modules)
            self.attempts.watch(self.dependencies.unmet)
            self._divide(config, wanted)
            return
        self._divide(config, self.learns)
        account = Account()
        mode = self.policy.resolved_mode(os.environ)
        self.ending = Ending(account, self.dependencies, self.standins, mode=mode, outcomes=self.taken.get(OUTCOMES))
        self.ending.partition = self.partition
        config.pluginmanager.register(account, "gating-account")
        config.pluginmanager.register(self.ending, "gating-ending")
        workers = Workers(self.dependencies, self.partition)
        self.ending.workers = workers.ended
        config.pluginmanager.register(workers, "gating-workers")
        if self.options.runs and Begun.under_way == 1:
            with plainly():
                from gating.testing.recording import TestRun

                run = TestRun.begin(self.policy)
            run.judged = self.ending.judged
            config.pluginmanager.register(run, "gating-run")

    def _divide(self, config: pytest.Config, wanted: Wanted | None) -> None:
        """Where a run is there to learn from: let only the tests through that have its need-set."""
        if wanted is not None:
            self.partition = Partition(wanted, self.dependencies, self.naming)
            config.pluginmanager.register(self.partition, "gating-partition")

    def died(self, error: Exception) -> None:
        """Say what a conftest.py has died of, where that is a dependency of the policy."""
        from gating.testing.causes import reached
        from gating.testing.words import lines_of_conftest

        found = reached(error, self.dependencies.bringing)
        if found:
            _say(lines_of_conftest(found))

    def end(self) -> None:
        """Tell what has not been told, and leave no trace."""
        Begun.under_way -= 1
        try:
            if self.ending is not None:
                with plainly():
                    self.ending.end()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the tests
            _say([f"this test run is not accounted for: {type(error).__name__}: {error}"])
        finally:
            self.attempts.end()
            self.standins.end()
            os.environ.update(self.taken)


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        print(f"gating: {line}", file=sys.stderr)
