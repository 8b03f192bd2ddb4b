"""Find words that are known to be wrong: exit 1 where there are some, 2 where the file cannot be read."""

import sys
from pathlib import Path

WRONG = {"teh": "the", "recieve": "receive"}


def main(path: str) -> int:
    try:
        words = Path(path).read_text(encoding="utf-8").split()
    except OSError as problem:
        print(problem, file=sys.stderr)
        return 2
    found = [word for word in words if word.lower() in WRONG]
    for word in found:
        print(f"{path}: {word!r} should be {WRONG[word.lower()]!r}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
