"""gating: check that the toolchain is there and runs, degrade where the policy allows it, and say so.

Importing this package binds names and loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.checks.preflight import preflight as preflight
    from gating.ledger import open_ledger as open_ledger
    from gating.policy import Policy as Policy
    from gating.policy import load_policy as load_policy
    from gating.verdict import Report as Report
    from gating.verdict import Verdict as Verdict

__version__ = "0.1.0"

_HOMES = {
    "Policy": "gating.policy",
    "Report": "gating.verdict",
    "Verdict": "gating.verdict",
    "load_policy": "gating.policy",
    "open_ledger": "gating.ledger",
    "preflight": "gating.checks.preflight",
}

__all__ = ["Policy", "Report", "Verdict", "__version__", "load_policy", "open_ledger", "preflight"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
