"""Takes the README's picture: the report of the demo's first run, in headless Chromium.

make demo, then: python examples/demo/picture.py demo-out/as-is.html docs/images/report.png
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))

import chromium

with chromium.Page(1360, 900) as page:
    page.open(pathlib.Path(sys.argv[1]).resolve())
    page.settle()
    page.picture(pathlib.Path(sys.argv[2]))
