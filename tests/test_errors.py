"""Errors carry their parts."""

import copy
import pickle

from sensor.errors import HardwareError


def test_parts() -> None:
    """The sentence is made of the parts, and they stay with the error when it is copied."""
    error = HardwareError("no chip; or none that is known", fix="plug one in", about=("pins.chip",))

    for each in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert str(each) == "no chip; or none that is known; plug one in"
        assert (each.what, each.fix) == ("no chip; or none that is known", "plug one in")
        assert each.about == ("pins.chip",)


def test_after_a_question() -> None:
    """A next step after a question or a full stop begins a sentence."""
    told = str(HardwareError("no chip; is it a Pi?", fix="plug one in"))

    assert told == "no chip; is it a Pi? Plug one in"


def test_without_a_next_step() -> None:
    """The sentence alone says all."""
    assert str(HardwareError("no chip")) == HardwareError("no chip").what == "no chip"
