"""What people get wrong about hypervisors and containers: each mistake, where it breaks, a source.

Where a mistake gives a number, an order or a set of components, the wrong rule that computes it is
in :mod:`hvlib.questions.wrong_rules`. A source says where the mistake was seen or who says the
right thing; it is empty for what is common talk.
"""

from hvlib.questions.question import Misconception
from hvlib.words import _

BOOK: dict[str, Misconception] = {}
"""All misconceptions of the book by id."""


def _known(about: str, claim: str, breaks: str, source: str = "") -> Misconception:
    """Add a misconception. about: its chapter and its id, as ``"2.dom0-host"``."""
    chapter, id = about.split(".")
    BOOK[id] = Misconception(id, claim, breaks, source, int(chapter))
    return BOOK[id]


# --- chapter 1: what virtualization is ------------------------------------------------------

PG_IFF = _known(
    "1.pg-iff",
    _("No virtual machine monitor is possible unless all sensitive instructions are privileged."),
    _(
        "The theorem says “may be constructed if”: the condition is sufficient. Where it fails, "
        "translation, changed guests and new hardware modes still give a monitor."
    ),
    _("Popek and Goldberg, CACM 17(7), 1974, Theorem 1, as quoted in later texts"),
)
ONLY_CHANGES_MATTER = _known(
    "1.only-changes-matter",
    _("Only instructions that change something must trap; reading does no harm."),
    _(
        "A guest that reads the real mode or a real address sees that it is not alone on the "
        "machine, and may act on it. Such instructions are behaviour-sensitive."
    ),
    _("Popek and Goldberg, CACM 17(7), 1974, as quoted in later texts"),
)
EVERY_ACCESS = _known(
    "1.every-access",
    _("The monitor must see every memory access of a guest."),
    _(
        "The relocation-bounds register, or the page table, checks accesses in hardware. The "
        "monitor sets it once; the guest’s loads and stores run directly."
    ),
)
SENSITIVE_BREAKS = _known(
    "1.sensitive-breaks",
    _("A sensitive instruction always gives the monitor away."),
    _(
        "If it traps, the monitor carries it out on the virtual machine’s own state, and the guest "
        "sees what it would see on bare hardware. Only one that does not trap gives it away."
    ),
)
HARDWARE_AT_ONCE = _known(
    "1.hardware-at-once",
    _("Hardware support made virtual machines faster as soon as it appeared."),
    _(
        "The first processors took thousands of cycles for one exit and had no help for page "
        "tables; a software monitor that translates code needs fewer traps."
    ),
    _("Adams and Agesen, ASPLOS, 2006, abstract"),
)
EXIT_IS_HARDWARE = _known(
    "1.exit-is-hardware",
    _("An exit costs the processor’s round trip."),
    _("The hypervisor’s own handler comes on top, and is the larger part on newer processors."),
    _("Agesen et al., USENIX ATC, 2012, Table 1 and section 9"),
)
AVERAGES_FILL = _known(
    "1.averages-fill",
    _("Hosts can be filled by the average load of the servers."),
    _("Then every coincidence of peaks finds the host full. Some of each peak needs room."),
)
PEAKS_ADD_UP = _known(
    "1.peaks-add-up",
    _("A host must have room for the peaks of all its loads at once."),
    _("Peaks that do not come together need less than their sum; that is what sharing gains."),
)

GUESTS_SHARE_FATE = _known(
    "1.guests-share-fate",
    _("Guests on one machine crash together, as programs do when their kernel crashes."),
    _(
        "A program needs the kernel below it. A guest needs the hypervisor below it, and no other "
        "guest: it has a kernel of its own."
    ),
)
GUEST_TAKES_HYPERVISOR = _known(
    "1.guest-takes-hypervisor",
    _("When a guest’s kernel crashes, it takes the layer below along."),
    _(
        "Who needs whom points downwards. To the hypervisor a guest whose kernel has crashed is "
        "one that does nothing useful any more."
    ),
)

