"""Lets a library be imported without the modules that only its other users need.

paho-mqtt imports at once what TLS, proxies and websockets take, gpiozero what finds its plugins and
fonts: with OpenSSL, `email` and `zipfile` that is a quarter of the daemon's memory.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _StandIn(ModuleType):
    """A module that is imported when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # the import system asks what else there is
        if sys.modules.get(self.__name__) is not self:
            return getattr(import_module(self.__name__), name)

        def later(*args: Any, **given: Any) -> Any:
            self.give_way()
            return getattr(self, name)(*args, **given)

        return later

    def give_way(self) -> None:
        """Let others get the module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]


@contextmanager
def deferred(*modules: str) -> Iterator[None]:
    """Import these modules only when they are used by a library that is imported meanwhile.

    What the library imports from them by name has to be a function. A module that is there already
    is left alone, and all others get it as ever.
    """
    stand_ins = [_StandIn(name) for name in modules if name not in sys.modules]
    for stand_in in stand_ins:
        package, _, name = stand_in.__name__.rpartition(".")
        if package:
            setattr(import_module(package), name, stand_in)
        sys.modules[stand_in.__name__] = stand_in
    try:
        yield
    finally:
        for stand_in in stand_ins:
            stand_in.give_way()
