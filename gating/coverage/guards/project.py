"""Project: all files under one world; those that matter are looked at, and again where one that they import changes."""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from posixpath import normpath

from gating.coverage.guards.file import File
from gating.coverage.guards.values import Kind, Reason, Value
from gating.coverage.guards.world import World
from gating.coverage.keys import parsed

__all__ = ["Project"]

_ROUNDS = 8  # how often a file is looked at again, at most
_ASSIGNED = re.compile(r"(?<!\bself)(?<!\bcls)\.(\w+)\s*=(?!=)|setattr\([^,()]+,\s*[\"'](\w+)[\"']")
_IMPORT_WORD = re.compile(r"\b(?:import_module|__import__|pkgutil|iter_modules)\b")
_STATEMENT = re.compile(r"^[ \t]*((?:from|import)\b[^\n(\\]*(?:\([^)]*\)|(?:\\\r?\n[^\n\\]*)+)?)", re.MULTILINE)
_WORD = re.compile(r"\w+|\.")
# what stands at the left edge, and imports wherever they stand
_EDGE = re.compile(
    r"^(?:(?P<scope>(?:def|async|class)\b|@)|(?P<edge>(?=[^\s#)\]}'\"]))|[ \t]+(?=from\b|import\b))"
    r"(?P<import>(?:from[ \t]+[.\w]+[ \t]+import|import)\b[^\n(\\]*(?:\([^)]*\)|(?:\\\r?\n[^\n\\]*)+)?)?",
    re.MULTILINE,
)


