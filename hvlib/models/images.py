"""Images as content-addressed layers: storing, pulling, writing, and where they run (chapter 4)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from hvlib.models.model import Knob, Model, Quantity, Result
from hvlib.numbers import one_decimal
from hvlib.words import _, pgettext


class ImageError(ValueError):
    """An image that can't be put together: names the image and the reason."""


# --- layers and images ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layer:
    """A set of files that is named by the hash of its content. size: MB."""

    digest: str
    size: float

    @classmethod
    def of(cls, content: str, size: float) -> "Layer":
        """The layer with this content: the same content always has the same digest.

        Raises ImageError for a negative size.
        """
        if size < 0:
            raise ImageError(_("a layer of {size} MB").format(size=size))
        return cls("sha256:" + hashlib.sha256(content.encode()).hexdigest()[:12], size)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image is built: FROM another image or from nothing (""), plus layers of its own."""

    base: str = ""
    adds: tuple[Layer, ...] = ()


def layers_of(name: str, recipes: Mapping[str, Recipe]) -> tuple[Layer, ...]:
    """All layers of an image, bottom first; an image may have none (``FROM scratch``).

    Raises ImageError for an unknown image and for images built from each other in a circle.
    """
    chain: list[str] = []
    while name:
        if name in chain:
            circle = " → ".join([*chain[chain.index(name) :], name])
            raise ImageError(_("images built from each other: {circle}").format(circle=circle))
        if name not in recipes:
            known = ", ".join(sorted(recipes))
            message = _("no image {name!r}; there are {known}")
            raise ImageError(message.format(name=name, known=known))
        chain.append(name)
        name = recipes[name].base
    return tuple(layer for link in reversed(chain) for layer in recipes[link].adds)


def stored(images: Iterable[Iterable[Layer]]) -> float:
    """MB that the images take in a content-addressed store: each digest once."""
    return sum({layer.digest: layer.size for image in images for layer in image}.values())


def to_pull(image: Iterable[Layer], have: Iterable[Layer] = ()) -> float:
    """MB to fetch for an image on a host that has some layers already."""
    there = {layer.digest for layer in have}
    return stored([[layer for layer in image if layer.digest not in there]])


# --- union mount and copy-up -----------------------------------------------------------------

Files = Mapping[str, float]
"""Paths with sizes in MB: what one layer holds."""


@dataclass(frozen=True, slots=True)
class UnionMount:
    """Read-only layers, bottom first, under one writable layer, seen as one tree.

    A whiteout (None in ``upper``) hides a file of a lower layer. Every change gives a new mount.
    """

    lower: tuple[Files, ...]
    upper: Mapping[str, float | None]

    def find(self, path: str) -> int | None:
        """The layer that a path is read from: its index, len(lower) for the writable one, None."""
        if path in self.upper:
            return len(self.lower) if self.upper[path] is not None else None
        found = [number for number, files in enumerate(self.lower) if path in files]
        return found[-1] if found else None

    def files(self) -> dict[str, float]:
        """What a process sees: path and size."""
        merged: dict[str, float | None] = {}
        for files in (*self.lower, self.upper):
            merged.update(files)
        return {path: size for path, size in merged.items() if size is not None}

    def describe(self) -> str:
        """What a process sees, and what the layers below hold all the same."""
        below = dict.fromkeys(path for files in self.lower for path in files)
        lines = (
            _("The container sees: {files}").format(files=" ".join(self.files())),
            _("The layers below still hold: {files}").format(files=" ".join(below)),
        )
        return "\n".join(lines)

    def told(self, copied: float) -> str:
        """What a write copied up, and what the writable layer then holds."""
        text = _("{copied:g} MB copied up, {written:g} MB in the writable layer")
        return text.format(copied=copied, written=self.written)

    def write(self, path: str, size: float) -> tuple["UnionMount", float]:
        """The mount after writing into a file that then has ``size``, and the MB copied up.

        The first write to a file of a lower layer copies the whole file; later ones copy nothing.
        """
        where = self.find(path)
        below = where is not None and where < len(self.lower)
        copied = self.lower[where][path] if below and where is not None else 0.0
        return replace(self, upper={**self.upper, path: size}), copied

    def delete(self, path: str) -> "UnionMount":
        """The mount without a file. Lower layers keep it: the space is not freed.

        Raises ImageError when there is no such file.
        """
        if self.find(path) is None:
            raise ImageError(_("no file {path!r} to delete").format(path=path))
        rest = {name: size for name, size in self.upper.items() if name != path}
        hidden = any(path in files for files in self.lower)
        return replace(self, upper={**rest, path: None} if hidden else rest)

    @property
    def written(self) -> float:
        """MB in the writable layer."""
        return sum(size for size in self.upper.values() if size is not None)


# --- a fleet --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImageFleetResult(Result):
    """MB in the registry and on one host, and seconds to pull, as layers and as VM disks.

    registry, host: by kind (``"layers"``, ``"whole images"``, ``"VM disks"``). pulls: seconds by
    event (``"first"``, ``"next"``, ``"update"``) for layers; vm_pull: for one VM disk, always.
    sizes: MB of a base, of a service's dependencies and of its program.
    """

    registry: Mapping[str, float]
    host: Mapping[str, float]
    pulls: Mapping[str, float]
    vm_pull: float
    services: int
    bases: int
    sizes: tuple[float, float, float]

    @property
    def saved(self) -> float:
        """Share of the registry that layers save against VM disks."""
        return 1 - self.registry["layers"] / self.registry["VM disks"]

    def describe(self) -> str:
        text = _(
            "The registry holds {layers} GB as layers, {vms} GB as VM disks ({saved:.0%} saved). "
            "The first image takes {first} s to pull, the next {next} s, an update {update} s; a "
            "VM disk {vm} s."
        )
        return text.format(
            layers=one_decimal(self.registry["layers"] / 1000),
            vms=one_decimal(self.registry["VM disks"] / 1000),
            saved=self.saved,
            first=one_decimal(self.pulls["first"]),
            next=one_decimal(self.pulls["next"]),
            update=one_decimal(self.pulls["update"]),
            vm=one_decimal(self.vm_pull),
        )


class ImageFleet(Model):
    """Many services whose images share base layers, in a registry and on the hosts.

    A service's image is a base layer, shared with others, and two of its own: dependencies and
    program. An update changes the program's layer only. A VM disk holds the same files and a guest
    OS, and is stored and moved whole. Sizes are as sent; unpacking is left out.
    """

    title: ClassVar[str] = _("Layers against whole disks")
    quantities: ClassVar[dict[str, Quantity]] = {
        "registry": Quantity(_("registry"), lambda result: result.registry["layers"] / 1000, "GB"),
        "services": Quantity(_("services"), lambda result: result.services),
        "next": Quantity(_("next image"), lambda result: result.pulls["next"], "s"),
        "first": Quantity(_("first image"), lambda result: result.pulls["first"], "s"),
    }

    services: Annotated[int, Knob(_("Services, one image each"), 1, 200)] = 20
    bases: Annotated[int, Knob(_("Different base images"), 1, 12)] = 2
    base: Annotated[float, Knob(_("Size of a base layer"), 1, 2_000, "MB", log=True)] = 80
    dependencies: Annotated[
        float, Knob(_("Dependencies of a service"), 1, 5_000, "MB", log=True)
    ] = 120
    program: Annotated[float, Knob(_("Program of a service"), 0.1, 1_000, "MB", log=True)] = 15
    copies: Annotated[int, Knob(_("Copies of a service on a host"), 1, 50)] = 3
    writable: Annotated[float, Knob(_("Written by each copy"), 0, 1_000, "MB", step=5)] = 20
    guest: Annotated[float, Knob(_("Guest OS on a VM disk"), 10, 40_000, "MB", log=True)] = 2_000
    network: Annotated[float, Knob(_("Network"), 10, 100_000, "Mbit/s", log=True)] = 1_000

    def images(self) -> tuple[tuple[Layer, ...], ...]:
        """The layers of each service's image."""
        recipes = {
            f"base{number}": Recipe("", (Layer.of(f"base {number}", self.base),))
            for number in range(self.bases)
        }
        for number in range(self.services):
            own = (
                Layer.of(f"dependencies {number}", self.dependencies),
                Layer.of(f"program {number}", self.program),
            )
            recipes[f"service{number}"] = Recipe(f"base{number % self.bases}", own)
        return tuple(layers_of(f"service{number}", recipes) for number in range(self.services))

    def run(self) -> ImageFleetResult:
        images = self.images()
        layers = stored(images)
        whole = sum(layer.size for image in images for layer in image)
        disks = whole + self.services * self.guest
        written = self.services * self.copies * self.writable
        return ImageFleetResult(
            registry={"layers": layers, "whole images": whole, "VM disks": disks},
            host={
                "layers": layers + written,
                "whole images": whole * self.copies + written,
                "VM disks": disks * self.copies + written,
            },
            pulls=self._pulls(),
            vm_pull=self._seconds(self.guest + self.base + self.dependencies + self.program),
            services=self.services,
            bases=self.bases,
            sizes=(self.base, self.dependencies, self.program),
        )

    def _pulls(self) -> dict[str, float]:
        base = Layer.of("base", self.base)
        first = (base, Layer.of("d1", self.dependencies), Layer.of("p1", self.program))
        second = (base, Layer.of("d2", self.dependencies), Layer.of("p2", self.program))
        update = (*first[:2], Layer.of("p1 changed", self.program))
        return {
            "first": self._seconds(to_pull(first)),
            "next": self._seconds(to_pull(second, first)),
            "update": self._seconds(to_pull(update, first)),
        }

    def _seconds(self, megabytes: float) -> float:
        return megabytes * 8 / self.network


