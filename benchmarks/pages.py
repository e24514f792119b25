"""The environment of every HTML page's template (benchmarks/templates)."""

from __future__ import annotations

from edge_app.core.errors import MissingExtraError

try:
    import jinja2
except ImportError as error:
    raise MissingExtraError("jinja2", extra="bench", purpose="the HTML report") from error


def templates() -> jinja2.Environment:
    """What is put into a page is escaped, and what is missing is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("benchmarks"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
