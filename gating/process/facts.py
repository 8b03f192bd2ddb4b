"""What a running Python says of itself; imported for our own, run as a script (`-I facts.py`) by any other.

So it may use nothing but the standard library of every Python from 3.8 on, and little of that: `platform` and
`sysconfig` are slow to import, and `sys` and `os` know the same.
"""

from __future__ import annotations

import os
import sys

__all__ = ["MARK", "facts", "is_own", "site_folders"]

MARK = "gating.facts "  # begins the line that holds the answer: a .pth file or sitecustomize may print others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypedDict

    class Facts(TypedDict):
        """The answer; the same names as in `gating.process.interpreter.Interpreter`."""

        executable: str
        version: str
        implementation: str
        prefix: str
        base_prefix: str
        site: list[str]
        markers: dict[str, str]
        compiler: str | None
        soabi: str | None
        free_threaded: bool
        debug: bool


def facts() -> Facts:
    """Describe the Python that runs this."""
    markers = _markers()
    return {
        "executable": sys.executable or "",
        "version": markers["python_full_version"],
        "implementation": markers["platform_python_implementation"],
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "site": site_folders(),
        "markers": markers,
        "compiler": sys.version.rpartition("[")[2].rstrip("]") if "[" in sys.version else None,
        "soabi": _soabi(),
        "free_threaded": _free_threaded(),
        "debug": hasattr(sys, "gettotalrefcount"),
    }


def is_own(python: str) -> bool:
    """Whether the path `python` starts the interpreter and the environment that we run in.

    The file behind the path does not tell, since virtual environments link to one; its folder does as well.
    """
    own = sys.executable
    if not own or not os.path.dirname(python) or "\0" in python:
        return False
    return os.path.abspath(python) == os.path.abspath(own) or (
        os.path.realpath(os.path.dirname(python)) == os.path.realpath(os.path.dirname(own))
        and os.path.realpath(python) == os.path.realpath(own)
    )


def site_folders() -> list[str]:
    """The folders of sys.path that can hold distributions, in their order.

    These are the ones that PYTHONPATH names, the site folders, and what .pth files added behind those. What
    stands in front of them otherwise is the running script's own doing and would not be there for another.
    """
    import site

    known = {os.path.normcase(folder) for folder in _known_folders(site)}
    path = [os.path.normcase(entry) for entry in sys.path]
    first = next((place for place, entry in enumerate(path) if entry in known), len(path))
    library = os.path.dirname(os.__file__)
    own = {os.path.normcase(entry) for entry in (library, os.path.join(library, "lib-dynload"))}
    named = [entry for entry in _python_path() if entry in sys.path[:first]]
    found: list[str] = []
    for entry in [*named, *sys.path[first:]]:
        if entry not in found and os.path.normcase(entry) not in own and os.path.exists(entry):
            found.append(entry)
    return found


def _markers() -> dict[str, str]:
    """The environment of PEP 508 markers, as packaging.markers.default_environment gives it."""
    names = {"cpython": "CPython", "pypy": "PyPy"}
    version = sys.version.split()[0]
    markers = {
        "implementation_name": sys.implementation.name,
        "implementation_version": _full(sys.implementation.version),
        "os_name": os.name,
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": sys.platform,
    }
    if hasattr(os, "uname") and sys.implementation.name in names:
        system = os.uname()
        markers["platform_python_implementation"] = names[sys.implementation.name]
        markers["platform_system"] = system.sysname
        markers["platform_release"] = system.release
        markers["platform_version"] = system.version
        markers["platform_machine"] = system.machine
    else:
        import platform

        markers["platform_python_implementation"] = platform.python_implementation()
        markers["platform_system"] = platform.system()
        markers["platform_release"] = platform.release()
        markers["platform_version"] = platform.version()
        markers["platform_machine"] = platform.machine()
    return markers


def _full(info: sys._version_info) -> str:
    text = f"{info.major}.{info.minor}.{info.micro}"
    return text if info.releaselevel == "final" else f"{text}{info.releaselevel[0]}{info.serial}"


def _python_path() -> list[str]:
    return [os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _known_folders(site: object) -> list[str]:
    folders = list(getattr(site, "getsitepackages", list)())  # absent from what old virtualenvs installed as site
    if getattr(site, "ENABLE_USER_SITE", False):
        folders.append(site.getusersitepackages())  # type: ignore[attr-defined]  # a module, passed as an object
    return folders


def _soabi() -> str | None:
    """The tag of extension modules, such as `cpython-313-x86_64-linux-gnu`, from their file name's ending."""
    import _imp

    for suffix in _imp.extension_suffixes():
        parts = suffix.split(".")
        if len(parts) == 3 and parts[1] != "abi3":  # noqa: PLR2004 (".", the tag, "so")
            return str(parts[1])
    return None


def _free_threaded() -> bool:
    if hasattr(sys, "abiflags"):
        return "t" in sys.abiflags
    import sysconfig

    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def _add_user_site() -> None:
    import site

    virtual = sys.prefix != sys.base_prefix
    if os.environ.get("PYTHONNOUSERSITE") or (virtual and sys.base_prefix not in getattr(site, "PREFIXES", ())):
        return
    if hasattr(os, "getuid") and (os.getuid() != os.geteuid() or os.getgid() != os.getegid()):
        return
    folder = site.getusersitepackages()
    if not os.path.isdir(folder):
        return
    # its place is behind a virtual environment's own folder and in front of the installation's
    prefixes = [prefix for prefix in getattr(site, "PREFIXES", ()) if not virtual or prefix != sys.prefix]
    others = {os.path.normcase(entry) for entry in site.getsitepackages(prefixes)}
    first = next((n for n, entry in enumerate(sys.path) if os.path.normcase(entry) in others), len(sys.path))
    end = len(sys.path)
    site.addsitedir(folder)  # puts it last, with what its .pth files name
    added = sys.path[end:]
    del sys.path[end:]
    sys.path[first:first] = added
    site.ENABLE_USER_SITE = True


if __name__ == "__main__":
    import json

    sys.path[:0] = _python_path()  # as a start without `-I` would, and so the user's site folder
    _add_user_site()
    print(f"\n{MARK}{json.dumps(facts())}")
