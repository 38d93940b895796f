"""Problems of chapter 4, made by seed: containers and virtual machines."""

import math
from random import Random
from typing import get_args

from hvlib.models.cold_start import ColdStart
from hvlib.models.container_network import FRAME, TUNNEL, efficiency, room
from hvlib.models.density import Density
from hvlib.models.deployment import place
from hvlib.models.images import Layer, UnionMount, stored
from hvlib.models.isolation import (
    ARRANGEMENTS,
    FLAWS,
    NEEDS,
    SANDBOXES,
    SETTING_NAMES,
    Arrangement,
    Isolation,
    Sandbox,
)
from hvlib.models.migration import PAGE
from hvlib.models.overhead import openshift_overhead
from hvlib.models.throttling import CpuLimit
from hvlib.questions import misconceptions as known
from hvlib.questions import system_problems, wrong_rules
from hvlib.questions.building import Option, choice, facts
from hvlib.questions.question import Number, Part, Question, Trap, Working
from hvlib.questions.register import kind
from hvlib.trust import GUARDS, REFUSED, SETTINGS
from hvlib.words import _

SYSTEMS = ("docker", "docker-desktop", "podman", "kubernetes", "kata", "gvisor", "firecracker")


system_problems.about(4, SYSTEMS, known.DAEMON_RUNS_CONTAINERS)

# --- who falls --------------------------------------------------------------------------------


@kind("4.who-falls", _("Who falls?"))
def who_falls(random: Random, level: int) -> Question:
    """How many tenants fall to a flaw, or to two?"""
    # Without a second wall there is nothing to think about at the higher levels.
    kind = random.choice(
        [kind for kind in get_args(Arrangement) if level == 1 or kind != "process"]
    )
    inside = level == 3 and kind.startswith("container")
    drawn = Isolation(
        kind=kind,
        tenants=random.randint(3, 8),
        root=True,
        sandbox=random.choice(get_args(Sandbox)) if inside else "none",
    )
    # A flaw in a layer that is not there would be a trick, so ask only for walls that are.
    walls = drawn.run().graph.walls & {"runtime", "kernel", "sandbox", "VMM process", "hypervisor"}
    flaws = random.sample(sorted(walls), min(len(walls), 1 if level == 1 else 2))
    model = drawn.with_(flaw=flaws[0], second=flaws[1] if len(flaws) > 1 else "none")
    result = model.run()
    fallen = len(result.fallen)
    wrong = known.VM_ABSOLUTE if "VM" in model.kind else known.CONTAINERS_ISOLATED
    wrong = known.SANDBOX_IS_ABSOLUTE if model.sandbox != "none" else wrong
    return Number(
        prompt=_("One tenant attacks. How many tenants fall, itself included?"),
        exhibit=facts(
            (_("tenants on the server"), f"{model.tenants}"),
            (_("each application in a"), ARRANGEMENTS[model.kind]),
            (_("sandbox"), SANDBOXES.get(model.sandbox, model.sandbox)),
            (_("flaws known"), ", ".join(FLAWS[flaw] for flaw in model.flaws)),
            *(((_("root in their own VM"), _("yes")),) if model.kind == "VM" else ()),
        ),
        answer=fallen,
        unit="",
        scale=(1, 8),
        tolerance=0.0,
        traps=(Trap(1, wrong),),
        because=result.describe(),
        hints=(_("Go from the application outwards: which wall comes next, and is it broken?"),),
    )  # fmt: skip


