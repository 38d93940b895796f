"""What the files on Podman and Kubernetes say, held to their documentation."""

from hvlib.systems.blast import host_parts, who_falls
from hvlib.systems.system import load


def left(system: str, crashed: str, **settings: str) -> dict[str, str]:
    """Who isn't simply up when all is over, by id."""
    moments = load(system).moments([crashed], {k.replace("_", "-"): v for k, v in settings.items()})
    return {id: one.state for id, one in moments[-1].conditions.items() if one.state != "up"}


def test_podman_has_no_daemon_whose_end_anybody_feels() -> None:
    """README: "No manager daemon"; the API service ends when nobody uses it."""
    for gone in ("podman", "crun"):
        assert left("podman", gone) == {gone: "crashed"}, f"who needs {gone}?"


def test_without_its_conmon_a_container_runs_on_and_loses_its_output() -> None:
    found = load("podman").conditions(["conmon1"])["container1"]
    assert found.lacks == {"log", "manage"}
    assert left("podman", "conmon1")["container1"] == "limited", "nobody removes it by itself"


def test_conmon_follows_the_restart_policy_by_a_command() -> None:
    """libpod, fullCleanup(): handleRestartPolicy() runs in podman container cleanup."""
    assert left("podman", "app1", restart_policy="no")["app1"] == "crashed"
    assert left("podman", "app1", restart_policy="always") == {}


def test_a_flaw_in_a_rootless_runtime_takes_no_part_of_the_host() -> None:
    """With Docker, runc acts as root; with rootless Podman, crun has the user's rights."""
    podman, docker = load("podman"), load("docker")
    assert host_parts(docker, "container1", ["runc"]) == ("host kernel",)
    assert host_parts(podman, "container1", ["crun"]) == ()
    assert len(who_falls(podman, "container1", ["crun"])) == 2, "both belong to that user"


def test_a_rootless_packet_passes_a_process() -> None:
    """passt's README: pasta translates between a tap device and sockets of the host."""
    assert len(load("podman").passages("packet")) == 3
    assert left("podman", "pasta2")["container2"] == "limited"


def test_no_manager_of_a_node_carries_its_pods() -> None:
    """Kubernetes documentation, "Nodes": pods may go on running on a partitioned node."""
    system = load("kubernetes")
    for gone in ("kubelet", "proxy", "control", "containerd"):
        states = system.states([gone])
        assert states["pod1"] in ("up", "unmanaged"), f"{gone} takes pod 1 along"
    assert left("kubernetes", "kubelet") == {}, "systemd starts it again"


def test_a_services_packet_passes_rules_and_not_kube_proxy() -> None:
    """Virtual IPs and Service Proxies: netfilter in the kernel handles the traffic."""
    way = [step.at for step in load("kubernetes").flow("packet").steps]
    assert "rules" in way
    assert not {"proxy", "kubelet", "containerd"} & set(way)


def test_a_failed_container_comes_back_in_its_pod_and_a_failed_node_does_not() -> None:
    assert left("kubernetes", "web1") == {}
    assert left("kubernetes", "web1", restart_policy="Never") == {"web1": "crashed"}
    assert left("kubernetes", "kernel")["pod1"] == "down", "no pod is ever moved"


def test_a_lost_network_leaves_a_nodes_pods_running() -> None:
    assert left("kubernetes", "nic")["pod1"] == "limited"
    says = " ".join(e.says for e in load("kubernetes").after if e.of == "nic")
    assert "two of each" in says


def test_a_kubelet_without_a_network_is_cut_off_and_does_not_stand_still() -> None:
    """Kubernetes documentation, “Nodes”: pods may go on running on a partitioned node."""
    states = load("kubernetes").states(["nic"])
    assert states["kubelet"] == states["proxy"] == "unmanaged"
    assert states["web1"] == "limited"
