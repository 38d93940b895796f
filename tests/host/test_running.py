"""What runs on each kind of host: containers, pods and guests, and nothing that only looks so."""

import pytest
from host import trees
from host.trees import ALL, DOCKER, A, B, Made, host

from hvlib.host.containers import matches
from hvlib.host.drawing import drawn
from hvlib.host.falls import isolation
from hvlib.host.looking import Findings
from hvlib.host.machines import GIB, options
from hvlib.host.walls import dangerous, settings
from hvlib.systems.writing import as_toml


def held(found: Findings) -> dict[str, str]:
    """Makers by label."""
    return {one.label: one.maker for one, _walls in found.containers}


def said(found: Findings, label: str) -> dict[str, str]:
    """Each fact about a container's walls, with its weight."""
    walls = next(around for one, around in found.containers if one.label == label)
    return {fact.says: fact.weight for fact in walls.facts}


def test_docker_has_two_containers_and_neither_is_dockerd_or_a_shim() -> None:
    found = trees.docker().look()
    assert held(found) == {f"nginx {A[:12]}": "Docker", f"portainer {B[:12]}": "Docker"}
    assert set(found.managers) == {"dockerd", "containerd"}


def test_the_walls_of_a_container_as_docker_makes_it_stand() -> None:
    walls = trees.docker().look().containers[0][1]
    assert walls.guards == ("seccomp", "capabilities", "network namespace")
    weights = {fact.weight for fact in walls.facts}
    assert weights == {"up", "usual"}, "a default container gave a false alarm"
    told = " ".join(fact.says for fact in walls.facts)
    for wall in ("512 MiB", "1.5 processors", "read-only", "AppArmor or SELinux confines"):
        assert wall in told
    assert all(fact.evidence.startswith("/") for fact in walls.facts)


def test_a_privileged_container_with_dockerds_socket_has_two_doors() -> None:
    walls = trees.docker().look().containers[1][1]
    doors = {fact.controls for fact in walls.facts if fact.weight == "door"}
    assert doors == {"kernel", "dockerd"}
    assert walls.guards == ()
    assert "It shares the network with the machine." in {fact.says for fact in walls.facts}
    told = settings(walls.facts)
    assert told[:2] == ("--privileged", "docker.sock inside"), "doors come first"
    assert set(told[2:]) == {"--network=host", "seccomp=unconfined"}
    model = isolation(drawn(trees.docker().look()), f"portainer {B[:12]}")
    assert (model.setting, model.network_namespace) == ("--privileged", False)


def test_a_socket_is_no_door_for_a_root_that_is_another_user_outside() -> None:
    made = trees.docker()
    made.files["proc/930/uid_map"] = "0 100000 65536\n"
    facts = said(made.look(), f"portainer {B[:12]}")
    weights = {weight for says, weight in facts.items() if "socket of dockerd" in says}
    assert weights == {"low"}
    assert "door" not in facts.values()


def test_a_socket_is_known_by_what_it_is_and_not_by_where_it_is_mounted() -> None:
    made = host()
    innocent = "901 900 0:25 /mine.sock /var/run/docker.sock rw - tmpfs tmpfs rw"
    made.process(60, "sh", f"/docker/{A}", inner=(1,), own="all", caps=DOCKER, mounts=innocent)
    assert "door" not in said(made.look(), f"sh {A[:12]}").values()


def test_pods_are_frames_without_their_pause_and_limits_come_from_around() -> None:
    found = trees.kubernetes().look()
    assert held(found) == {"java": "containerd", f"redis-server {'d' * 12}": "containerd"}
    assert found.pods == {trees.POD: "shop/web-0"}
    assert "At most 2,048 MiB of memory." in said(found, "java")


@pytest.mark.parametrize(("own", "least"), [(1 << 30, "1,024"), (4 << 30, "2,048")])
def test_the_limit_is_the_least_of_the_containers_and_its_pods(own: int, least: str) -> None:
    made = trees.kubernetes()
    file = next(path for path in made.files if path.endswith(f"{B}.scope/memory.max"))
    made.files[file] = f"{own}\n"
    assert f"At most {least} MiB of memory." in said(made.look(), "java")


def test_powers_are_told_by_the_masks_that_engines_are_known_to_set() -> None:
    assert dangerous(int(DOCKER, 16)) == ()
    assert dangerous(0xA80435FB) == ("NET_ADMIN",), "Docker with --cap-add NET_ADMIN"
    assert dangerous(0xA82425FB) == ("SYS_ADMIN",), "Docker with --cap-add SYS_ADMIN"
    nspawn = ("DAC_READ_SEARCH", "SYS_PTRACE", "SYS_ADMIN")
    assert dangerous(0xFDECAFFF) == nspawn, "no module can be loaded there"


