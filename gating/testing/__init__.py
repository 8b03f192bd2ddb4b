"""Testing: what a pytest run reaches, leaves out and says, for the pytest door."""

from __future__ import annotations
