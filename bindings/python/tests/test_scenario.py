"""Scenarios: read, refused, changed, pickled."""

import pickle

import numpy as np
import pytest

import lapwing

from conftest import TEXT, Fixed


def test_scenarios_that_are_carried_are_read():
    names = lapwing.scenarios()
    assert "rfc8867-5.1-owd50" in names
    scenario = lapwing.Scenario.load("rfc8867-5.1-owd50")
    assert scenario.name == "rfc8867-5.1-owd50"
    assert scenario.seeds[0] > 0 and scenario.duration_s > 10 and scenario.flows
    assert "RFC 8867" in scenario.reference


def test_unknown_names_are_guessed():
    with pytest.raises(FileNotFoundError, match="did you mean .*rfc8867-5.1-owd50"):
        lapwing.Scenario.load("rfc8867-5.1-owd5")
    with pytest.raises(FileNotFoundError):
        lapwing.Scenario.load("nothing.toml")


def test_faults_have_line_and_field():
    text = TEXT.replace("tail-drop", "tail-drip").replace("fps = 30", "fps = -1")
    with pytest.raises(lapwing.ScenarioError) as raised:
        lapwing.Scenario.load("bad.toml", text=text)
    faults = {fault.field: fault for fault in raised.value.faults}
    assert "is not within" in faults["media.video.fps"].problem
    first = faults["link[0].queue.type"]
    assert TEXT.splitlines()[first.line - 1].startswith("queue = ")
    assert '"tail-drip" is none of tail-drop' in first.problem
    assert f"bad.toml:{first.line}: link[0].queue.type" in str(raised.value)
    assert isinstance(raised.value, ValueError)
    again = pickle.loads(pickle.dumps(raised.value))
    assert isinstance(again, lapwing.ScenarioError) and again.faults == raised.value.faults


def test_a_text_that_is_no_toml_is_a_fault():
    with pytest.raises(lapwing.ScenarioError) as raised:
        lapwing.Scenario.load("bad.toml", text="[meta]\nname = = 1")
    assert [fault.line for fault in raised.value.faults] == [2]


def test_odd_things_are_warnings():
    text = TEXT.replace('from = "B"\nto = "A"', 'from = "B"\nto = "a"')
    (first, second) = lapwing.Scenario.load("odd.toml", text=text).warnings
    assert {first.field, second.field} == {"link[0].from", "link[1].to"}
    assert "nothing else names this place" in first.problem


def test_files_come_from_beside_the_scenario_or_from_the_caller(tmp_path):
    text = TEXT.replace("capacity_bps = 1000000", 'capacity_trace = "train.csv"')
    file = tmp_path / "train.toml"
    file.write_text(text)
    with pytest.raises(lapwing.ScenarioError, match="train.csv"):
        lapwing.Scenario.load(file)
    (tmp_path / "train.csv").write_text("0,1e6\n5,2e6")
    scenario = lapwing.Scenario.load(file)
    (tmp_path / "train.csv").unlink()
    # What was read goes where the scenario goes.
    assert pickle.loads(pickle.dumps(scenario)).name == "small"
    traces = {"train.csv": "0,1e6\n5,2e6"}
    assert lapwing.Scenario.load("a.toml", text=text, files=traces).duration_s == 12
    assert lapwing.Scenario.load("a.toml", text=text, files=traces.__getitem__).duration_s == 12
    with pytest.raises(lapwing.ScenarioError, match="train.csv"):
        lapwing.Scenario.load("a.toml", text=text, files={})


def test_a_value_is_set_by_its_path(small):
    assert small.with_value("meta.duration_s", 3).duration_s == 3
    assert small.with_value("meta.seeds.1", 9).seeds == [1, 9]
    assert small.with_value("flow.7.id", np.int64(8)).flows == [8]
    assert small.with_value(["link", "fwd", "name"], "there").links == ["there", "back"]
    slow = small.with_value("link.fwd.queue.size_ms", np.float64(40.0))
    assert "size_ms = 40.0" in slow.text
    assert small.flows == [7], "the first one stays as it is"


def test_a_value_that_does_not_fit_is_refused(small):
    with pytest.raises(lapwing.ScenarioError) as raised:
        small.with_value("link.fwd.delay_ms", -1)
    assert "link[0].delay_ms" in [fault.field for fault in raised.value.faults]
    with pytest.raises(KeyError, match="fwd, back"):
        small.with_value("link.forward.delay_ms", 1)
    with pytest.raises(KeyError, match="neither"):
        small.with_value("meta.name.short", 1)
    with pytest.raises(ValueError):
        small.with_value("meta.name", None)
    with pytest.raises(TypeError):
        small.with_value("meta.name", object())


def test_a_grid_has_every_combination(small):
    axes = {"link.fwd.delay_ms": [10, 50], "link.fwd.queue.size_ms": [100, 200, 300]}
    points = list(lapwing.grid(small, axes))
    assert len(points) == 6
    assert points[1][0] == {"link.fwd.delay_ms": 10, "link.fwd.queue.size_ms": 200}
    assert "size_ms = 200" in points[1][1].text and "delay_ms = 10" in points[1][1].text


def test_controllers_are_named_by_flows():
    text = TEXT.replace('media = ["video"]', 'media = ["video"]\ncontroller = "mine"')
    with pytest.raises(lapwing.ScenarioError, match="controller"):
        lapwing.Scenario.load("own.toml", text=text)
    scenario = lapwing.Scenario.load("own.toml", text=text, controllers={"mine": Fixed})
    assert pickle.loads(pickle.dumps(scenario)).text == text
