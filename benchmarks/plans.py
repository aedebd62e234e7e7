"""Does the plan help? Replays province-years held against their plans, and learns how strongly the plan pulls.

    python benchmarks/plans.py FILE            scores a table; its last line is the summary
    python benchmarks/plans.py FILE --learn    writes kpi_lib/forecast/plan_effect.json first

FILE has the columns geo, level, date, value, first_estimate, ytd_reported, pct_of_annual_plan, implied_annual_plan, ytd_yoy_pct.

A decision is the end of March, June or September of a year whose December was reported, in a unit with at least two earlier years whose
December was reported and at least one of them with the same month. Taken as known at the decision: the cumulative amount and the plan
of that month's report; the month's first estimate; the `value` (next report's figure) of all earlier months; earlier years as reported
by their December. The outcome is December's reported cumulative against the plan in force AT THE DATE; against the plan in force in
December is printed beside it. A unit with two whole years of months before is projected by the engine, another by its usual shares
of the year, as `project` does. Nothing of the judged unit enters its coefficients: units among those learnt from have a set of their own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kpi_lib.forecast import plan_effect as pe
from kpi_lib.forecast.shares import spread_rest, year_total
from kpi_lib.forecast.structural import structural
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS

DRAWS = 2000
MONTHS = (3, 6, 9)
EVERY = tuple(range(1, 12))  # months at which the chance by December's plan is learnt: a page may be of any
LONGEST = 8
INERT = {
    "rise": 0.0,
    "early_rise": 0.0,
    "pull": 0.0,
    "habit": 0.0,
    "scale": float(np.log(0.1)),
    "spread": 1.0,
    "bunching": -20.0,
}  # the engine's own centre and spread
RIDGE = 0.25  # of the logistic rule for December's plan
FEW = 30  # decisions of other units below which the shipped base rate is used


def read(path: Path) -> pd.DataFrame:
    """The table, with year and month."""
    table = pd.read_csv(path)
    dates = pd.to_datetime(table["date"])
    return table.assign(year=dates.dt.year, month=dates.dt.month)


def decisions(table: pd.DataFrame, months: tuple[int, ...] = MONTHS) -> list[dict]:
    """Every decision with what was known at it, and its outcome."""
    found = []
    for unit, rows in table.groupby("geo"):
        cells = {
            name: rows.pivot_table(index="year", columns="month", values=name).reindex(columns=range(1, 13))
            for name in ("value", "first_estimate", "ytd_reported", "implied_annual_plan")
        }
        for year in cells["ytd_reported"].index:
            if np.isfinite(cells["ytd_reported"].loc[year, 12]):
                found += [one for month in months if (one := decision(str(unit), str(rows["level"].iloc[0]), cells, int(year), month))]
    return found


def decision(unit: str, level: str, cells: dict[str, pd.DataFrame], year: int, month: int) -> dict | None:
    """One decision, or None where too little was known."""
    amount, plans = cells["ytd_reported"], cells["implied_annual_plan"]
    so_far, plan = amount.loc[year, month], plans.loc[year, month]
    past = [y for y in amount.index if y < year and np.isfinite(amount.loc[y, 12])]
    same = [y for y in past if amount.loc[y, month] > 0]
    if not (so_far > 0 and plan > 0) or len(past) < 2 or not same:
        return None
    ratios = [amount.loc[y, 12] / plans.loc[y, 12] for y in past]
    shares = np.array([amount.loc[y, month] / amount.loc[y, 12] for y in same])
    raises = [np.log(plans.loc[y, 12] / plans.loc[y, month]) for y in plans.index if y < year and (plans.loc[y, [month, 12]] > 0).all()]
    return {
        "unit": unit, "level": level, "year": year, "month": month, "so_far": so_far, "plan": plan, "total": amount.loc[year, 12],
        "december_plan": plans.loc[year, 12], "ratios": ratios, "raises": raises, "shares": shares, "years": len(same), "past_totals": [amount.loc[y, 12] for y in past],
        "last_year": past[-1] == year - 1, "history": history(cells, year, month),
        "straight_line": so_far * 12 / month, "same_period": so_far / shares[-1],
    }  # fmt: skip


def history(cells: dict[str, pd.DataFrame], year: int, month: int) -> np.ndarray | None:
    """Months of whole years directly before and of this one as known at the decision; None with fewer than two whole years."""
    value, first = cells["value"], cells["first_estimate"]
    whole: list[np.ndarray] = []
    while len(whole) < LONGEST and (y := year - 1 - len(whole)) in value.index and value.loc[y].notna().all():
        whole.append(value.loc[y].to_numpy())
    this = np.append(value.loc[year].to_numpy()[: month - 1], first.loc[year, month])
    if len(whole) < 2 or not np.isfinite(this).all():
        return None
    return np.maximum(np.concatenate([*whole[::-1], this]), 0.0)


def projected(found: list[dict]) -> list[np.ndarray]:
    """The projection without the plan, paths `(draws, horizon)` a decision: the engine, or the usual shares of the year."""
    paths: list[np.ndarray] = [np.empty(0)] * len(found)
    batches = defaultdict(list)
    for i, one in enumerate(found):
        if one["history"] is None:
            past = np.array(one["past_totals"] if one["last_year"] else [])
            total = year_total(one["so_far"], one["month"] / 12, one["shares"], (), past, draws=DRAWS, seed=0)
            paths[i] = spread_rest(total - one["so_far"], np.ones(12 - one["month"]), seed=0)
        else:
            batches[len(one["history"]), 12 - one["month"]].append(i)
    for (_, horizon), rows in batches.items():
        drawn = structural(np.array([found[i]["history"] for i in rows]), horizon, season=12, draws=DRAWS, seed=0)
        for i, one_path in zip(rows, drawn, strict=True):
            paths[i] = one_path
    return paths


def features(found: list[dict], paths: list[np.ndarray]) -> dict[str, np.ndarray]:
    """What the plan's effect is learnt from, one value a decision."""
    pairs = [pe.centre_and_spread(np.log((one["so_far"] + p.sum(axis=1)) / one["plan"])) for one, p in zip(found, paths, strict=True)]
    unit = np.array([one["unit"] for one in found])
    return {
        "gap": np.array([gap for gap, _ in pairs]), "spread": np.array([spread for _, spread in pairs]),
        "habits": np.array([pe.habit(one["ratios"]) for one in found]), "left": np.array([1 - one["month"] / 12 for one in found]),
        "ended": np.log([one["total"] / one["plan"] for one in found]), "unit": unit, "year": np.array([one["year"] for one in found]),
    }  # fmt: skip