# --- chapter 2: Type 1 ----------------------------------------------------------------------

DOM0_HOST = _known(
    "2.dom0-host",
    _("dom0 is the operating system that Xen runs on."),
    _("Xen starts first and dom0 is a domain on it, with the drivers and the right to manage."),
    _(
        "wiki.xen.org/wiki/Dom0 calls it “essentially the ‘host’ operating system”; "
        "corrected in mythtv-users, 2012"
    ),
)
DOM0_NOT_NEEDED = _known(
    "2.dom0-not-needed",
    _("If dom0 fails, the guests do not notice, for Xen is below it."),
    _("They keep CPU and memory, and stall at their next disk or network access."),
)
XEN_DRIVES = _known(
    "2.xen-drives",
    _("Xen itself drives the network card."),
    _(
        "It did in the version of 2003. Since then the drivers are in dom0, and Xen only lets two "
        "domains share a page of memory and ring each other."
    ),
    _("Barham et al., SOSP, 2003; wiki.xen.org"),
)
IDLE_OR_BUSY = _known(
    "2.idle-or-busy",
    _("A guest’s CPU is busy or idle; there is nothing else."),
    _(
        "To a guest its vCPUs are processors. In the time in which one is ready and has no pCPU, "
        "it neither works nor idles: that is steal."
    ),
    _("Linux, Documentation/filesystems/proc.rst, on “steal”"),
)
MORE_VCPUS_ARE_FASTER = _known(
    "2.more-vcpus-are-faster",
    _("Starting all of a VM’s vCPUs at once is better for it, since none waits for a lock."),
    _("It also waits until so many pCPUs are free at once, and some are left idle meanwhile."),
)
EVERY_PACKET_EXITS = _known(
    "2.every-packet-exits",
    _("Each packet that a guest sends is at least one exit."),
    _(
        "So it is with an imitated card. Through a ring in memory the guest offers many packets "
        "and tells of them by one kick."
    ),
    _("R. Russell, “virtio: Towards a De-Facto Standard For Virtual I/O Devices”"),
)
BATCHING_IS_FREE = _known(
    "2.batching-is-free",
    _("Sending many packets at once saves exits and costs nothing."),
    _(
        "The first packet of a batch waits for the last one to be offered. Throughput is paid for "
        "with latency."
    ),
)
NO_SYSTEM_INSIDE = _known(
    "2.no-system-inside",
    _("A Type 1 hypervisor has no operating system under it or in it."),
    _(
        "None under it. But ESX’s kernel has drivers and a scheduler, Xen has dom0 and Hyper-V "
        "its root partition: the work of an operating system is done somewhere."
    ),
    _("karanth.ovh says none; kktechkaizen.blogspot says any hypervisor needs one"),
)
SLICE_ONLY_HELPS = _known(
    "2.slice-only-helps",
    _("A bigger time slice only helps: less time goes to switching."),
    _("Whoever wakes up waits for the slices of those before it, and these got longer."),
)
WALK_ADDS = _known(
    "2.walk-adds",
    _("Two page tables of four levels take four references each, eight in all."),
    _(
        "Each of the guest’s tables lies at a guest-physical address that must itself be "
        "translated: the levels multiply."
    ),
    _("Bhargava et al., ASPLOS, 2008, as quoted in texts that cite it"),
)
WALK_ONLY_MULTIPLIES = _known(
    "2.walk-only-multiplies",
    _("A nested walk takes the product of the two depths."),
    _("The guest’s own entries are read too, and the data’s address is translated at the end."),
    _("Bhargava et al., ASPLOS, 2008, as quoted in texts that cite it"),
)
WALK_ALWAYS_WORST = _known(
    "2.walk-always-worst",
    _("Each access of a guest costs the full nested walk."),
    _("Only a TLB miss walks at all, and walk caches and large pages shorten it."),
)
LIVE_MEANS_NO_PAUSE = _known(
    "2.live-means-no-pause",
    _("A live migration does not stop the guest at all."),
    _("What is written during the last round must be copied while the guest stands still."),
    _("Clark et al., NSDI, 2005, section 6"),
)
STANDS_STILL_ALL_THE_WHILE = _known(
    "2.stands-still-all-the-while",
    _("The guest stands still while its memory is copied."),
    _("It runs on during all rounds but the last; only that one stops it."),
    _("Clark et al., NSDI, 2005, section 5.3"),
)
VCENTER_RUNS_VMS = _known(
    "2.vcenter-runs-vms",
    _("When vCenter is down, the virtual machines are down."),
    _(
        "vCenter manages them; the hosts run them. Needing someone to be managed is not to need "
        "them to run."
    ),
    _("VMware vSphere documentation, “vSphere Availability”"),
)
HA_NEEDS_VCENTER = _known(
    "2.ha-needs-vcenter",
    _("HA needs vCenter to restart machines."),
    _("vCenter configures it once; then the agents on the hosts do it alone."),
)
HA_NO_DOWNTIME = _known(
    "2.ha-no-downtime",
    _("HA means no downtime."),
    _("The machine has died with its host. HA starts it again elsewhere, and it boots."),
    _("nakamas-it.com warns of it"),
)
HA_MIGRATES = _known(
    "2.ha-migrates",
    _("HA moves machines live off a failing host."),
    _("A live migration copies memory from the old host, and a dead host sends nothing."),
    _("nakamas-it.com warns of it"),
)
DRS_INSTANT = _known(
    "2.drs-instant",
    _("DRS balances the cluster on the instant."),
    _(
        "It looks once a minute, or every five minutes up to version 6.7, and moves a machine only "
        "where the gain is worth it."
    ),
    _("N. Hagoort, “Improved DRS in vSphere 7”, 2020; “vSphere Resource Management”"),
)
SHARING_IS_LARGE = _known(
    "2.sharing-is-large",
    _("Page sharing gives 30% more memory for free."),
    _(
        "That held for nearly identical machines; zero pages apart, a study found far less. And "
        "since 2014 ESX shares pages only inside a machine, unless an administrator says otherwise."
    ),
    _(
        "VMware vSphere 5.5 documentation, “Memory Sharing”; Barker et al., USENIX ATC, 2012, "
        "abstract; Broadcom, knowledge base articles 318959 and 323624"
    ),
)
ALL_TIME_SLICE = _known(
    "2.all-time-slice",
    _("A hypervisor always lends the time that one guest leaves idle to another."),
    _(
        "Oracle VM Server for SPARC assigns strands to domains: an idle one stays idle, until the "
        "administrator or a policy gives it to another domain."
    ),
    _(
        "Oracle VM Server for SPARC Administration Guide: 3.6, “CPU Allocation”; 3.2, page "
        "usingdynamicresourcemanagementpolicies"
    ),
)
GUEST_IS_PROCESS = _known(
    "2.guest-is-process",
    _("Under a Type 1 hypervisor, each guest runs as a process of a host system."),
    _(
        "Xen and ESX have no host system and schedule guests themselves. Hyper-V does so on a "
        "server; on Windows 10 and 11 the Windows in the root partition decides."
    ),
    _("lytham-stannes.com says so; Microsoft Learn, “Manage Hyper-V hypervisor scheduler types”"),
)

