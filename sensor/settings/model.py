"""Lays what was written in several places, the strongest first, and checks the values.

pydantic-settings lays, pydantic checks; its JSON Schema is what editors are given. Our own readers
make the layers: pydantic-settings' forget where a value was written, and stop at the first mistake.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, cast

from pydantic import BaseModel, Field, PlainValidator, ValidationError, WithJsonSchema, create_model
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from sensor.settings.bad_value import BadValueError
from sensor.settings.values import KINDS, SETTINGS, TABLES, Given, Key, Layer


class _Layered(BaseSettings, hide_input_in_errors=True, validate_default=False):
    """Reads the layers that were handed over, and nothing besides."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Make a source of each layer."""
        layers = cast("InitSettingsSource", init_settings).init_kwargs["layers"]
        return tuple(InitSettingsSource(settings_cls, _tree(layer)) for layer in layers if layer)


class _Table(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A table of the file."""


def _unset() -> Any:
    """Make a default that no schema shows: only what was written is read out of the models."""
    return Field(default_factory=lambda: None)


def _field(key: Key) -> Any:
    one, kind = SETTINGS[key], KINDS[key]

    def checked(given: Given) -> Given:
        return Given(kind.read(given.value), given.where)

    about: dict[str, Any] = {"description": one.says.replace("`", "")}
    if one.default is not None:
        about["default"] = kind.write(one.default)
    return Annotated[
        Any, PlainValidator(checked), WithJsonSchema({**kind.schema, **about})
    ], _unset()


def _fields(*table: str) -> dict[str, Any]:
    return {name: _field((*tables, name)) for *tables, name in SETTINGS if tables == [*table]}


def _tables() -> dict[str, Any]:
    return {
        name: (create_model(name, __base__=_Table, **_fields(name)), _unset()) for name in TABLES
    }


Settings: type[_Layered] = create_model("Settings", __base__=_Layered, **_fields(), **_tables())


def checked(layers: Sequence[Layer]) -> tuple[Layer, dict[Key, tuple[Given, BadValueError]]]:
    """Return the right values, read and the strongest of each; and the wrong ones."""
    try:
        return dict(_leaves(Settings.model_validate({"layers": layers}))), {}
    except ValidationError as error:
        wrong = {
            tuple(map(str, one["loc"])): (
                cast("Given", one["input"]),
                cast("BadValueError", one["ctx"]["error"]),
            )
            for one in error.errors()
        }
    right = [{key: given for key, given in layer.items() if key not in wrong} for layer in layers]
    return dict(_leaves(Settings.model_validate({"layers": right}))), wrong


def _tree(layer: Layer) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for (*table, name), given in layer.items():
        (tree.setdefault(table[0], {}) if table else tree)[name] = given
    return tree


def _leaves(part: BaseModel, *table: str) -> Iterator[tuple[Key, Given]]:
    for name in part.model_fields_set:
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, name)
        else:
            yield (*table, name), value


def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of the settings file."""
    made: Mapping[str, Any] = Settings.model_json_schema()
    return made