def test_all_devices_are_not_a_single_one_that_is_mounted() -> None:
    made = host()
    null = "901 900 0:6 /null /proc/kcore rw - devtmpfs devtmpfs rw"
    whole = "902 900 0:6 / /dev rw - devtmpfs devtmpfs rw"
    for pid, id, mounts in ((60, A, null), (80, B, f"{null}\n{whole}")):
        made.process(pid, "sh", f"/docker/{id}", inner=(1,), own="all", caps=DOCKER, mounts=mounts)
    devices = "All devices of the machine are in its /dev."
    found = made.look()
    assert [devices in said(found, f"sh {id[:12]}") for id in (A, B)] == [False, True]


def test_cri_o_names_its_containers_in_conmon_which_is_none() -> None:
    found = trees.cri_o().look()
    assert held(found) == {"nginx": "CRI-O"}
    assert found.pods == {trees.POD: "shop/web-1"}


def test_an_ordinary_user_learns_what_may_be_seen_and_is_told_what_may_not() -> None:
    found = trees.podman().look()
    (one, walls), facts = found.containers[0], said(found, "web")
    assert (one.maker, one.owner) == ("Podman", 1001)
    assert walls.guards == (
        "seccomp",
        "capabilities",
        "user namespaces",
        "network namespace",
    )
    assert facts["It has namespaces of its own: pid, net, mnt."] == "up"
    unknown = "Whether it shares these is not for you to see: ipc, uts, cgroup."
    assert facts[unknown] == "unknown", "what can't be read was called shared"
    assert "Its engine needs no root; it is user 1001's." in as_toml(drawn(found))
    assert facts["At most 256 MiB of memory."] == "up", "crun's leaf has no limit, its parent has"
    assert found.hidden == ("Of 1 container, some walls only root may read.",)


def test_hidden_processes_are_not_taken_for_none() -> None:
    made = host()
    made.files["proc/mounts"] = "proc /proc proc rw,nosuid,hidepid=invisible 0 0\n"
    found = made.look()
    assert any("hidden from you" in text for text in found.hidden)
    assert "Others' programs?" in {item.name for item in drawn(found).components if item.unsure}
    made.files["proc/self/status"] = "Name:\tpython3\nUid:\t0\t0\t0\t0\n"
    assert not made.look().hidden, "from root nothing is hidden"
    for harmless in ("", ",hidepid=0", ",hidepid=off"):
        made.files["proc/mounts"] = f"proc /proc proc rw{harmless} 0 0\n"
        assert not made.look().hidden


def test_docker_in_lxc_is_inside_it_and_lxcs_powers_are_harmless_by_its_user_namespace() -> None:
    found = trees.lxc().look()
    assert held(found) == {"LXC 101": "LXC", f"redis-server {A[:12]}": "Docker"}
    (lxc, walls), (docker, _inner) = found.containers
    assert docker.inside == lxc.group
    assert "door" not in {fact.weight for fact in walls.facts}, "all powers, and none outside"
    assert [(one.name, one.manager, one.by) for one in found.machines] == [
        ("web", "Proxmox", "KVM")
    ]


def test_privileged_lxc_is_told_from_one_that_is_not() -> None:
    made = host()
    made.process(60, "/sbin/init", "/lxc.payload.old", inner=(1,), own="all", caps=ALL)
    assert said(made.look(), "old")
    assert "door" in said(made.look(), "old").values()


def test_a_user_namespace_in_which_root_stays_root_is_called_neither_none_nor_a_guard() -> None:
    made = host()
    users = "         0          0          1\n"
    made.process(60, "sh", f"/docker/{A}", inner=(1,), own="all", caps=ALL, users=users)
    found = made.look()
    facts = said(found, f"sh {A[:12]}")
    assert facts["A user namespace, and yet root inside is root outside."] == "low"
    assert "door" not in facts.values(), "its capabilities count inside only"
    assert "user namespaces" not in found.containers[0][1].guards


def test_nspawns_supervisor_is_no_container_and_its_name_is_unescaped() -> None:
    assert held(trees.nspawn().look()) == {"web-1": "systemd-nspawn"}