def learn(data: dict[str, np.ndarray], use: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Coefficients by penalised maximum likelihood on the decisions `use` (a mask)."""
    gap, spread, habits, left, ended = (data[name][use] for name in ("gap", "spread", "habits", "left", "ended"))
    mesh = pe.BUNCH_WIDTH * np.linspace(-4, 4, 41)

    def loss(values: np.ndarray) -> float:
        centre, scale = pe.moments(values, gap, spread, habits, left)
        height = float(np.exp(np.clip(values[-1], -9, 5)))
        mass = 1 + pe.student(mesh, centre[:, None], scale[:, None]) @ (pe.bunched(mesh, height) - 1) * (mesh[1] - mesh[0])
        fit = np.log(pe.student(ended, centre, scale)) + np.log(pe.bunched(ended, height)) - np.log(mass)
        penalty = 2 * (values[:4] ** 2).sum() + 2 * (values[5] - 1) ** 2 + 0.5 * values[6] ** 2
        return float(-fit.sum() + penalty)

    first = np.array([0, 0, 0, 0, np.log(0.1), 0.8, 0.0]) if start is None else start
    return np.asarray(minimize(loss, first, method="BFGS", options={"gtol": 1e-3 if start is None else 1e-2}).x)


def left_out(data: dict[str, np.ndarray], everything: np.ndarray) -> dict[str, np.ndarray]:
    """For each unit the coefficients learnt from all others."""
    return {str(unit): learn(data, data["unit"] != unit, everything) for unit in np.unique(data["unit"])}


def named(values: np.ndarray, names: tuple[str, ...] = pe.NAMES) -> dict[str, float]:
    """Coefficients by name."""
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


def december_data(found: list[dict], chance: np.ndarray) -> dict[str, np.ndarray]:
    """What the chance by December's plan is learnt from: features of a decision, whether that plan was reached, unit, year, month."""
    records = [pe.PlanRecord(1 - one["month"] / 12, tuple(one["ratios"]), tuple(one["raises"])) for one in found]
    return {
        "x": np.array([pe.december_features(p, record) for p, record in zip(chance, records, strict=True)]),
        "hit": np.array([one["total"] >= (1 - 1e-6) * one["december_plan"] for one in found], dtype=float),
        **{name: np.array([one[name] for one in found]) for name in ("unit", "year", "month")},
    }  # fmt: skip


def learn_december(data: dict[str, np.ndarray], use: np.ndarray) -> np.ndarray:
    """Coefficients of `plan_effect.by_december` by penalised maximum likelihood on the decisions `use` (a mask)."""
    x, y = data["x"][use], data["hit"][use]

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        odds = x @ b
        return float((np.logaddexp(0, odds) - y * odds).sum() + RIDGE * b @ b), x.T @ (1 / (1 + np.exp(-odds)) - y) + 2 * RIDGE * b

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="BFGS").x)


