"""A page says what the notebook says, fetches nothing, runs nothing of anybody else's, and has the same bytes each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from kpi_lib.charts.base import drawing
from kpi_lib.reports import figure
from kpi_lib.reports.export import BUDGETS, PageExporter, export_page, without_empty_sections
from kpi_lib.reports.safe_html import inline_json, is_local, own_html, plain_text, safe_markdown
from kpi_lib.words.messages import KpiError

PAYLOADS = [
    "<script>window.hit=1</script>", "</script><script>window.hit=1</script>", "<img src=x onerror='window.hit=1'>", "<svg onload='window.hit=1'></svg>",
    "<svg><script>window.hit=1</script></svg>", "<a href='javascript:window.hit=1'>x</a>", "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<style>@import 'https://example.org/x.css'</style>", "<base href='https://example.org/'>", "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<p style='background:url(https://example.org/x.png)'>x</p>", "<object data='https://example.org/x'></object>", "<!--><script>window.hit=1</script>-->",
    "<details open ontoggle='window.hit=1'>x</details>", "</style></title></textarea><script>window.hit=1</script>", "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=1>",
]  # fmt: skip
SPEC = {
    "title": "Thu ngân sách", "description": "Thu theo quý", "mark": {"type": "line", "clip": True, "point": True},
    "data": {"values": [{"q": "Q1/2026", "v": 1234.5}, {"q": "Q2/2026", "v": 2345.5}]},
    "encoding": {"x": {"field": "q", "type": "ordinal"}, "y": {"field": "v", "type": "quantitative", "axis": {"format": ",.1f"}}},
    "width": 600, "height": 200, "usermeta": {"kpi": {"caption": "Hai quý đầu năm"}},
}  # fmt: skip


TABLE = {
    "columns": ["Quý", "Thu", "Xác suất", "Ghi chú"],
    "rows": [
        ["Q1/2026", {"value": 1234.5, "text": "1.234,5", "label": "seen@2026-03-31", "of": "budget_revenue_growth", "share": False}, "–", "ước & thực hiện"],
        ["Q2/2026", {"value": 2345.5, "text": "2.345,5"}, {"value": 0.855, "text": "86%", "label": "probability", "of": "a", "share": True}, ""],
    ],
}  # fmt: skip


def hostile_table(payload: str) -> dict[str, object]:
    """A table whose every word is a payload, and a number whose value is one."""
    number = {"value": 1.5, "text": payload, "label": payload, "of": payload, "share": False}
    return {"columns": [payload] * 3, "rows": [[payload, number, {**number, "value": payload}]]}


def executed(folder: Path, *outputs: dict[str, object], markdown: str = "# Báo cáo\n\nĐây là lời dẫn.", name: str = "run.ipynb") -> Path:
    """A notebook as if run: each of `outputs` is the data of one cell's result."""
    cells = [nbformat.v4.new_markdown_cell(markdown), nbformat.v4.new_code_cell("secret_code = 1", execution_count=1)]
    for count, data in enumerate(outputs, 2):
        result = nbformat.v4.new_output("execute_result", data={"text/plain": "[x]", **data}, execution_count=count)
        cells.append(nbformat.v4.new_code_cell("show()", execution_count=count, outputs=[result]))
    path = folder / name
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def page(folder: Path, source: Path, **options: object) -> str:
    target = folder / "page.html"
    export_page(source, target, **{"title": "Triển vọng", "interactive": False, **options})  # type: ignore[arg-type]
    return target.read_text(encoding="utf-8")


