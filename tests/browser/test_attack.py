"""Hostile texts in every place a unit's folder or a delivery offers, through the real pipeline: nothing runs, nothing is fetched, all is shown as text."""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import read_targets
from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish
from kpi_lib.reports.sending.share import zip_report
from kpi_lib.words.messages import UNFIT, KpiError
from tests.browser import reports as shared
from tests.browser.chromium import Chromium
from tests.browser.hostile import AS_OF, Attack, attacks, deliver, reached, write_unit
from tests.browser.reports import new_root
from tests.once import project
from tests.payloads import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("attack")]
browser = shared.browser
SHARES = 2  # one for readers of each language
LEAST_PAIRS = 5_600
TAGS = "script:not([type]), iframe, object, embed, base, link, form:not(.whatif-form, .vega-bindings), img, video, audio, marquee, foreignObject, meta[http-equiv=refresh], [srcdoc]"
PROD = """(() => {
  document.querySelectorAll('details').forEach((part) => { part.open = true });
  for (const part of document.querySelectorAll('body *')) {
    if (part.closest('a[href]:not([href^="#"])')) continue; // pages of the report: looked at one by one below
    const box = part.getBoundingClientRect(), at = { bubbles: true, cancelable: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
    for (const kind of ['pointerover', 'pointerenter', 'mouseover', 'mousemove', 'pointerdown', 'mousedown', 'mouseup', 'click', 'focus', 'blur']) part.dispatchEvent(new MouseEvent(kind, at));
  }
  document.querySelectorAll('details').forEach((part) => { part.open = true }); // clicked shut above
})()"""
HELD = f"""(() => ({{
  hit: String(window.hit), place: location.href, links: [...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href')),
  tags: [...document.querySelectorAll({TAGS!r})].map((part) => part.outerHTML.slice(0, 120)),
  handlers: [...document.querySelectorAll('*')].flatMap((part) => [...part.attributes].filter((own) => /^on|^formaction$/i.test(own.name) || /^\\s*(javascript|data|vbscript):/i.test(own.value)).map((own) => `${{part.tagName}} ${{own.name}}=${{own.value.slice(0, 60)}}`)),
  styles: [...document.querySelectorAll('[style]')].map((part) => part.getAttribute('style')).filter((style) => /url\\(|expression|@import|position: *fixed/.test(style) && !/vg-tooltip/.test(style)),
  scripts: document.querySelectorAll('script').length,
  text: [document.title, document.body.innerText, ...[...document.querySelectorAll('svg, svg *')].flatMap((part) => part.childNodes.length === 1 && part.firstChild.nodeType === 3 ? [part.textContent] : []), ...[...document.querySelectorAll('*')].flatMap((part) => ['aria-label', 'data-label', 'title'].map((name) => part.getAttribute(name) || ''))].join('\\n'),
}}))()"""


@dataclass(frozen=True, slots=True)
class Scene:
    """Every unit under attack, published, and the pages to open."""

    root: Path
    shares: list[Attack]
    pages: list[Path]


@pytest.fixture(scope="module")
def scene(browser: Chromium) -> Iterator[Scene]:  # noqa: ARG001 - no browser, nothing to publish for
    shares = attacks(SHARES)
    with project(new_root("tấn công")) as root:
        for attack in shares:
            write_unit(attack, root)
            deliver(attack, root / "giao" / attack.unit)
            publish(attack.unit, AS_OF, lang=attack.lang)
            with zipfile.ZipFile(zip_report(attack.unit, AS_OF)) as packed:
                packed.extractall(root / "mở" / attack.unit)
        pages = sorted((root / "data" / "processed").rglob("*.html"))
        yield Scene(root, shares, [*pages, *sorted((root / "mở").glob("*/index.html"))])


def squeezed(text: str) -> str:
    """Letters without the blanks that HTML folds together, without those nobody sees, and without quotes, which a report of faults sets itself."""
    return re.sub("[\\s\ufeff\u200b\u200d\u2060'\"\\\\]+", "", unicodedata.normalize("NFC", text))


def written(payload: str) -> tuple[str, str]:
    """How a payload may stand on a page: as it is, less what nobody can see; and as a report of faults quotes what it found in a cell."""
    fit = UNFIT.sub("", payload).replace("\r\n", "\n")
    return fit, repr(fit)[1:-1]


@pytest.fixture(scope="module")
def visits(browser: Chromium, scene: Scene) -> dict[Path, dict]:
    """Every page opened, every part of it hovered and clicked, and what was found then."""
    found = {}
    for file in scene.pages:
        page = browser.open(file)
        page.look(PROD)
        held = dict(page.look(HELD))
        held["asked"] = [*page.requests(), *page.complaints(), *page.happened()]
        held["asked"] += [f"opened {each['url']}" for each in browser.call("Target.getTargets")["targetInfos"] if "openerId" in each]
        held["live"] = page.live
        page.close()
        found[file] = held
    return found


def test_nothing_ran_and_nothing_was_asked_for(visits: dict[Path, dict]):
    for file, held in visits.items():
        assert held["hit"] == "undefined", file
        assert held["asked"] == [], (file, held["asked"])
        assert held["place"].split("#")[0] == file.resolve().as_uri(), (file, held["place"])
    assert sum(held["live"] for held in visits.values()) >= SHARES * 2, "the charts of most pages answered to the pointer"


def test_nothing_of_it_became_part_of_the_page(scene: Scene, visits: dict[Path, dict]):
    for file, held in visits.items():
        own = [tag for tag in held["tags"] if not tag.startswith(("<script>(async", "<script>(() => {", "<script>(()=>{"))]
        assert own == [] and held["handlers"] == [] and held["styles"] == [], (file, own, held["handlers"], held["styles"])
        for link in held["links"]:
            target = (file.parent / link).resolve()
            assert link.startswith("#") or (target.is_file() and target.is_relative_to(scene.root.resolve())), (file, link)


