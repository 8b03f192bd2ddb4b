"""What an installation costs where it cannot be had: no network, and nothing of the wanted version on the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Claim, command, medians
from gating.toolchain.channels import on_path
from gating.toolchain.host import Host

__all__ = ["lacking"]

_CLOSED = "http://127.0.0.1:9/simple"  # the port of `discard`, at which nobody listens
_POLICY = '[project]\nname = "lacking"\n\n[tool.gating.optional]\nwanted = "wanted>=2"\n'
_ATTEMPT = "import sys; from gating.checks.install import install_optional; install_optional(python=sys.argv[1])"


def lacking(folder: Path, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    """The claims: a whole command, from the start of Python to the recorded verdict and its end."""
    uv = on_path("uv", Host.of(env))
    if uv is None:
        sys.exit("the benchmark needs uv")
    root, wheels = folder / "lacking", folder / "wheels"
    root.mkdir()
    wheels.mkdir()
    (root / "pyproject.toml").write_text(_POLICY, encoding="utf-8")
    # a wheel of the right name and version for another platform: pip has to be started to find that out
    (wheels / "wanted-2.0-cp27-cp27m-win32.whl").touch()
    # pip's bytecode is there after the first round, as it is on every machine that has used pip once
    own = {
        **env,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": str(wheels),
        "PIP_INDEX_URL": _CLOSED,
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_DEFAULT_INDEX": _CLOSED,
        "UV_NO_CONFIG": "1",
    }
    by_uv, by_pip = folder / "by-uv", folder / "by-pip"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(by_uv)], env=own, check=True)
    virtualenv = [sys.executable, "-m", "virtualenv", "-q", "--no-download", "--no-periodic-update", str(by_pip)]
    subprocess.run(virtualenv, env=own, check=True)
    pythons = {"uv": by_uv / "bin" / "python", "pip": by_pip / "bin" / "python"}
    asks = {name: (sys.executable, "-c", _ATTEMPT, str(python)) for name, python in pythons.items()}
    pip = (str(pythons["pip"]), "-m", "pip", "install", "--no-index", "wanted>=2")
    found = medians(
        rounds,
        uv=command(asks["uv"], env=own, cwd=root),
        pip=command(asks["pip"], env=own, cwd=root),
        pip_alone=command(pip, env=own, cwd=root),
    )
    told = {"uv": "", "pip": f"; `pip install --no-index` alone takes {found['pip_alone'] * 1e3:.0f} ms"}
    return [
        Claim(
            what=f"an installation without a network by {name}: tried, recorded and over",
            beside="from the start of Python",
            ratio=found[name] * 1e3,
            bound=bound,
            unit="ms",
            detail=f"{found[name] * 1e3:.0f} ms{told[name]}",
        )
        for name, bound in (("uv", 300), ("pip", 600))
    ]
