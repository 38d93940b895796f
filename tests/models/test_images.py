"""Layers are stored and pulled once; a union mount copies up once; a container needs its kernel."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import knob_values
from hvlib.models.images import (
    Host,
    Image,
    ImageError,
    ImageFleet,
    Layer,
    OperatingSystem,
    Portability,
    Recipe,
    UnionMount,
    layers_of,
    runs_on,
    stored,
    to_pull,
)

BASE, LIBS, PROGRAM = Layer.of("base", 80), Layer.of("libs", 20), Layer.of("program", 5)
paths = st.sampled_from(["/bin/sh", "/etc/hosts", "/app/run", "/data/log"])
trees = st.dictionaries(paths, st.floats(0, 100), max_size=4)


@given(images=st.lists(st.lists(st.sampled_from([BASE, LIBS, PROGRAM]), max_size=3), max_size=8))
def test_a_layer_shared_by_many_images_is_stored_once(images: list[list[Layer]]) -> None:
    different = {layer for image in images for layer in image}
    assert stored(images) == pytest.approx(sum(layer.size for layer in different))


def test_the_same_content_is_the_same_layer() -> None:
    assert Layer.of("base", 80) == BASE
    assert Layer.of("base changed", 80).digest != BASE.digest
    with pytest.raises(ImageError, match="-1 MB"):
        Layer.of("base", -1)


def test_a_layer_that_is_there_is_not_pulled_again() -> None:
    assert to_pull((BASE, LIBS, PROGRAM)) == 105
    assert to_pull((BASE, LIBS, PROGRAM), have=(BASE, LIBS)) == 5
    assert to_pull((BASE, BASE)) == 80, "a layer twice in one image is pulled once"


def test_layers_come_from_the_bottom_up() -> None:
    recipes = {"debian": Recipe("", (BASE,)), "app": Recipe("debian", (LIBS, PROGRAM))}
    assert layers_of("app", recipes) == (BASE, LIBS, PROGRAM)


def test_images_built_from_each_other_are_refused() -> None:
    recipes = {"a": Recipe("b"), "b": Recipe("c"), "c": Recipe("b")}
    with pytest.raises(ImageError, match="b → c → b"):
        layers_of("a", recipes)
    with pytest.raises(ImageError, match="no image 'd'; there are a, b, c"):
        layers_of("d", recipes)


def test_an_image_without_layers_costs_nothing_and_runs_nowhere() -> None:
    assert layers_of("empty", {"empty": Recipe()}) == ()
    assert to_pull(()) == 0
    verdict = runs_on(Image("empty", ()), Host("host"))
    assert not verdict
    assert "no layers" in verdict.reason


@given(lower=st.lists(trees, max_size=3), path=paths, size=st.floats(0, 100))
def test_the_first_write_copies_up_and_the_second_does_not(
    lower: list[dict[str, float]], path: str, size: float
) -> None:
    mount = UnionMount(tuple(lower), {})
    before = mount.files().get(path, 0.0)
    once, copied = mount.write(path, size)
    twice, again = once.write(path, size)
    assert copied == before, "the whole file of the lower layer is copied"
    assert again == 0
    assert twice.files()[path] == size
    assert mount.files().get(path, 0.0) == before, "the lower layers are read-only"


@given(lower=st.lists(trees, min_size=1, max_size=3), path=paths)
def test_a_deleted_file_is_hidden_but_its_space_is_not_freed(
    lower: list[dict[str, float]], path: str
) -> None:
    mount = UnionMount(tuple(lower), {})
    if path not in mount.files():
        with pytest.raises(ImageError, match="no file"):
            mount.delete(path)
        return
    after = mount.delete(path)
    assert path not in after.files()
    assert after.lower == mount.lower
    assert after.write(path, 1)[1] == 0, "a hidden file is not copied up"


@given(values=knob_values(ImageFleet))
def test_layers_never_take_more_than_whole_images_or_disks(values: dict[str, object]) -> None:
    result = ImageFleet(**values).run()
    for store in (result.registry, result.host):
        assert store["layers"] <= store["whole images"] * (1 + 1e-9) <= store["VM disks"] * 1.000001
    pulls = result.pulls
    assert pulls["update"] <= pulls["next"] <= pulls["first"] <= result.vm_pull


def test_a_base_layer_is_stored_once_for_all_services() -> None:
    model = ImageFleet(services=10, bases=1, base=80, dependencies=20, program=5, guest=1000)
    registry = model.run().registry
    assert registry["layers"] == pytest.approx(80 + 10 * 25)
    assert registry["whole images"] == pytest.approx(10 * 105)
    assert registry["VM disks"] == pytest.approx(10 * 1105)


@given(
    needs=st.frozensets(st.sampled_from(["io_uring", "cgroup v2", "overlayfs"])),
    has=st.frozensets(st.sampled_from(["io_uring", "cgroup v2", "overlayfs"])),
    emulates=st.frozensets(st.sampled_from(["arm64", "riscv64"])),
)
def test_a_container_without_the_kernel_feature_never_runs(
    needs: frozenset[str], has: frozenset[str], emulates: frozenset[str]
) -> None:
    image = Image("app", (PROGRAM,), needs=needs)
    verdict = runs_on(image, Host("host", features=has, emulates=emulates))
    assert bool(verdict) == (needs <= has)
    assert all(lack in verdict.reason for lack in needs - has)


def test_each_obstacle_is_named() -> None:
    image = Image("app", (PROGRAM,), kernel=(5, 10))
    assert "Windows kernel" in runs_on(image, Host("host", os="Windows")).reason
    assert "arm64" in runs_on(image, Host("host", architecture="arm64")).reason
    assert "needs kernel 5.10" in runs_on(image, Host("host", kernel=(5, 9))).reason
    assert runs_on(image, Host("host", kernel=(5, 10)))
    emulated = runs_on(image, Host("host", architecture="arm64", emulates=frozenset({"x86-64"})))
    assert emulated.ok
    assert emulated.emulated


@given(values=knob_values(Portability))
def test_where_a_container_runs_a_vm_runs_too(values: dict[str, object]) -> None:
    result = Portability(**values).run()
    assert result.vm.ok or not result.container.ok
    assert result.container.ok == all(ok for _name, ok, _reason in result.checks)


def test_a_vm_runs_on_another_operating_system() -> None:
    result = Portability(host_os="Windows").run()
    assert not result.container
    assert result.vm


@pytest.mark.parametrize("os", get_args(OperatingSystem))
def test_names_of_systems_are_written_as_names(os: OperatingSystem) -> None:
    other: OperatingSystem = "Windows" if os == "Linux" else "Linux"
    said = Portability(os=os, host_os=other).run().describe()
    assert f"{os} program" in said
    assert f"{other} kernel" in said
    assert os[0].isupper()
    assert other[0].isupper()


def test_a_kernel_of_another_system_passes_no_check_of_kernels() -> None:
    passed = {name: ok for name, ok, _reason in Portability(host_os="Windows").run().checks}
    assert not passed["operating system"]
    assert not passed["kernel version"], "Windows is at no version of Linux"
    assert not passed["kernel features"]