def chances(found: list[dict], paths: list[np.ndarray], chosen: dict[str, dict[str, float]]) -> np.ndarray:
    """The chance by the plan as it stands, one a decision."""
    return np.array([(d >= 1 - 1e-9).mean() for d in judged(found, paths, chosen)])


def write(data: dict[str, np.ndarray], table: pd.DataFrame, file: Path) -> None:
    """Ship what was learnt, for everybody and with each unit left out; the chance by December's plan from every month of the table."""
    everything = learn(data, np.ones(len(data["unit"]), dtype=bool))
    one_a_line = {unit: named(values) for unit, values in left_out(data, everything).items()}
    found = decisions(table, EVERY)
    late = december_data(found, chances(found, projected(found), one_a_line))
    stored = {
        "learnt_from": f"{file.name}: investment from the state budget against the annual plan, monthly reports of Viet Nam's statistics office",
        "first_month": str(table["date"].min()), "last_month": str(table["date"].max()), "decisions": len(data["unit"]),
        "units": len(one_a_line), "script": "benchmarks/plans.py FILE --learn", "written": dt.date.today().isoformat(),
        "meaning": "see kpi_lib.forecast.plan_effect: moments (bunching is the log of the bump's height), by_december",
        "base_rate": round(float((data["ended"] >= -1e-6).mean()), 4), "coefficients": named(everything), "without": one_a_line,
        "december": named(learn_december(late, late["year"] > 0), pe.DECEMBER_NAMES),
        "december_without": {str(unit): named(learn_december(late, late["unit"] != unit), pe.DECEMBER_NAMES) for unit in np.unique(late["unit"])},
    }  # fmt: skip
    text = json.dumps(stored, ensure_ascii=False, indent=1)
    pe.EFFECT_FILE.write_text(text + "\n", encoding="utf-8")
    pe.shipped.cache_clear()


def crps(draws: np.ndarray, outcome: float) -> float:
    """Continuous ranked probability score of draws."""
    ordered, n = np.sort(draws), len(draws)
    return float(np.abs(draws - outcome).mean() - ordered @ (2 * np.arange(1, n + 1) - 1 - n) / n**2)


def plan_only(found: list[dict], hit: np.ndarray) -> np.ndarray:
    """A logistic rule that knows the month and the share of the plan done, the judged unit left out."""
    month = np.array([one["month"] for one in found])
    done = np.log([one["so_far"] / one["plan"] for one in found])
    design = np.concatenate([np.stack([month == m, (month == m) * done]) for m in MONTHS]).T.astype(float)
    unit = np.array([one["unit"] for one in found])
    answer = np.empty(len(found))
    for name in np.unique(unit):
        use = unit != name
        x, y = design[use], hit[use]
        slopes = minimize(lambda b, x=x, y=y: (np.logaddexp(0, x @ b) - y * (x @ b)).sum() + 0.5 * b @ b, np.zeros(design.shape[1])).x
        answer[~use] = 1 / (1 + np.exp(-design[~use] @ slopes))
    return answer


