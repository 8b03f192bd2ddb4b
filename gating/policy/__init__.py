"""The policy: the `[tool.gating]` table, found, parsed and checked; each value knows where it came from.

Importing this package binds names and loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from gating.lazy import lazily

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

if not TYPE_CHECKING:  # a type checker reads the imports above
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "gating.policy.load": ["load_policy"],
            "gating.policy.model": [
                "Budget",
                "Coverage",
                "Fallback",
                "Gate",
                "Keep",
                "Metrics",
                "Optional",
                "Policy",
                "Recorded",
                "Tool",
            ],
            "gating.policy.origins": ["Origin"],
        },
    )
