"""All lines together: margins kept, independence exact, shared shocks felt."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from conftest import PROJECT

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.histories import Point
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook import joint as jt
from kpi_lib.outlook.verdict import GOOD, Outlook, outlooks
from kpi_lib.page import together


@pytest.fixture(scope="module")
def items() -> list[Outlook]:
    import os

    os.environ["KPI_ROOT"] = str(PROJECT)
    unit = read_unit("uong-bi-minh-hoa")
    found = outlooks(read_observations(unit.id), unit, 2026, as_of="2026-10-15")
    os.environ.pop("KPI_ROOT")
    return found


def poisson_binomial(probabilities: np.ndarray) -> np.ndarray:
    """Exact distribution of the number met when nothing ties the lines."""
    counts = np.array([1.0])
    for p in probabilities:
        counts = np.convolve(counts, [1 - p, p])
    return counts


def test_every_line_is_met_in_exactly_its_published_share():
    p = np.array([0.05, 0.5, 0.91])
    met = jt._met(p, np.full((3, 3), 0.4) + 0.6 * np.eye(3), 10_000, 0)
    assert met.mean(axis=0).tolist() == p.tolist()


def test_without_ties_the_count_is_the_exact_convolution():
    p = np.linspace(0.1, 0.95, 12)
    counts = jt._counts(jt._met(p, np.eye(12), 200_000, 0))
    assert counts == pytest.approx(poisson_binomial(p), abs=0.004)


def test_shared_shocks_raise_the_chance_of_all_and_widen_the_count():
    p = np.full(8, 0.7)
    alone, tied = (jt._met(p, rho + (1 - rho) * np.eye(8), 50_000, 1) for rho in (0.0, 0.4))
    assert tied.all(axis=1).mean() > 1.5 * alone.all(axis=1).mean()
    assert tied.sum(axis=1).std() > alone.sum(axis=1).std()


def test_the_report_of_a_ward_is_held_together(items: list[Outlook]):
    held = jt.joint(items)
    assert len(held.lines) + len(held.unjudged) == len(items) == 20
    assert held.counts.sum() == pytest.approx(1) and held.groups.sum() == pytest.approx(1)
    assert held.expected == pytest.approx(sum(item.probability for item in held.lines), abs=1e-3)
    assert held.all_met <= min(item.probability for item in held.lines)
    assert held.binding is not None and held.binding.probability == min(item.probability for item in held.lines)
    low, high = held.interval()
    assert 0 <= low <= held.expected <= high <= len(held.lines)


def test_the_same_report_gives_the_same_answer(items: list[Outlook]):
    assert np.array_equal(jt.joint(items).counts, jt.joint(list(items)).counts)


def test_a_group_is_met_when_all_its_lines_are(items: list[Outlook]):
    held = jt.joint(items)
    assert "8" in held.group_names and "15" not in held.group_names and "16" not in held.group_names
    open_ones = {jt._group(item) for item in held.unjudged}
    assert not open_ones & set(held.group_names)


def test_common_history_moves_a_correlation_and_little_history_does_not(items: list[Outlook]):
    def with_past(item: Outlook, growth: list[float]) -> Projection:
        value, past = 100.0, {}
        for year, g in enumerate([0.0, *growth], start=2010):
            value *= np.exp(g)
            past[year] = (Point(dt.date(year, 12, 31), value, "actual", dt.date(year + 1, 1, 6), "thử"),)
        return replace(item.projection, past=past)

    flows = [item for item in items if item.indicator.adds_up and item.judged][:2]
    wave = [0.1 * (-1) ** i * (1 + i / 20) for i in range(14)]
    long = jt.correlations([with_past(flows[0], wave), with_past(flows[1], wave)])
    short = jt.correlations([with_past(flows[0], wave[:3]), with_past(flows[1], wave[:3])])
    assert short.tolist() == jt.correlations([with_past(flow, wave[:1]) for flow in flows]).tolist()
    assert long[0, 1] > short[0, 1] + 0.2 and long[0, 1] < 0.75


def test_the_matrix_is_always_a_correlation(items: list[Outlook]):
    matrix = jt.correlations([item.projection for item in items if item.judged])
    assert np.linalg.eigvalsh(matrix).min() > -1e-9
    assert np.diag(matrix) == pytest.approx(1)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_sentence_says_what_the_distribution_says(items: list[Outlook], lang: str):
    held = jt.joint(items)
    stack = together.all_lines(items, lang)
    values = {n.label: n.value for n in stack.parts[0].numbers}  # type: ignore[attr-defined]
    assert values["lines_most_likely"] == int(np.argmax(held.counts)) and values["all_met"] == held.chance_of_all > 0
    assert held.binding is not None and held.binding.indicator.short[lang] in stack.parts[0].text  # type: ignore[attr-defined]


def test_how_many_lines_will_be_met_is_a_chart_with_its_figures_behind_it(items: list[Outlook]):
    held, chart = jt.joint(items), together.all_lines(items).parts[1]
    spec = chart.to_dict()  # type: ignore[attr-defined]
    assert spec["title"]["text"][0].startswith("SỐ LIỆU MINH HỌA")
    rows = spec["usermeta"]["kpi"]["table"]["rows"]
    assert [row[1]["value"] for row in rows] == [held.counts[int(row[0])] for row in rows]
    assert int(rows[0][0]) > int(rows[-1][0])


def test_too_few_lines_are_not_held_together(items: list[Outlook]):
    assert not together.all_lines(items[:1]).parts


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_count_by_chances_is_told_apart_from_the_count_one_by_one(items: list[Outlook], lang: str):
    apart = {"vi": "mục tiêu nay đạt hoặc có khả năng đạt", "en": "met or likely to be one by one"}[lang]
    for some in (items, [item for item in items if item.status in GOOD], [item for item in items if item.status not in GOOD]):
        told = together.how_many_sentence(some, lang)
        values = {n.label: n.value for n in told.numbers}
        good = sum(item.status in GOOD for item in some)
        assert (apart in told.text) == (values["lines_most_likely"] != good)
        assert values.get("lines_good", good) == good


def test_what_is_decided_is_not_left_to_chance(items: list[Outlook]):
    ended = [replace(item, probability=float(item.probability > 0.5)) for item in items if item.judged]
    assert together.how_many_sentence(ended) is None
    assert not together.all_lines(ended).parts