def base_rate(found: list[dict], hit: np.ndarray) -> np.ndarray:
    """How often the file's other units made it; the shipped rate where they are few."""
    unit = np.array([one["unit"] for one in found])
    usual = json.loads(pe.EFFECT_FILE.read_text(encoding="utf-8"))["base_rate"]
    return np.array([hit[unit != name].mean() if (unit != name).sum() >= FEW else usual for name in unit])


def judged(found: list[dict], paths: list[np.ndarray], chosen: dict[str, dict[str, float]]) -> list[np.ndarray]:
    """Yearly totals over the plan, with the plan's effect, draws a decision."""
    return [
        (one["so_far"] + pe.with_plan(p, one["so_far"], one["plan"], season=12, seen=one["month"], past_ratios=one["ratios"],
                                      coefficients=chosen.get(one["unit"])).sum(axis=1)) / one["plan"]
        for one, p in zip(found, paths, strict=True)
    ]  # fmt: skip


def report(found: list[dict], engine: list[np.ndarray], ours: list[np.ndarray]) -> str:
    """Print the tables; the summary line is returned."""
    frame = pd.DataFrame(
        [
            {k: one[k] for k in ("unit", "level", "year", "month", "plan", "total", "december_plan", "straight_line", "same_period")}
            for one in found
        ]
    )
    ended = (frame["total"] / frame["plan"]).to_numpy()
    hit = (ended >= 1 - 1e-6).astype(float)
    rules = {
        "ours": np.array([(d >= 1 - 1e-9).mean() for d in ours]), "straight_line": (frame["straight_line"] >= frame["plan"]).to_numpy(float),
        "same_period": (frame["same_period"] >= frame["plan"]).to_numpy(float), "base_rate": base_rate(found, hit),
        "no_plan": np.array([(d >= 1).mean() for d in engine]), "plan_only": plan_only(found, hit),
    }  # fmt: skip
    months = np.array(frame["month"])
    groups = {**{f"month {m}": months == m for m in MONTHS}, "provinces": (frame["level"] == "province").to_numpy(),
              "months known": np.array([one["history"] is not None for one in found]),
              "two years, same month": np.array([one["years"] >= 2 for one in found]), "cumulative only": np.array([one["history"] is None for one in found]), "overall": np.ones(len(found), dtype=bool)}  # fmt: skip
    squares = {name: (p - hit) ** 2 for name, p in rules.items()}
    print("Brier, 100% of the plan in force at the date reached by December")
    print(
        pd.DataFrame(
            [
                {"": g, "n": int(k.sum()), "share": hit[k].mean(), **{n: s[k].mean() for n, s in squares.items()}}
                for g, k in groups.items()
                if k.any()
            ]
        )
        .round(3)
        .to_string(index=False)
    )
    print("\nReliability of ours and of the projection without the plan")
    for name in ("ours", "no_plan"):
        print(reliability(name, rules[name], hit))
    print("\nCoverage of the intervals of December's total, and CRPS in shares of the plan")
    rows = []
    for g, k in groups.items():
        for name, draws in (("ours", ours), ("no_plan", engine)):
            which = np.flatnonzero(k)
            place = np.array([(draws[i] <= ended[i]).mean() for i in which])
            if len(which):
                rows.append(
                    {
                        "": g,
                        "who": name,
                        **{f"{lv}%": (np.abs(place - 0.5) <= lv / 200).mean() for lv in (50, 80, 95)},
                        "crps": np.mean([crps(draws[i], ended[i]) for i in which]),
                    }
                )
    print(pd.DataFrame(rows).round(4).to_string(index=False))
    text = " ".join(f"{name} {squares[name].mean():.4f}" for name in ("ours", "straight_line", "same_period", "base_rate"))
    return f"brier {text} n {len(found)}"


