"""In a child: a Python that was started while something stood hides the same from its first line on."""

from __future__ import annotations

import os
import sys

from gating.optional import layers, machinery, statements
from gating.optional.children import read
from gating.optional.stage import Stage

__all__ = ["stand"]


def stand(lent: bool) -> None:
    """Hide what the environment says, until the process ends.

    `lent` says that this Python has no gating, and that its files were only loaded for this. Then they are not to be
    found by an import either, unless stand-ins need them.
    """
    absent, shimmed, roots = read(os.environ)
    if not absent and not shimmed:
        return
    layers.added(layers.Layer(absent, shimmed, Stage(shimmed, roots).stand_in, roots=roots))
    machinery.install()
    if lent and not shimmed:
        statements.settle(target.distribution for target in absent)
        for name in [name for name in sys.modules if name.partition(".")[0] == "gating"]:
            del sys.modules[name]
