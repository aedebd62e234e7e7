"""Take the spoilt and the clean deliveries of the tests and months of a ward in with two versions: the records must say the same.

.venv/bin/python benchmarks/ingest_same.py --against FOLDER

FOLDER is a checkout of another version (`git worktree add FOLDER COMMIT`). Every record is compared word for word, less the digest of the
settings and the version of the code, which name the version; what differs is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE), str(HERE / "tests")]
CODE = """
import datetime as dt, sys
from pathlib import Path
from kpi_lib.deliveries.intake import ingest
ingest([Path(name) for name in sys.stdin.read().splitlines()], sys.argv[1], received=dt.date.fromisoformat(sys.argv[2]))
"""
OWN = ("settings", "code_version")


def deliveries(root: Path) -> list[tuple[str, str, list[Path]]]:
    """Units below `root`, the day on which their files come, and the files."""
    from benchmarks import ingest_speed
    from tests.deliveries.mutations.base import RECEIVED, UNIT, make_base
    from tests.deliveries.mutations.cases import CASES

    base, spoilt = make_base(root), []
    for number, case in enumerate(CASES):
        folder = root / "spoilt" / f"{number:03d}"
        folder.mkdir(parents=True)
        spoilt += case.build(folder, base)
    ward, months = ingest_speed.make(root, 0, 60)
    return [(UNIT, RECEIVED.isoformat(), [base.template, base.tidy, base.declared, *spoilt]), (ward, "2027-01-31", [*months, *months[:5]])]


def records(checkout: Path, root: Path, unit: str, day: str, files: list[Path]) -> dict[str, object]:
    """What one version keeps of the files, by the record's folder."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(root / "data", Path(name) / "data")
        environment = {**os.environ, "KPI_ROOT": name, "PYTHONPATH": str(checkout)}
        given = "\n".join(map(str, files))
        subprocess.run([sys.executable, "-c", CODE, unit, day], cwd=checkout, env=environment, input=given, text=True, check=True)
        kept = sorted((Path(name) / "data" / "raw" / unit / "received").glob("*/record.json"))
        return {path.parent.name: {k: v for k, v in json.loads(path.read_bytes()).items() if k not in OWN} for path in kept}


def main() -> None:
    """Build the files, take them in twice, print what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path, required=True)
    other = parser.parse_args().against.resolve()
    with tempfile.TemporaryDirectory() as name:
        for unit, day, files in deliveries(Path(name)):
            new, old = (records(checkout, Path(name), unit, day, files) for checkout in (HERE, other))
            differ = [number for number in sorted(new.keys() | old.keys()) if new.get(number) != old.get(number)]
            print(f"{unit}: {len(files)} files, {len(new)} records, {len(differ)} of them differ", flush=True)
            for number in differ:
                print(
                    f"  {number}\n    {json.dumps(old.get(number), ensure_ascii=False)}\n    {json.dumps(new.get(number), ensure_ascii=False)}"
                )


if __name__ == "__main__":
    main()
