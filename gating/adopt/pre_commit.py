"""The hooks of a `.pre-commit-config.yaml`, read line by line.

A YAML library is not asked, even where there is one: what is proposed must not depend on what happens to be
importable. The reader follows the columns of the block style that these files are written in.
Format: pre-commit.com, "Adding pre-commit plugins to your project" and "Repository local hooks".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["CONFIG", "Hook", "Hooks", "read_hooks"]

CONFIG = ".pre-commit-config.yaml"

_DASH = re.compile(r"-[ ]+|-$")
_KEY = re.compile(r"""(?P<quote>["']?)(?P<key>[A-Za-z_][\w-]*)(?P=quote)[ ]*:(?:[ ]+|$)(?P<value>.*)""")
_BLOCK = re.compile(r"[|>][-+0-9]*[ ]*(?:#.*)?")
_QUOTED = re.compile(r"""'((?:[^']|'')*)'[ ]*(?:#.*)?|"((?:[^"\\]|\\.)*)"[ ]*(?:#.*)?""")
_PAIR = re.compile(
    r"""\s*(["']?[A-Za-z_][\w-]*["']?\s*:\s+(?:'[^']*'|"[^"\\]*"|\[[^\]"']*\]|[^,{}\[\]"']+))\s*(?:,|$)"""
)


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A hook: its id, where it comes from (an address, `local` or `meta`), and what the file says that it runs.

    `entry` and `language` are empty where the file leaves them to the hook's own repository.
    """

    id: str
    repo: str = ""
    entry: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What the file says. `minimum_version` is of pre-commit itself; `problem` says what cannot be read of it."""

    hooks: tuple[Hook, ...] = ()
    minimum_version: str | None = None
    problem: str | None = None


def read_hooks(root: str) -> Hooks | None:
    """Read the hooks of a project, None where it has none."""
    path = os.path.join(root, CONFIG)
    if not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8-sig") as stream:
            lines = stream.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return Hooks(problem=f"cannot be read: {error}")
    reader = _Reader()
    for item in _items(lines):
        reader.take(item)
    return reader.hooks()


class _Item(NamedTuple):
    """One `key: value` and the columns of its dash (None: it has none) and of its key. A dash alone has no key."""

    dash: int | None
    column: int
    key: str
    value: str


class _Reader:
    """Puts keys where they belong by their columns: the file's own, a repository's, a hook's."""

    def __init__(self) -> None:
        self.section = ""
        self.top: dict[str, str] = {}
        self.found: list[tuple[dict[str, str], dict[str, str]]] = []
        self.repo: dict[str, str] = {}
        self.hook: dict[str, str] | None = None
        self.repo_dash: int | None = None
        self.repo_column: int | None = None
        self.hook_dash: int | None = None
        self.hook_column: int | None = None

    def take(self, item: _Item) -> None:
        if item.dash is None and item.column == 0:
            self.section = item.key
            self.top[item.key] = item.value
        elif self.section == "repos":
            if item.dash is not None:
                self._begin(item.dash)
            self._put(item)

    def _begin(self, dash: int) -> None:
        """Begin a repository or a hook, or neither where the dash is deeper."""
        if self.repo_dash is None or dash <= self.repo_dash:
            self.repo_dash, self.repo_column, self.repo = dash, None, {}
            self.hook_dash, self.hook = None, None
        elif "hooks" in self.repo and (self.hook_dash is None or dash == self.hook_dash):
            self.hook_dash, self.hook_column, self.hook = dash, None, {}
            self.found.append((self.repo, self.hook))

    def _put(self, item: _Item) -> None:
        if not item.key:
            return
        if self.hook is not None:
            self.hook_column = item.column if self.hook_column is None else self.hook_column
            if item.column == self.hook_column:
                self.hook.setdefault(item.key, item.value)
                return
        elif self.repo_column is None:
            self.repo_column = item.column
        if item.column == self.repo_column:
            self.hook = None
            self.repo.setdefault(item.key, item.value)

    def hooks(self) -> Hooks:
        unread = sum(1 for _, hook in self.found if not hook.get("id"))
        problem = f"{unread} of its hooks cannot be read" if unread else None
        if not self.found and self.top.get("repos", "?") != "[]":
            problem = "its hooks cannot be read"
        return Hooks(
            hooks=tuple(
                Hook(
                    id=hook["id"],
                    repo=repo.get("repo", ""),
                    entry=hook.get("entry", ""),
                    language=hook.get("language", ""),
                )
                for repo, hook in self.found
                if hook.get("id")
            ),
            minimum_version=self.top.get("minimum_pre_commit_version") or None,
            problem=problem,
        )


def _items(lines: list[str]) -> Iterator[_Item]:
    at = 0
    while at < len(lines):
        said = lines[at].lstrip(" ")
        column = len(lines[at]) - len(said)
        at += 1
        dash = None
        while found := _DASH.match(said):
            dash = column if dash is None else dash
            column, said = column + found.end(), said[found.end() :]
        if dash is not None and said.startswith("{"):
            pairs = _PAIR.findall(said.partition(" #")[0].rstrip().removeprefix("{").removesuffix("}"))
        else:
            pairs = [said]
        keys = [key for pair in pairs if (key := _KEY.match(pair))]
        if not keys and dash is not None:
            yield _Item(dash, column, "", "")
        for key in keys:
            value = key["value"]
            if _BLOCK.fullmatch(value):
                value, at = _block(lines, at, column)
            yield _Item(dash, column, key["key"], _plain(value))
            dash = None


def _block(lines: list[str], at: int, column: int) -> tuple[str, int]:
    """A block scalar below a key, on one line, and where the text goes on behind it."""
    rows = []
    while at < len(lines) and (not lines[at].strip() or len(lines[at]) - len(lines[at].lstrip(" ")) > column):
        rows.append(lines[at].strip())
        at += 1
    return " ".join(filter(None, rows)), at


def _plain(value: str) -> str:
    """A scalar without quotes and comment. An alias, a tag or a list is an empty text: it says nothing here."""
    value = re.sub(r"^&\S+[ ]*", "", value.strip())
    if found := _QUOTED.fullmatch(value):
        single, double = found.groups()
        return single.replace("''", "'") if single is not None else re.sub(r"\\(.)", r"\1", double)
    if value.startswith(("*", "!", "{", "#")):
        return ""
    return re.sub(r"[ \t]+#.*$", "", value).strip()
