"""Network devices, addresses and one rule of NAT by netlink, without the programs ip and nft.

    with Devices() as net:
        net.add_veth("left", "right", namespace)
        net.set_up("left", "10.0.0.1")

A request is a header, a record of what it is about, and attributes: length, number, value each
(Linux, Documentation/userspace-api/netlink/intro.rst). The numbers are those of the kernel's
headers (linux/netlink.h, rtnetlink.h, if_link.h, veth.h, netfilter/nf_tables.h); a test holds
them against the headers. A socket serves the network namespace in which it was made.
"""

import os
import socket
import struct
from collections.abc import Iterator

NETLINK_ROUTE, NETLINK_NETFILTER = 0, 12
NLMSG_ERROR = 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE = 1, 4, 0x200, 0x400

RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE = 16, 20, 24
IFF_UP = 1
IFLA_IFNAME, IFLA_MASTER, IFLA_LINKINFO, IFLA_NET_NS_FD = 3, 10, 18, 28
IFLA_INFO_KIND, IFLA_INFO_DATA = 1, 2
VETH_INFO_PEER = 1
IFLA_VXLAN_ID, IFLA_VXLAN_GROUP, IFLA_VXLAN_LINK, IFLA_VXLAN_PORT = 1, 2, 3, 15
IFA_LOCAL = 2
RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_UNIVERSE, RTN_UNICAST, RTA_GATEWAY = 254, 3, 0, 1, 5

NFNL_SUBSYS_NFTABLES, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END = 10, 16, 17
NFT_MSG_NEWTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE = 0, 3, 6
NFTA_TABLE_NAME = 1
NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, NFTA_CHAIN_HOOK, NFTA_CHAIN_TYPE = 1, 3, 4, 7
NFTA_HOOK_HOOKNUM, NFTA_HOOK_PRIORITY = 1, 2
NFTA_RULE_TABLE, NFTA_RULE_CHAIN, NFTA_RULE_EXPRESSIONS = 1, 2, 4
NFTA_LIST_ELEM, NFTA_EXPR_NAME, NFTA_EXPR_DATA = 1, 1, 2
NFTA_IMMEDIATE_DREG, NFTA_IMMEDIATE_DATA, NFTA_DATA_VALUE, NFT_REG_1 = 1, 2, 1, 1
NFTA_NAT_TYPE, NFTA_NAT_FAMILY, NFTA_NAT_REG_ADDR_MIN, NFT_NAT_DNAT = 1, 2, 3, 1
NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST = 0, -100

PREFIX = 24  # bits of each address that name its network
VXLAN_PORT = 4789  # the one that the Internet Assigned Numbers Authority gave to VXLAN


def attribute(number: int, value: bytes | str | int) -> bytes:
    """Length, number and value, filled up to four bytes. Integers as the machine keeps them."""
    if isinstance(value, int):
        value = struct.pack("=I", value)
    elif isinstance(value, str):
        value = value.encode() + b"\0"
    return struct.pack("=HH", 4 + len(value), number) + value + bytes(-len(value) % 4)


def in_order(number: int, value: int) -> bytes:
    """An attribute with an integer in the order of the network, as netfilter wants them."""
    return attribute(number, struct.pack("!i", value))


class Netlink(socket.socket):
    """A line to one part of the kernel. protocol: NETLINK_..."""

    def __init__(self, protocol: int) -> None:
        super().__init__(socket.AF_NETLINK, socket.SOCK_RAW, protocol)

    def ask(self, what: str, *requests: tuple[int, int, bytes]) -> None:
        """Send requests (kind, flags, body) at once. Raises OSError that says what failed."""
        parts = []
        for kind, flags, body in requests:
            header = struct.pack("=IHHII", 16 + len(body), kind, flags | NLM_F_REQUEST, 0, 0)
            parts.append(header + body)
        self.send(b"".join(parts))
        for _answer in range(sum(bool(flags & NLM_F_ACK) for _kind, flags, _body in requests)):
            for number in _errors(self.recv(65536)):
                if number:
                    raise OSError(-number, f"{what}: {os.strerror(-number)}")


def _errors(answer: bytes) -> Iterator[int]:
    """The error of each message in an answer, 0 for a plain yes."""
    while answer:
        length, kind = struct.unpack_from("=IH", answer)
        if kind == NLMSG_ERROR:
            yield struct.unpack_from("=i", answer, 16)[0]
        answer = answer[length + -length % 4 :]


