"""Runs the demo pipeline twice, as it is and under `corewise run`, and compares.

python demo.py --corewise .venv/bin/corewise --output demo-out
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(corewise, verb, name, output):
    """Runs the pipeline under `corewise VERB` and gives the wall time that was recorded, in s."""
    recording = output / f"{name}.corewise"
    command = [corewise, verb, "--output", recording, "--html", output / f"{name}.html", "--"]
    command += [sys.executable, HERE / "pipeline.py"]
    subprocess.run(command, check=True)
    report = [corewise, "report", recording, "--json", "-"]
    printed = subprocess.run(report, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(printed)["summary"]["wall_ns"] / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corewise", required=True, help="the command to show")
    parser.add_argument("--output", required=True, type=pathlib.Path, help="folder for the reports")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    sized = [name for name in os.environ if name.endswith("_NUM_THREADS")]
    if sized:
        sys.exit(
            f"error: unset {', '.join(sized)} first: the demo is about pools that nobody sized"
        )

    print("=== 1. As it is: corewise record -- python pipeline.py\n", flush=True)
    before = run(options.corewise, "record", "as-is", options.output)
    print("\n=== 2. Governed: corewise run -- python pipeline.py\n", flush=True)
    after = run(options.corewise, "run", "governed", options.output)

    times = f"{before:.1f} s as it is, {after:.1f} s under corewise run"
    print(f"\n=== {times}: {before / after:.1f} times as fast")
    print(f"reports: {options.output}/as-is.html and {options.output}/governed.html")


if __name__ == "__main__":
    main()
