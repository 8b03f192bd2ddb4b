"""Ask NVIDIA's management library; a script of its own, since a sick driver can hang or crash whoever asks.

Run as `python -I nvml.py FOLDER`, where FOLDER holds the module `pynvml` (distribution nvidia-ml-py). That one is
taken, whatever this Python has installed itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

__all__ = ["MARK"]

MARK = "gating.nvml "  # begins the line that holds the answer


def _ask(pynvml: Any) -> dict[str, object]:
    def said(call: Callable[..., Any], *given: object) -> Any:
        try:
            answer = call(*given)
        except pynvml.NVMLError:  # not supported by this device: unknown
            return None
        return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer

    pynvml.nvmlInit()
    try:
        driver = said(pynvml.nvmlSystemGetDriverVersion)
        gpus = []
        for place in range(pynvml.nvmlDeviceGetCount()):
            device = pynvml.nvmlDeviceGetHandleByIndex(place)
            memory = said(pynvml.nvmlDeviceGetMemoryInfo, device)
            gpus.append(
                {
                    "name": said(pynvml.nvmlDeviceGetName, device),
                    "uuid": said(pynvml.nvmlDeviceGetUUID, device),
                    "memory_bytes": None if memory is None else int(memory.total),
                    "driver": driver,
                }
            )
        return {"driver": driver, "gpus": gpus}
    finally:
        pynvml.nvmlShutdown()


def _library(folder: str) -> Any:
    spec = PathFinder.find_spec("pynvml", [folder])
    if spec is None or spec.loader is None:
        sys.exit(f"there is no pynvml in {folder}")
    sys.path.append(folder)  # for what it imports itself; behind the standard library, which it must not stand in for
    made = sys.modules["pynvml"] = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


if __name__ == "__main__":
    library = _library(sys.argv[1])
    try:
        print(f"\n{MARK}{json.dumps(_ask(library))}")
    except library.NVMLError as problem:
        sys.exit(str(problem))
