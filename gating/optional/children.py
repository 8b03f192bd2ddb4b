"""Children: what is hidden or stood in for here is so in the processes that are started, and what stays unreached.

A folder with a `sitecustomize` is first on PYTHONPATH as long as anything stands. It runs the user's own after it.
"""

from __future__ import annotations

import json
import os

from gating.environ import ABSENT, SHIMMED
from gating.optional.targets import Target, from_plain, plain
from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PREFIX", "Share", "begin", "end", "handed_on", "read", "unreachable", "variables"]

PREFIX = "gating-children-"  # of the folder that is put in front of PYTHONPATH
_PATH = "PYTHONPATH"

_SITECUSTOMIZE = """\
# Written by gating, and gone when what it hides is shown again. Your own sitecustomize is run at its end.
import os
import sys

HOME = {home!r}
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
sys.path_importer_cache.pop(here, None)


def stand():
    lent = False
    try:
        import gating
    except ImportError:
        import importlib.util

        lent = True
        file = os.path.join(HOME, "gating", "__init__.py")
        spec = importlib.util.spec_from_file_location("gating", file)
        sys.modules["gating"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["gating"])
    from gating.optional.in_child import stand

    stand(lent)


if sys.version_info >= (3, 11):
    try:
        stand()
    except Exception as error:
        sys.stderr.write("gating: nothing is hidden or stood in for in %s: %s\\n" % (sys.executable, error))
sys.modules.pop("sitecustomize", None)
import sitecustomize
"""


class Share(NamedTuple):
    """What one standing hands on to children: what is absent, what is stood in for, in the code of which folders."""

    absent: tuple[Target, ...]
    shimmed: tuple[Target, ...]
    roots: tuple[str, ...]


_shares: list[Share] = []
_before: dict[str, str | None] = {}
_set: dict[str, str] = {}
_folder = ""
_owner = 0


def begin(share: Share) -> None:
    """Let the processes that are started from now on see it."""
    if not _shares:
        _before.update({name: os.environ.get(name) for name in (_PATH, ABSENT, SHIMMED)})
    _shares.append(share)
    _export()


def end(share: Share) -> None:
    """End one `begin`. What the environment had is back with the last of them."""
    if not any(one is share for one in _shares):
        return
    _shares[:] = [one for one in _shares if one is not share]
    if _shares:
        _export()
        return
    for name, text in _before.items():
        if os.environ.get(name) == _set.get(name):  # else somebody has set it since, and it is theirs
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
    _before.clear()
    _set.clear()
    _remove_folder()


def variables() -> dict[str, str]:
    """The variables of the environment that a child process needs; none where nothing stands."""
    return dict(_set)


def read(env: Mapping[str, str]) -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[str, ...]]:
    """What the environment says: absent, stood in for, and the folders whose code gets the stand-ins."""
    shimmed = json.loads(env.get(SHIMMED) or "{}")
    return (
        tuple(map(from_plain, json.loads(env.get(ABSENT) or "[]"))),
        tuple(map(from_plain, shimmed.get("targets", ()))),
        tuple(shimmed.get("roots", ())),
    )


def unreachable() -> tuple[str, ...]:
    """Which processes go on seeing what is hidden here, each in a line."""
    return (
        "a Python that is started with -I, -E or -S, or without the variables of this environment",
        "a Python older than 3.11",
        "a process that was started before, such as multiprocessing's fork server",
    )


def handed_on(shares: Sequence[Share], env: Mapping[str, str], folder: str) -> dict[str, str]:
    """The variables by which a process that has the environment `env` sees these shares, the last of them first.

    `folder` is an empty one of ours, which has to be there as long as such processes are started.
    """
    absent, shimmed, roots = read(env)
    decided: set[str] = set()
    hidden: list[Target] = []
    standing: list[Target] = []
    inherited = Share(absent, shimmed, roots)
    for share in (*reversed(shares), inherited):  # the innermost decides
        hidden += [target for target in share.absent if not decided.issuperset(target.modules)]
        standing += [target for target in share.shimmed if not decided.issuperset(target.modules)]
        decided.update(module for target in (*share.absent, *share.shimmed) for module in target.modules)
    folders = dict.fromkeys(root for share in (inherited, *shares) for root in share.roots)
    before = env.get(_PATH)
    path = [entry for entry in before.split(os.pathsep) if not _is_ours(entry)] if before else []
    file = os.path.join(folder, "sitecustomize.py")
    if not os.path.exists(file):
        home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(_SITECUSTOMIZE.format(home=home))
    return {
        _PATH: os.pathsep.join([folder, *path]),
        ABSENT: json.dumps(list(map(plain, hidden))),
        SHIMMED: json.dumps({"targets": list(map(plain, standing)), "roots": list(folders)}),
    }


def _export() -> None:
    _set.update(handed_on(_shares, {name: text for name, text in _before.items() if text}, _made_folder()))
    os.environ.update(_set)


def _is_ours(entry: str) -> bool:
    return os.path.basename(entry).startswith(PREFIX)


def _made_folder() -> str:
    global _folder, _owner
    if not _folder:
        import atexit
        import tempfile

        try:
            _folder, _owner = tempfile.mkdtemp(prefix=PREFIX), os.getpid()
        except OSError as error:
            from gating.errors import UsageError

            told = f"there is no folder for what child processes need ({error}); TMPDIR can name one"
            raise UsageError(told) from None
        atexit.register(_remove_folder)
    return _folder


def _remove_folder() -> None:
    """Take the folder away, unless this is a forked child of the process whose it is."""
    global _folder  # noqa: PLW0603 - as above
    if _folder and _owner == os.getpid():
        import atexit
        import shutil

        shutil.rmtree(_folder, ignore_errors=True)
        atexit.unregister(_remove_folder)
    _folder = ""
