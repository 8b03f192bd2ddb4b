"""gating: check that the toolchain is there and runs, degrade where the policy allows it, and say so.

Importing this package binds names and loads nothing; each name is loaded when it is first used.
PYTEST_DONT_REWRITE: often it is imported before pytest is.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.checks.incident import guard as guard
    from gating.checks.preflight import preflight as preflight
    from gating.checks.record import record_metrics as record_metrics
    from gating.ledger import open_ledger as open_ledger
    from gating.optional.absence import absent as absent
    from gating.optional.availability import Availability as Availability
    from gating.optional.calls import available as available
    from gating.optional.calls import require as require
    from gating.optional.missing import MissingDependency as MissingDependency
    from gating.optional.shim import shimmed as shimmed
    from gating.policy import Policy as Policy
    from gating.policy import load_policy as load_policy
    from gating.verdict import Report as Report
    from gating.verdict import Verdict as Verdict

__version__ = "0.1.0"


__all__ = [
    "Availability",
    "MissingDependency",
    "Policy",
    "Report",
    "Verdict",
    "__version__",
    "absent",
    "available",
    "guard",
    "load_policy",
    "open_ledger",
    "preflight",
    "record_metrics",
    "require",
    "shimmed",
]

if not TYPE_CHECKING:  # a type checker reads the imports above
    # each replaces itself when it is first called: whoever asks for no name, as most runs of pytest, pays for none
    def __getattr__(name: str) -> object:
        _bind()
        return __getattr__(name)

    def __dir__() -> list[str]:
        _bind()
        return __dir__()

    def _bind() -> None:
        from gating.lazy import lazily

        bound = globals()
        bound["__getattr__"], bound["__dir__"] = lazily(
            __name__,
            {
                "gating.checks.incident": ["guard"],
                "gating.checks.preflight": ["preflight"],
                "gating.checks.record": ["record_metrics"],
                "gating.ledger": ["open_ledger"],
                "gating.optional.absence": ["absent"],
                "gating.optional.availability": ["Availability"],
                "gating.optional.calls": ["available", "require"],
                "gating.optional.missing": ["MissingDependency"],
                "gating.optional.shim": ["shimmed"],
                "gating.policy": ["Policy", "load_policy"],
                "gating.verdict": ["Report", "Verdict"],
            },
        )