def reliability(name: str, chance: np.ndarray, hit: np.ndarray) -> str:
    """A table of what was said, by the bounds of the status words, and what came."""
    bins = np.digitize(chance, sorted(bound for bound, _ in (*BOUNDS, *LOW_BOUNDS)))
    rows = [
        {"": name, "n": int(k.sum()), "said": chance[k].mean(), "came": hit[k].mean()} for b in range(5) for k in [bins == b] if k.any()
    ]
    return pd.DataFrame(rows).round(3).to_string(index=False)


def report_december(found: list[dict], ours: list[np.ndarray], stored: dict) -> str:
    """Print how the second chance fares against the plan in force in December, the judged unit left out; the summary line is returned."""
    standing = np.array([(d >= 1 - 1e-9).mean() for d in ours])
    data = december_data(found, standing)
    chosen = [stored["december_without"].get(str(unit), stored["december"]) for unit in data["unit"]]
    rules = {
        "ours": 1 / (1 + np.exp(-(data["x"] * [[one[name] for name in pe.DECEMBER_NAMES] for one in chosen]).sum(axis=1))),
        "as_it_stands": standing, "base_rate": base_rate(found, data["hit"]),
    }  # fmt: skip
    groups = {**{f"month {m}": data["month"] == m for m in MONTHS}, "overall": data["month"] > 0}
    rows = [
        {"": g, "n": int(k.sum()), "share": data["hit"][k].mean(), **{n: ((p - data["hit"]) ** 2)[k].mean() for n, p in rules.items()}}
        for g, k in groups.items()
    ]
    print("\nBrier, 100% of the plan in force in December reached; ours is `by_december`, as_it_stands the chance by the plan of the date")
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    print(reliability("december", rules["ours"], data["hit"]))
    return "december " + " ".join(f"{name} {((p - data['hit']) ** 2).mean():.4f}" for name, p in rules.items())


def by_units(squares: np.ndarray, unit: np.ndarray) -> float:
    """Standard error of a mean over decisions, by bootstrap of whole units."""
    rng, names = np.random.default_rng(0), np.unique(unit)
    sums, counts = (np.array([part[unit == name].sum() for name in names]) for part in (squares, np.ones(len(unit))))
    picks = rng.integers(len(names), size=(2000, len(names)))
    return float((sums[picks].sum(axis=1) / counts[picks].sum(axis=1)).std())


def relearnt_december(table: pd.DataFrame, found: list[dict], paths: list[np.ndarray], data: dict[str, np.ndarray]) -> None:
    """Print both chances with unit and year left out, and the second learnt from other units' earlier years only."""
    everything = learn(data, data["year"] > 0)
    others = {unit: named(values) for unit, values in left_out(data, everything).items()}
    months = decisions(table, EVERY)
    late = december_data(months, chances(months, projected(months), others))
    standing, second, forward, last = np.full((4, len(found)), np.nan)
    for unit, year in sorted({(one["unit"], one["year"]) for one in found}):
        rows = np.flatnonzero((data["unit"] == unit) & (data["year"] == year))
        here = [found[i] for i in rows], [paths[i] for i in rows]
        values = learn(data, (data["unit"] != unit) & (data["year"] != year), everything)
        standing[rows] = chances(*here, {unit: named(values)})
        x = december_data(here[0], standing[rows])["x"]
        second[rows] = 1 / (1 + np.exp(-x @ learn_december(late, (late["unit"] != unit) & (late["year"] != year))))
        before = (late["unit"] != unit) & (late["year"] < year)
        if (before & np.isin(late["month"], MONTHS)).sum() >= 3 * FEW:
            forward[rows] = 1 / (1 + np.exp(-x @ learn_december(late, before)))
            last[rows] = late["hit"][before & (late["year"] == year - 1)].mean()
    hit, later = data["ended"] >= -1e-6, december_data(found, standing)["hit"]
    k = np.isfinite(forward) & np.isfinite(last)
    for name, squares in (("plan as it stands", (standing - hit) ** 2), ("plan of December", (second - later) ** 2)):
        print(f"Unit and year left out, {name}: Brier {squares.mean():.4f} (standard error by units {by_units(squares, data['unit']):.4f})")
    squares = ((forward - later) ** 2)[k], ((last - later) ** 2)[k]
    print(
        f"Plan of December, learnt on other units' earlier years only, {k.sum()} decisions: Brier {squares[0].mean():.4f}; the others' last year "
        f"{squares[1].mean():.4f}; difference {(squares[0] - squares[1]).mean():.4f} (by units {by_units(squares[0] - squares[1], data['unit'][k]):.4f})"
    )


