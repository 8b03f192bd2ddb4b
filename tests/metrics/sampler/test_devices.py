"""Bytes of disks and interfaces: hardware counts, what is stacked on it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.metrics.sampler.devices import Disks, Network
from tests.metrics.sampler.layout import lay

HEAD = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier\n"
)


def stat(read: int, written: int) -> str:
    return f"  808886   103217 {read:8d}  3928368   872466  1391097 {written:8d}   890480        0   375220  5015832\n"


def interface(name: str, received: int, sent: int) -> str:
    return f"{name:>6}: {received}   5664    0    0    0     0          0         0   {sent}     5664    0    0    0\n"


def test_disks_count_and_what_lies_on_them_does_not(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        {
            "sys/block/nvme0n1/stat": stat(10, 20),
            "sys/block/nvme0n1/device/": "",
            "sys/block/sda/stat": stat(1, 2),
            "sys/block/sda/device/": "",
            "sys/block/dm-0/stat": stat(11, 22),
            "sys/block/loop0/stat": stat(7, 7),
            "sys/block/zram0/stat": stat(7, 7),
        },
    )
    disks = Disks(root)
    assert disks.moved() == (11 * 512, 22 * 512)
    lay(tmp_path, {"sys/block/sda/stat": stat(101, 2)})
    assert disks.moved() == (111 * 512, 22 * 512)
    lay(tmp_path, {"sys/block/sda/stat": ""})  # taken out
    assert disks.moved() == (111 * 512, 22 * 512)
    disks.close()


def test_no_disk_is_unknown(tmp_path: Path) -> None:
    assert Disks(str(tmp_path)).moved() is None
    lay(tmp_path, {"sys/block/loop0/stat": stat(7, 7)})
    assert Disks(str(tmp_path)).moved() is None


def test_interfaces_count_and_what_is_made_of_them_does_not(tmp_path: Path) -> None:
    files = {
        "sys/class/net/eth0/device/": "",
        "sys/class/net/docker0/": "",
        "sys/class/net/lo/": "",
        "proc/net/dev": HEAD + interface("lo", 5, 5) + interface("eth0", 100, 10) + interface("docker0", 7, 7),
    }
    network = Network(lay(tmp_path, files))
    assert network.moved() == (100, 10)
    plugged = interface("eth0", 200, 20) + interface("usb0", 3, 4) + interface("veth1", 9, 9)
    lay(tmp_path, {"sys/class/net/usb0/device/": "", "sys/class/net/veth1/": "", "proc/net/dev": HEAD + plugged})
    assert network.moved() == (203, 24)
    lay(tmp_path, {"proc/net/dev": HEAD + interface("eth0", 201, 20)})  # unplugged: keeps what it had
    assert network.moved() == (204, 24)
    network.close()


@pytest.mark.parametrize("shown", [True, False], ids=["with /sys", "without /sys"])
def test_in_a_container_the_virtual_ones_count(tmp_path: Path, shown: bool) -> None:
    files = {"proc/net/dev": HEAD + interface("lo", 5, 5) + interface("eth0", 100, 10)}
    if shown:
        files |= {"sys/class/net/eth0/": "", "sys/class/net/lo/": ""}
    assert Network(lay(tmp_path, files)).moved() == (100, 10)


def test_no_network_is_unknown_and_an_idle_one_is_zero(tmp_path: Path) -> None:
    assert Network(str(tmp_path)).moved() is None
    assert Network(lay(tmp_path, {"proc/net/dev": HEAD + interface("lo", 5, 5)})).moved() == (0, 0)


def test_a_number_that_touches_the_name(tmp_path: Path) -> None:
    line = interface("eth0", 4_000_000_000, 1).replace(": ", ":")  # as old kernels print it
    assert Network(lay(tmp_path, {"proc/net/dev": HEAD + line})).moved() == (4_000_000_000, 1)