@kind("4.settings", _("What does an option cost?"))
def settings(random: Random, level: int) -> Question:
    """How many tenants fall when containers are run with an option?"""
    flawed = level == 3
    # What is asked of an option at level 3 is whether its guard would have stopped the flaw.
    options = [name for name, opening in SETTINGS.items() if opening.guards or opening.door]
    options = [name for name in options if not flawed or not SETTINGS[name].door]
    setting = random.choice(options)
    drawn = Isolation(
        setting=setting,
        tenants=random.randint(3, 8),
        kind="container" if level < 2 else random.choice(("container", "container in a VM")),
        user_namespaces=level == 2 and setting not in REFUSED and random.random() < 0.4,
        flaw="kernel" if flawed else "application",
        needs=random.choice(tuple(GUARDS.values())) if flawed else "nothing",
    )
    result = drawn.run()
    fallen = len(result.fallen)
    traps: tuple[Trap, ...] = ()
    if fallen > 1:
        traps = (Trap(1, known.CONTAINERS_ISOLATED if flawed else known.NO_FLAW_NO_HARM),)
    elif SETTINGS[drawn.setting].guards:
        traps = (Trap(drawn.tenants, known.ONE_GUARD_IS_ALL),)
    return Number(
        prompt=_("Somebody breaks into one tenant’s application. How many tenants fall, that one "
                 "included?"),
        exhibit=facts(
            (_("tenants on the server"), f"{drawn.tenants}"),
            (_("each application in a"), ARRANGEMENTS[drawn.kind]),
            (_("run with"), SETTING_NAMES.get(drawn.setting, drawn.setting)),
            (_("user namespaces"), _("yes") if drawn.user_namespaces else _("no")),
            (_("all else"), _("Docker’s defaults")),
            (_("flaw in the kernel"), _("one that needs {needs}").format(needs=NEEDS[drawn.needs]))
            if flawed else (_("flaws below"), _("none")),
        ),
        answer=fallen,
        unit="",
        scale=(1, 8),
        tolerance=0.0,
        traps=traps,
        because=result.describe(),
        hints=(_("Does the option hand over something that lies outside, or does it take a guard "
                 "away? And whose kernel is it?"),),
    )  # fmt: skip


LAYERS = ("runtime", "sandbox", "kernel", "VMM process", "hypervisor", "management plane")
"""Where a flaw may be asked for, if the arrangement has it."""


@kind("4.missing-wall", _("Find the broken wall"))
def missing_wall(random: Random, level: int) -> Question:
    """Who fell is known: in which of the layers that are there may the one flaw have been?"""
    kind = random.choice(get_args(Arrangement))
    inside = level > 1 and kind == "container"
    drawn = Isolation(
        kind=kind,
        tenants=random.randint(3, 6),
        root=True,
        sandbox=random.choice(("none", "gVisor")) if inside else "none",
    )
    layers = tuple(name for name in LAYERS if name in drawn.run().graph.walls)
    fallen = {flaw: len(drawn.with_(flaw=flaw).run().fallen) for flaw in layers}
    many = fallen[random.choice(layers)] > 1
    value = tuple(name for name in layers if (fallen[name] > 1) == many)
    subsets = [value, *_other_subsets(random, layers, value, level + 1)]
    random.shuffle(subsets)
    around = _(
        "A server has {n} tenants, each in a {kind} of its own with a gVisor sandbox around it. "
        "One attacked {start} with a single flaw, and {outcome} fell. Name all layers in which "
        "that flaw may have been: {layers}."
    )
    plain = _(
        "A server has {n} tenants, each in a {kind} of its own. One attacked {start} "
        "with a single flaw, and {outcome} fell. Name all layers in which that flaw may have "
        "been: {layers}."
    )
    return choice(
        (plain if drawn.sandbox == "none" else around).format(
            n=drawn.tenants,
            kind=ARRANGEMENTS[kind],
            start=_("as root of its VM") if kind == "VM" else _("from its application"),
            outcome=_("all tenants") if many else _("nobody else"),
            layers=", ".join(FLAWS[layer] for layer in layers),
        ),
        value,
        *[Option(", ".join(FLAWS[layer] for layer in some), some) for some in subsets],
        because=_("Tenants that a flaw alone takes, by its layer: {list}.").format(
            list=", ".join(f"{FLAWS[layer]} {n}" for layer, n in fallen.items())
        ),
        hints=(_("For each layer: does breaking it alone lead to the neighbours?"),),
    )


