"""Python environments made by hand, with what pip would have put there: quick to make, and real to every Python."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = [
    "UV",
    "VERSION",
    "Environment",
    "broken_sdist",
    "by_uv",
    "by_virtualenv",
    "no_network",
    "tool",
    "wheel",
]

UV = str(Path(sys.executable).parent / "uv")  # of the test group
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def tool(path: Path, body: str, *, shebang: str = "#!/bin/sh", mode: int = 0o755) -> Path:
    """An executable script, in a folder that is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{shebang}\n{body}\n", encoding="utf-8")
    path.chmod(mode)
    return path


class Environment:
    """A virtual environment as PEP 405 has it: a link to a Python, a pyvenv.cfg, a site folder."""

    def __init__(self, prefix: Path, *, config: str = "") -> None:
        self.prefix = prefix
        self.bin = prefix / "bin"
        self.site = prefix / "lib" / f"python{VERSION}" / "site-packages"
        for folder in (self.bin, self.site):
            folder.mkdir(parents=True)
        base = os.path.realpath(sys.executable)
        self.python = self.bin / "python"
        self.python.symlink_to(base)
        self.config = prefix / "pyvenv.cfg"
        self.config.write_text(
            f"home = {os.path.dirname(base)}\ninclude-system-site-packages = false\nversion = {VERSION}.0\n{config}",
            encoding="utf-8",
        )

    def install(
        self,
        name: str,
        version: str,
        *,
        scripts: Sequence[str] = (),
        shebang: str | None = None,
        says: str | None = None,
        site: Path | None = None,
        origin: str | None = None,
    ) -> Path:
        """Put a distribution of one module there as pip does; its dist-info folder.

        It has console scripts that print `says`.
        """
        site = site or self.site
        module = f"{name.replace('-', '_')}.py"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nIts words.\n")
        (site / module).touch()
        listed = [f"{module},,", f"{info.name}/METADATA,,", f"{info.name}/RECORD,,"]
        for script in scripts:
            body = f"print({says or f'{script} {version}'!r})"
            path = tool(self.bin / script, body, shebang=shebang or f"#!{self.python}")
            listed.append(f"{os.path.relpath(path, site)},sha256=x,{path.stat().st_size}")
        (info / "RECORD").write_text("\n".join(listed) + "\n")
        if scripts:
            points = "".join(f"{script} = {script}:main\n" for script in scripts)
            (info / "entry_points.txt").write_text(f"[console_scripts]\n{points}\n[other]\nx = y:z\n")
        if origin is not None:
            (info / "direct_url.json").write_text(origin)
        return info


def wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    script: str | None = None,
    headers: Sequence[str] = (),
    modules: Mapping[str, str] | None = None,
) -> Path:
    """A wheel with one module, which pip installs; `script` is a console script that prints the version.

    `headers` are further lines of its metadata. `modules` are its files by path, in place of that one module; the
    script calls `main` of the first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    told = "".join(f"{line}\n" for line in headers)
    files = {
        **(modules or {f"{module}.py": f"def main():\n    print('{script or name} {version}')\n"}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{told}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        home = next(iter(files)).removesuffix(".py").replace("/", ".")
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{script} = {home}:main\n"
    record = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    made = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return made


def broken_sdist(folder: Path, name: str, version: str) -> Path:
    """A source distribution that needs nothing to be built, and whose build ends in an error."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        "backend.py": "raise SystemExit('the compiler is not here')\n",
    }
    made = folder / f"{stem}.tar.gz"
    with tarfile.open(made, "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return made


def by_uv(folder: Path) -> Path:
    """The Python of a virtual environment that uv made, without pip in it."""
    command = [UV, "venv", "-q", "--no-config", "--offline", "-p", sys.executable, "--cache-dir", f"{folder}-cache"]
    subprocess.run([*command, str(folder)], check=True, timeout=60)
    return folder / "bin" / "python"


def by_virtualenv(folder: Path) -> Path:
    """The Python of a virtual environment with pip in it, made without a network."""
    command = [sys.executable, "-m", "virtualenv", "--no-download", "--no-periodic-update", "--quiet"]
    subprocess.run([*command, "--app-data", f"{folder}-data", str(folder)], check=True, timeout=60)
    return folder / "bin" / "python"


def no_network(home: Path) -> dict[str, str]:
    """Variables by which neither pip nor uv has a configuration, a cache or an index that answers."""
    closed = "http://127.0.0.1:9/simple"  # the port of `discard`, at which nobody listens
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": closed,
        "PIP_NO_CACHE_DIR": "1",
        "UV_NO_CONFIG": "1",
        "UV_DEFAULT_INDEX": closed,
        "UV_CACHE_DIR": str(home / "uv-cache"),
    }


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
