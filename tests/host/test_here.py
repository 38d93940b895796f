"""The machine as a system: it loads again, crashes, falls and stays readable like any other."""

import errno
import os
import re
import subprocess
import sys
from gettext import NullTranslations
from pathlib import Path

import pytest
from host import trees
from host.trees import ALL, DOCKER, A, Made, host
from hypothesis import given
from hypothesis import strategies as st

from hvlib.columns import columns
from hvlib.edition import ENGLISH, languages, translation
from hvlib.host import telling
from hvlib.host.drawing import PAGES, drawn
from hvlib.host.falls import falls, held, isolation
from hvlib.host.grouping import FEW
from hvlib.host.here import RECORDING, here
from hvlib.host.looking import look, neutral
from hvlib.host.tree import Files
from hvlib.systems.blast import host_parts, who_falls
from hvlib.systems.crossings import crossing_table
from hvlib.systems.system import System, load, parse
from hvlib.systems.victims import victims_table
from hvlib.systems.writing import as_toml
from hvlib.views.scene import scene_of
from hvlib.views.sent import as_json

HOSTS = {
    "docker": trees.docker,
    "kubernetes": trees.kubernetes,
    "cri-o": trees.cri_o,
    "docker, --pid=host": lambda: trees.process_list_shared(user=True),
    "podman": trees.podman,
    "lxc": trees.lxc,
    "nspawn": trees.nspawn,
    "libvirt": trees.libvirt,
    "desktops": trees.desktops,
    "dom0": lambda: trees.xen(dom0=True),
    "domU": lambda: trees.xen(dom0=False),
    "in docker": trees.in_docker,
    "in an unknown container": lambda: trees.in_docker(marked=False),
    "wsl 2": trees.wsl,
    "wsl 1": lambda: trees.wsl(version=1),
    "docker in wsl": lambda: trees.wsl(docker=True),
    "gvisor and kata": lambda: trees.sandboxed(virtual=False),
    "nothing": Made,
}
every_host = pytest.mark.parametrize("kind", list(HOSTS))


def of(made: Made) -> System:
    return drawn(made.look())


def id_of(system: System, name: str) -> str:
    return next(item.id for item in system.components if item.name.startswith(name))


@every_host
def test_each_host_is_a_system_that_its_own_file_gives_again(kind: str) -> None:
    system = of(HOSTS[kind]())
    assert parse(as_toml(system), "mine.toml") == system, kind
    assert as_json(scene_of(system))["boxes"], kind
    down = {id for id, state in system.states(("hardware",)).items() if state == "up"}
    assert not down, f"{kind}: without hardware {down} still run"


@every_host
def test_without_its_kernel_no_container_runs_on(kind: str) -> None:
    system = of(HOSTS[kind]())
    states = system.states(("kernel",))
    running = [item.id for item in system.of_role("container") if states[item.id] == "up"]
    assert not running, kind


def test_dockerds_end_leaves_containers_unmanaged_and_live_restore_is_read() -> None:
    system = of(trees.docker())
    nginx = id_of(system, "nginx")
    assert system.states(("dockerd",))[nginx] == "unmanaged"
    assert system.settings()["live-restore"] == "on", "daemon.json says so"
    assert system.moments(("dockerd",))[-1].conditions[nginx].state == "up"
    off = system.moments(("dockerd",), {"live-restore": "off"})[-1]
    assert off.conditions[nginx].state == "down"


def test_who_falls_here_depends_on_the_walls_that_stand() -> None:
    system = of(trees.docker())
    nginx, portainer = id_of(system, "nginx"), id_of(system, "portainer")
    names = [system.component(id).name for id in (nginx, portainer)]
    assert who_falls(system, nginx, []) == (names[0],)
    assert set(who_falls(system, portainer, [])) == set(names), "it holds dockerd's socket"
    assert set(who_falls(system, nginx, ["kernel"])) == set(names)
    blocked = who_falls(system, nginx, ["kernel"], needs="a blocked system call")
    assert blocked == (names[0],), "seccomp stands around it"


