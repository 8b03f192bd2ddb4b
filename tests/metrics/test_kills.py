"""Twenty kills at random moments: every file parses, and the next run accounts for every run.

`tests/realworld/test_metrics_kills.py` does three hundred.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from tests.metrics.kills import PARTS, Trials
from tests.projects import clean_environment

pytestmark = [
    pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the parts are found in /proc"),
    pytest.mark.timeout(300),
]

_WHICH = [parts for count in (1, 2, 3) for parts in itertools.combinations(PARTS, count)]


def test_whatever_is_killed_is_accounted_for(tmp_path: Path) -> None:
    trials = Trials(tmp_path, clean_environment(tmp_path / "home", measured=False), seed=5)
    for number in range(20):
        trial = trials.one(_WHICH[number % len(_WHICH)])
        trials.check(trial)
    trials.check_all()
