"""Greet somebody, in colours where the extra `pretty` is installed."""

from importlib import import_module
from importlib.util import find_spec


def greet(name: str) -> str:
    return f"Hello, {name}!"


def show(name: str) -> None:
    if find_spec("rich") is None:
        print(greet(name))
    else:
        import_module("rich").print(f"[bold green]{greet(name)}[/]")
