"""What this machine, this interpreter and this checkout are: one document, the same for an unchanged machine.

`take` looks, `freshness_key` tells cheaply whether a look would find something new, `as_text` and
`as_markdown` print. Nothing here judges, and nothing raises: what cannot be known is null, with a note.
"""

from __future__ import annotations

from gating.lazy import lazily
from gating.snapshot.words import SCHEMA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.snapshot.document import take
    from gating.snapshot.freshness import freshness_key
    from gating.snapshot.markdown import as_markdown
    from gating.snapshot.text import as_text

__all__ = ["SCHEMA", "as_markdown", "as_text", "freshness_key", "take"]

if not TYPE_CHECKING:  # a type checker reads the imports above
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "gating.snapshot.document": ["take"],
            "gating.snapshot.freshness": ["freshness_key"],
            "gating.snapshot.markdown": ["as_markdown"],
            "gating.snapshot.text": ["as_text"],
        },
    )
