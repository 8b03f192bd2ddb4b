"""What the policy itself would refuse is left out, and nothing else is."""

from __future__ import annotations

from gating.adopt.sections import Line, Section, as_table, sifted


def test_a_refused_entry_goes_alone_and_is_named() -> None:
    tools = Section(path=("tools",), lines=(Line(key="python", value="three"), Line(key="git", value="*")))
    docs = Section(
        path=("gates", "docs"), lines=(Line(key="run", value=("mkdocs",)), Line(key="findings", value=(999,)))
    )
    lint = Section(path=("gates", "lint"), lines=(Line(key="run", value=("ruff",)),))
    made = sifted([tools, docs, lint])
    assert as_table(made.sections) == {"tools": {"git": "*"}, "gates": {"lint": {"run": ("ruff",)}}}
    assert [note.split(" is ")[0] for note in made.notes] == [
        "left out: tools.python",
        "left out: gates.docs.findings[0]",
    ]


def test_what_is_right_stays_as_it_is() -> None:
    sections = (Section(path=(), lines=(Line(key="requires", value=">=0.1"),), comment="head"),)
    made = sifted(sections)
    assert (made.sections, made.notes) == (sections, ())