def test_who_has_dockerds_socket_has_the_machine() -> None:
    made = trees.docker()
    made.files["proc/930/status"] = made.files["proc/830/status"].replace("830", "930")
    system = of(made)
    portainer = system.component(id_of(system, "portainer"))
    assert portainer.controls == ("dockerd",), "its only door"
    assert host_parts(system, portainer.id, []) == ("this kernel",)


@pytest.mark.parametrize(
    ("made", "others", "parts"),
    [
        (trees.process_list_shared(), 1, ()),
        (trees.process_list_shared(label="docker-default (enforce)", user=True), 1, ()),
        (trees.process_list_shared(user=True), 1, ("this kernel",)),
        (trees.process_list_shared(own_map="0 100000 65536\n", user=True), 0, ()),
    ],
    ids=["docker", "apparmor", "an ordinary user's process", "a user namespace"],
)
def test_a_shared_process_list_is_a_door_as_the_kernel_decides(
    made: Made, others: int, parts: tuple[str, ...]
) -> None:
    system = of(made)
    top, nginx = id_of(system, "top"), id_of(system, "nginx")
    assert len(who_falls(system, top, [])) == 1 + others
    assert len(who_falls(system, nginx, [])) == 1, "it sees no process but its own"
    assert host_parts(system, top, []) == parts


def test_the_model_and_the_machine_agree_on_a_shared_process_list() -> None:
    for made in (
        trees.process_list_shared(),
        trees.process_list_shared(own_map="0 100000 65536\n"),
    ):
        system = of(made)
        top = system.component(id_of(system, "top"))
        model = isolation(system, top.name).with_(flaw="application")
        assert model.setting == "--pid=host"
        assert len(model.run().fallen) == len(who_falls(system, top.id, []))


def test_a_virtual_machine_on_kvm_needs_its_process_and_kvm() -> None:
    system = of(trees.libvirt())
    build = id_of(system, "build")
    assert system.component(build).inside == id_of(system, "QEMU")
    assert system.states((system.component(build).inside or "",))[build] == "down"
    assert system.states(("libvirtd",))[build] == "up"
    assert system.states(("kvm",))[build] == "down"
    assert len(system.passages("guest-disk")) == 3
    assert system.classification.type == "1 or 2"


def test_what_is_uncertain_is_drawn_so_and_what_is_certain_is_not() -> None:
    unsure = {
        kind: [item.name for item in of(made()).components if item.unsure]
        for kind, made in HOSTS.items()
    }
    assert unsure["docker"] == ["Hardware"], "no sign of a hypervisor is no proof"
    assert unsure["kubernetes"] == []
    assert unsure["in an unknown container"] == ["Container you are in", "Neighbours?"]


def test_what_lies_around_a_container_from_within() -> None:
    system = of(trees.in_docker())
    box = id_of(system, "Docker: you are here")
    assert system.ancestors("programs") == (box, "machine")
    assert system.component("machine").needs[0].of == "hypervisor"
    windows = of(trees.wsl())
    assert windows.states((id_of(windows, "Windows"),))["programs"] == "down"


def many(count: int) -> Made:
    """A host with many containers of three programs, one of them privileged."""
    made = host()
    made.process(700, "/usr/bin/dockerd -H fd://", "/system.slice/docker.service")
    for number in range(count):
        group = f"/system.slice/docker-{number:064x}.scope"
        bad = number == count - 1
        made.process(
            *(1000 + 20 * number, ("nginx", "redis-server", "postgres")[number % 3], group),
            inner=(1,),
            own="all",
            caps=ALL if bad else DOCKER,
            seccomp="2",
        )
    return made


def test_two_hundred_containers_stay_a_picture_and_the_open_door_among_them_shows() -> None:
    system = of(many(200))
    held = system.of_role("container")
    assert len(held) <= 6, [item.name for item in held]
    assert {item.name for item in held} >= {"nginx ×67", "postgres ×66"}
    open_ = [item for item in held if "kernel" in item.controls]
    assert len(open_) == 1
    assert "×" not in open_[0].name, "what has a door is hidden among those without"
    scene = scene_of(system)
    assert scene.width < 1000
    assert scene.height < 700


def test_up_to_eight_containers_have_a_box_each() -> None:
    boxes = [len(of(many(count)).of_role("container")) for count in range(1, FEW + 2)]
    assert boxes[:-1] == list(range(1, FEW + 1))
    assert boxes[-1] < FEW


