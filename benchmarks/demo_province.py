"""Write the figures, plans and targets of the demonstration province, as its offices would publish them: sums and weighted means of all its wards.

.venv/bin/python benchmarks/demo_province.py [FOLDER]     (default: data/raw/demo-province)
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from kpi_lib.definitions import folders
from kpi_lib.definitions.demo import figures
from kpi_lib.definitions.demo.wards import row_of, said, table
from kpi_lib.definitions.indicators import INDICATORS, hold

UNIT, LANG = "demo-province", "vi"
SUMS = ("budget_revenue_growth", "new_enterprises", "new_jobs", "public_investment_disbursement")
MEANS = ("gross_product_growth", "health_insurance_coverage")


def main(folder: Path) -> None:
    """Every file of the province that is made: the wards' figures added up before any office fell silent."""
    asked = hold(folders.raw(UNIT) / "unit.toml")["illustrative_wards"]
    wards = [replace(ward, never="", late="") for ward in figures.wards(asked["seed"], asked["count"])]
    totals: dict[tuple[str, ...], float] = {}
    people = sum(ward.population for ward in wards)
    for ward in wards:
        for rows in figures.figures(asked["seed"], ward).values():
            for line, basis, period, value, status, published in rows:
                weight = 1.0 if line in SUMS else ward.population / people if line in MEANS else 0.0
                if weight:
                    key = (line, basis, period, status, published)
                    totals[key] = totals.get(key, 0.0) + weight * value
    for line in (*SUMS, *MEANS):
        made = [
            (key[0], key[1], key[2], round(value, max(INDICATORS[line].natural_decimals, 0)), key[3], key[4])
            for key, value in totals.items()
            if key[0] == line
        ]
        table(folder / "deliveries" / f"{line}.csv", [row_of(each, wards[0], LANG) for each in made])
    plans = {year: round(sum(figures.plan(ward, year) for ward in wards), 1) for year in range(figures.FIRST, figures.LAST + 1)}
    billion = INDICATORS[SUMS[3]].natural_measure[LANG]
    shared = [
        {"indicator": SUMS[3], "year": year, "value": f"{value:g}", "measure": billion} | said(year, LANG) for year, value in plans.items()
    ]
    table(folder / "plans.csv", shared)
    goals = [figures.goals(asked["seed"], ward) for ward in wards]
    enterprises, jobs = (sum(goal[line][1] for goal in goals) for line in ("new_enterprises", "new_jobs"))
    targets = {
        "budget_revenue_growth": (">=", 6), "gross_product_growth": (">=", 10.5), "new_enterprises": (">=", round(enterprises / 50) * 50),
        "health_insurance_coverage": (">=", 97.0), "new_jobs": (">=", round(jobs / 500) * 500),
        "public_investment_disbursement": (">=", 100),
    }  # fmt: skip
    table(
        folder / "targets.csv",
        [
            {"indicator": line, "year": figures.LAST, "threshold": f"{goal:g}", "comparator": comparator, "measure": "indicator"}
            | said(figures.LAST, LANG)
            for line, (comparator, goal) in targets.items()
        ],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else folders.raw(UNIT))
