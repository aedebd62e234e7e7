"""Write docs/outlooks.md, the data dictionary of the table that `kpi outlooks` writes, from the columns that the code fills.

.venv/bin/python benchmarks/outlooks_page.py
"""

from __future__ import annotations

from pathlib import Path

from kpi_lib.outlook.verdict import BOUNDS
from kpi_lib.record.outlooks import OUTLOOKS

HEAD = """# Bảng dự báo cho hệ thống khác / The table of outlooks for other systems

Trang này được sinh từ các cột mà mã ghi (`benchmarks/outlooks_page.py`). / This page is made from the columns that the code fills.

<!-- not run: needs published reports of many units; tests of its own do it on small units -->
```console
kpi outlooks --units children-of:demo-province --to out
```

`out/outlooks.parquet`, `out/outlooks.csv`: mỗi dòng một dự báo đã công bố, lấy từ sổ ghi của từng đơn vị (đã đối chiếu chuỗi); mặc định là báo cáo mới nhất của mỗi
đơn vị, `--as-of` lấy đến một ngày, `--all` lấy mọi báo cáo, mọi bản. `out/datapackage.json`: từ điển dữ liệu (Frictionless Data Package). Đơn vị chưa công bố báo cáo
nào, hoặc sổ ghi không khớp, được nêu tên (mã kết thúc 10); không có dòng nào: mã 30.

A row is one published outlook, as the unit's ledger holds it once its chain was verified; by default of each unit's newest report, `--as-of` up to a day, `--all` every report in
every version. Units that have published nothing, or whose ledger does not verify, are named (exit code 10); no row at all is code 30. Numbers are written as published: nothing is reckoned anew.

## Ví dụ / an example: DuckDB

Mỗi chỉ tiêu: bao nhiêu đơn vị được xét, bao nhiêu đơn vị có khả năng đạt, số đơn vị đạt kỳ vọng (đã chạy bằng DuckDB 2.0.1, 26/11/2026, trên 1.084 dự báo của 54 phường minh họa). / Of each line: how many units are judged, how many are likely to meet it, how many may
be expected to (run with DuckDB 2.0.1 on 26 November 2026 on 1,084 outlooks of the 54 illustrative wards).

```sql
{sql}```

## Cột / columns

Mỗi dòng duy nhất theo / a row is unique by: {key}.

| Cột / column | Loại / type | Meaning |
|---|---|---|
"""
SQL = f"""SELECT indicator, line, count(chance) AS judged,
       sum(CASE WHEN chance >= {min(bound for bound, _ in BOUNDS)} THEN 1 ELSE 0 END) AS likely,
       round(sum(chance), 1) AS expected
FROM 'out/outlooks.parquet'
WHERE parent = 'demo-province' AND NOT withdrawn
GROUP BY indicator, line
HAVING count(chance) > 0
ORDER BY sum(chance) / count(chance);
"""


def page() -> str:
    """The whole page."""
    head = HEAD.format(sql=SQL, key=", ".join(f"`{name}`" for name in OUTLOOKS.key))
    rows = (
        f"| `{column.name}` | {', '.join(f'`{word}`' for word in column.words) or column.kind} | {column.meaning} |\n"
        for column in OUTLOOKS.columns
    )
    return head + "".join(rows)


def main() -> None:
    """Write the page."""
    (Path(__file__).resolve().parents[1] / "docs" / "outlooks.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
