"""Sources: where an installer was told to look for distributions, read from what the user configured for it.

Those are pip's `PIP_*` variables and pip.conf files, uv's `UV_*` variables and uv.toml files. Nothing is asked of a
network here, and no file can raise an error.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from gating.environ import OFFLINE, truth
from gating.optional.asked import normalise

__all__ = ["Sources", "is_local", "of_pip", "of_uv", "secrets_of"]

SYSTEM = "/etc"
_TELLING = 4  # characters from which a password by itself is told from any other letters


@dataclass(frozen=True, kw_only=True)
class Sources:
    """`links` are folders or pages of wheels, `indexes` the URLs that are asked, the main one first.

    `complete` is whether the main one is known: the installer's own default may not be. `proxy` is configured beside
    the usual variables, None where none is. `forbidden` is the setting that forbids the network, None where none does.
    """

    links: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    complete: bool = False
    proxy: str | None = None
    forbidden: str | None = None

    @property
    def local(self) -> tuple[str, ...]:
        """The indexes that are folders of this machine."""
        return tuple(filter(is_local, self.indexes))

    @property
    def remote(self) -> tuple[str, ...]:
        """Indexes and pages of links that are asked over a network."""
        return tuple(one for one in (*self.indexes, *self.links) if not is_local(one))

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL of it, some of which may hold a password."""
        return (*self.indexes, *self.links, *([self.proxy] if self.proxy else []))

    def may_have(self, distribution: str, specifier: str | None = None) -> bool:
        """Whether the local folders and indexes could hold a distribution, by the names of what is in them.

        A look at names is a thousand times as quick as an installer that finds nothing. An index tells no version.
        """
        name = normalise(distribution)
        folders = [_path(link) for link in self.links if is_local(link)]
        # a file is a page of links
        if any(os.path.isfile(folder) or _lists(folder, name, specifier) for folder in folders):
            return True
        return any(os.path.exists(os.path.join(_path(index), name)) for index in self.local)


def secrets_of(urls: Iterable[str]) -> tuple[str, ...]:
    """What of URLs must not be shown, the longest first: `user:password@`, and the password by itself."""
    found = set()
    for url in urls:
        told, at, _ = url.rpartition("://")[2].partition("/")[0].rpartition("@")
        if at and told != "git":  # the user of every public SSH address
            password = told.partition(":")[2]
            found |= {f"{told}@", *([password] if len(password) >= _TELLING else [])}
    return tuple(sorted(found, key=len, reverse=True))


def is_local(url: str) -> bool:
    """Whether it is a path or a file:// URL; a Windows path begins with a drive, which is no scheme."""
    scheme = url.partition(":")[0] if ":" in url else ""
    return scheme in {"", "file"} or len(scheme) == 1


def of_pip(env: Mapping[str, str], *, prefix: str, site: Sequence[str]) -> Sources:
    """What the pip of an interpreter is configured with; `prefix` and `site` are the interpreter's."""
    told = _pip_settings(env, prefix)
    main = told.get("index-url") or _default_of_pip(site)
    forbidden = _forbidden(env) or ("pip's no-index" if truth(told.get("no-index", "")) else None)
    return Sources(
        links=tuple(told.get("find-links", "").split()),
        complete=main is not None,
        indexes=tuple(filter(None, (main, *told.get("extra-index-url", "").split()))),
        proxy=told.get("proxy"),
        forbidden=forbidden,
    )


def of_uv(env: Mapping[str, str], *, root: str) -> Sources:
    """What uv is configured with for the project at `root`. Its own default index is not known."""
    told: dict[str, Any] = {}
    for file in _uv_files(env, root):
        told |= _uv_settings(file)
    links = re.split(r"[,\s]+", env.get("UV_FIND_LINKS", "")) if env.get("UV_FIND_LINKS") else told.get("find-links")
    more = [*_words(env, "UV_INDEX"), *_words(env, "UV_EXTRA_INDEX_URL")]
    named = told.get("index") if isinstance(told.get("index"), list) else []
    listed = [one for one in named or () if isinstance(one, dict) and isinstance(one.get("url"), str)]
    main = env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL") or told.get("index-url")
    main = main or next((one["url"] for one in listed if one.get("default") is True), None)
    more += [one["url"] for one in listed if one["url"] != main] + _texts(told.get("extra-index-url"))
    forbidden = _forbidden(env)
    for variable, key in (("UV_OFFLINE", "offline"), ("UV_NO_INDEX", "no-index")):
        if forbidden is None and (truth(env[variable]) if variable in env else told.get(key) is True):
            forbidden = variable if variable in env else f"uv's {key}"
    return Sources(
        links=tuple(_texts(links)),
        indexes=tuple(filter(None, (main, *more))),
        complete=bool(main),
        forbidden=forbidden,
    )