# --- where an image runs ---------------------------------------------------------------------

FEATURES: dict[str, str] = {
    "nothing special": pgettext("kernel feature", "nothing special"),
    "user namespaces": pgettext("kernel feature", "user namespaces"),
}
"""What each is called, where it has no name of its own."""
OperatingSystem = Literal["Linux", "Windows", "FreeBSD"]
Architecture = Literal["x86-64", "arm64", "riscv64"]


@dataclass(frozen=True, slots=True)
class Image:
    """What an image asks of a host. kernel: lowest version; needs: kernel features it uses."""

    name: str
    layers: tuple[Layer, ...]
    os: OperatingSystem = "Linux"
    architecture: Architecture = "x86-64"
    kernel: tuple[int, int] = (0, 0)
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Host:
    """What a host offers a container: its one kernel, its CPU, and CPUs it can emulate for a user
    program (binfmt_misc with QEMU's user-mode emulator).
    """

    name: str
    os: OperatingSystem = "Linux"
    architecture: Architecture = "x86-64"
    kernel: tuple[int, int] = (6, 6)
    features: frozenset[str] = frozenset()
    emulates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it runs, why (not), and whether each instruction has to be emulated."""

    ok: bool
    reason: str
    emulated: bool = False

    def __bool__(self) -> bool:
        return self.ok


def runs_on(image: Image, host: Host) -> Verdict:
    """Does a container of this image run on this host? The first obstacle is the reason.

    A container brings files, never a kernel: operating system, kernel version and features must be
    the host's own. Only the CPU can be emulated.
    """
    obstacles = checks(image, host)
    for _name, ok, reason in obstacles:
        if not ok:
            return Verdict(False, _("does not run: {reason}").format(reason=reason))
    if image.architecture != host.architecture:
        text = _("runs, slowly: {host} emulates {cpu} instruction by instruction")
        return Verdict(True, text.format(host=host.name, cpu=image.architecture), emulated=True)
    return Verdict(True, _("runs: same kernel interface, same CPU architecture"))


def checks(image: Image, host: Host) -> tuple[tuple[str, bool, str], ...]:
    """(what is checked, passed, reason if not), in the order in which a start would fail."""
    lacks = sorted(image.needs - host.features)
    cpu = image.architecture == host.architecture or image.architecture in host.emulates
    same = image.os == host.os
    empty = _("the image has no layers: there is nothing to run")
    calls = _("a {image} program calls a {image} kernel, and {host} has a {os} kernel")
    calls = calls.format(image=image.os, host=host.name, os=host.os)
    built = _("built for {image}, and {host} has {cpu} and emulates no other")
    built = built.format(image=image.architecture, host=host.name, cpu=host.architecture)
    older = _("needs kernel {image}, and {host} has {kernel}")
    older = older.format(image=version(image.kernel), host=host.name, kernel=version(host.kernel))
    needs = _("needs {lacks}, which the kernel of {host} lacks")
    needs = needs.format(lacks=", ".join(lacks), host=host.name)
    if not same:
        older = needs = _("there is no {os} kernel to ask").format(os=image.os)
    return (
        (_("layers"), bool(image.layers), empty),
        (_("operating system"), same, calls),
        (_("CPU architecture"), cpu, built),
        (_("kernel version"), same and host.kernel >= image.kernel, older),
        (_("kernel features"), same and not lacks, needs),
    )


def version(kernel: tuple[int, int]) -> str:
    """A kernel version in words: ``"5.10"``."""
    return ".".join(map(str, kernel))


@dataclass(frozen=True, slots=True)
class PortabilityResult(Result):
    """container: the verdict for a container. vm: for a VM with the same program and own kernel."""

    image: Image
    host: Host
    checks: tuple[tuple[str, bool, str], ...]
    container: Verdict
    vm: Verdict

    def describe(self) -> str:
        text = _("As a container: {container}. As a VM with its own kernel: {vm}.")
        return text.format(container=self.container.reason, vm=self.vm.reason)


class Portability(Model):
    """Does an image run on a host, and why not? Beside it, a VM with the same program.

    A VM brings its own kernel, so the host's operating system does not matter; the CPU does.
    """

    title: ClassVar[str] = _("Where an image runs")
    quantities: ClassVar[dict[str, Quantity]] = {
        "reasons": Quantity(
            _("reasons against the container"),
            lambda result: sum(not ok for _name, ok, _reason in result.checks),
        ),
        "vms": Quantity(_("VMs that run"), lambda result: int(result.vm.ok)),
    }

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        _("a host like the image"): {
            "host_os": "Linux",
            "host_architecture": "x86-64",
            "host_has": True,
            "emulation": False,
        },
        _("a Windows host"): {"host_os": "Windows"},
        _("an Arm board"): {"host_architecture": "arm64", "emulation": False},
        _("an Arm laptop that emulates"): {"host_architecture": "arm64", "emulation": True},
        _("a kernel without the feature"): {"needs": "cgroup v2", "host_has": False},
    }

    os: Annotated[OperatingSystem, Knob(_("Image: operating system"))] = "Linux"
    architecture: Annotated[Architecture, Knob(_("Image: CPU architecture"))] = "x86-64"
    kernel: Annotated[int, Knob(_("Image: kernel version at least"), 3, 7)] = 5
    needs: Annotated[
        Literal["nothing special", "cgroup v2", "io_uring", "user namespaces"],
        Knob(_("Image: kernel feature used"), names=FEATURES),
    ] = "nothing special"
    host_os: Annotated[OperatingSystem, Knob(_("Host: operating system"))] = "Linux"
    host_architecture: Annotated[Architecture, Knob(_("Host: CPU architecture"))] = "x86-64"
    host_kernel: Annotated[int, Knob(_("Host: kernel version"), 3, 7)] = 6
    host_has: Annotated[bool, Knob(_("Host: kernel has the feature"))] = True
    emulation: Annotated[bool, Knob(_("Host: emulates other CPUs"))] = False

    def run(self) -> PortabilityResult:
        image, host = self.image(), self.host()
        vm = _vm_verdict(image, host)
        return PortabilityResult(image, host, checks(image, host), runs_on(image, host), vm)

    def image(self) -> Image:
        """The image that the knobs describe."""
        needs = frozenset() if self.needs == "nothing special" else frozenset({self.needs})
        layers = (Layer.of("program", 1),)
        # Version numbers of other systems' kernels can't be compared with Linux's.
        kernel = (self.kernel, 0) if self.os == "Linux" else (0, 0)
        return Image(_("image"), layers, self.os, self.architecture, kernel, needs)

    def host(self) -> Host:
        """The host that the knobs describe."""
        has = frozenset({self.needs}) if self.host_has else frozenset()
        emulates = {"x86-64", "arm64", "riscv64"} - {self.host_architecture}
        return Host(
            _("the host"),
            self.host_os,
            self.host_architecture,
            (self.host_kernel, 0),
            has,
            frozenset(emulates if self.emulation else ()),
        )


def _vm_verdict(image: Image, host: Host) -> Verdict:
    if image.architecture == host.architecture:
        return Verdict(True, _("runs: a VM brings its own kernel, and the CPU is the same"))
    if image.architecture in host.emulates:
        return Verdict(True, _("runs, slowly: the whole machine is emulated"), emulated=True)
    text = _("does not run: built for {image}, and the CPU is {cpu}")
    return Verdict(False, text.format(image=image.architecture, cpu=host.architecture))
