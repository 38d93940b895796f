"""The files for a hub say what the chart, the proxy and the book understand."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "jupyter_config" / "hub"
SCHEMA = next((f / "shared" / "hub" / "z2jh-values.schema.yaml" for f in (*ROOT.parents,) if (f / "shared" / "hub" / "z2jh-values.schema.yaml").exists()), None)  # fmt: skip  # noqa: E501
VALUES = yaml.safe_load((HUB / "values.yaml").read_text(encoding="utf-8"))


def complaints(values: dict[str, Any]) -> list[str]:
    """What the chart's schema says of values; what is left out has the chart's own defaults."""
    assert SCHEMA
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    errors = jsonschema.Draft7Validator(schema).iter_errors(values)
    return [f"{list(e.path)}: {e.message}" for e in errors if e.validator != "required"]


@pytest.mark.skipif(SCHEMA is None, reason="the chart's schema is not beside the checkout")
def test_the_chart_accepts_the_values_and_would_not_accept_others() -> None:
    assert complaints(VALUES) == []
    misspelt = copy.deepcopy(VALUES)
    misspelt["singleuser"]["memory"]["garantee"] = "1G"
    misspelt["cull"]["timeout"] = "soon"
    assert len(complaints(misspelt)) == 2


def test_no_reader_has_privileges_or_the_network() -> None:
    reader = VALUES["singleuser"]
    assert reader["allowPrivilegeEscalation"] is False
    assert reader["extraPodConfig"]["securityContext"]["runAsNonRoot"] is True
    assert reader["extraPodConfig"]["automountServiceAccountToken"] is False
    assert not any(reader["networkPolicy"]["egressAllowRules"].values())


def test_hub_chart_and_image_start_the_same_server() -> None:
    image = (HUB / "Containerfile").read_text(encoding="utf-8")
    command = re.search(r"^CMD (.*)$", image, re.MULTILINE)
    assert command
    assert json.loads(command[1]) == VALUES["singleuser"]["cmd"]
    assert "jupyter_config/hub/requirements.lock" in image
    config = (HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert '"-m", "hvlib", "lab", "--hub", "--folder"' in config


def test_the_proxys_lock_names_no_addresses() -> None:
    lock = json.loads((HUB / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((HUB / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, version in wanted.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