HA_ALWAYS_RESTARTS = _known(
    "2.ha-always-restarts",
    _("HA brings back every machine of a failed host."),
    _("It starts a machine only where a host can still keep what was reserved for it."),
    _("VMware vSphere documentation, “vSphere Availability”"),
)
FULL_IS_FULL = _known(
    "2.full-is-full",
    _("If a host’s machines don’t all fit on the others, none of them does."),
    _("Each machine is placed by itself, and a small one finds room where a large one does not."),
)

# --- chapter 3: Type 2 ----------------------------------------------------------------------

SURVIVES_HOST = _known(
    "3.survives-host",
    _("A virtual machine is a machine of its own; the host’s crash does not touch it."),
    _("On a hosted hypervisor it is a process of the host and dies with it."),
)
CHEAP_EXIT_WINS = _known(
    "3.cheap-exit-wins",
    _("The hypervisor with the cheaper exit is the faster one."),
    _("An exit is a small part of a packet’s way. Most of its time goes to the network code behind "
      "it, and to the scheduler that lets somebody run there."),
)  # fmt: skip
SLOW_IO_SLOW_CPU = _known(
    "3.slow-io-slow-cpu",
    _("Type 2 is slow at I/O, so it is as slow at computing."),
    _("User code runs directly on the CPU; only what leaves the guest pays for the way out."),
    _("serverdevworker.com and karanth.ovh say so; Barham et al., SOSP, 2003, Figure 3 differs"),
)
KVM_IS_2 = _known(
    "3.kvm-is-2",
    _("KVM is Type 2, for there is a Linux host."),
    _("The code that enters the guest is part of that host’s own kernel, on the bare hardware."),
    _("lytham-stannes.com (“not a clear case”)"),
)
KVM_IS_1 = _known(
    "3.kvm-is-1",
    _("KVM turns Linux into a Type 1 hypervisor, and that settles it."),
    _("Linux still boots first, runs other programs, and schedules guests as its processes."),
    _("car-ix.net; karanth.ovh"),
)
WINDOWS_FIRST = _known(
    "3.windows-first",
    _("Hyper-V is Type 2, since Windows was installed first."),
    _("Once it is on, the hypervisor boots first, and that Windows becomes a partition on it."),
    _("Microsoft Learn, “Hyper-V Architecture”"),
)
WINDOW_RUNS_GUESTS = _known(
    "3.window-runs-guests",
    _("When the program that manages virtual machines stops, they stop."),
    _(
        "Each guest has a process of its own. Whether that process can do without the manager is "
        "another question; mostly it can."
    ),
)
PROCESS_EXECUTES = _known(
    "3.process-executes",
    _("The VM’s process on the host executes the guest’s instructions."),
    _(
        "The guest runs on the CPU under the monitor. The process is asked only when a device of "
        "the guest is to be imitated."
    ),
    _("Sugerman et al., USENIX ATC, 2001"),
)
PRIORITY_STOPS_AT_VM = _known(
    "3.priority-stops-at-vm",
    _("The host’s priorities do not reach a virtual machine; it gets an equal part."),
    _(
        "To the host’s scheduler the VM is a process with a nice value, which counts against the "
        "others of its group (by default, of its session)."
    ),
    _("Linux, kernel/sched/autogroup.c"),
)
VM_HAS_ITS_CPU = _known(
    "3.vm-has-its-cpu",
    _("A VM with one virtual CPU has one CPU."),
    _("It has what the host’s scheduler leaves it."),
)

