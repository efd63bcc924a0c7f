"""Lets a library be imported without the modules that only its other users need.

paho-mqtt imports at once what TLS, proxies and websockets take, gpiozero what finds its plugins and
fonts: with OpenSSL, `email` and `zipfile` that is a quarter of the daemon's memory.
"""

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any


class _Module:
    """Stands for a module that is imported when something of it is used.

    `shown` is the one whose names it has: for `import a.b` that is `a`.
    """

    def __init__(self, name: str, shown: str) -> None:
        self._name = name
        self._shown = shown

    def __getattr__(self, attribute: str) -> Any:
        import_module(self._name)
        return getattr(import_module(self._shown), attribute)


class _Names:
    """What `from MODULE import ...` takes names from: functions, or modules that are put off."""

    def __init__(self, module: str, modules: Sequence[str]) -> None:
        self._module = module
        self._modules = modules

    def __getattr__(self, name: str) -> Any:
        whole = f"{self._module}.{name}"
        if whole in self._modules:
            return _Module(whole, whole)

        def later(*args: Any, **given: Any) -> Any:
            return getattr(import_module(self._module), name)(*args, **given)

        return later


@contextmanager
def deferred(library: str, *modules: str, without: Sequence[str] = ()) -> Iterator[None]:
    """Let a library that is imported meanwhile import these modules only when it uses them.

    What it imports from one by name has to be a function. Modules in `without` are missing for it.
    Nobody else is concerned: neither another library, nor another thread.
    """
    ordinary = builtins.__import__

    def importing(
        name: str,
        scope: Mapping[str, object] | None = None,
        local: Mapping[str, object] | None = None,
        names: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and f"{(scope or {}).get('__name__')}.".startswith(f"{library}."):
            if name in without:
                raise ModuleNotFoundError(f"{name} is not used here", name=name)
            wanted = [f"{name}.{each}" for each in names or ()]
            if name in modules and not wanted:
                return _Module(name, name.partition(".")[0])
            if name in modules or (wanted and set(wanted) <= set(modules)):
                return _Names(name, modules)
        return ordinary(name, scope, local, names or (), level)

    builtins.__import__ = importing  # type: ignore[assignment]  # a stand-in is no module
    try:
        yield
    finally:
        builtins.__import__ = ordinary
