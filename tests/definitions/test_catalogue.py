"""The catalogue says what the resolution says, line by line, and every unit's definition loads."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from kpi_lib import outlook_for
from kpi_lib.definitions.folders import raw, units
from kpi_lib.definitions.indicators import GROUPS, HEADLINE, INDICATORS, NOT_NAMED, Indicator, read_unit
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.definitions.targets import read_plans, read_targets, target_for
from kpi_lib.figures.observations import read_observations
from kpi_lib.page.data import duty
from kpi_lib.words.messages import KpiError, languages, sentences

TARGETS_PARAGRAPH = """
2.1. Các chỉ tiêu về xây dựng Đảng: (1) Có trên 90% tổ chức cơ sở đảng được đánh giá, xếp loại từ hoàn thành tốt nhiệm vụ trở lên.
(2) Có trên 90% đảng viên được đánh giá, xếp loại từ hoàn thành tốt nhiệm vụ trở lên. (3) Tỷ lệ kết nạp đảng viên mới đạt 3,0% trở lên
so với tổng số đảng viên đầu năm.
2.2. Về kinh tế: (4) Tốc độ tăng tổng thu ngân sách Nhà nước trên địa bàn đạt 4,0% trở lên. (5) Tốc độ tăng tổng giá trị sản phẩm trên
địa bàn đạt 11,8% trở lên. (6) Phát triển được từ 80 doanh nghiệp mới trở lên.
2.3. Về xã hội: (7) Thu nhập bình quân đầu người trên địa bàn năm 2026 so với năm 2025 tăng 15% trở lên. (8) Duy trì kết quả giảm nghèo
bền vững, trên địa bàn không có hộ nghèo, cận nghèo theo chuẩn nghèo đa chiều. (9) Giữ vững 100% số trường học đạt chuẩn quốc gia.
(10) Tỷ lệ dân số tham gia bảo hiểm y tế đạt 98,5% trở lên. Tỷ lệ trẻ em dưới 5 tuổi suy dinh dưỡng còn từ 5% trở xuống. (11) Giải quyết
việc làm (việc làm mới) đạt 1.600 lượt lao động trở lên. Tỷ lệ lao động qua đào tạo đạt 92% trở lên.
2.4. Về môi trường: (12) Tỷ lệ dân số được sử dụng nước sạch đạt từ 98,8% trở lên. (13) Tỷ lệ thu gom chất thải rắn sinh hoạt đạt 100%;
tỷ lệ chất thải rắn y tế được xử lý đạt tiêu chuẩn môi trường duy trì đạt 100%. (14) Tỷ lệ che phủ rừng đạt 14,7% trở lên và nâng cao
chất lượng rừng.
"""
TASK_SENTENCES = """
thực hiện dự án hồ tiêu thoát lũ Lựng xanh… Phấn đấu đến 31/12/2026 giải ngân 100% kế hoạch vốn bố trí.
Rà soát, quản lý thanh niên trong độ tuổi sẵn sàng nhập ngũ, đảm bảo hoàn thành 100% chỉ tiêu giao quân năm 2026.
"""
LINES = {
    "party_organisations_rated_good": ("1", "I.2.1 (1)"),
    "party_members_rated_good": ("2", "I.2.1 (2)"),
    "party_admission_rate": ("3", "I.2.1 (3)"),
    "budget_revenue_growth": ("4", "I.2.2 (4)"),
    "gross_product_growth": ("5", "I.2.2 (5)"),
    "new_enterprises": ("6", "I.2.2 (6)"),
    "income_per_capita_growth": ("7", "I.2.3 (7)"),
    "poor_households": ("8a", "I.2.3 (8)"),
    "near_poor_households": ("8b", "I.2.3 (8)"),
    "national_standard_schools": ("9", "I.2.3 (9)"),
    "health_insurance_coverage": ("10a", "I.2.3 (10)"),
    "child_malnutrition": ("10b", "I.2.3 (10)"),
    "new_jobs": ("11a", "I.2.3 (11)"),
    "trained_labour_rate": ("11b", "I.2.3 (11)"),
    "clean_water_coverage": ("12", "I.2.4 (12)"),
    "solid_waste_collection": ("13a", "I.2.4 (13)"),
    "medical_waste_treatment": ("13b", "I.2.4 (13)"),
    "forest_cover": ("14", "I.2.4 (14)"),
    "public_investment_disbursement": ("15", "II.2.4"),
    "military_recruitment": ("16", "II.6"),
}
# What the resolution asks of the ward: threshold and comparator, typed from its text.
ASKED = {
    "party_organisations_rated_good": (">", 90),
    "party_members_rated_good": (">", 90),
    "party_admission_rate": (">=", 3.0),
    "budget_revenue_growth": (">=", 4.0),
    "gross_product_growth": (">=", 11.8),
    "new_enterprises": (">=", 80),
    "income_per_capita_growth": (">=", 15),
    "poor_households": ("=", 0),
    "near_poor_households": ("=", 0),
    "national_standard_schools": (">=", 100),
    "health_insurance_coverage": (">=", 98.5),
    "child_malnutrition": ("<=", 5),
    "new_jobs": (">=", 1600),
    "trained_labour_rate": (">=", 92),
    "clean_water_coverage": (">=", 98.8),
    "solid_waste_collection": (">=", 100),
    "medical_waste_treatment": (">=", 100),
    "forest_cover": (">=", 14.7),
    "public_investment_disbursement": (">=", 100),
    "military_recruitment": (">=", 100),
}
EVERY = pytest.mark.parametrize("ind", INDICATORS.values(), ids=list(INDICATORS))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_twenty_lines_stand_in_the_order_of_the_resolution() -> None:
    assert list(INDICATORS) == list(LINES)
    assert {key: ind.number for key, ind in INDICATORS.items()} == {key: number for key, (number, _) in LINES.items()}
    assert set(HEADLINE) <= set(INDICATORS)


@EVERY
def test_each_line_names_its_clause_and_group(ind: Indicator) -> None:
    clause = LINES[ind.id][1]
    assert ind.clause.startswith(clause)
    assert clause in ind.source
    assert ind.group in GROUPS
    headings = {"I.2.1": "party", "I.2.2": "economy", "I.2.3": "society", "I.2.4": "environment"}
    assert ind.group == headings.get(clause.split()[0], "task")


@EVERY
def test_the_wording_is_the_resolutions_own(ind: Indicator) -> None:
    place = TASK_SENTENCES if ind.group == "task" else TARGETS_PARAGRAPH
    assert ind.wording == flat(ind.wording)
    assert ind.wording in flat(place)
    if ind.group != "task":
        number = ind.number.rstrip("ab")
        part = flat(place).split(f"({number})")[1].split(f"({int(number) + 1})")[0]
        assert ind.wording in part


@EVERY
def test_every_text_is_given_in_both_languages(ind: Indicator) -> None:
    duty = [getattr(ind.duty, name) for name in ("owner", "task", "due", "result", "responsibility", "product")]
    for text in (ind.name, ind.short, ind.measure, ind.definition, ind.cut_off, *duty):
        assert text["vi"].strip()
        assert text["en"].strip()
    assert len(ind.short["vi"]) <= 30
    assert "(đề xuất, phường xác nhận)" in ind.duty.owner["vi"]
    assert "Phường cần trả lời" in ind.definition["vi"]
    assert "ward can" in ind.definition["en"]


@EVERY
def test_the_facts_of_a_kind_are_complete(ind: Indicator) -> None:
    assert ind.kind is KINDS[ind.kind.id]
    assert ind.lower < ind.upper
    assert (ind.flow_name["vi"] != "") == ind.kind.of_amounts
    assert (ind.flow_measure["vi"] != "") == ind.kind.of_amounts
    if ind.kind.basis == "level" and not ind.kind.must_be_nil:
        assert ind.typical_change > 0
        assert (ind.lower, ind.upper) == (0, 100)
        assert ind.denominator["vi"]
    if ind.whole:
        assert ind.decimals == 0
    assert ind.lag_days < ind.stale_after_days


@pytest.mark.parametrize("unit", units())
def test_a_unit_and_its_tables_load(unit: str) -> None:
    found = read_unit(unit)
    known = {*INDICATORS, *found.indicators}
    assert set(found.headline) <= set(found.indicators)
    assert found.parent in ("", *units())
    assert found.population_note
    for table in (read_targets(unit), read_plans(unit)):
        assert set(table["indicator"]) <= known
        assert (table["source"] != "").all()


@pytest.mark.parametrize("unit", ["uong-bi", "uong-bi-minh-hoa"])
def test_the_ward_is_asked_what_the_resolution_asks(unit: str) -> None:
    for key, ind in read_unit(unit).indicators.items():
        target = target_for(unit, ind, 2026, as_of="2026-01-01")
        assert target is not None
        assert (target.comparator, target.threshold) == ASKED[key]
        assert target.clause == LINES[key][1]
        assert target.adopted_assumed


def test_only_the_illustrative_units_carry_the_mark() -> None:
    assert [unit for unit in units() if read_unit(unit).mark] == ["demo-province", "river-city", "uong-bi-minh-hoa"]


def test_the_wards_break_their_series_on_1_july_2025_and_the_province_does_not() -> None:
    dates = {unit: [event.date.isoformat() for event in read_unit(unit).boundary_events] for unit in units()}
    assert {unit: days for unit, days in dates.items() if days} == {"uong-bi": ["2025-07-01"], "uong-bi-minh-hoa": ["2025-07-01"]}


def test_the_target_in_force_changes_with_the_date() -> None:
    growth = read_unit("quang-ninh").indicators["gross_product_growth"]

    def goal(year: int, as_of: str) -> tuple[str, float]:
        target = target_for("quang-ninh", growth, year, as_of=as_of)
        assert target is not None
        return target.comparator, target.threshold

    assert goal(2025, "2025-01-31") == (">=", 12.05)
    assert goal(2025, "2025-03-31") == (">=", 14)
    assert goal(2026, "2026-01-31") == (">", 12.5)
    assert goal(2026, "2026-02-28") == (">", 13)


@pytest.mark.parametrize("unit", ["quang-ninh", "viet-nam"])
def test_a_province_or_country_does_not_quote_the_wards_resolution(unit: str) -> None:
    for ind in read_unit(unit).indicators.values():
        assert "Phường cần trả lời" not in ind.definition["vi"]
        assert ind.wording not in {shared.wording for shared in INDICATORS.values()}
        assert "phường" not in " ".join((ind.source, ind.duty.owner["vi"], ind.duty.task["vi"], ind.duty.product["vi"], ind.cut_off["vi"]))


UNNUMBERED = "numbered = false\n"


def test_a_unit_of_another_resolution_quotes_neither_the_wards_words_nor_its_offices(make_unit: Callable[..., str]) -> None:
    of_its_own = read_unit(make_unit([], unit="xa", toml=UNNUMBERED))
    lawful = read_unit(make_unit([], unit="xa-b", toml=UNNUMBERED + 'deadline_document = "Quy chế 1"\n'))
    file = raw(make_unit([], unit="tinh", toml=UNNUMBERED)) / "unit.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('level = "ward"', 'level = "province"'), encoding="utf-8")
    above = read_unit("tinh")
    for key, ind in INDICATORS.items():
        for unit in (of_its_own, lawful, above):
            line = unit.indicators[key]
            said = [line.definition[lang] for lang in ("vi", "en")]
            assert (line.number, line.wording, line.source) == ("", "", "")
            assert not re.search(
                "Thanh Sơn|Uông Bí|nghị quyết|resolution|Mục I|lause I|4[.,]0%|Phường cần trả lời|Only the ward",
                " ".join(said),
                re.IGNORECASE,
            )
            assert all(len(text) > 40 and ind.definition[lang].startswith(text[:40]) for text, lang in zip(said, ("vi", "en"), strict=True))
            assert not re.search(
                r"III\.", " ".join(words["vi"] for words in (line.duty.result_owner, line.duty.responsibility, line.duty.product))
            )
        assert of_its_own.indicators[key].duty.owner == ind.duty.owner and of_its_own.indicators[key].duty.due == ind.duty.due
        assert lawful.indicators[key].duty.due["vi"] == "", "the unit's own document sets the day"
        assert above.indicators[key].duty.owner == NOT_NAMED and above.indicators[key].duty.task["vi"] == ""
    ours = read_unit(make_unit([], unit="ours"))
    assert ours.indicators["new_jobs"] == INDICATORS["new_jobs"], "the ward of the resolution keeps every word"


@pytest.mark.parametrize("ind", INDICATORS.values(), ids=INDICATORS)
def test_every_language_says_a_definition_in_as_many_sentences(ind: Indicator) -> None:
    counts = {len(sentences(ind.definition[lang])) for lang in languages()}
    assert len(counts) == 1 and ind.local and max(ind.local) < counts.pop()


def test_the_province_judges_jobs_against_its_plan() -> None:
    jobs = read_unit("quang-ninh").indicators["new_jobs"]
    assert (jobs.kind.id, jobs.measure["vi"], jobs.flow_measure["vi"]) == ("plan_share", "%", "lượt lao động")
    assert INDICATORS["new_jobs"].kind is KINDS["flow"]


NOTED = """
[override.new_jobs]
notes = [
  { known = 2025-11-06, text = { vi = "mười tháng 918.273", en = "ten months 918,273" } },
  { known = 2025-03-01, text = "hai tháng 4.561" },
]
[override.forest_cover]
notes = [{ known = 2025-10-16, text = "rừng 918.273" }]
"""


def test_a_remark_of_a_later_day_does_not_stand_under_the_definition(make_unit: Callable[..., str]) -> None:
    """Whether the unit was read as of the day or not: the page keeps to its own day."""
    unit = make_unit([], toml=NOTED)
    for place in read_unit(unit), read_unit(unit, as_of="2025-10-15"):
        for line, known in ("new_jobs", 1), ("forest_cover", 0):
            item = outlook_for(read_observations(unit), place, place.indicators[line], 2025, as_of="2025-10-15")
            shown = str(duty(item, "vi"))
            assert "918.273" not in shown and shown.count("Ghi chú ngày") == known
    later = outlook_for(read_observations(unit), read_unit(unit), read_unit(unit).indicators["new_jobs"], 2025, as_of="2025-11-06")
    assert "ten months 918,273" in str(duty(later, "en")) and "Noted on 6 November 2025" in str(duty(later, "en")).replace("\u00a0", " ")


def test_a_remark_needs_its_day(make_unit: Callable[..., str]) -> None:
    with pytest.raises(KpiError, match="known = 2025-11-06"):
        read_unit(make_unit([], toml="[override.new_jobs]\nnotes = ['mười tháng 918.273']"))
