"""Models of chapter 4 beside published figures."""

from hvlib.models.container_network import ContainerNetwork
from hvlib.models.density import START_TIMES, Density
from hvlib.models.isolation import CAPABILITIES_KEPT, SECCOMP_ALLOWED, SECCOMP_WITH_SYS_ADMIN
from hvlib.models.overhead import firecracker_overhead, openshift_overhead
from hvlib.published.chapter2_cpu_memory import esxi_overheads
from hvlib.published.comparison import Comparison, compare, fitted
from hvlib.words import _


def comparisons() -> tuple[Comparison, ...]:
    """Every figure of chapter 4 that a model gives or is made from."""
    return (*esxi_overheads(), *_openshift(), *_starts(), *_network(), *_guards())


def _openshift() -> tuple[Comparison, ...]:
    base = openshift_overhead(0, 0)
    parts = {
        "factor": openshift_overhead(1000, 0) / 1000 - base / 1000,
        "base": base,
        "vcpu": openshift_overhead(0, 1) - base,
        "graphics": openshift_overhead(0, 0, 1) - base,
    }
    names = {
        "factor": _("part of its memory"),
        "base": _("fixed"),
        "vcpu": _("for each vCPU"),
        "graphics": _("for each graphics device"),
    }
    note = _("The formula is the documentation's own: nothing is predicted here.")
    return tuple(
        fitted(
            _("OpenShift overhead of a VM, {part}").format(part=names[part]),
            value,
            f"openshift-virt/overhead.{part}",
            note=note,
        )
        for part, value in parts.items()
    )


def _starts() -> tuple[Comparison, ...]:
    process, lightvm, firecracker = (seconds for _kind, seconds, _source in START_TIMES)
    docker = Density().container_start / lightvm
    limit = _("An upper limit for a minimal guest, not a mean: the model takes the limit.")
    return (
        compare(
            _("Start of a Docker container, in starts of a LightVM VM"),
            docker,
            "lightvm2017/faster_than_docker",
            note=_(
                "Published as “two orders of magnitude”. The start of a container is an assumption."
            ),
        ),
        fitted(_("Start of a VM, LightVM with a unikernel"), lightvm, "lightvm2017/boot"),
        fitted(_("Start of a process, fork and exec"), process, "lightvm2017/fork_exec"),
        fitted(
            _("Start of a VM, Firecracker, to its first process"),
            firecracker,
            "firecracker-spec/boot",
            note=limit,
        ),
        fitted(
            _("Firecracker overhead of a VM, 128 MiB, 1 vCPU"),
            firecracker_overhead(128, 1),
            "firecracker-spec/memory.overhead",
            note=limit,
        ),
    )


def _network() -> tuple[Comparison, ...]:
    """Nothing here was fitted: hops cost what our own experiment found, bytes what headers take."""
    net = ContainerNetwork()
    host, _bridge, port, overlay, _program = net.run().ways
    wide = net.with_(link=100)
    veth = [wide.carried("bridge", mtu) for mtu in (65_520, 1_500)]
    users = {mtu: wide.goodput("user-mode stack", mtu) for mtu in (1500, 4000, 16384, 65520)}
    headers = _("Computed from headers and gaps alone; the wire is full.")
    program = _("A published MTU larger than that of Ethernet is one of the virtual device.")
    old = _("Docker 1.0 on a kernel of 2014; our hops were measured on one of 2026.")
    slim = _(
        "Published for a key-value store, whose own time is in it, on an overlay of that time; the "
        "model’s is the kernel’s VXLAN and a message alone."
    )
    return (
        compare(_("Data by TCP, 10 Gbit/s, host’s network"), host.goodput,
                "egressgateway/node", note=headers),
        compare(_("Data by TCP, 10 Gbit/s, VXLAN"), overlay.goodput,
                "egressgateway/vxlan", note=headers),
        compare(_("Data by TCP, 10 Gbit/s, Docker’s NAT"), port.goodput,
                "felter2015/net.goodput", note=headers),
        compare(_("Round trip, NAT over native"), port.round_trip / host.round_trip,
                "felter2015/net.nat_ratio", note=old),
        compare(_("Latency saved by doing without an overlay"),
                1 - host.round_trip / overlay.round_trip, "slim2019/latency.less", note=slim),
        compare(_("Data by a veth pair, large MTU over small"), veth[0] / veth[1],
                "rootlesskit/veth.gain"),
        *(compare(_("Data by a user-mode stack, MTU {mtu:,}").format(mtu=mtu), speed,
                  f"slirp4netns/mtu.{mtu}", note=program) for mtu, speed in users.items()),
    )  # fmt: skip


def _guards() -> tuple[Comparison, ...]:
    return (
        fitted(
            _("Capabilities that a container keeps"),
            len(CAPABILITIES_KEPT),
            "moby/capabilities.kept",
        ),
        fitted(
            _("System calls that seccomp allows"), SECCOMP_ALLOWED, "moby-profiles/seccomp.allowed"
        ),
        fitted(
            _("… and with CAP_SYS_ADMIN added"),
            SECCOMP_WITH_SYS_ADMIN,
            "moby-profiles/seccomp.sys_admin",
        ),
    )
