"""People as marks in a grid: each group is a run of cells, drawn as rectangles filled with the group's pattern."""

from __future__ import annotations

from modalities.chances import Counts

KINDS = ("found", "missed", "false_alarm", "cleared")


def icons(counts: Counts, of: int) -> tuple[int, int, list[tuple[str, int, int, int, int]]]:
    """Return columns, rows, and for each group its rectangles: kind, x, y, width, height in cells."""
    columns = 10 if of == 100 else 40
    rectangles, start = [], 0
    for kind in KINDS:
        end = start + getattr(counts, kind)
        while start < end:
            x, y = start % columns, start // columns
            if x == 0 and end - start >= columns:
                rows = (end - start) // columns
                rectangles.append((kind, 0, y, columns, rows))
                start += rows * columns
            else:
                width = min(columns - x, end - start)
                rectangles.append((kind, x, y, width, 1))
                start += width
    return columns, of // columns, rectangles
