"""Site folders with distributions and modules in every condition, and the two ways of looking at them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

__all__ = ["Site"]


class Site:
    """A folder that distributions are installed in by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, text: str = "") -> Path:
        made = self.folder / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(dedent(text), encoding="utf-8")
        return made

    def install(
        self,
        name: str,
        version: str | None,
        files: Mapping[str, str] | None = None,
        *,
        top_level: str | None = None,
        record: bool = True,
        metadata: str = "",
        direct_url: str | None = None,
    ) -> Path:
        """Put a distribution there as pip does; its dist-info folder. `files` are written and recorded."""
        files = files or {}
        for path, text in files.items():
            self.write(path, text)
        info = self.folder / f"{name.replace('-', '_')}-{version or '0'}.dist-info"
        info.mkdir()
        told = f"Version: {version}\n" if version else ""
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\n{told}{metadata}\nIts words.\n")
        if top_level is not None:
            (info / "top_level.txt").write_text(f"{top_level}\n")
        if direct_url is not None:
            (info / "direct_url.json").write_text(direct_url)
        if record:
            lines = [f"{path},sha256=x,1\n" for path in files]
            (info / "RECORD").write_text("".join([*lines, f"{info.name}/METADATA,,\n", f"{info.name}/RECORD,,\n"]))
        return info
