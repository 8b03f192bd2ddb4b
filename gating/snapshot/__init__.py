"""What this machine, this interpreter and this checkout are: one document, the same for an unchanged machine.

`take` looks, `freshness_key` tells cheaply whether a look would find something new, `as_text` and
`as_markdown` print. Nothing here judges, and nothing raises: what cannot be known is null, with a note.
"""

from __future__ import annotations

from gating.snapshot.words import SCHEMA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.snapshot.document import take
    from gating.snapshot.freshness import freshness_key
    from gating.snapshot.markdown import as_markdown
    from gating.snapshot.text import as_text

__all__ = ["SCHEMA", "as_markdown", "as_text", "freshness_key", "take"]

_HOMES = {
    "as_markdown": "gating.snapshot.markdown",
    "as_text": "gating.snapshot.text",
    "freshness_key": "gating.snapshot.freshness",
    "take": "gating.snapshot.document",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value
