"""The experiments show what the chapters say they show."""

import platform

import pytest

from hvlib.real import cgroup, container, linux, probe, recording, rootfs, side_by_side

CONTAINERS, NO_CONTAINERS = (
    container.available() if rootfs.find_busybox() else (False, "no static busybox")
)
needs_containers = pytest.mark.skipif(not CONTAINERS, reason=f"no containers: {NO_CONTAINERS}")
GUESTS, NO_GUESTS = linux.available()
needs_guest = pytest.mark.skipif(not GUESTS, reason=f"no Linux guest here: {NO_GUESTS}")
pytestmark = [pytest.mark.real, pytest.mark.slow]


@needs_containers
@needs_guest
def test_the_container_shares_the_kernel_and_the_vm_does_not() -> None:
    trace = side_by_side.process_container_vm.live(runs=1)
    process, box, vm = (trace.summary[name] for name in ("process", "container", "VM"))
    assert process["kernel"] == box["kernel"] == platform.release() != vm["kernel"]
    assert box["pid"] == 1 != process["pid"]
    assert len({process["hostname"], box["hostname"], vm["hostname"]}) == 3
    # One run on a busy machine: process and container are too close to tell apart.
    assert 10 * max(process["start"], box["start"]) < vm["start"]
    assert box["memory"] < vm["memory"] / 10
    assert box["memory"] == pytest.approx(process["memory"], rel=0.3), "one shell, one measure"
    assert trace.source == "measured"
    assert trace.provenance


@needs_containers
@pytest.mark.skipif(cgroup.place("x") is None, reason="no control group can be made here")
def test_the_hog_is_killed_alone() -> None:
    trace = side_by_side.memory_hog.live(seconds=0.9)
    assert trace.summary["stopped_by"] == "memory"
    assert trace.summary["peak_memory"] <= trace.summary["limit"]
    assert trace.summary["neighbour_ticks"] > 2, "the neighbour stopped, too"
    assert trace.summary["host_ticks"] > 2
    [start, end] = [event.time for event in trace.events if event.actor == "hog"]
    for actor in ("neighbour", "host"):
        times = [event.time for event in trace.of_kind("tick") if event.actor == actor]
        assert any(time < start for time in times), f"{actor} did not tick before the hog"
        assert any(start < time < end for time in times), f"{actor} did not tick beside the hog"


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("name", ["memory_hog", "process_container_vm"])
def test_without_busybox_the_recording_says_so_and_no_thread_fails(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(recording.MODE_VARIABLE, raising=False)
    monkeypatch.setattr(rootfs, "find_busybox", lambda: None)
    trace = getattr(side_by_side, name)()
    assert trace.source == "recorded"
    assert "busybox" in recording.badge(trace)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.usefixtures("asked_anew")
def test_a_neighbour_that_can_not_start_is_told_where_somebody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_words: object, **_options: object) -> None:
        raise PermissionError("no mounts here")

    monkeypatch.setattr(container, "run", refuse)
    with pytest.raises(recording.UnavailableError, match="no mounts here"):
        side_by_side.memory_hog.live(seconds=0.3)
    assert "Traceback" not in capfd.readouterr().err


@needs_guest
def test_the_host_decides_how_fast_a_guest_runs() -> None:
    trace = side_by_side.guest_as_process.live(phase=0.5)
    share = trace.summary["cpu_share"]
    assert trace.summary["threads"] >= 2
    assert share["alone"] == 1
    assert share["loaded"] == pytest.approx(0.5, abs=0.2)
    assert share["load nice 19"] > 0.85
    assert share["guest nice 19"] < 0.15
    speed = trace.summary["speed"]
    assert speed["guest nice 19"] < speed["load nice 19"]


@needs_guest
@pytest.mark.skipif(
    not (probe.ask("kvm").yes or probe.ask("unicorn").yes), reason="no engine for bare metal"
)
def test_two_different_guests_run_at_once() -> None:
    trace = side_by_side.two_guests.live(seconds=0.5)
    assert trace.summary["linux_kernel"] != trace.summary["host_kernel"] == platform.release()
    assert trace.summary["bare_metal_says"] == "hello from a guest"
    counts = [event.detail["count"] for event in trace.of_kind("count")]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0], "the bare-metal guest stood still while Linux ran"
    ticks = [e.time for e in trace.of_kind("console") if e.detail["text"] == "tick"]
    assert len(ticks) > 2


@pytest.mark.skipif(not probe.ask("qemu").yes, reason=probe.ask("qemu").why or "QEMU")
def test_a_vcpu_beside_a_busy_program_waits_and_the_host_counts_it() -> None:
    s = side_by_side.steal.live(phase=0.5).summary
    loaded = s["loaded"]
    assert loaded["waited"] > 0.15 * loaded["seconds"], "a busy rival took no time from the guest"
    assert loaded["ticks"] < s["alone"]["ticks"]
    if s["accelerator"] == "tcg":
        assert loaded["stolen"] == 0, "nobody tells a translated guest of steal"
