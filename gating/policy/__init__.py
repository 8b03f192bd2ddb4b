"""The policy: the `[tool.gating]` table, found, parsed and checked; each value knows where it came from.

Importing this package binds names and loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.policy.load import load_policy as load_policy
    from gating.policy.model import Budget as Budget
    from gating.policy.model import Coverage as Coverage
    from gating.policy.model import Fallback as Fallback
    from gating.policy.model import Gate as Gate
    from gating.policy.model import Keep as Keep
    from gating.policy.model import Metrics as Metrics
    from gating.policy.model import Optional as Optional
    from gating.policy.model import Policy as Policy
    from gating.policy.model import Recorded as Recorded
    from gating.policy.model import Tool as Tool
    from gating.policy.origins import Origin as Origin

_HOMES = {
    "Budget": "model",
    "Coverage": "model",
    "Fallback": "model",
    "Gate": "model",
    "Keep": "model",
    "Metrics": "model",
    "Optional": "model",
    "Origin": "origins",
    "Policy": "model",
    "Recorded": "model",
    "Tool": "model",
    "load_policy": "load",
}

__all__ = [
    "Budget",
    "Coverage",
    "Fallback",
    "Gate",
    "Keep",
    "Metrics",
    "Optional",
    "Origin",
    "Policy",
    "Recorded",
    "Tool",
    "load_policy",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
