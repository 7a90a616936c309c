"""Whether this machine can run a lab: what is asked before anything is made."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.lab.kernel.taps import TUN_DEVICE
from msapemu.lab.network import Network

CAP_NET_ADMIN, CAP_SYS_ADMIN = 12, 21


def check_machine(network: Network) -> None:
    """CapabilityError with everything that is missing, one line each."""
    missing = []
    if network.interfaces:
        held = _capabilities()
        if not held >> CAP_NET_ADMIN & 1:
            missing.append("CAP_NET_ADMIN is missing: TAP interfaces are made by root only")
        elif any(client.netns or client.container is not None for client in network.interfaces) and not (
            held >> CAP_SYS_ADMIN & 1
        ):
            missing.append("CAP_SYS_ADMIN is missing: it is needed to enter network namespaces")
        if fault := tun_fault(TUN_DEVICE):
            missing.append(fault)
    if missing:
        raise CapabilityError("\n".join(f"{network.name}: {what}" for what in missing))


def tun_fault(device: Path) -> str | None:
    """Why there can be no TAP interfaces; None: there can."""
    try:
        os.close(os.open(device, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        return f"{device} is missing (modprobe tun; in a container: --device {device})"
    except OSError as error:
        if error.errno == errno.ENODEV:
            return f"{device}: this kernel has no TAP interfaces (modprobe tun)"
        return f"{device}: {(error.strerror or '').lower()}"
    return None


def _capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    raise MsapemuError("/proc/self/status: says nothing of capabilities")
