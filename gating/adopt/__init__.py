"""Adopting gating: a policy proposed from what a project's own files say, and written where it is wanted."""

from __future__ import annotations

from gating.adopt.proposal import Proposal, propose
from gating.adopt.writing import write

__all__ = ["Proposal", "propose", "write"]
