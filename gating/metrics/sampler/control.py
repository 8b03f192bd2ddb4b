"""What the recorder and its sampler say to each other: marshalled dictionaries behind their length.

Both ends run the same interpreter, so marshal can be read by either; unlike json it costs no import.

To the sampler: `{"config": …}` first, `{"watch": pid}`, `{"end": …}`. The end of the pipe without
an `end` means that the recorder is gone. From the sampler: `{"ready": seconds}` after the first sample,
`{"footer": …}` at the end.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["Inbox", "pack"]

_LENGTH = 4  # bytes in front of each message
_VERSION = 4  # of marshal: read by every Python that we support


def pack(message: Mapping[str, Any]) -> bytes:
    """One message as it goes through the pipe; its values are None, bool, int, float, str, list and dict."""
    body = marshal.dumps(dict(message), _VERSION)
    return len(body).to_bytes(_LENGTH, "big") + body


class Inbox:
    """Messages put together again from the parts in which a pipe hands them over."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, part: bytes) -> Iterator[dict[str, Any]]:
        """Take what was read, and give each message that is now complete."""
        self._kept += part
        while len(self._kept) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._kept[:_LENGTH], "big")
            if len(self._kept) < end:
                return
            body = bytes(self._kept[_LENGTH:end])
            del self._kept[:end]
            yield marshal.loads(body)  # noqa: S302 - a pipe between two processes of ours