TYPE_1_IS_SHORTER = _known(
    "3.type-1-is-shorter",
    _("The way out of a guest is shortest on a Type 1."),
    _(
        "What counts is who owns the driver, and who stands between the guest and that owner. On "
        "Xen the owner is a domain of its own."
    ),
)
PROCESS_IDLE = _known(
    "3.process-idle",
    _("The VM’s process only starts the guest; later the guest can do without it."),
    _(
        "The process holds the guest’s memory and plays its devices. It is where the host keeps "
        "the guest, for as long as it runs."
    ),
    _("Sugerman et al., USENIX ATC, 2001"),
)
ONE_PROGRAM = _known(
    "3.one-program",
    _("All guests of a product run in one program, and fall with it."),
    _("Each guest has a process of its own, which is what keeps the other one running."),
)
ONLY_THE_USER = _known(
    "3.only-the-user",
    _("Whoever takes over a VM’s process is the user who started it, and no more."),
    _(
        "The process hands the monitor’s code to the driver, and the kernel runs it. The user’s "
        "other programs have no such door."
    ),
    _("VMware, source of the vmmon driver, linux/driver.c"),
)
PROCESS_IS_A_WALL = _known(
    "3.process-is-a-wall",
    _("A process is a wall: whoever breaks into one is caught in it."),
    _("It is one wall, and this process holds the key to the next."),
)