class Devices(Netlink):
    """The network devices of this thread's network namespace. Each call may raise OSError."""

    def __init__(self) -> None:
        super().__init__(NETLINK_ROUTE)

    def add(self, device: str, kind: str, *data: bytes) -> None:
        """Make a device of a kind, with what that kind wants to know."""
        info = attribute(IFLA_INFO_KIND, kind) + attribute(IFLA_INFO_DATA, b"".join(data))
        body = _link() + attribute(IFLA_IFNAME, device) + attribute(IFLA_LINKINFO, info)
        self._make(f"{kind} {device}", RTM_NEWLINK, body)

    def add_veth(self, device: str, peer: str, namespace: int) -> None:
        """A virtual cable: one end here, the other in the namespace of that open file."""
        far = _link() + attribute(IFLA_IFNAME, peer) + attribute(IFLA_NET_NS_FD, namespace)
        self.add(device, "veth", attribute(VETH_INFO_PEER, far))

    def add_vxlan(self, device: str, under: str, remote: str) -> None:
        """A tunnel: Ethernet frames in UDP packets, which leave by ``under`` for ``remote``."""
        self.add(
            device,
            "vxlan",
            attribute(IFLA_VXLAN_ID, 1),
            attribute(IFLA_VXLAN_GROUP, socket.inet_aton(remote)),
            attribute(IFLA_VXLAN_LINK, socket.if_nametoindex(under)),
            attribute(IFLA_VXLAN_PORT, struct.pack("!H", VXLAN_PORT)),
        )

    def plug(self, device: str, bridge: str) -> None:
        """Make a device a port of a bridge."""
        master = attribute(IFLA_MASTER, socket.if_nametoindex(bridge))
        body = _link(socket.if_nametoindex(device)) + master
        self.ask(f"{device} into {bridge}", (RTM_NEWLINK, NLM_F_ACK, body))

    def set_up(self, device: str, address: str = "") -> None:
        """Give a device an address of a network of 24 bits, and switch it on."""
        index = socket.if_nametoindex(device)
        if address:
            record = struct.pack("=BBBBI", socket.AF_INET, PREFIX, 0, RT_SCOPE_UNIVERSE, index)
            body = record + attribute(IFA_LOCAL, socket.inet_aton(address))
            self._make(f"{address} on {device}", RTM_NEWADDR, body)
        self.ask(f"{device} up", (RTM_NEWLINK, NLM_F_ACK, _link(index, IFF_UP)))

    def route(self, gateway: str) -> None:
        """Send to ``gateway`` what is for no network of our own."""
        kind = (RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_UNIVERSE, RTN_UNICAST)
        record = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, *kind, 0)
        body = record + attribute(RTA_GATEWAY, socket.inet_aton(gateway))
        self._make(f"route by {gateway}", RTM_NEWROUTE, body)

    def _make(self, what: str, kind: int, body: bytes) -> None:
        self.ask(what, (kind, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, body))


def _link(index: int = 0, switch: int = 0) -> bytes:
    """The record of a device (struct ifinfomsg); index 0: a new one. switch: flags to set."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, switch, switch)


def publish(address: str) -> None:
    """Have all that comes into this namespace for itself go on to ``address`` (DNAT).

    One nftables chain at the hook prerouting. Raises OSError.
    """
    table, chain = "published", "arriving"
    hook = in_order(NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING)
    hook += in_order(NFTA_HOOK_PRIORITY, NF_IP_PRI_NAT_DST)
    target = attribute(NFTA_DATA_VALUE, socket.inet_aton(address))
    keep = in_order(NFTA_IMMEDIATE_DREG, NFT_REG_1) + attribute(NFTA_IMMEDIATE_DATA, target)
    change = in_order(NFTA_NAT_TYPE, NFT_NAT_DNAT) + in_order(NFTA_NAT_FAMILY, socket.AF_INET)
    change += in_order(NFTA_NAT_REG_ADDR_MIN, NFT_REG_1)
    rule = _expression("immediate", keep) + _expression("nat", change)
    bodies = {
        NFT_MSG_NEWTABLE: attribute(NFTA_TABLE_NAME, table),
        NFT_MSG_NEWCHAIN: attribute(NFTA_CHAIN_TABLE, table)
        + attribute(NFTA_CHAIN_NAME, chain)
        + attribute(NFTA_CHAIN_HOOK, hook)
        + attribute(NFTA_CHAIN_TYPE, "nat"),
        NFT_MSG_NEWRULE: attribute(NFTA_RULE_TABLE, table)
        + attribute(NFTA_RULE_CHAIN, chain)
        + attribute(NFTA_RULE_EXPRESSIONS, rule),
    }
    edge = struct.pack("!BBH", socket.AF_UNSPEC, 0, NFNL_SUBSYS_NFTABLES)
    record = struct.pack("!BBH", socket.AF_INET, 0, 0)
    ours = [
        (NFNL_SUBSYS_NFTABLES << 8 | kind, NLM_F_CREATE | NLM_F_ACK, record + body)
        for kind, body in bodies.items()
    ]
    with Netlink(NETLINK_NETFILTER) as filters:
        first, last = (NFNL_MSG_BATCH_BEGIN, 0, edge), (NFNL_MSG_BATCH_END, 0, edge)
        filters.ask("NAT", first, *ours, last)


def _expression(name: str, data: bytes) -> bytes:
    """A step of a rule."""
    parts = attribute(NFTA_EXPR_NAME, name) + attribute(NFTA_EXPR_DATA, data)
    return attribute(NFTA_LIST_ELEM, parts)
