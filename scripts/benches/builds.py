"""Which builds of the engine can be measured."""

from proto.build import Kind, build_kind


def builds() -> tuple[Kind, ...]:
    """Return the compiled build where this process runs it, and that of the source."""
    return ("compiled", "interpreted") if build_kind() == "compiled" else ("interpreted",)