# --- chapter 4: containers ------------------------------------------------------------------

OWN_KERNEL = _known(
    "4.own-kernel",
    _("A container is a small virtual machine with a kernel of its own."),
    _("It is a group of processes; all their system calls go to the one kernel of the host."),
    _("devopsbeast.com, “Containers Are Not VMs”"),
)
VMS_SHARE = _known(
    "4.vms-share-the-kernel",
    _("Whatever runs on a Linux server runs on its one kernel."),
    _("A virtual machine is started like a computer: it boots a kernel from its own disk."),
)
IMAGE_BRINGS_KERNEL = _known(
    "4.image-brings-kernel",
    _("The kernel comes with the image."),
    _("An image is files. A distribution’s kernel package, if it is there, never boots."),
)
CONTAINERS_ISOLATED = _known(
    "4.containers-isolated",
    _("Containers are perfectly isolated from each other."),
    _("One flaw in the shared kernel opens them all."),
    _("leap0.dev; the gVisor README says “Containers are not a sandbox”"),
)
VM_ABSOLUTE = _known(
    "4.vm-absolute",
    _("Nobody escapes from a virtual machine."),
    _("VENOM (CVE-2015-3456), a flaw in an imitated floppy drive, allowed it in QEMU."),
    _("vinchin forum says so; MITRE’s record of CVE-2015-3456 differs"),
)
PATCHED_RUNC = _known(
    "4.patched-runc",
    _("runc is patched, so the containers are safe."),
    _("The runtime is one way out. The shared kernel is another, and it is larger."),
    _("safeguard.sh on the “Leaky Vessels” flaws"),
)
READ_ONLY_SOCKET = _known(
    "4.read-only-socket",
    _("A socket that is mounted read-only can do no harm."),
    _(
        "Read-only keeps the file from being changed. Orders go through the socket, not into the "
        "file."
    ),
    _("Docker documentation, “Docker Engine security”, on who may control the daemon"),
)
SEEING_IS_HARMLESS = _known(
    "4.seeing-is-harmless",
    _("To see the processes of other containers is not to touch them."),
    _(
        "The list leads on to each process's files and environment. The kernel lets in who is the "
        "same user and has no fewer capabilities, and root in two containers is one user."
    ),
    _("ptrace(2), “Ptrace access mode checking”"),
)
NO_FLAW_NO_HARM = _known(
    "4.no-flaw-no-harm",
    _("Without a flaw nobody gets out of a container."),
    _("Some options hand over what lies outside: a folder, a socket, all of root's powers."),
    _("Docker documentation, “Docker Engine security”, on the daemon's attack surface"),
)
ONE_GUARD_IS_ALL = _known(
    "4.one-guard-is-all",
    _("With one guard gone, a container is open."),
    _("It is open to flaws that need what the guard denied. Without such a flaw nobody gets out."),
)
CAPABILITY_APART = _known(
    "4.capability-apart",
    _("One more capability leaves the filter of system calls as it was."),
    _("Docker's filter asks which capabilities there are, and lets their calls through."),
    _("Moby profiles, seccomp/default.json"),
)
SANDBOX_SAME_KERNEL = _known(
    "4.sandbox-same-kernel",
    _("A sandbox changes nothing, for the host kernel is still shared."),
    _("The application no longer calls it: the sandbox’s own kernel stands in between."),
    _("gVisor README"),
)
SANDBOX_IS_ABSOLUTE = _known(
    "4.sandbox-is-absolute",
    _("In a sandbox no flaw can do harm."),
    _("It adds a wall. Two flaws, one in the sandbox and one behind it, pass both."),
)
DAEMON_RUNS_CONTAINERS = _known(
    "4.daemon-runs-containers",
    _("A container is a child of its manager and dies in the moment that the manager crashes."),
    _(
        "A shim or a process of its own holds each; the kernel runs it. What becomes of it next is "
        "a setting: an ordinary stop of dockerd ends the containers, and so does the dockerd "
        "that comes after a crash, unless live-restore is on."
    ),
    _("Docker documentation, “Live restore”; Moby source, daemon/daemon.go"),
)
SNAPSHOT_IS_READ_WHOLE = _known(
    "4.snapshot-is-read-whole",
    _("To restore a VM, its whole memory must be read first."),
    _("The file is mapped. Only the pages that the guest touches are read, when it touches them."),
    _("Firecracker documentation, “Snapshotting”"),
)
MAPPED_IS_LOADED = _known(
    "4.mapped-is-loaded",
    _("Once its snapshot is mapped, a restored VM is as fast as if it had never stopped."),
    _("Each page that it touches for the first time is a fault, and waits for the file."),
    _("Ustiugov et al., ASPLOS, 2021"),
)
READING_IS_NEVER_LOST = _known(
    "4.reading-is-never-lost",
    _("Reading ahead always helps."),
    _("It helps as far as the guess is right. Pages that nobody touches were read for nothing."),
    _("Ustiugov et al., ASPLOS, 2021, on why functions are a good case"),
)
LIMIT_IS_AN_AVERAGE = _known(
    "4.limit-is-an-average",
    _("A service that uses less CPU time than its limit is never slowed by it."),
    _(
        "The limit is a quota for each period, of 100 ms as a rule. Many threads at once use it up "
        "in a few of them, and then all wait for the next period, whatever the average is."
    ),
    _("Linux, Documentation/scheduler/sched-bwc.rst"),
)
LIMIT_IS_A_SLOWER_CPU = _known(
    "4.limit-is-a-slower-cpu",
    _("A limit of one CPU lets the threads run one after the other, on one CPU."),
    _(
        "A limit takes no CPU away. All threads run at once, on as many CPUs as there are, until "
        "the quota is used up."
    ),
    _("Linux, Documentation/scheduler/sched-bwc.rst"),
)
HIGH_KILLS = _known(
    "4.high-kills",
    _("Whoever passes a memory limit is killed."),
    _(
        "memory.max is the limit that can kill. At memory.high the kernel makes the group reclaim "
        "its own pages and slows it down; by itself it kills nobody."
    ),
    _("Linux, Documentation/admin-guide/cgroup-v2.rst, “Memory Interface Files”"),
)
PORT_BY_PROGRAM = _known(
    "4.port-by-program",
    _("What comes to a published port is carried to the container by a program of Docker’s."),
    _(
        "A rule in the kernel changes the packets’ target. docker-proxy gets what that rule leaves "
        "out: as a rule, connections to the host’s loopback address."
    ),
    _("Moby source, daemon/libnetwork/drivers/bridge/internal/iptabler/port.go"),
)
PROGRAM_IS_A_HOP = _known(
    "4.program-is-a-hop",
    _("A program that hands packets on costs about as much as a cable or a bridge."),
    _(
        "A packet passes a whole network stack on its way into the program, and another one on its "
        "way out. A cable and a bridge are a few function calls in the kernel."
    ),
    "slirp4netns, README.md, “Benchmarks”",
)
TUNNEL_IS_FREE = _known(
    "4.tunnel-is-free",
    _("A tunnel marks packets, and they stay as large as they are."),
    _(
        "The whole packet with its Ethernet header is the load of another one. So the packets "
        "inside must be smaller by what is wrapped around them."
    ),
    _("Moby source, daemon/libnetwork/drivers/overlay/overlay.go (vxlanEncap)"),
)
HEADERS_ARE_UDPS = _known(
    "4.headers-are-udps",
    _("A tunnel by UDP costs the headers of IP and UDP, and no more."),
    _("VXLAN’s own header is in the packet as well, and the Ethernet header of the frame inside."),
    _("Moby source, daemon/libnetwork/drivers/overlay/overlay.go (vxlanEncap)"),
)
NO_BYTES_BETWEEN = _known(
    "4.no-bytes-between",
    _("A wire carries packets and nothing else."),
    _(
        "Around each packet Ethernet has a header, a checksum, a preamble and a gap, 38 bytes in "
        "all, which take their time on the wire."
    ),
    _("Felter et al., IBM RC25482, 2014, “Network bandwidth”, on 9.41 of 10 Gbit/s"),
)
DENSITY_BY_OVERHEAD = _known(
    "4.density-by-overhead",
    _("Containers have a hundredth of a VM’s overhead, so a hundred times as many fit."),
    _("The application needs its own memory and CPU either way, and those soon run out."),
)
TWO_MEMORY_COUNTED_TWICE = _known(
    "4.memory-counted-twice",
    _("A VM needs its memory once for itself and 1.002 times more as overhead."),
    _("The factor of the overhead is 0.002; the documentation long printed it wrong."),
    _("openshift-docs, pull requests 98819 and 98822"),
)
WRITES_ONLY_CHANGE = _known(
    "4.writes-only-change",
    _("Changing a byte of a file in an image stores only that byte."),
    _(
        "Opening it for writing copies the whole file up to the writable layer. Only a file system "
        "that shares blocks between files (XFS with reflinks, btrfs) spares the space."
    ),
    _("docs.docker.com, storage drivers; Linux source, fs/overlayfs/copy_up.c"),
)
NATIVE_ON_MAC = _known(
    "4.native-on-mac",
    _("Docker Desktop on a Mac runs containers natively."),
    _("Linux containers need a Linux kernel; macOS has none, so a virtual machine brings it."),
)
VM_PER_CONTAINER = _known(
    "4.vm-per-container",
    _("Docker Desktop gives each container a virtual machine."),
    _("All its containers share one. (Apple’s own container tool does use a VM for each.)"),
    _("Hacker News, item 44241120"),
)
TWICE_THE_LAYERS = _known(
    "4.layers-stored-per-image",
    _("Each image stores all its layers."),
    _("A layer is stored once under the hash of its content, whoever uses it."),
    _("docs.docker.com, storage drivers"),
)


SAME_FLAW_SAME_HARM = _known(
    "4.same-flaw-same-harm",
    _("The same flaw in the same program does the same harm everywhere."),
    _("What a broken program opens depends on where it runs and on what stands around it."),
)
MORE_WALLS = _known(
    "4.more-walls",
    _("The more virtual machines, the safer."),
    _(
        "Services of one tenant need no wall between them. And many small machines mix more "
        "tenants on each server, for the hypervisor’s flaw to take."
    ),
)
CHEAP_TO_RUN = _known(
    "4.cheap-to-run",
    _("What costs least to run costs least."),
    _("A break-in costs something too, and on one kernel it costs everybody’s."),
)
WALLS_WANT_MANY_FLAWS = _known(
    "4.walls-want-many-flaws",
    _("A wall pays only where flaws are found every few years."),
    _("It pays as soon as what one flaw would cost, times how often it comes, is more."),
)


def misconception(id: str) -> Misconception:
    """The misconception with this id. Raises KeyError naming the known ones."""
    try:
        return BOOK[id]
    except KeyError:
        raise KeyError(f"no misconception {id!r}; there are {', '.join(sorted(BOOK))}") from None