def relearnt(found: list[dict], paths: list[np.ndarray], data: dict[str, np.ndarray]) -> None:
    """Print what coefficients learnt on FILE itself would score: each unit left out, and with its earlier years' only."""
    hit = data["ended"] >= -1e-6
    if len(np.unique(data["unit"])) < 5:
        return
    everything = learn(data, np.ones(len(found), dtype=bool))
    chosen = {unit: named(values) for unit, values in left_out(data, everything).items()}
    p = np.array([(d >= 1 - 1e-9).mean() for d in judged(found, paths, chosen)])
    print(f"\nRe-learnt on this file, the judged unit left out: Brier {((p - hit) ** 2).mean():.4f}")
    print("learnt here:", named(everything))
    p, start = np.full(len(found), np.nan), everything
    for year in np.unique(data["year"]):
        for unit in np.unique(data["unit"][data["year"] == year]):
            use = (data["year"] < year) & (data["unit"] != unit)
            if use.sum() < 3 * FEW:
                continue
            rows = np.flatnonzero((data["year"] == year) & (data["unit"] == unit))
            values = {unit: named(learn(data, use, start))}
            p[rows] = [(d >= 1 - 1e-9).mean() for d in judged([found[i] for i in rows], [paths[i] for i in rows], values)]
    k = np.isfinite(p)
    if k.any():
        same, none = (
            np.array([(d >= 1 - 1e-9).mean() for d in ds])
            for ds in (judged(found, paths, chosen), judged(found, paths, dict.fromkeys(chosen, INERT)))
        )
        scores = [float(((q[k] - hit[k]) ** 2).mean()) for q in (p, same, none)]
        print(
            f"Re-learnt on other units' earlier years only, {k.sum()} decisions: Brier {scores[0]:.4f}; on the same, all years {scores[1]:.4f}, no pull, habit or bump {scores[2]:.4f}"
        )


def main(arguments: list[str] | None = None) -> None:
    """Read, learn where asked, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--learn", action="store_true", help="write kpi_lib/forecast/plan_effect.json from this file first")
    parser.add_argument("--relearn", action="store_true", help="also score coefficients learnt on this file alone")
    parser.add_argument("--whole-years", action="store_true", help="only decisions with two whole years of months directly before")
    options = parser.parse_args(arguments)
    table = read(options.file)
    found = decisions(table)
    if options.whole_years and not any(one["history"] is not None for one in found):
        found = []
    if not found:
        sys.exit("No decision can be replayed: no unit has a December, two earlier Decembers and the same month of one of those years.")
    paths = projected(found)
    if options.learn:
        write(features(found, paths), table, options.file)
    if options.whole_years:
        kept = [i for i, one in enumerate(found) if one["history"] is not None]
        found, paths = [found[i] for i in kept], [paths[i] for i in kept]
    stored = json.loads(pe.EFFECT_FILE.read_text(encoding="utf-8"))
    units = {one["unit"] for one in found}
    print(
        f"{len(found)} decisions, {len(units)} units, of which {len(units & set(stored['without']))} are among those learnt from and are judged by coefficients learnt without them.\n"
    )
    engine = [(one["so_far"] + p.sum(axis=1)) / one["plan"] for one, p in zip(found, paths, strict=True)]
    ours = judged(found, paths, stored["without"])
    summaries = report(found, engine, ours), report_december(found, ours, stored)
    if options.relearn:
        relearnt(found, paths, features(found, paths))
        relearnt_december(table, found, paths, features(found, paths))
    print(*reversed(summaries), sep="\n")


if __name__ == "__main__":
    main()