def _other_subsets(
    random: Random, names: tuple[str, ...], but: tuple[str, ...], number: int
) -> list[tuple[str, ...]]:
    """Some other non-empty choices of ``names``."""
    every = [
        tuple(name for bit, name in enumerate(names) if mask >> bit & 1)
        for mask in range(1, 2 ** len(names))
    ]
    others = [subset for subset in every if subset != but]
    return random.sample(others, min(number, len(others)))


# --- images -----------------------------------------------------------------------------------


@kind("4.layers", _("Store images"))
def layers(random: Random, level: int) -> Question:
    """What a registry stores of images that share layers."""
    base, deps = random.randint(20, 120), random.randint(5, 60)
    services = random.randint(2, 3 + level)
    programs = [random.randint(1, 30) for _service in range(services)]
    shared = level > 1
    images = [
        [
            Layer.of("base", base),
            Layer.of("deps" if shared else f"deps {n}", deps),
            Layer.of(f"program {n}", size),
        ]
        for n, size in enumerate(programs)
    ]
    total = sum(layer.size for image in images for layer in image)
    return Working(
        prompt=_("How many MB does a registry store for these {n} images?").format(n=services),
        exhibit=facts(
            (_("base layer, the same in all"), _("{n} MB").format(n=base)),
            (_("dependencies, the same in all") if shared else _("dependencies, each its own"),
             _("{n} MB").format(n=deps)),
            (_("programs, each its own"),
             _("{list} MB").format(list=", ".join(map(str, programs)))),
        ),
        parts=(
            Part(_("shared layers"), base + deps if shared else base, "MB",
                 says=_("They are stored once.")),
            Part(_("all"), stored(images), "MB"),
        ),
        traps=(Trap(total, known.LAYERS_STORED_PER_IMAGE),),
        because=_("Each layer once: {stored:.0f} MB; the images add up to {total:.0f} MB.").format(
            stored=stored(images), total=total),
        hints=(_("A layer is named by the hash of its content."),),
    )  # fmt: skip