class Project:
    """The files, by their paths with forward slashes; `roots` are the folders that modules are imported from."""

    def __init__(self, files: Mapping[str, str], world: World, roots: Sequence[str]) -> None:
        self.files = files
        self.world = world
        self.depth = 0  # calls within calls
        self.modules: dict[str, str] = {}  # path by module
        self.names: dict[str, str] = {}  # module by path
        for path in sorted(files):
            module = module_name(path, roots)
            if module is not None:
                self.names[path] = module
                self.modules.setdefault(module, path)
        self._packages = {
            ".".join(name.split(".")[:depth]) for name in self.modules for depth in range(1, name.count(".") + 1)
        }
        self.seen: dict[str, File] = {}
        self._trees: dict[str, ast.Module | None] = {}
        self._texts: dict[str, set[str]] = {}

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Names that some file assigns as another object's attribute: a module's may be among them."""
        return frozenset(
            name for text in self.files.values() for pair in _ASSIGNED.findall(text) for name in pair if name
        )

    def owns(self, module: str) -> bool:
        """Whether a module, or a package of such, is the project's."""
        return module in self.modules or module in self._packages

    def run(self) -> None:
        """Look at every file that matters."""
        collecting = gc.isenabled()
        gc.disable()  # trees are many objects and no garbage: looking for some takes longer than all the rest
        try:
            self._run()
        finally:
            if collecting:
                gc.enable()

    def _run(self) -> None:
        words = self.world.words()
        waiting = {path for path, text in self.files.items() if any(word in text for word in words)}
        rounds: dict[str, int] = {}
        while waiting:
            turn, waiting = self._in_order(waiting), set()
            for path in turn:
                rounds[path] = rounds.get(path, 0) + 1
                before = self.seen.get(path)
                found = self._looked_at(path)
                if found is None or not _tells(before, found):
                    continue
                later = set(turn[turn.index(path) :])
                waiting |= {one for one in self._importers(found) if one not in later and rounds.get(one, 0) < _ROUNDS}
        self._bury()

    def failing(self, module: str, asker: File) -> File | None:
        """The file whose import surely fails, None where it may work, or where who asks may have come first."""
        path = self.modules.get(module)
        found = self.seen.get(path) if path is not None else None
        if found is None or found.stop is None or found is asker or asker.module is None:
            return None
        # in a circle of imports it hangs on who begins
        if asker.module in self._closure(module) and not module.startswith(f"{asker.module}."):
            return None
        return found

    def offer(self, module: str, name: str) -> Value | None:
        """What is known of a name of a module of the project's."""
        path = self.modules.get(module)
        found = self.seen.get(path) if path is not None else None
        return found.offers.get(name) if found is not None else None

    def binds(self, module: str, name: str) -> bool:
        """Whether a module of the project's may have a name of its own, beside the modules in it."""
        path = self.modules.get(module)
        if path is None:
            return False
        text = self.files[path]
        return re.search(rf"\b{re.escape(name)}\b|\bimport\s*\*|__getattr__|__path__", text) is not None

    def _looked_at(self, path: str) -> File | None:
        if path not in self._trees:
            self._trees[path] = parsed(self.files[path])
        tree = self._trees[path]
        if tree is None:
            return None
        try:
            found = File(self, path, self.names.get(path), tree, self.files[path])
            found.run()
        except RecursionError:  # a sum of hundreds of terms, a hundred `elif`: as good as one that cannot be parsed
            self._trees[path] = None
            self.seen.pop(path, None)
            return None
        self.seen[path] = found
        return found

    def _in_order(self, paths: set[str]) -> list[str]:
        """The files so that what one imports comes before it, as far as that can be."""
        done: dict[str, None] = {}
        begun: set[str] = set()
        for path in sorted(paths):
            stack = [(path, False)]
            while stack:
                one, ready = stack.pop()
                if ready:
                    done[one] = None
                elif one not in begun:
                    begun.add(one)
                    stack.append((one, True))
                    needed = {self.modules[name] for name in self._imports(self.names.get(one, ""), one)} & paths
                    stack += [(each, False) for each in sorted(needed - begun)]
        return list(done)

    def _importers(self, found: File) -> set[str]:
        """Files that may import this one."""
        if found.module is None:
            return set()
        asking = {path for path in self._by_word.get(found.module.rpartition(".")[2], ()) if path != found.path}
        if found.is_package:
            inside = found.path.removesuffix("__init__.py")
            asking |= {path for path in self._by_word.get(".", ()) if path.startswith(inside) and path != found.path}
        return {path for path in asking if path not in self.seen or found.module in self.seen[path].asked}

    @cached_property
    def _by_word(self) -> dict[str, set[str]]:
        """The files by the words of their imports; a dot for those with relative ones."""
        found: dict[str, set[str]] = {}
        for path, text in self.files.items():
            for statement in _STATEMENT.findall(text):
                for word in _WORD.findall(statement):
                    found.setdefault(word, set()).add(path)
        return found

    def _closure(self, module: str) -> set[str]:
        """The modules of the project that are imported with this one, before it ends or fails."""
        found: set[str] = set()
        waiting = [module]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            found.add(one)
            waiting += [each for each in self._imports(one) if each not in found]
        # it is begun by its packages, never by what they import
        return found

    def _imports(self, module: str, path: str | None = None) -> set[str]:
        """The modules of the project that one imports with it."""
        path = path or self.modules.get(module)
        if path is None:
            return set()
        seen = self.seen.get(path)
        return seen.imports if seen is not None else self._by_text(path, module)

    def _by_text(self, path: str, module: str) -> set[str]:
        """What a file that was not looked at seems to import with it, by its text."""
        known = self._texts.get(path)
        if known is not None:
            return known
        package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
        found: set[str] = set()
        in_function = False
        for line in _EDGE.finditer(self.files[path]):
            in_function = (in_function and not line["edge"]) or bool(line["scope"])
            if line["import"] and not in_function:
                found |= self._named(line["import"], package)
        self._texts[path] = found
        return found

    def _named(self, statement: str, package: str) -> set[str]:
        words = re.findall(r"\.*[\w.]+", statement)
        base = ""
        if statement.startswith("from") and len(words) > 1:
            dots = len(words[1]) - len(words[1].lstrip("."))
            parts = package.split(".")
            above = parts[: len(parts) - dots + 1] if dots else []
            base = ".".join([*above, *filter(None, [words[1].lstrip(".")])])
        names = {base, *words[1:], *(f"{base}.{word}" for word in words[3:])}
        whole = {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}
        return {name for name in whole if name in self.modules}

    def _bury(self) -> None:
        """What lies in a package whose import surely fails is never reached, unless it is imported before that."""
        for path, found in sorted(self.seen.items()):
            if found.stop is None or not found.is_package or found.module is None:
                continue
            if _IMPORT_WORD.search(self.files[path]):
                continue
            before = self._closure(found.module)
            if any(each.calls for name in before if (each := self.seen.get(self.modules.get(name, ""))) is not None):
                before |= {name for each in before for name in self._by_any(each)}
            for name, other in sorted(self.modules.items()):
                if name.startswith(f"{found.module}.") and name not in before:
                    self._bury_file(other, found.stop)

    def _by_any(self, module: str) -> set[str]:
        """All that a file imports, in functions too."""
        path = self.modules.get(module)
        if path is None:
            return set()
        package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
        found: set[str] = set()
        for line in _EDGE.finditer(self.files[path]):
            if line["import"] is not None:
                found |= self._named(line["import"], package)
        return found

    def _bury_file(self, path: str, why: Reason) -> None:
        tree = self._trees.get(path)
        found = self.seen.get(path) or File(
            self, path, self.names.get(path), tree or ast.Module(body=[], type_ignores=[]), ""
        )
        self.seen[path] = found
        found.dead = {}
        found.mark(1, self.files[path].count("\n") + 1, Reason("module", why.needs, 1))


def module_name(path: str, roots: Sequence[str]) -> str | None:
    """The dotted name of a file, by the longest of the roots that it lies in; None for one that cannot be imported."""
    folders = sorted((normpath(root) for root in roots), key=len, reverse=True)
    for root in folders:
        if root == "." or path.startswith(f"{root}/"):
            inside = path if root == "." else path[len(root) + 1 :]
            parts = inside.removesuffix(".py").split("/")
            if parts[-1] == "__init__":
                parts.pop()
            return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None
    return None


def _tells(before: File | None, found: File) -> bool:
    """Whether there is something new for those that import the file."""
    if before is None:
        return bool(found.stop) or any(value.why or value.kind is Kind.FUNCTION for value in found.offers.values())
    return _face(before) != _face(found)


def _face(found: File) -> object:
    """What other files see of one."""
    return found.stop and found.stop.needs, {
        name: (value.kind, repr(value.data) if value.kind is Kind.CONSTANT else "")
        for name, value in found.offers.items()
    }
