"""Installing optional dependencies: what the project declares, planned as a value, then tried from near to far."""

from __future__ import annotations