def test_every_text_that_reached_a_page_stands_there_as_text(scene: Scene, visits: dict[Path, dict]):
    pairs: set[tuple[int, str]] = set()
    torn = []
    for attack in scene.shares:
        flat = squeezed("\n".join(held["text"] for file, held in visits.items() if attack.unit in file.parts))
        seen = {(number, place) for number, place in reached(flat) if (number, place) in attack.planted}
        pairs |= seen
        torn += [
            f"{attack.unit}: {place}: {PAYLOADS[number][:60]!r}"
            for number, place in seen
            if not any(squeezed(f"Q{number}Z{place}Q{form}")[:300] in flat for form in written(PAYLOADS[number]))
        ]
    planted = set().union(*(attack.planted for attack in scene.shares))
    nowhere = sorted({place for _, place in planted} - {place for _, place in pairs})
    print(
        f"\n{len(pairs)} of {len(planted)} payload x place pairs reached a page, in {len({p for _, p in pairs})} places; on no page: {', '.join(nowhere)}"
    )
    assert not torn, "\n".join(["", *torn[:20], f"{len(torn)} in all"])
    assert len(pairs) >= LEAST_PAIRS and {number for number, _ in pairs} == set(range(len(PAYLOADS)))


def test_a_packed_report_holds_the_same_pages(scene: Scene):
    for attack in scene.shares:
        for file in (reports(attack.unit) / AS_OF).glob("*.html"):
            assert (scene.root / "mở" / attack.unit / AS_OF / file.name).read_bytes() == file.read_bytes()
        readme = (scene.root / "mở" / attack.unit / "readme.txt").read_text(encoding="utf-8-sig")
        assert (min(attack.numbers), "unit_name") in reached(readme)


@pytest.mark.parametrize("skin", ["state", "party"])
def test_a_draft_for_word_holds_the_texts_and_no_code_of_theirs(scene: Scene, tmp_path: Path, skin: str):
    pairs = set()
    for attack in scene.shares:
        path = tmp_path / f"{attack.unit}.docx"
        assert cli.main(["draft", "--unit", attack.unit, "--as-of", AS_OF, "--skin", skin, "--out", str(path)]) == cli.PUBLISHED
        with zipfile.ZipFile(path) as packed:
            parts = {name: packed.read(name).decode("utf-8") for name in packed.namelist() if name.endswith((".xml", ".rels"))}
        for name, text in parts.items():
            ElementTree.fromstring(text)
            assert 'TargetMode="External"' not in text, name
            codes = re.findall(r"<w:instrText[^>]*>([^<]*)", text)
            assert set(map(str.strip, codes)) <= {"PAGE", "NUMPAGES"}, (name, codes)
        pairs |= reached("".join(re.sub("<[^>]+>", "", text) for text in parts.values())) & attack.planted
        assert docx.Document(str(path)).paragraphs
    print(f"\n{len(pairs)} payload x place pairs stand in the {skin} drafts")
    assert len(pairs) >= 400


UNSEEN = [number for number, payload in enumerate(PAYLOADS) if UNFIT.search(payload)]


@pytest.mark.parametrize("number", UNSEEN)
def test_characters_that_cannot_be_shown_are_refused_with_their_place(number: int):
    with project(new_root("từ chối")) as root:
        write_unit(Attack("dich", range(0), "vi"), root)
        folder = folders.raw("dich")
        targets = folder / "targets.csv"
        targets.write_text(
            targets.read_text(encoding="utf-8").replace("Q111Ztarget_noteQ", PAYLOADS[number].replace('"', "")), encoding="utf-8"
        )
        with pytest.raises(KpiError, match=r"dich/targets\.csv(.|\n)*line 2, column note"):
            read_targets("dich")
        toml = folder / "unit.toml"
        spoilt = toml.read_text(encoding="utf-8").replace('"Q111ZshortQ"', json.dumps(PAYLOADS[number], ensure_ascii=False))
        toml.write_text(spoilt, encoding="utf-8")
        with pytest.raises(KpiError, match=r"dich/unit\.toml, override, new_enterprises, short, vi: the character U\+"):
            read_unit("dich")


def test_a_hostile_unit_or_date_on_the_command_line_is_refused(scene: Scene, capsys: pytest.CaptureFixture[str]):
    unit, before = scene.shares[0].unit, sorted(scene.root.rglob("*"))
    for payload in (each for each in PAYLOADS if "\0" not in each):  # no argument can hold a null
        for command in (
            ["run", f"--unit={payload}"],
            ["confirm", "1", f"--unit={payload}", "--name=x", "--reason=x"],
            ["run", "--unit", unit, f"--as-of={payload}"],
            ["share", "--unit", unit, f"--as-of={payload}"],
        ):
            assert cli.main(command) == cli.REFUSED, command
    assert "Traceback" not in capsys.readouterr().err
    assert sorted(scene.root.rglob("*")) == before


def test_the_check_sees_a_text_that_comes_alive(browser: Chromium, scene: Scene):
    whole = scene.pages[0].read_text(encoding="utf-8")
    broken = scene.root / "hỏng.html"
    broken.write_text(
        re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", whole).replace(
            "</main>", f"{PAYLOADS[0]}<p onclick='window.hit=2'>x</p></main>"
        ),
        encoding="utf-8",
    )
    page = browser.open(broken)
    page.look(PROD)
    held = page.look(HELD)
    assert held["hit"] == "2" and len(held["handlers"]) == 1 and any("window.hit" in tag for tag in held["tags"])
    page.close()
