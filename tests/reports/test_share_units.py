"""A unit with those below it: made in one run, the upper one last, and packed so that every link leads on."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import furnish, write_unit

from kpi_lib import cli
from kpi_lib.definitions.many.selection import lower_first
from kpi_lib.reports.sending.share import public_page, zip_report, zip_with_units
from kpi_lib.words.messages import KpiError
from tests.once import once, project
from tests.small_unit import AS_OF, FIGURES, TARGETS

UPPER, WARDS, LINE = "tinh", ("xa-a", "xa-b"), "new_enterprises"


def _publish(root: Path) -> None:
    furnish(root)
    write_unit(root, FIGURES, targets=TARGETS, unit=UPPER)
    few = [one | {"value": int(str(one["period"])[5:7] in ("02", "08"))} if one["indicator"] == LINE else one for one in FIGURES]
    for ward, rows in zip(WARDS, (few, FIGURES), strict=True):
        write_unit(root, rows, targets=TARGETS, unit=ward, toml=f'parent = "{UPPER}"')
    with project(root):
        assert cli.main(["run", "--units", f"{UPPER},children-of:{UPPER}", "--as-of", AS_OF, "--pictures-only", "--lang", "en"]) in (0, 10)


@pytest.fixture(scope="module")
def published() -> Path:
    return once("tỉnh có hai xã", _publish)


@pytest.mark.slow
def test_the_unit_above_is_made_after_those_below_and_its_page_knows_both(published: Path):
    made = {unit: (published / f"data/processed/{unit}/reports/{AS_OF}/manifest.json").stat().st_mtime_ns for unit in (UPPER, *WARDS)}
    assert max(made, key=lambda unit: made[unit]) == UPPER
    page = (published / f"data/processed/{UPPER}/reports/{AS_OF}/units.html").read_text(encoding="utf-8")
    assert all(f'href="../../../{ward}/reports/{AS_OF}/index.html"' in page for ward in WARDS)


@pytest.mark.slow
def test_in_the_zip_of_all_every_link_leads_to_a_page_that_is_there_and_it_is_the_same_twice(published: Path, tmp_path: Path):
    with project(published):
        one, two = (zip_with_units(UPPER, AS_OF, target=tmp_path / name) for name in ("a.zip", "b.zip"))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        archive.extractall(tmp_path / "all")
    start = (tmp_path / "all" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{unit}/reports/{AS_OF}/index.html"' in start for unit in (UPPER, *WARDS))
    for page in (tmp_path / "all").rglob("*.html"):
        for link in re.findall(r'href="([^"#:]+\.html)', page.read_text(encoding="utf-8")):
            if link != "../index.html":  # the list of a unit's reports, which does not travel with many
                assert (page.parent / link).resolve().is_file(), f"{page.name}: {link}"


@pytest.mark.slow
def test_the_page_for_the_public_holds_no_small_count_nor_what_gives_it_away_and_leads_nowhere(published: Path, tmp_path: Path):
    with project(published):
        made = public_page(UPPER, AS_OF, target=tmp_path / "public.html").read_text(encoding="utf-8")
        with pytest.raises(KpiError, match="no page on units below"):
            public_page(WARDS[0], AS_OF, target=tmp_path / "none.html")
    inside = (published / f"data/processed/{UPPER}/reports/{AS_OF}/units.html").read_text(encoding="utf-8")
    for ward in WARDS:
        own = [f'data-of="units.{ward}.{LINE}_{label}"' for label in ("median", "per_head", "of_target")]
        assert all(name in inside for name in own) and not any(name in made for name in own)
        assert f'data-of="units.{ward}.{LINE}_chance"' in made, "what is said of a line stays"
    assert made.count('<span class="withheld">*</span>') >= 4
    assert not re.search(r'href="(?!#)', made) and not (tmp_path / "none.html").exists()


@pytest.mark.slow
def test_an_edited_page_of_a_unit_below_is_not_packed_and_one_without_units_below_is_told_so(published: Path, tmp_path: Path):
    with project(published), pytest.raises(KpiError, match="leads to no report of a unit below it"):
        zip_with_units(WARDS[0], AS_OF, target=tmp_path / "none.zip")
    own = Path(shutil.copytree(published, tmp_path / "own"))
    page = own / f"data/processed/{WARDS[1]}/reports/{AS_OF}/index.html"
    page.write_bytes(page.read_bytes().replace(b"</main>", b"<p>1</p></main>"))
    with project(own):
        with pytest.raises(KpiError, match=WARDS[1]):
            zip_with_units(UPPER, AS_OF, target=tmp_path / "edited.zip")
        assert zip_report(UPPER, AS_OF, target=tmp_path / "own.zip").exists()
    assert not (tmp_path / "edited.zip").exists()


def test_units_come_after_all_below_them_and_a_circle_last(root: Path):
    for unit, above in (("a", "b"), ("b", "c"), ("c", ""), ("d", "c"), ("x", "y"), ("y", "x"), ("z", "z")):
        write_unit(root, FIGURES, unit=unit, toml=f'parent = "{above}"' if above else "")
    turns = lower_first(["c", "b", "a", "d"])
    assert turns == [["a", "d"], ["b"], ["c"]]
    assert lower_first(["x", "y", "a"]) == [["a"], ["x", "y"]] and lower_first(["z"]) == [["z"]]
