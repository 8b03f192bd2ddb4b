"""From the start: what a test run is to lack is hidden before pytest imports anything of the project.

pytest imports the classes that its warning filters name before it loads a plugin, and so before `--gating-without`
can hide anything. There a dependency is hidden as in a child process of a run that lacks it: from the interpreter's
first line on.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence

from gating.coverage.ini import read_asked
from gating.optional import children
from gating.optional.asked import asked_by
from gating.optional.names import modules_of
from gating.optional.targets import target_of
from gating.policy import Policy
from gating.policy.model import Fallback
from gating.toolchain.judged import JudgedPython

__all__ = ["hidden_from_start"]


@contextlib.contextmanager
def hidden_from_start(
    without: Collection[str], words: Sequence[str], *, policy: Policy, judged: JudgedPython, env: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """What is to be laid over the environment `env` of a pytest run with `words` and without these dependencies.

    `without` are the policy's keys. Nothing is where pytest imports nothing early, for there its plugin comes in time.
    """
    if not without or not read_asked(policy.root, words, env).imported:
        yield {}
        return
    targets = []
    for name, entry in policy.optional.items():
        if name in without:
            one = asked_by(name, entry)
            targets.append((entry, target_of(one, entry, modules_of(one, folders=judged.interpreter.site))))
    share = children.Share(
        absent=tuple(target for _, target in targets),
        shimmed=tuple(target for entry, target in targets if entry.fallback is Fallback.SHIM),
        roots=(os.path.realpath(policy.root),),
    )
    with tempfile.TemporaryDirectory(prefix=children.PREFIX) as folder:
        yield children.handed_on([share], env, folder)
