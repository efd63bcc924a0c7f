"""The templates by which Home Assistant reads our messages; null becomes None, shown as unknown."""


def template(expression: str) -> str:
    """Make a template of an expression."""
    return "{{ " + expression + " }}"


def value(key: str) -> str:
    """Make a template of a key as it stands."""
    return template(f"value_json.{key}")


def text(key: str) -> str:
    """Cut to what Home Assistant takes as a state: 255 characters."""
    return template(f"(value_json.{key} | string)[:255]")


def on_off(key: str) -> str:
    """ON, OFF, or None for null."""
    return template(f"{{true: 'ON', false: 'OFF'}}.get(value_json.{key})")


def minutes(key: str, step: int) -> str:
    """Seconds as minutes, rounded down to a multiple of `step`: 59:59 is not yet 60."""
    seconds = f"value_json.{key}"
    steps = f"(({seconds} | round) // {step * 60} * {step}) | int"
    return template(f"{steps} if {seconds} is number else none")