class Seen(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.tags: list[str] = []
        self.within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses += [
            values[name] or "" for name in ("src", "href", "srcset", "data", "action", "xlink:href", "poster") if name in values
        ]
        self.handlers += [name for name in values if name.startswith("on") or name == "srcdoc"]
        self.styles += [values["style"] or ""] if "style" in values else []
        self.within = tag if tag in {"script", "style"} else ""
        if tag == "script" and values.get("type") in {None, "module", "text/javascript"}:
            self.scripts.append("")
            self.within = "run"

    def handle_data(self, data: str) -> None:
        if self.within == "run":
            self.scripts[-1] += data
        if self.within == "style":
            self.styles.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.within = ""


def assert_closed(html: str) -> Seen:
    seen = Seen(html)
    assert not seen.handlers
    assert not [address for address in seen.addresses if not is_local(address)]
    assert not [style for style in seen.styles if re.search(r"url\(|@import|https?:", style)]
    assert not {"iframe", "object", "embed", "base", "link", "form", "img"} & set(seen.tags)
    return seen


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_is_shown_as_text_wherever_it_comes_from(tmp_path, payload):
    spec = {
        **SPEC,
        "title": payload,
        "description": payload,
        "usermeta": {"kpi": {"caption": payload, "table": hostile_table(payload)}},
        "data": {"values": [{"q": payload, "v": 1}]},
    }
    source = executed(
        tmp_path, {"text/html": f'<p class="note">{payload}</p>'}, {"text/markdown": payload}, {"text/plain": payload}, {"text/plain": repr(payload)},
        {drawing.CHART_MIME: spec}, markdown=f"# {payload}\n\nĐoạn {payload} văn.",
    )  # fmt: skip
    html = page(
        tmp_path,
        source,
        title=payload,
        unit_name=payload,
        mark=payload,
        facts=[(payload, payload)],
        nav=[("a.html", payload, False)],
        interactive=True,
    )
    assert len(assert_closed(html).scripts) == 1


def test_code_prompts_and_error_streams_are_not_shown(tmp_path):
    source = executed(tmp_path, {"text/html": "<p>kết quả</p>"})
    nb = nbformat.read(source, 4)
    nb.cells[1].outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="a warning"),
        nbformat.v4.new_output("stream", name="stdout", text="một <b>"),
    ]
    nbformat.write(nb, source)
    html = page(tmp_path, source)
    assert "kết quả" in html
    assert "một &lt;b&gt;" in html
    assert not re.search(r"secret_code|show\(\)|In\s*\[|a warning|\[x\]", html)


def test_the_first_heading_gives_way_to_the_title(tmp_path):
    html = page(tmp_path, executed(tmp_path), title="Triển vọng 2026", unit_name="Phường Uông Bí")
    assert html.count("<h1>") == 1
    assert "<h1>Triển vọng 2026</h1>" in html
    assert "<title>Triển vọng 2026 · Phường Uông Bí</title>" in html
    assert "Đây là lời dẫn." in html


def test_the_mark_stands_in_title_banner_watermark_and_print_margin(tmp_path):
    html = page(tmp_path, executed(tmp_path), mark="SỐ LIỆU MINH HỌA")
    assert "<title>SỐ LIỆU MINH HỌA · " in html
    assert '<p class="mark">' in html
    assert '<div class="watermark" aria-hidden="true">SỐ LIỆU MINH HỌA</div>' in html
    assert '@top-right{content:"SỐ LIỆU MINH HỌA"' in html


def test_a_page_without_a_mark_has_no_trace_of_one(tmp_path):
    assert not re.search(r'<p class="mark">|<div class="watermark"|@MARK@', page(tmp_path, executed(tmp_path)))


def test_a_chart_is_two_pictures_with_words_and_numbers_in_the_readers_style(tmp_path):
    source = executed(tmp_path, {drawing.CHART_MIME: SPEC})
    html = page(tmp_path, source)
    assert html.count("<svg") == 2
    assert html.count('role="img" aria-label="Thu theo quý"') == 2  # the wide and the narrow picture
    assert "<figcaption>Hai quý đầu năm</figcaption>" in html
    assert "2.000,0" in html
    assert "2,000.0" in page(tmp_path, source, lang="en")


def test_the_figures_behind_a_chart_are_a_closed_table_whose_numbers_carry_their_names(tmp_path):
    html = page(tmp_path, executed(tmp_path, {drawing.CHART_MIME: {**SPEC, "usermeta": {"kpi": {"table": TABLE}}}}), interactive=True)
    assert '<details class="behind"><summary>Bảng số liệu</summary>' in html
    assert (
        '<div class="table-wrap" tabindex="0" role="region" aria-label="Bảng số liệu: Thu ngân sách"><table><caption>Thu ngân sách</caption>'
        in html
    )
    assert '<th scope="col">Quý</th><th scope="col" class="num">Thu</th>' in html
    assert '<th scope="row" class="quoted">Q1/2026</th>' in html
    assert '<data value="1234.5" data-of="budget_revenue_growth.seen@2026-03-31">1.234,5</data>' in html
    assert '<data value="85.5" data-of="a.probability">86%</data>' in html
    assert "<td>ước &amp; thực hiện</td>" in html
    assert "Table of figures" in page(tmp_path, tmp_path / "run.ipynb", lang="en")


def test_the_figures_behind_a_chart_are_on_the_page_once():
    spec = {**SPEC, "usermeta": {"kpi": {"table": TABLE}}}
    assert "table" not in figure.live_spec(spec)["spec"]["usermeta"]["kpi"]
    assert "table" in spec["usermeta"]["kpi"]  # type: ignore[index]


def test_a_chart_without_figures_has_no_table(tmp_path):
    assert 'class="behind"' not in page(tmp_path, executed(tmp_path, {drawing.CHART_MIME: SPEC}))


def test_a_compact_chart_is_drawn_for_half_the_column_and_for_a_phone(tmp_path):
    spec = {**SPEC, "usermeta": {"kpi": {"compact": "tile"}}}
    html = page(tmp_path, executed(tmp_path, {drawing.CHART_MIME: spec}))
    assert '<figure class="chart compact tile">' in html
    widths = [int(width) for width in re.findall(r'<svg[^>]* width="(\d+)"', html)]
    assert widths == pytest.approx([drawing.COMPACT_WIDTH, drawing.NARROW_WIDTH], abs=20)


def test_ids_in_pictures_are_not_shared(tmp_path):
    html = page(tmp_path, executed(tmp_path, {drawing.CHART_MIME: SPEC}, {drawing.CHART_MIME: SPEC}))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    used = re.findall(r"url\(#([^)]+)\)", html)
    assert used
    assert set(used) <= set(ids)


def test_pages_keep_their_budgets_and_the_library_comes_only_with_charts(tmp_path):
    chart = executed(tmp_path, {drawing.CHART_MIME: SPEC})
    sizes = {live: export_page(chart, tmp_path / "p.html", title="a", interactive=live)["bytes"] for live in (False, True)}
    assert all(size <= BUDGETS[live] for live, size in sizes.items())
    assert sizes[True] < 430_000
    assert len(page(tmp_path, executed(tmp_path), interactive=True)) < 20_000


def test_a_page_that_live_charts_would_make_too_heavy_keeps_their_pictures(tmp_path):
    source = executed(tmp_path, {"text/html": "<p>" + "x" * 1_700_000 + "</p>"}, {drawing.CHART_MIME: SPEC})
    light = export_page(source, tmp_path / "p.html", title="a", interactive=True)
    html = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert not light["live"]
    assert light["charts"] == 1
    assert html.count("<svg") >= 2
    assert 'type="text/plain"' not in html


def test_a_failed_or_unrun_notebook_gives_no_page(tmp_path):
    source = executed(tmp_path)
    nb = nbformat.read(source, 4)
    nb.cells[1].outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="x", traceback=["/home/somebody"])]
    nbformat.write(nb, source)
    with pytest.raises(KpiError, match="The notebook failed"):
        page(tmp_path, source)
    nb.cells[1].update(outputs=[], execution_count=None)
    nbformat.write(nb, source)
    with pytest.raises(KpiError, match="has not run"):
        page(tmp_path, source)
    assert not (tmp_path / "page.html").exists()


def test_links_between_pages_stay_in_the_report(tmp_path):
    for href in ("https://example.org", "//example.org", "javascript:alert(1)", "/etc/passwd", "../other.html", "data:text/html,x", ""):
        with pytest.raises(KpiError, match="relative"):
            page(tmp_path, executed(tmp_path), nav=[(href, "x", False)])
    html = page(tmp_path, executed(tmp_path), nav=[("overview.html", "Tổng quan", True), ("track_record.html", "Độ chính xác", False)])
    assert '<a href="overview.html" aria-current="page">Tổng quan</a>' in html


def test_markdown_addresses_are_printed_and_pictures_are_words():
    html = safe_markdown(
        "[nguồn](https://example.org/a) ![ảnh](https://example.org/x.png) ![b](file:///etc/passwd) [trang](b.html) <https://example.org>"
    )
    assert "href" not in html.replace('href="b.html"', "")
    assert "src=" not in html
    assert "(https://example.org/a)" in html


def test_a_share_becomes_a_bar_that_needs_no_style():
    html = own_html('<div class="bar" style="--p:0.805" title="a"></div><p style="color:red">x</p>')
    assert '<rect class="fill" width="80.5"' in html
    assert "style" not in html


