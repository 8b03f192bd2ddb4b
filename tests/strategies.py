"""Hypothesis strategies for what gating passes around: texts as bad as tools print them, verdicts, reports, runs."""

from __future__ import annotations

from hypothesis import strategies as st

from gating.verdict import Evidence, Mode, Need, Outcome, Remedy, Report, RunInfo, Source, State, Verdict

__all__ = ["HOSTILE", "argvs", "ids", "nasty_texts", "remedies", "reports", "run_rows", "verdicts"]

# what has painted a terminal, ended a line, closed a block or given a CI service a command somewhere
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP1$r\x1b\\",
    "\x9b31m",
    "\r\nsecond line",
    "\u2028\u2029\x85",
    "\x00\x07\x08\x0b\x0c\x7f",
    "\ud800",
    "\udc80\udcff",
    "\ud83d\ude00",
    "\ufffe\uffff",
    "\u202etxt.exe",
    "::error file=a.py,line=1::forged",
    "\n::set-output name=x::1",
    "::add-mask::a",
    "::stop-commands::token",
    "##[error]forged",
    "###[group]forged",
    "##vso[task.complete result=Failed;]",
    "##teamcity[testFailed]",
    "]]>",
    "<![CDATA[",
    "<script>alert(1)</script>",
    "&amp;&lt;&#124;",
    "</testcase>",
    "`code`",
    "````\n```",
    "| a | b |",
    "\\|",
    "**bold** _under_ [link](https://example.org) ~~gone~~ $x$",
    "50%",
    "%0A::error::forged",
    "a'b\"c $HOME `id` \\",
    "gating: PASS  9 passed (lenient)",
    "日本語",
    "é",
    "e\u0301",
    "\U0001f469\u200d\U0001f4bb",
    "x" * 3000,
    "word " * 400,
)


def nasty_texts(max_size: int = 60) -> st.SearchStrategy[str]:
    """Any text at all, surrogates and controls included, and the hostile ones more often than chance."""
    anything = st.text(st.characters(), max_size=max_size)
    return st.one_of(anything, st.lists(st.sampled_from(HOSTILE) | anything, max_size=4).map("".join))


def ids() -> st.SearchStrategy[str]:
    """`KIND:NAME`: the name as a policy may give it, without `/`, controls and what cannot be seen.

    Blanks stand alone between words, and `##` and `::` are left out: they are shown with a blank in them where
    a CI service would obey them.
    """
    kinds = st.sampled_from(["tool", "gate", "optional", "coverage", "python"])
    seen = st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"], exclude_characters="/")
    words = st.text(seen, min_size=1, max_size=20).filter(lambda word: "##" not in word and "::" not in word)
    names = st.sampled_from(["git", "pre-commit", "a|b", "`x`", "<b>", "**x**", "x&y", "日本", "_x_"]) | words
    spaced = st.lists(names, min_size=1, max_size=3).map(" ".join)
    return st.builds("{}:{}".format, kinds, spaced).filter(lambda made: "::" not in made)


def argvs() -> st.SearchStrategy[tuple[str, ...]]:
    """Argument lists that a process can be given: no NUL, and only the surrogates that stand for bytes."""
    bytes_as_text = st.binary(max_size=12).map(lambda data: data.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
    words = st.one_of(
        st.sampled_from(
            ["python", "-m", "pip", "pre-commit>=3.7", "::error::x", "##[error]", "~", "it's", "", "#", "é"]
        ),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
        bytes_as_text,
    )
    return st.lists(words, min_size=1, max_size=5).map(tuple)


def remedies() -> st.SearchStrategy[Remedy]:
    return st.builds(
        Remedy,
        commands=st.lists(argvs() | nasty_texts().map(lambda text: ("sh", "-c", text)), max_size=3).map(tuple),
        channel=st.sampled_from([None, "pip", "uv", "apt", "policy"]),
        why=st.none() | nasty_texts(),
        links=st.lists(nasty_texts() | st.just("https://example.org/a_b"), max_size=2).map(tuple),
    )


def verdicts(made_ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Verdict]:
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | nasty_texts(20),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(nasty_texts(10), inner, max_size=2),
        max_leaves=4,
    )
    lines = st.integers(min_value=1, max_value=10**6)
    return st.builds(
        Verdict,
        id=ids() if made_ids is None else made_ids,
        outcome=st.sampled_from(Outcome),
        state=st.none() | st.sampled_from(State),
        need=st.sampled_from(Need),
        evidence=st.none() | st.sampled_from(Evidence),
        wanted=st.none() | nasty_texts(),
        found=st.none() | nasty_texts(),
        path=st.none() | nasty_texts(),
        reason=nasty_texts(),
        remedy=st.none() | remedies(),
        shadowed=st.lists(nasty_texts(20), max_size=2).map(tuple),
        cached=st.booleans(),
        source=st.none() | st.builds(Source, file=nasty_texts(20), line=lines, column=lines),
        duration_s=st.floats(min_value=0, max_value=10**6),
        details=st.dictionaries(nasty_texts(10), json_values, max_size=2),
    )


def reports(*, max_verdicts: int = 6, made_ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Report]:
    """Reports of any length, with an id twice now and then."""
    runs = st.builds(
        RunInfo,
        id=nasty_texts(20),
        parent=st.none() | nasty_texts(20),
        command=nasty_texts(20),
        started_ns=st.integers(min_value=-(2**63), max_value=2**63 - 1),
        project=nasty_texts(20),
        policy=st.none() | nasty_texts(20),
        python=st.none() | nasty_texts(20),
    )
    return st.builds(
        Report,
        run=runs,
        mode=st.sampled_from([Mode.STRICT, Mode.LENIENT]),
        verdicts=st.lists(verdicts(made_ids), max_size=max_verdicts).map(tuple),
        notes=st.lists(nasty_texts(), max_size=2).map(tuple),
    )


def run_rows() -> st.SearchStrategy[dict[str, object]]:
    """Runs of the document `gating.runs/1`; their parents may be missing, in a circle or themselves."""
    some_ids = st.sampled_from(["a", "b", "c", "d", "e"])
    times = st.integers(min_value=0, max_value=2**63 - 1)
    return st.fixed_dictionaries(
        {
            "id": some_ids,
            "parent": st.none() | some_ids,
            "command": nasty_texts(20),
            "status": st.sampled_from(["running", "finished", "killed"]),
            "exit_code": st.none() | st.integers(0, 255),
            "started_ns": times,
            "ended_ns": st.none() | times,
            "counts": st.dictionaries(st.sampled_from(["pass", "degraded", "skip", "fail"]), st.integers(0, 99)),
        }
    )