def test_a_hundred_kinds_of_container_stay_a_picture_too() -> None:
    made = host()
    for number in range(100):
        group = f"/docker/{number:064x}"
        made.process(1000 + 20 * number, f"program-{number}", group, inner=(1,), own="all")
    assert len(of(made).components) < 24


SECRET = re.compile(r"secret|5c2d|a{12}|1200|1000\b|LENOVO|20XW", re.IGNORECASE)


def test_a_neutral_picture_tells_nobodys_names_ids_or_paths() -> None:
    made = trees.docker()
    made.process(2000, "/opt/secret/app", f"/docker/{A[:60]}5c2d", name="secret", inner=(1,))
    made.files["proc/2000/mountinfo"] = "1 2 8:1 /srv/secret /secret rw - ext4 /dev/secret rw\n"
    made.process(2100, "qemu-system-x86_64 -name secret -m 1G", threads=("CPU 0/TCG",))
    made.files[f"var/log/pods/secret_secret-0_{trees.POD}/x"] = ""
    made.files["proc/sys/kernel/osrelease"] = "6.1.0-secret\n"
    found = made.look()
    assert SECRET.search(as_toml(drawn(found))), "the test has nothing to find"
    told = as_toml(drawn(neutral(found)))
    leak = SECRET.search(told)
    assert leak is None, told[max(0, leak.start() - 60) : leak.end() + 20]
    assert "Container 1" in told


@every_host
def test_a_neutral_picture_has_all_the_boxes(kind: str) -> None:
    found = HOSTS[kind]().look()
    plain = [
        (item.layer, item.role, item.inside is None) for item in drawn(neutral(found)).components
    ]
    full = [(item.layer, item.role, item.inside is None) for item in drawn(found).components]
    assert plain == full, kind


def test_no_line_of_it_is_wider_than_a_terminal() -> None:
    """A Korean letter takes two columns."""
    found = load(RECORDING)
    wide = found.model_copy(update={"status": "컨테이너와 가상 머신. " * 20})
    for line in telling.told(wide).splitlines():
        assert columns(line) <= telling.WIDTH


BOOKS = {name: Path("notebooks", "" if name == ENGLISH else name) for name in languages()}


@pytest.mark.parametrize("language", [name for name, folder in BOOKS.items() if folder.exists()])
def test_every_remark_leads_to_a_heading_that_the_book_has(language: str) -> None:
    books = {path.name: path.read_text("utf-8") for path in BOOKS[language].glob("*.ipynb")}
    known = NullTranslations() if language == ENGLISH else translation(language)
    for topic, page in PAGES.items():
        notebook, _hash, heading = known.pgettext("page", page).partition("#")
        words = heading.replace("-", " ")
        assert re.search(rf'"#+ {re.escape(words)}[\\"]', books[notebook]), f"{topic}: {page}"


# --- nothing raises ----------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "",
        "\0",
        "\n",
        "0::/",
        "NSpid:\t1\t\tx",
        "Uid:\t-1",
        "CapBnd: zz",
        "[lxc monitor]",
        "a b",
        "/",
        f"0::/docker/{A}",
        "docker-",
        "pid:[x]",
        "pid:[99999999999999999999]",
        " - ",
        "1 2 3 4 5 6 - ",
        "\udcff",
        "9" * 400,
        "0 0 0",
        "qemu-system-x86_64\0-m\0,,=\0-smp\0=",
        "bhyve:\0",
        "conmon\0-n",
        "runsc-sandbox\0boot",
        "vmware-vmx\0",
        "²",
        "firecracker\0--id",
        "\\x2d\\xzz",
        "٣",
    ]
)


@given(st.lists(st.tuples(st.integers(0, 30), PIECES, PIECES), max_size=12), st.integers(0, 5))
def test_malformed_files_never_raise(changes: list[tuple[int, str, str]], refuse: int) -> None:
    made = [
        trees.docker,
        trees.libvirt,
        trees.lxc,
        trees.podman,
        trees.in_docker,
        trees.kubernetes,
    ][refuse]()
    for table in (made.files, made.links):
        paths = sorted(table)
        for number, first, second in changes:
            table[paths[number * 7 % len(paths)]] = first + second
    system = drawn(made.look())
    assert parse(as_toml(system), "made") == system


