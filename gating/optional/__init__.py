"""Optional dependencies: what is there, what stands in for what is not, and what is made to look absent."""

from __future__ import annotations
