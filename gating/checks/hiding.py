"""Hiding: secrets taken out of what an installation prints and records, by their look and by where they are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gating.ledger.redact import MASK, redact, redact_text
from gating.verdict import Verdict

__all__ = ["Hidden"]


class Hidden:
    """Takes `secrets`, as they are configured in URLs, and all that looks like one out of texts and verdicts.

    A user name with its password, which ends in the `@` of its URL, keeps that.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = tuple(secrets)

    def __call__(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, f"{MASK}@" if secret.endswith("@") else MASK)
        return redact_text(text)

    def of(self, verdict: Verdict) -> Verdict:
        """A verdict without them, in all that is printed and stored of it."""
        remedy = verdict.remedy
        if remedy is not None:
            remedy = replace(remedy, commands=tuple(tuple(map(self, argv)) for argv in remedy.commands))
        details = redact(self._walk(verdict.details))
        return replace(verdict, reason=self(verdict.reason), remedy=remedy, details=details)

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {key: self._walk(one) for key, one in value.items()}
        return [self._walk(one) for one in value] if isinstance(value, list | tuple) else value
