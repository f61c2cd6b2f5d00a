"""Charts say in words what they show, keep the figures beside the bars, and bring neither style nor script."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from lxml import etree

from app.core.charts import Chart, Series, Tone, month_labels, months_between

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Any:
    with app.test_request_context("/"):
        yield


def drawings(chart: Chart) -> list[Any]:
    """For a wide place and for a narrow one."""
    return list(etree.fromstring(f"<div>{chart.drawn}</div>"))


def words(drawing: Any, look: str) -> list[str]:
    return [text.text for text in drawing.iter(f"{SVG}text") if look in text.get("class").split()]


def bars(drawing: Any, tone: str) -> list[Any]:
    return [bar for bar in drawing.iter(f"{SVG}rect") if bar.get("class") == f"t-{tone}"]


def lying(**values: Any) -> Chart:
    given = {"labels": ["First", "Second"], "series": [Series("Leads", [40, 10])], **values}
    return Chart("leads", "How far", "Forty, then ten.", **given)


def test_a_chart_is_named_and_described_and_brings_nothing_else() -> None:
    for drawing in drawings(lying()):
        assert drawing.get("role") == "img"
        title, about = (drawing.find(f"{SVG}{tag}") for tag in ("title", "desc"))
        assert (title.text, about.text) == ("How far", "Forty, then ten.")
        assert drawing.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}"
        tags = {etree.QName(node).localname for node in drawing.iter()}
        assert tags <= {"svg", "title", "desc", "rect", "text", "path"}
        assert not [node for node in drawing.iter() if node.get("style")]
    ids = [node.get("id") for drawing in drawings(lying()) for node in drawing.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_bars_are_as_long_as_their_figures_in_the_order_of_the_labels() -> None:
    for drawing in drawings(lying()):
        first, second = bars(drawing, "main")
        assert float(first.get("width")) == pytest.approx(4 * float(second.get("width")), abs=0.2)
        assert float(first.get("y")) < float(second.get("y"))
        assert (words(drawing, "l"), words(drawing, "n")) == (["First", "Second"], ["40", "10"])


def test_series_are_stacked_and_the_sum_stands_behind_them() -> None:
    chart = lying(series=[Series("Done", [30, 0]), Series("Late", [10, 10], Tone.WARN)])
    assert chart.key == [(Tone.MAIN, "Done"), (Tone.WARN, "Late")]
    for drawing in drawings(chart):
        (done,), (late, alone) = bars(drawing, "main"), bars(drawing, "warn")
        assert float(late.get("x")) == pytest.approx(float(done.get("x")) + float(done.get("width")), abs=0.2)
        assert float(alone.get("x")) == pytest.approx(float(done.get("x")), abs=0.2)
        assert words(drawing, "n") == ["40", "10"]
        assert words(drawing, "in") == ["30", "10"]


def test_a_promise_is_a_line_at_its_figure() -> None:
    chart = lying(series=[Series("Days", [4, 2])], marks=[2, None], mark_name="Promised")
    for drawing in drawings(chart):
        (mark,) = [path for path in drawing.iter(f"{SVG}path") if path.get("class") == "mark"]
        bar = bars(drawing, "main")[1]
        assert float(mark.get("d").partition(" ")[0][1:]) == pytest.approx(
            float(bar.get("x")) + float(bar.get("width")), abs=0.3
        )


def test_nothing_at_all_is_a_chart_without_bars() -> None:
    for standing in (False, True):
        for drawing in drawings(lying(series=[Series("Leads", [0, None])], standing=standing)):
            assert not bars(drawing, "main")
    assert words(drawings(lying(series=[Series("Leads", [0, None])]))[0], "n") == ["0", "–"]


def test_columns_stand_on_one_line_with_their_months_below() -> None:
    firsts = months_between(date(2025, 11, 20), date(2026, 2, 1))
    assert firsts == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert month_labels(firsts) == ["Nov", "Dec", "Jan\n2026", "Feb"]
    chart = lying(labels=month_labels(firsts), series=[Series("Leads", [1, 2, 0, 4])], standing=True)
    for drawing in drawings(chart):
        feet = {round(float(bar.get("y")) + float(bar.get("height"))) for bar in bars(drawing, "main")}
        assert len(feet) == 1
        assert words(drawing, "l") == ["Nov", "Dec", "Jan", "2026", "Feb"]
        assert words(drawing, "n") == ["1", "2", "4"]


def test_crowded_months_are_named_now_and_then() -> None:
    firsts = months_between(date(2024, 1, 1), date(2025, 12, 31))
    chart = lying(labels=month_labels(firsts), series=[Series("Leads", [1000 + n for n in range(24)])], standing=True)
    wide, narrow = (words(drawing, "l") for drawing in drawings(chart))
    assert 5 <= len(narrow) < len(wide)


def test_strange_words_and_long_ones_are_shown_as_far_as_they_can_be() -> None:
    name = "<b>\x00Ąę & sons</b>" + "x" * 200
    for drawing in drawings(lying(labels=[name, "Second"])):
        label = words(drawing, "l")[0]
        assert label.startswith("<b>Ąę & sons</b>x")
        assert label.endswith("…")