@kind("4.read-writes", _("Read a trace of writes"))
def read_writes(random: Random, level: int) -> Question:
    """Read a trace of writes and find what the writable layer holds."""
    sizes = {f"/{name}": float(random.randint(5, 300)) for name in ("lib", "data", "conf", "log")}
    mount = UnionMount((dict(sizes),), {})
    lines = [_("image: {files}").format(
        files=", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items()))]  # fmt: skip
    parts = []
    for number in range(2 + level):
        mount, line = _operation(random, mount, number)
        lines.append(f"{number + 1}. {line}")
        parts.append(Part(_("MB in the writable layer after line {n}").format(n=number + 1),
                          mount.written, "MB"))  # fmt: skip
    return Working(
        prompt=_(
            "A container does this, on ext4. How many MB does its writable layer hold at the end?"
        ),
        exhibit="\n".join(lines),
        parts=tuple(parts),
        traps=(Trap(float(2 + level), known.WRITES_ONLY_CHANGE),),
        because=_("At the end it holds {files}.").format(
            files=", ".join(f"{name} {size:.0f} MB" for name, size in mount.upper.items() if size)
            or _("no file")
        ),
        hints=(
            _("The first change to a file of the image copies the whole file up."),
            _("Deleting a file of the image leaves only a mark."),
        ),
    )


def _operation(random: Random, mount: UnionMount, number: int) -> tuple[UnionMount, str]:
    """One write, new file or deletion."""
    files = mount.files()
    name = random.choice(sorted(files)) if files else ""
    kind = random.choice(("write", "write", "new", "delete")) if name and number else "new"
    kind = "write" if name and not number else kind
    if kind == "write":
        changed, _copied = mount.write(name, files[name])
        return changed, _("changes a byte of {name} ({size:.0f} MB)").format(
            name=name, size=files[name]
        )
    if kind == "delete":
        return mount.delete(name), _("deletes {name}").format(name=name)
    size = float(random.randint(1, 50))
    changed, _copied = mount.write(f"/new{number}", size)
    return changed, _("writes a new file /new{n} of {size:.0f} MB").format(n=number, size=size)


# --- sizing -----------------------------------------------------------------------------------


@kind("4.density", _("Compare densities"))
def density(random: Random, level: int) -> Question:
    """How many containers fit where one VM does?"""
    model = Density(
        host_memory=random.choice((16.0, 32.0, 64.0)),
        host_cpus=random.choice((32, 48, 64)),
        host_disk=10_000.0,
        app_memory=float(random.choice((128, 256, 512))),
        app_cpu=random.choice((0.05, 0.1, 0.25)),
        guest_memory=float(random.choice((256, 512, 768))),
        hypervisor="Firecracker" if level == 1 else "KVM (OpenShift)",
        vm_cpu=0.0,
        image=1.0,
        guest_disk=0.0,
        container_disk=1.0,
    )
    result = model.run()
    return Working(
        prompt=_("Disk is plenty. How many containers fit on this server for each VM that fits?"),
        exhibit=facts(
            (_("server"),
             _("{n:.0f} GB, {cpus} CPUs").format(n=model.host_memory, cpus=model.host_cpus)),
            (_("application"),
             _("{n:.0f} MB, {cpu:g} CPU").format(n=model.app_memory, cpu=model.app_cpu)),
            (_("guest system of a VM"), _("{n:.0f} MB").format(n=model.guest_memory)),
            (_("hypervisor’s overhead for it"), _("{n:.1f} MB").format(n=result.overhead)),
            (_("container’s overhead"), _("{n:.0f} MB").format(n=model.container_memory)),
        ),
        parts=(
            Part(_("VMs by memory"), result.vm.limits["memory"], tolerance=0.02),
            Part(_("VMs that fit"), result.vm.count, tolerance=0.02),
            Part(_("containers that fit"), result.container.count, tolerance=0.02),
            Part(_("containers for each VM"), result.ratio, tolerance=0.04),
        ),
        traps=(Trap(wrong_rules.density_by_overhead(model), known.DENSITY_BY_OVERHEAD),),
        because=_("VMs: {v} (short of {vb}); containers: {c} (short of {cb}).").format(
            v=result.vm.count, vb=result.vm.scarce, c=result.container.count,
            cb=result.container.scarce,
        ),
        hints=(_("For both, work out the count by memory and by CPU; the smaller one holds."),),
    )  # fmt: skip


@kind("4.quota", _("Follow a request through its quota"))
def through_the_quota(random: Random, level: int) -> Question:
    """When is a request done that begins with a period and needs more than one quota?"""
    threads, period = random.choice((2, 4, 5, 8, 10)), 100
    quota = period * random.choice((0.5, 1, 2) if threads > 2 else (0.5, 1))
    periods = random.randint(1, level)  # so many quotas are used up before the last
    last = quota * random.choice((0.2, 0.4, 0.5, 0.6, 0.8))
    need = periods * quota + last
    service = CpuLimit(
        threads=threads, burst=need / threads, limit=quota / period, period=period, server=16
    )
    done = service.budget().work(0, need, threads)
    return Working(
        prompt=_("The request comes at the beginning of a period and finds the whole quota. After "
                 "how many ms is it done?"),
        exhibit=facts(
            (_("threads, all at once"), _("{n}, each on a CPU of its own").format(n=threads)),
            (_("CPU time of each for a request"), _("{n:.4g} ms").format(n=service.burst)),
            (_("quota"), _("{n:.0f} ms of CPU time").format(n=quota)),
            (_("period"), _("{n:.0f} ms").format(n=period)),
        ),
        parts=(
            Part(_("CPU time in all"), need, "ms"),
            Part(_("the first quota lasts"), quota / threads, "ms"),
            Part(_("periods that are used up"), periods),
            Part(_("done after"), done, "ms"),
        ),
        traps=(
            Trap(service.burst, known.LIMIT_IS_AN_AVERAGE),
            Trap(need / service.limit, known.LIMIT_IS_A_SLOWER_CPU),
        ),
        because=_("{periods} × {period} ms, and {last:.4g} ms of CPU time are left for {threads} "
                  "threads.").format(periods=periods, period=period, last=last, threads=threads),
        hints=(_("In each period all threads run until the quota is gone, then all stand still."),),
    )  # fmt: skip


@kind("4.goodput", _("Fill a wire through a tunnel"))
def goodput(random: Random, level: int) -> Question:
    """How much data does a wire carry, with no tunnel, one, or one in the other?"""
    link, mtu = random.choice((1, 10, 25, 40, 100)), random.choice((1500, 4000, 9000))
    tunnels = level - 1
    data = room(mtu, tunnels)
    wrapped = (_("none"), _("VXLAN"), _("VXLAN, in VMs whose own network is a VXLAN"))[tunnels]
    traps = [Trap(link * data / mtu, known.NO_BYTES_BETWEEN)]
    if tunnels:
        traps.append(Trap(link * efficiency(mtu), known.TUNNEL_IS_FREE))
    return Working(
        prompt=_("A container sends data by TCP, and the wire is full of packets as large as they "
                 "may be. How much data gets through in a second?"),
        exhibit=facts(
            (_("wire"), _("{n} Gbit/s").format(n=link)),
            (_("MTU of the wire"), _("{n:,} bytes").format(n=mtu)),
            (_("tunnel"), wrapped),
            (_("each tunnel adds"), _("{n:,} bytes").format(n=TUNNEL)),
            (_("IP and TCP headers"), _("{n:,} bytes").format(n=mtu - room(mtu))),
            (_("Ethernet, with its gap"), _("{n:,} bytes").format(n=FRAME)),
        ),
        parts=(
            Part(_("MTU in the container"), mtu - TUNNEL * tunnels, _("bytes")),
            Part(_("data in a packet"), data, _("bytes")),
            Part(_("bytes on the wire"), mtu + FRAME, _("bytes")),
            Part(_("data a second"), link * efficiency(mtu, tunnels), "Gbit/s", tolerance=0.001),
        ),
        traps=tuple(traps),
        because=_("{data:,} of {whole:,} bytes are data.").format(data=data, whole=mtu + FRAME),
        hints=(_("The wire’s MTU holds the outermost IP packet, with all that is in it."),),
    )  # fmt: skip


@kind("4.cold-start", _("Time a cold start"))
def cold_start(random: Random, level: int) -> Question:
    """When does a restored VM answer, page by page or read ahead?"""
    pages = 1000 * random.randint(1, 8)
    model = ColdStart(
        memory=random.choice((128, 256, 512)),
        touched=pages * PAGE,
        fault=random.choice((40, 50, 80, 100)),
        disk=random.choice((256, 512, 1024)),
        strays=0.0 if level < 3 else random.choice((0.1, 0.2)),
        work=random.choice((20, 50)),
        restore=10,
    )
    start = model.run().of("lazy" if level == 1 else "prefetch")
    waits = Part(_("waits while it runs"), start.stalls, "ms")
    reads = Part(_("reading ahead"), start.before - model.restore, "ms", tolerance=0.02)
    how = _("page by page") if level == 1 else _("with its pages read ahead")
    strays = (_("not foreseen of the pages"), f"{model.strays:.0%}")
    return Working(
        prompt=_("Restored {how}, after how many ms has the VM answered?").format(how=how),
        exhibit=facts(
            (_("memory of the VM"), _("{n:.0f} MB").format(n=model.memory)),
            (_("touched until it answers"),
             _("{n:,} pages, {mb:.1f} MB").format(n=pages, mb=model.touched)),
            (_("a page that is missed"), _("{n:.0f} µs").format(n=model.fault)),
            (_("disk, read in one go"), _("{n:.0f} MB/s").format(n=model.disk)),
            (_("making the VM anew"), _("{n:.0f} ms").format(n=model.restore)),
            (_("the answer itself"), _("{n:.0f} ms").format(n=model.work)),
            *(((_("read ahead"), _("as many pages as it touches")),) if level > 1 else ()),
            *((strays,) if level == 3 else ()),
        ),
        parts=(
            *((reads,) if level > 1 else ()),
            *((waits,) if level != 2 else ()),
            Part(_("answered after"), start.whole, "ms", tolerance=0.02),
        ),
        traps=(
            Trap(round(model.run().of("whole").whole, 3), known.SNAPSHOT_IS_READ_WHOLE),
            Trap(model.restore + model.work, known.MAPPED_IS_LOADED),
        ),
        because=_("{before:.3g} ms before it runs, {stalls:.3g} ms of waits, {work:.0f} ms.")
        .format(before=start.before, stalls=start.stalls, work=start.work),
        hints=(_("Faults come one after the other; reading ahead has the disk’s speed."),),
    )  # fmt: skip


@kind("4.vm-overhead", _("Work out a VM’s overhead"))
def vm_overhead(random: Random, level: int) -> Question:
    """What a VM of OpenShift Virtualization needs beside its own memory."""
    memory, vcpus = 1024 * random.choice((1, 2, 4, 8, 16)), random.randint(1, 4 * level)
    graphics = 0 if level == 1 else 1
    value = openshift_overhead(memory, vcpus, graphics)
    return Working(
        prompt=_("How much memory does OpenShift Virtualization need for this VM beside the VM’s "
                 "own, in MiB?"),
        exhibit=facts(
            (_("memory of the VM"), _("{n:,} MiB").format(n=memory)),
            (_("vCPUs"), f"{vcpus}"),
            (_("graphics devices"), f"{graphics}"),
            (_("rule"), _("0.002 × memory + 218 MiB + 8 MiB × vCPUs + 16 MiB × graphics")),
        ),
        parts=(
            Part(_("by the memory"), 0.002 * memory, "MiB"),
            Part(_("in all"), value, "MiB"),
        ),
        traps=(Trap(value + memory, known.MEMORY_COUNTED_TWICE),),
        because=_("{value:.1f} MiB, {share:.1%} of its memory (OpenShift documentation).").format(
            value=value, share=value / memory),
        hints=(_("The overhead comes on top of the memory, it does not contain it."),),
    )  # fmt: skip


@kind("4.size-servers", _("Size a deployment"))
def size_servers(random: Random, level: int) -> Question:
    """Servers for services in VMs, in containers, or in a VM for each tenant."""
    tenants = random.randint(6, 20)
    app, container, guest = random.choice((128, 256, 384)), 10, random.choice((512, 740, 1000))
    server = 1024 * random.choice((16, 32))
    room = (server - guest) // (app + container)
    services = tenants * random.randint(room // 4, room)  # a tenant's VM fits on a server
    kind = ("container", "VM", "tenant")[level - 1]
    each = app if kind == "VM" else app + container
    fixed = 0 if kind == "container" else guest
    owners = tenants if kind == "tenant" else services
    plan = place(services, owners, tenants, each=each, fixed=fixed, server=server)
    unit = math.ceil(services / owners)
    words = {
        "container": _("a container each, on the server itself"),
        "VM": _("a VM each"),
        "tenant": _("a container each, in one VM for each tenant"),
    }[kind]
    return Working(
        prompt=_("By memory alone, how many servers do these services need?"),
        exhibit=facts(
            (_("services"),
             _("{n:,}, {each} of each of {t} tenants").format(
                 n=services, each=services // tenants, t=tenants)),
            (_("run as"), words),
            (_("a service"), _("{n} MB").format(n=app)),
            (_("a container adds"), _("{n} MB").format(n=container)),
            (_("a VM adds"), _("{n:,} MB").format(n=guest)),
            (_("memory of a server"), _("{n:,} MB").format(n=server)),
        ),
        parts=(
            Part(_("MB of one unit"), fixed + unit * each, "MB"),
            Part(_("units on a server"), server // (fixed + unit * each)),
            Part(_("servers"), plan.servers),
        ),
        because=_("{units:,} units of {size:,} MB.").format(
            units=plan.units, size=fixed + unit * each),
        hints=(_("A unit is whatever has a kernel of its own, or a bare container."),),
    )  # fmt: skip