def _path(url: str) -> str:
    """The path of a local URL."""
    if not url.startswith("file:"):
        return os.path.expanduser(url)
    path = unquote(urlsplit(url).path)
    return path.lstrip("/") if sys.platform == "win32" else path


def _lists(folder: str, name: str, specifier: str | None) -> bool:
    """Whether a wheel or a source distribution of that name is there whose version would do, or cannot be told."""
    try:
        files = os.listdir(folder)
    except (OSError, ValueError):  # ValueError: a NUL in it
        return False
    spelt = "[-_.]+".join(map(re.escape, name.split("-")))
    of_name = re.compile(rf"{spelt}-(v?\d[^-]*?)(?:-.*\.whl|\.tar\.\w+|\.zip)", re.IGNORECASE)
    return any((found := of_name.fullmatch(file)) and _would_do(found[1], specifier) for file in files)


def _would_do(version: str, specifier: str | None) -> bool:
    if specifier is None:
        return True
    from gating.versions import distribution_satisfies, plainly_satisfies

    return plainly_satisfies(version, specifier) or distribution_satisfies(version, specifier) is not False


def _forbidden(env: Mapping[str, str]) -> str | None:
    return OFFLINE if truth(env.get(OFFLINE, "")) else None


def _pip_settings(env: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The settings of `pip install`: of its files, the later the stronger, then of variables."""
    from configparser import Error, RawConfigParser

    told: dict[str, str] = {}
    for file in _pip_files(env, prefix):
        parser = RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (Error, OSError, ValueError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                told |= {key.replace("_", "-"): text for key, text in parser.items(section)}
    for name in ("index-url", "extra-index-url", "find-links", "no-index", "proxy"):
        if text := env.get(f"PIP_{name.upper().replace('-', '_')}"):
            told[name] = text
    return told


def _pip_files(env: Mapping[str, str], prefix: str) -> Iterator[str]:
    """The configuration files of pip, in the order that it reads them."""
    own = env.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return
    home = env.get("USERPROFILE" if sys.platform == "win32" else "HOME", "")
    if sys.platform == "win32":
        name = "pip.ini"
        yield os.path.join(env.get("PROGRAMDATA", ""), "pip", name)
        yield os.path.join(home, "pip", name)
        yield os.path.join(env.get("APPDATA", ""), "pip", name)
    else:
        name = "pip.conf"
        for folder in reversed((env.get("XDG_CONFIG_DIRS") or f"{SYSTEM}/xdg").split(os.pathsep)):
            yield os.path.join(folder, "pip", name)
        yield os.path.join(SYSTEM, name)
        yield os.path.join(home, ".pip", name)
        if sys.platform == "darwin":
            yield "/Library/Application Support/pip/pip.conf"
            yield os.path.join(home, "Library/Application Support/pip", name)
        yield os.path.join(env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip", name)
    yield os.path.join(prefix, name)
    if own:
        yield own


def _default_of_pip(site: Sequence[str]) -> str | None:
    """The index that the interpreter's pip asks where none is configured, read from it; None where it has no pip."""
    for folder in site:
        try:
            with open(os.path.join(folder, "pip", "_internal", "models", "index.py"), encoding="utf-8") as file:
                found = re.search(r"""^PyPI = PackageIndex\(\s*["'](https?://[^"']+)""", file.read(), re.MULTILINE)
        except (OSError, ValueError):
            continue
        return found[1] if found else None
    return None


def _uv_files(env: Mapping[str, str], root: str) -> Iterator[str]:
    """The configuration files of uv, the later the stronger; pyproject.toml is not read where there is a uv.toml."""
    if own := env.get("UV_CONFIG_FILE"):
        yield own
        return
    if truth(env.get("UV_NO_CONFIG", "")):
        return
    home = env.get("USERPROFILE" if sys.platform == "win32" else "HOME", "")
    yield f"{SYSTEM}/uv/uv.toml"
    yield os.path.join(env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "uv", "uv.toml")
    here = os.path.join(root, "uv.toml")
    yield here if os.path.isfile(here) else os.path.join(root, "pyproject.toml")


def _uv_settings(file: str) -> dict[str, Any]:
    """The settings of `uv pip install` in a file; those of its table `pip` are the stronger ones."""
    import tomllib

    try:
        with open(file, "rb") as opened:
            data: Any = tomllib.load(opened)
    except (OSError, ValueError):
        return {}
    if os.path.basename(file) == "pyproject.toml":
        for key in ("tool", "uv"):
            data = data.get(key, {}) if isinstance(data, dict) else {}
    if not isinstance(data, dict):
        return {}
    pip = data.get("pip")
    return {**data, **(pip if isinstance(pip, dict) else {})}


def _words(env: Mapping[str, str], name: str) -> list[str]:
    """The URLs of a variable, which may be given as `name=url`."""
    return [re.sub(r"^[\w.-]+=(?=\w+:)", "", word) for word in env.get(name, "").split()]


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []
