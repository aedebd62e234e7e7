"""A notebook with everything a page can hold, made in code; the tests run it and export it."""

from __future__ import annotations

from pathlib import Path

import nbformat

CHART = """
import altair as alt
import pandas as pd

from kpi_lib.charts.base import drawing

drawing.enable()
months = pd.DataFrame({"month": [f"T{m}" for m in range(1, 13)], "low": [None] * 9 + [7210, 7800, 8320], "high": [None] * 9 + [7420, 8500, 9630],
    "value": [6200, 5100, 7300, 8100, 6900, 7050, 7420, 6610, 7120.5, None, None, None], "mid": [None] * 8 + [7120.5, 7320, 8130, 8900]})
"""

FAN = """
x = alt.X("month:O", sort=None, title=None, axis=alt.Axis(labelAngle=0))
base = alt.Chart(months, title=alt.Title("Thu ngân sách nhà nước theo tháng", subtitle="tỷ đồng; vùng nhạt: khoảng 80%"))
fan = (
    base.mark_area(opacity=0.25, color="#0f3b57").encode(x=x, y=alt.Y("low:Q", title=None, scale=alt.Scale(zero=False)), y2="high:Q")
    + base.mark_line(color="#0f3b57", strokeDash=[5, 4]).encode(x=x, y="mid:Q")
    + base.mark_line(color="#0f3b57", point=True, clip=True).encode(x=x, y="value:Q", tooltip=["month", alt.Tooltip("value:Q", format=",.1f", title="Thu")])
).properties(width=820, height=300, description="Thu ngân sách chín tháng đầu năm và dự báo ba tháng cuối năm.",
    usermeta={"kpi": {"caption": "Chín tháng đã biết, ba tháng dự báo. Đường đứt: số giữa.", "narrow": {"height": 240}}})
fan
"""

BARS = """
levels = pd.DataFrame({"indicator": ["Tăng trưởng kinh tế", "Thu ngân sách", "Doanh nghiệp mới", "Việc làm mới"], "p": [0.31, 0.87, 0.96, 0.55]})
alt.Chart(levels, title="Khả năng đạt chỉ tiêu").mark_bar(color="#0f3b57", height=16).encode(
    x=alt.X("p:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])), y=alt.Y("indicator:N", title=None, sort="-x", axis=alt.Axis(labelLimit=180)),
    tooltip=["indicator", alt.Tooltip("p:Q", format=".0%")],
).properties(width=700, height=150, description="Xác suất đạt của bốn chỉ tiêu chính.")
"""

HTML = """
class Html:
    def __init__(self, text): self.text = text
    def __repr__(self): return "[html]"
    def _repr_html_(self): return self.text

def status(key, symbol, word): return f'<span class="status status-{key}"><span class="symbol" aria-hidden="true">{symbol}</span>{word}</span>'
S = {"met": status("met", "✔", "đã đạt"), "very_likely": status("very_likely", "▲", "rất có khả năng đạt"), "likely": status("likely", "△", "có khả năng đạt"),
    "uncertain": status("uncertain", "◆", "chưa chắc chắn"), "unlikely": status("unlikely", "▽", "khó đạt"), "very_unlikely": status("very_unlikely", "▼", "rất khó đạt"),
    "missed": status("missed", "✖", "không đạt"), "not_yet_assessed": status("not_yet_assessed", "○", "chưa đến kỳ đánh giá"), "stale": status("stale", "◌", "số liệu cũ"),
    "cannot_be_judged": status("cannot_be_judged", "?", "chưa đủ căn cứ")}
"""

ANSWER = """
Html('<p class="answer">Nhiều khả năng <strong>3 trong 4</strong> chỉ tiêu chính của năm 2026 sẽ đạt; tăng trưởng kinh tế còn thiếu <strong>1,4 điểm phần trăm</strong>.</p>'
    '<p class="lead">Tính đến ngày 15/10/2026, với số liệu chín tháng. Thu ngân sách cần bình quân 7.930 tỷ đồng mỗi tháng trong quý IV.</p>')
"""

CARDS = """
def card(name, big, of, key, p, facts):
    rows = "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in facts)
    return f'<article class="card"><h3>{name}</h3><p class="big">{big} <small>{of}</small></p>{S[key]}<div class="bar" style="--p:{p}"></div><dl class="facts">{rows}</dl></article>'
Html('<div class="cards">' + card("Tăng trưởng tổng sản phẩm trên địa bàn", "10,4%", "mục tiêu 11,8%", "unlikely", 0.31, [("Khoảng 80%", "9,6 – 11,3%"), ("Còn thiếu", "1,4 điểm"), ("Nguồn", "ước, 06/10/2026")])
    + card("Tốc độ tăng thu ngân sách nhà nước", "+6,2%", "mục tiêu 4,0%", "likely", 0.87, [("Khoảng 80%", "3,1 – 9,4%"), ("Còn lại", "23.790 tỷ đồng"), ("Nguồn", "thực hiện, 08/10/2026")])
    + card("Doanh nghiệp thành lập mới", "91", "mục tiêu 80", "very_likely", 0.96, [("Khoảng 80%", "84 – 99"), ("Đã có", "71"), ("Nguồn", "thực hiện")])
    + card("Việc làm mới", "1.612", "mục tiêu 1.600", "uncertain", 0.55, [("Khoảng 80%", "1.480 – 1.740"), ("Cần mỗi tháng", "138"), ("Nguồn", "ước")]) + "</div>")
"""

TABLE = """
rows = [("Kinh tế", None), ("Tăng trưởng tổng sản phẩm", "≥ 11,8%", "10,4%", 0.31, "unlikely"), ("Thu ngân sách nhà nước", "≥ 4,0%", "+6,2%", 0.87, "likely"), ("Doanh nghiệp mới", "≥ 80", "91", 0.96, "very_likely"),
    ("Xã hội", None), ("Hộ nghèo", "= 0", "0", 1, "met"), ("Bảo hiểm y tế", "≥ 96,5%", "95,1%", 0.08, "very_unlikely"), ("Trường chuẩn quốc gia", "100%", "94,1%", 0, "missed"), ("Việc làm mới", "≥ 1.600", "1.612", 0.55, "uncertain"),
    ("Môi trường và xây dựng Đảng", None), ("Thu gom chất thải rắn", "≥ 99%", "–", None, "stale"), ("Tổ chức đảng hoàn thành tốt", "≥ 90%", "–", None, "not_yet_assessed"), ("Độ che phủ rừng", "≥ 42%", "–", None, "cannot_be_judged")]
def row(r):
    if r[1] is None: return f'<tr class="group"><th colspan="5" scope="colgroup">{r[0]}</th></tr>'
    bar = "–" if r[3] is None else f'{r[3]:.0%}'.replace("%", " %") + f'<div class="bar" style="--p:{r[3]}"></div>'
    return f'<tr><th scope="row">{r[0]}</th><td class="num" data-label="Mục tiêu">{r[1]}</td><td class="num" data-label="Dự báo cả năm">{r[2]}</td><td class="num" data-label="Khả năng đạt">{bar}</td><td data-label="Trạng thái">{S[r[4]]}</td></tr>'
Html('<div class="table-wrap" tabindex="0"><table class="kpi"><caption>Các chỉ tiêu năm 2026, xếp theo nhóm</caption><thead><tr><th scope="col">Chỉ tiêu</th><th scope="col" class="num">Mục tiêu</th><th scope="col" class="num">Dự báo cả năm</th><th scope="col" class="num">Khả năng đạt</th><th scope="col">Trạng thái</th></tr></thead><tbody>' + "".join(map(row, rows)) + "</tbody></table></div>"
    '<p class="note">Nguồn: báo cáo tháng của các phòng; “ước” là số liệu chưa chốt.</p><p class="note">Cảnh báo: ba chỉ tiêu chưa có số liệu quý III; khả năng đạt không được tính.</p>')
"""

WORST = """
Html('<ol class="worst"><li><strong>Bảo hiểm y tế</strong>: còn thiếu 812 người. ' + S["very_unlikely"] + '</li><li><strong>Tăng trưởng</strong>: còn thiếu 1,4 điểm phần trăm. ' + S["unlikely"] + '</li></ol>'
    '<details><summary>Số liệu đã dùng và nguồn của từng con số</summary><div class="table-wrap"><table class="kpi"><thead><tr>' + "".join(f"<th scope='col'>Cột số {i}</th>" for i in range(12)) + '</tr></thead><tbody><tr>' + "".join(f"<td class='num'>{i * 1234.5:.1f}</td>" for i in range(12)) + '</tr></tbody></table></div></details>')
"""


def build(folder: Path, name: str = "demo", extra: tuple[str, ...] = (), markdown: str = "Chúng ta bắt đầu bằng câu trả lời.") -> Path:
    """Write the notebook, with `extra` code cells at its end, and return its path."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [
        text("# Triển vọng cuối năm"),
        code('# parameters\nunit: str = "uong-bi"  # folder\nyear: int = 2026  # year judged\nlang: str = "vi"', metadata={"tags": ["parameters"]}),
        code(CHART), code(HTML),
        text(markdown), code(ANSWER),
        text("## Bốn chỉ tiêu chính\nMỗi thẻ là một chỉ tiêu: dự báo cả năm, mục tiêu, khả năng đạt."), code(CARDS),
        text("## Diễn biến trong năm\nĐường liền là số đã công bố, vùng nhạt là khoảng dự báo."), code(FAN), code(BARS),
        text("## Tất cả các chỉ tiêu"), code(TABLE),
        text("## Đáng lo nhất\nXem thêm [trang theo dõi](track_record.html) và [nguồn](https://example.org/nguon)."), code(WORST),
        *map(code, extra),
    ]  # fmt: skip
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path
