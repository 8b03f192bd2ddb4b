"""Packages that are made for one test, installed in a folder on the path, and projects that import them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import dedent

__all__ = ["World", "put"]


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder, dedented."""
    for name, text in files.items():
        made = folder / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


class World:
    """A site folder and a project folder, both first on `sys.path`, and the process as it was found."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "lib" / "site-packages"
        self.root = folder / "project"
        for made in (self.site, self.root):
            made.mkdir(parents=True)
        self.modules = dict(sys.modules)
        self.path = list(sys.path)
        self.cached = set(sys.path_importer_cache)
        sys.path[:0] = [str(self.root), str(self.site)]

    def install(
        self,
        name: str,
        files: Mapping[str, str],
        *,
        version: str = "1.0",
        points: str = "",
        requires: Iterable[str] = (),
    ) -> None:
        """Put a distribution there with its files, as pip does."""
        put(self.site, files)
        asked = "".join(f"Requires-Dist: {one}\n" for one in requires)
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        listed = [*files, f"{info}/METADATA", f"{info}/RECORD"]
        put(
            self.site,
            {
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{asked}",
                f"{info}/RECORD": "".join(f"{file},,\n" for file in listed),
                **({f"{info}/entry_points.txt": points} if points else {}),
            },
        )

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the project."""
        put(self.root, files)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment for a child that finds both folders behind what is on PYTHONPATH already."""
        path = [os.environ.get("PYTHONPATH", ""), str(self.root), str(self.site)]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **more}

    def close(self) -> None:
        """Forget what was imported from there."""
        sys.path[:] = self.path
        for name in set(sys.modules) - set(self.modules):
            file = getattr(sys.modules[name], "__file__", None) or str(getattr(sys.modules[name], "__path__", ""))
            if str(self.site) in file or str(self.root) in file:
                del sys.modules[name]
        for name in set(sys.path_importer_cache) - self.cached:
            del sys.path_importer_cache[name]
