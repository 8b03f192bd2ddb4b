"""Surroundings: what of the place where tests ran decides which lines they could reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

__all__ = ["Surroundings"]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where tests ran: the minor version of the Python (`3.12`), its `sys.platform` and its `os.name`.

    `absent` are the policy's keys of the optional dependencies that could not be used, `missing` those of them that
    surely could not be imported (an outdated one can, and so can one that is stood in for). `modules` are the import
    names of each dependency of the policy, by its key and by its distribution's name.
    """

    python: str
    platform: str
    os_name: str = "posix"
    absent: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def minor(self) -> tuple[int, int]:
        """The version as numbers; (0, 0) for one that is none."""
        major, _, minor = self.python.partition(".")
        return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)

    def as_dict(self) -> dict[str, Any]:
        """The surroundings as plain values, sorted."""
        return {
            "python": self.python,
            "platform": self.platform,
            "os_name": self.os_name,
            "absent": sorted(self.absent),
            "missing": sorted(self.missing),
            "modules": {name: list(modules) for name, modules in sorted(self.modules.items())},
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_dict` made. Raises AttributeError, KeyError, TypeError or ValueError for what it has not."""
        return cls(
            python=str(told["python"]),
            platform=str(told["platform"]),
            os_name=str(told["os_name"]),
            absent=frozenset(map(str, told["absent"])),
            missing=frozenset(map(str, told["missing"])),
            modules={str(name): tuple(map(str, modules)) for name, modules in told["modules"].items()},
        )
