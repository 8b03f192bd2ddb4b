"""The pages of the repository as tests read them: their blocks of code, their code in line, their prose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

__all__ = ["PAGES", "ROOT", "Block", "blocks", "inline_code"]

ROOT = Path(__file__).parents[1]
PAGES = {path.relative_to(ROOT).as_posix(): path for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]}

_FENCE = r"(?:<!-- (\S+) -->\n)?^```(\w*)\n(.*?)^```$"


class Block(NamedTuple):
    """A fenced block: the page and line it begins at, the language, the text, the file that it says it shows."""

    page: str
    line: int
    language: str
    text: str
    shows: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str, page: str | None = None) -> list[Block]:
    """The blocks in these languages, of one page or of all; there is at least one."""
    found = []
    for name, path in PAGES.items():
        text = path.read_text(encoding="utf-8")
        for fence in re.finditer(_FENCE, text, re.MULTILINE | re.DOTALL):
            if fence[2] in languages and page in {None, name}:
                line = text.count("\n", 0, fence.start(2)) + 1
                found.append(Block(name, line, fence[2], fence[3], fence[1]))
    assert found
    return found


def inline_code(page: str) -> list[str]:
    """What stands between backticks outside of the blocks, each on one line."""
    prose = re.sub(r"^```.*?^```$", "", PAGES[page].read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