def test_unclosed_and_crossed_tags_cannot_leave_their_place():
    assert own_html("</main></div><div><p>a</div>b<table>") == "&lt;/main&gt;<div><p>a</p></div>b<table></table>"


def test_sentences_lose_their_quotes_and_tables_keep_their_columns():
    assert plain_text("'Đạt 87,5%'") == '<p class="sentence">Đạt 87,5%</p>'
    assert "<pre>a  b</pre>" in plain_text("a  b")


def test_inline_json_cannot_end_its_element_and_reads_back():
    value = {"a": "</script><!--&\u2028\u2029"}
    text = inline_json(value)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == value


def test_cells_for_another_language_or_for_the_lab_are_left_out(tmp_path):
    source = executed(tmp_path)
    nb = nbformat.read(source, 4)
    for tag, text in (("lang-vi", "tiếng Việt"), ("lang-en", "English"), ("lab-only", "for the lab")):
        nb.cells.append(nbformat.v4.new_markdown_cell(text, metadata={"tags": [tag]}))
    nbformat.write(nb, source)
    html = page(tmp_path, source, lang="en")
    assert "English" in html
    assert not re.search("tiếng Việt|for the lab", html)


def section(name: str, *shown: str) -> list[nbformat.NotebookNode]:
    """A heading with a word of introduction, and a cell for each output; an empty one shows nothing."""
    outputs = [nbformat.v4.new_output("display_data", data={"text/html": text, "text/plain": "[x]"}) for text in shown]
    cells = [nbformat.v4.new_code_cell("show()", execution_count=1, outputs=[output]) for output in outputs]
    return [
        nbformat.v4.new_markdown_cell(f"## {name}\n\nA word before."),
        *(cells or [nbformat.v4.new_code_cell("show()", execution_count=1)]),
    ]


@pytest.mark.parametrize("nothing", [(), ("",), ("", " ")], ids=["no output", "an empty one", "two empty ones"])
def test_a_heading_under_which_nothing_came_out_is_left_out_wherever_it_stands(nothing):
    leaf = [nbformat.v4.new_raw_cell("", metadata={"kpi_leaf": {"name": name}}) for name in ("a", "")]
    cells = [
        leaf[0],
        *section("Bare", *nothing),
        *section("Full", "<p>x</p>"),
        *section("Last", *nothing),
        leaf[1],
        *section("End", *nothing),
    ]
    left = without_empty_sections(cells)
    assert [cell.source.split("\n")[0] for cell in left if cell.cell_type == "markdown"] == ["## Full"]
    assert [cell for cell in left if cell.cell_type == "raw"] == leaf


def test_what_comes_after_an_empty_output_of_a_section_keeps_its_heading():
    cells = section("Both", "", "<p>x</p>")
    assert [cell.cell_type for cell in without_empty_sections(cells)] == ["markdown", "code"]