class Vanishing(Files):
    """This machine's own files, of which every other can't be had any more, each for its reason."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def content(self, path: str) -> bytes:
        self._count += 1
        if self._count % 2:
            number = (errno.ESRCH, errno.EACCES, errno.EINVAL, errno.EIO)[self._count // 2 % 4]
            raise OSError(number, "gone", path)
        return super().content(path)


def test_what_vanishes_while_it_is_read_never_raises() -> None:
    assert drawn(look(Vanishing())).components


# --- what the reader calls ---------------------------------------------------------------------


def test_here_is_this_machine_and_can_be_saved_and_loaded(tmp_path: Path) -> None:
    system = here()
    assert load(system.save(tmp_path / "mine.toml")) == system
    assert system.component("kernel")


def test_where_no_machine_can_be_seen_it_is_a_recording_that_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for mode in ("page", "recorded"):
        monkeypatch.setenv("HVLIB_TRACES", mode)
        assert here() == load(RECORDING)
        assert re.search(r"Recorded on 20\d\d-\d\d-\d\d on another machine", here().status)


@every_host
def test_the_table_names_one_or_two_others_and_counts_more(kind: str) -> None:
    system = of(HOSTS[kind]())
    rows = falls(system).table().rows if held(system) else ()
    for item, row in zip(held(system), rows, strict=True):
        fallen = who_falls(system, item.id, ["kernel"])
        others = [name for name in fallen if name != item.name]
        named = ", ".join(("itself", *others))
        assert row[2] == (named if len(others) < 3 else f"itself and {len(others)} others")


@every_host
def test_the_terminal_marks_open_doors_and_what_is_uncertain(kind: str) -> None:
    system = of(HOSTS[kind]())
    text = " ".join(telling.told(system).split())
    unsure = {item.name for item in system.components if item.unsure}
    doors = {item.name for item in system.of_role("container") if item.controls} - unsure
    for mark, wanted in (("(open door)", doors), ("(uncertain)", unsure)):
        marked = {item.name for item in system.components if f"{item.name}: {mark}" in text}
        assert marked == wanted, mark


def test_the_table_tells_who_needs_no_flaw_and_what_a_guard_stops() -> None:
    found = falls(of(trees.docker()))
    rows = {line[0].split()[0]: line[1:] for line in found.table().rows}
    assert rows["nginx"][0] == rows["nginx"][2] == "itself", "seccomp stands around it"
    assert "portainer" in rows["nginx"][1]
    assert "nginx" in rows["portainer"][0]
    assert found.describe().startswith("Without any flaw these reach others: portainer")
    assert "no container" in repr(falls(of(host())))
    assert falls(of(host())).describe() == "Nobody here reaches another without a flaw."


def test_chapter_4s_model_starts_from_the_walls_that_a_container_has() -> None:
    system = of(trees.docker())
    nginx = isolation(system, system.component(id_of(system, "nginx")).name)
    assert (nginx.seccomp, nginx.capabilities, nginx.user_namespaces) == (True, True, False)
    assert len(nginx.with_(needs="a blocked system call").run().fallen) == 1
    with pytest.raises(KeyError, match="portainer"):
        isolation(system, "nobody")


def test_a_web_page_loads_nothing_that_reads_machines() -> None:
    code = "import sys, hvlib; hvlib.here(); print(*sys.modules)"
    page = {**os.environ, "HVLIB_TRACES": "page"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=page, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not {"mmap", "ctypes", "psutil", "hvlib.real.container", "hvlib.host.looking"} & loaded


def test_the_books_tables_take_this_machine_as_any_system() -> None:
    system = of(trees.libvirt())
    (row,) = crossing_table([system], ["guest-disk"]).rows
    assert [item.by for item in row.crossings] == ["VM exit", "return to user mode", "system call"]
    (crash,) = victims_table({system: ["kvm"]}).rows
    assert crash.guests["down"] == ("build,old",)
    assert crash.guests["up"] == ("a QEMU guest",), "it is translated, and needs no KVM"
