"""Draw the figures of the documentation, or write its tables, from measured reports.

    python -m benchmarks.figures FILE.json... --out docs/images
    python -m benchmarks.figures FILE.json... --tables [DOCUMENT.md]

FILE.json are reports of `python -m benchmarks.quality --json FILE`. Every figure is drawn twice,
for light and for dark pages. Without a document the tables are printed; with one, each takes the
place of what stands between its two markers there, and all else stays as it is.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.figures.drawing import draw
from benchmarks.figures.reports import Report
from benchmarks.figures.tables import refreshed, tables


def main() -> int:
    """Draw or write what was asked for; return the exit status."""
    options = _options()
    reports = [Report.read(path) for path in options.reports]
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        for path in draw(reports, options.out):
            print(path)
    if options.tables:
        found = tables(reports)
        if options.tables == PRINTED:
            print("\n\n".join(f"{name}\n\n{table}" for name, table in found.items()))
        else:
            document = Path(options.tables)
            document.write_text(refreshed(document.read_text("utf-8"), found), "utf-8")
    return 0


PRINTED = "-"


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("reports", type=Path, nargs="+", metavar="FILE.json")
    add("--out", type=Path, metavar="FOLDER", help="draw the figures into this folder")
    add("--tables", nargs="?", const=PRINTED, metavar="DOCUMENT.md", help="write the tables")
    options = parser.parse_args()
    if not (options.out or options.tables):
        parser.error("nothing to do: give --out FOLDER or --tables")
    return options


if __name__ == "__main__":
    sys.exit(main())