def test_the_same_notebook_gives_the_same_bytes_in_another_process(tmp_path):
    source = executed(tmp_path, {drawing.CHART_MIME: SPEC})
    first = export_page(source, tmp_path / "a.html", title="Đ", mark="M", facts=[("a", "b")])
    call = f"from kpi_lib.reports.export import export_page; print(export_page({str(source)!r}, {str(tmp_path / 'b.html')!r}, title='Đ', mark='M', facts=[('a', 'b')])['sha256'])"
    root = Path(drawing.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", call], cwd=root, capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == first["sha256"]


@pytest.mark.parametrize(
    "pointing",
    [
        {"data": {"url": "https://example.org/data.json"}},
        {"encoding": {**SPEC["encoding"], "href": {"field": "q"}}},  # type: ignore[dict-item]
        {"mark": {"type": "image", "url": "file:///etc/passwd"}},
        {"layer": [{"mark": {"type": "point", "href": "javascript:alert(1)"}}]},
    ],
)
def test_a_chart_points_to_nothing_outside(pointing):
    with pytest.raises(KpiError, match="outside"):
        drawing.to_svg({**SPEC, **pointing})
    assert drawing.to_svg({**SPEC, "data": {"values": [{"q": "a", "v": 1, "url": "x", "href": "y"}]}}).startswith("<svg")


@pytest.mark.parametrize("where", ["JUPYTER_PATH", "JUPYTER_DATA_DIR", "HOME", "cwd"])
def test_no_template_and_no_setting_of_anybody_elses_reaches_a_page(tmp_path: Path, where: str):
    evil = "HOSTILE {{ cycler.__init__.__globals__.os.popen('touch ' ~ 'ran').read() }}"
    place = {"HOME": tmp_path / "u" / ".local" / "share" / "jupyter", "cwd": tmp_path / "u"}.get(where, tmp_path / "u")
    for template in ("page", "base", "lab", "classic"):
        for name in ("index.html.j2", "null.j2", "display_priority.j2", "base.html.j2", "mathjax.html.j2", "page/index.html.j2"):
            for folder in (place / "nbconvert" / "templates", place / "templates", place):
                file = folder / template / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(evil, encoding="utf-8")
        settings = {"base_template": "base", "preprocessors": {"100": {"type": "os.system", "enabled": True}}}
        (place / "nbconvert" / "templates" / template / "conf.json").write_text(json.dumps(settings), encoding="utf-8")
    for folder in (tmp_path / "u", tmp_path / "u" / ".jupyter"):
        folder.mkdir(exist_ok=True)
        (folder / "jupyter_nbconvert_config.py").write_text(
            "open('ran', 'w')\nc.TemplateExporter.template_name = 'lab'\n", encoding="utf-8"
        )
    source = executed(tmp_path, {"text/html": "<p>một</p>"}, {"text/markdown": "**hai**"}, {"text/plain": "ba"})
    code = f"from kpi_lib.reports.export import export_page; export_page({str(source)!r}, {str(tmp_path / 'other.html')!r}, title='Triển vọng', interactive=False)"
    given = {"JUPYTER_CONFIG_DIR": str(tmp_path / "u"), **({} if where == "cwd" else {where: str(tmp_path / "u")})}
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root, **given}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "u", env=environment, check=True)
    assert (tmp_path / "other.html").read_text(encoding="utf-8") == page(tmp_path, source)
    assert not list(tmp_path.rglob("ran"))


def test_a_picture_is_that_of_a_machine_without_fonts(tmp_path: Path):
    """Vietnamese words on the axis, whose lengths decide where the plot begins; this machine may have any fonts."""
    rows = [{"q": words, "v": 1} for words in ("Tỷ lệ hộ nghèo đa chiều", "Giải ngân đầu tư công", "≥ 95%")]
    spec = {
        **SPEC,
        "data": {"values": rows},
        "encoding": {"y": {"field": "q", "type": "nominal"}, "x": {"field": "v", "type": "quantitative", "axis": None}},
    }
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>{tmp_path}</dir></fontconfig>", encoding="utf-8")
    bare = "import json, sys, vl_convert; print(vl_convert.vegalite_to_svg(json.load(sys.stdin), vl_version='6.4'))"
    drawn = subprocess.run(
        [sys.executable, "-c", bare], input=json.dumps(drawing.themed(spec)), capture_output=True, check=True, encoding="utf-8",
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "PYTHONUTF8": "1"},
    ).stdout  # fmt: skip
    assert drawing.to_svg(spec) == drawing._light(drawn)


def test_the_narrow_picture_is_as_narrow_as_a_phone_also_for_views_side_by_side():
    for spec in (SPEC, {"hconcat": [SPEC, SPEC]}, {**SPEC, "usermeta": {"kpi": {"narrow": {"height": 120}}}}):
        width = int(re.search(r'width="(\d+)"', drawing.to_svg(spec, width=340))[1])
        assert 200 <= width <= 360, spec


def test_rendering_gives_data_in_a_batch_and_a_picture_in_the_lab(monkeypatch):
    monkeypatch.setenv("KPI_BATCH", "1")
    assert drawing.render(SPEC) == {drawing.CHART_MIME: SPEC, "text/plain": "[biểu đồ] Thu ngân sách"}
    monkeypatch.delenv("KPI_BATCH")
    assert drawing.render(SPEC)["image/svg+xml"].startswith("<svg")


def test_the_exporter_of_the_lab_menu_works_without_being_told_anything(tmp_path):
    html, resources = PageExporter().from_notebook_node(nbformat.read(executed(tmp_path, {drawing.CHART_MIME: SPEC}), 4))
    assert "<h1>Báo cáo</h1>" in html
    assert resources["output_extension"] == ".html"
    assert_closed(html)
