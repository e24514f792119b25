"""The size of a picture; apart from pictures, so that configs and manifests load without numpy."""

Size = tuple[int, int]
"""(height, width), in pixels."""
