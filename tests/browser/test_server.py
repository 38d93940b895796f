"""The reader's server listens on this machine only and lets nobody in without the token."""

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browser.jupyterlab import ROOT, Lab


@pytest.mark.parametrize(
    "path", ["/api/contents", "/api/kernels", "/api/sessions", "/lab/api/settings"]
)
def test_a_request_without_the_token_is_refused(lab: Lab, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(lab.url + path, timeout=5)
    assert refused.value.code in (401, 403), f"{path} answered {refused.value.code}"


def test_a_request_with_the_token_is_answered(lab: Lab) -> None:
    request = f"{lab.url}/api/contents/notebooks?token={lab.token}"
    names = [e["name"] for e in json.load(urllib.request.urlopen(request, timeout=5))["content"]]
    assert "00-start-here.ipynb" in names


def test_the_server_listens_on_the_loopback_only(lab: Lab) -> None:
    port = int(lab.url.rsplit(":", 1)[1])
    addresses = {
        info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    }
    for address in addresses - {"127.0.0.1"}:
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex((address, port)) != 0, f"the server answers on {address}"


def test_the_settings_ask_nobody_for_news() -> None:
    text = (ROOT / "jupyter_config" / "jupyter_server_config.py").read_text(encoding="utf-8")
    assert "news_url = None" in text
    assert "NeverCheckForUpdate" in text
    folder: Path = ROOT / "jupyter_config" / "labconfig"
    overrides = json.loads((folder / "default_setting_overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