def test_two_guests_under_libvirt_and_no_helper_among_them() -> None:
    found = trees.libvirt().look()
    build, arm = found.machines
    assert (build.name, build.vcpus, build.memory, build.by) == ("build,old", 2, 4 * GIB, "KVM")
    assert build.manager == "libvirt"
    assert (arm.by, arm.memory) == ("translation", GIB), (
        "kvm:tcg in the command line proves nothing"
    )
    assert found.managers.keys() == {"libvirtd"}


def test_each_desktops_guest_has_its_name() -> None:
    found = {one.vmm: (one.name, one.vcpus) for one in trees.desktops().look().machines}
    assert found == {
        "VirtualBox": ("win 11", 0),
        "VMware": ("Lab 3", 0),
        "Firecracker": ("vm-7", 2),
        "Cloud Hypervisor": ("ch", 2),
    }


def test_a_domain_of_xen_needs_no_process() -> None:
    found = trees.xen(dom0=True).look().machines
    assert [(one.name, one.manager) for one in found] == [("win10", "5"), ("domain 3", "3")]


@pytest.mark.parametrize("virtual", [False, True])
def test_gvisor_is_a_sandbox_even_on_kvm_and_katas_guest_is_katas(virtual: bool) -> None:
    found = trees.sandboxed(virtual=virtual).look()
    assert held(found) == {f"gVisor {A[:12]}": "gVisor"}
    assert [(one.manager, one.pod) for one in found.machines] == [("Kata", B)]


def test_the_book_tells_its_own_container_and_not_the_engine_that_stands_by() -> None:
    made = host()
    engine = ("python", "-c", "import hvlib.real.container_engine as m; m.engine(3, 0)")
    made.process(60, engine)
    made.process(61, engine, parent=60, inner=(1,), own="all")
    assert not held(made.look())
    made.process(61, "sh -c sleep", "/user.slice/hvlib-60-4026531836-0", parent=60, inner=(1,))
    assert held(made.look()) == {"this book": "this book"}


@pytest.mark.parametrize(
    ("path", "makers"),
    [
        ("/system.slice/docker.service", []),
        ("/user.slice/user-1000.slice/user@1000.service/podman.socket", []),
        (f"/docker/{A}", ["Docker"]),
        (f"/kubepods/besteffort/pod74c13223-5a00-11e9-b385-42010a80018d/{A}", ["Kubernetes"]),
        (f"/system.slice/web.service/libpod-payload-{A}", ["Podman"]),
        ("/system.slice/web.service/supervisor", []),
        ("/lxc.monitor.web", []),
        ("/lxc.payload.web-1/system.slice/nginx.service", ["LXC"]),
        (r"/machine.slice/machine-lxc\x2d12345\x2ddemo.scope", ["LXC"]),
        (r"/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/vcpu0", []),
        (f"/default/{A}", [""]),
        (f"/docker/{A}/kubepods.slice/cri-containerd-{B}.scope", ["Docker", "containerd"]),
    ],
)
def test_a_control_groups_path_tells_of_containers_only(path: str, makers: list[str]) -> None:
    assert [match.maker for match in matches(path)] == makers


def test_qemus_options_are_read_as_qemu_reads_them() -> None:
    assert options("guest=a,,b,debug-threads=on") == {"guest": "a,b", "debug-threads": "on"}
    assert options("4,sockets=2") == {"": "4", "sockets": "2"}


def test_a_name_that_is_no_text_is_still_one_that_can_be_written() -> None:
    made = trees.kubernetes()
    made.files[f"var/log/containers/web-0_shop_j\udcffva-{B}.log"] = ""
    del made.files[f"var/log/containers/web-0_shop_java-{B}.log"]
    assert "j\ufffdva" in held(made.look())


def test_made_trees_are_refused_like_real_ones() -> None:
    made = Made(files={"proc/1/comm": "x"}, refused=lambda path: True)
    assert made.look().below.evidence


def test_a_process_list_of_its_own_is_no_container_with_an_open_door() -> None:
    made = host()
    made.process(60, "unshare --pid --fork sleep 9")
    made.process(61, "sleep 9", parent=60, inner=(1,), own=("pid",))
    made.process(70, "/opt/google/chrome/chrome", parent=1)
    made.process(71, "/opt/google/chrome/chrome --type=zygote", parent=70, inner=(1,), own=("pid",))
    facts = [fact for _one, walls in made.look().containers for fact in walls.facts]
    assert facts
    assert not {"door", "usual"} & {fact.weight for fact in facts}
    assert {fact.topic for fact in facts} == {"namespaces"}
