"""The data-plane process of a shelf: the loop in a thread of its own, and the control thread beside it.

The control thread (the process's main thread) compiles plans, serves the control socket, writes the log, and puts
everything in order at the end. The loop waits for it never.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec

from msapemu import __version__, _framing
from msapemu.ctl import impairments, messages
from msapemu.ctl.config import RATE_NAMES, Circuit, Impairment, Loop, Satop, Shelf
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.members import Member, member_of, member_text, sent_members
from msapemu.ctl.region import Pdh
from msapemu.dataplane import log as shelf_log
from msapemu.dataplane import loop, names
from msapemu.dataplane.channels import Channels
from msapemu.dataplane.control import ControlServer
from msapemu.dataplane.equipment import Assembly, Equipment
from msapemu.dataplane.statusfile import StatusFile

EVENTS_KEPT = 4096
TAKE_S = 5.0  # a plan is taken within a tick; a loop that takes none for this long has died
STACK_OCTETS = 256 << 10  # of the loop's thread: it is locked in memory
LONGEST_LOOP_S = 86_400
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(config: Shelf, directory: Path) -> int:
    """Run a shelf in the foreground until SIGTERM, SIGINT, SIGHUP or a `shutdown` request; gives exit status 0.

    `directory` (made if need be) gets `ctl`, `status` and, when everything works, `pid`; all three and the interfaces
    made are gone afterwards. The log goes to standard error. Raises UsageError for a configuration that cannot be,
    CapabilityError for what the machine lacks, MsapemuError for what is taken or refused.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MsapemuError(f"{directory}: {error.strerror}") from None
    with _claim(directory):
        return ShelfProcess(config, directory).run()


@contextlib.contextmanager
def _claim(directory: Path) -> Iterator[None]:
    """One shelf a directory: a lock on it that the kernel drops with the process."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MsapemuError(f"{directory}: a shelf runs here already") from None
        for name in ("ctl", "status", "pid"):  # of one that was killed
            (directory / name).unlink(missing_ok=True)
        for left in directory.glob(".status.*"):
            left.unlink()
        yield
    finally:
        os.close(fd)


class ShelfProcess:
    """The control thread's state."""

    def __init__(self, config: Shelf, directory: Path) -> None:
        self._config = config
        self._directory = directory
        self._warnings: list[str] = []
        self._events: deque[messages.Event] = deque(maxlen=EVENTS_KEPT)
        self._event_count = 0
        self._assemblies: dict[int, Assembly] = {}  # by generation, as long as notices may speak of them
        self._selector = selectors.DefaultSelector()
        self._equipment = Equipment(self._log, self._status_file, directory, self._selector)
        self._channels = Channels(directory, self._selector, self._log, self._happened)
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._loop = loop.Loop(self._bell)
        self._loops_end: dict[str, float] = {}  # time.monotonic() by the object of a loopback
        self._stopping = False
        self._started = time.monotonic()

    def run(self) -> int:
        """Set up, serve, clean up."""
        try:
            self._selector.register(self._bell, selectors.EVENT_READ, self._on_bell)
            with self._signals():
                self._serve()
        finally:
            self._selector.close()
            os.close(self._bell)
        return 0

    # --- life ---

    def _serve(self) -> None:
        config = self._config
        self._log("info", f"{config.name}: msapemu {__version__}, lab {config.lab}, process {os.getpid()}")
        first = self._equipment.compile(config)
        thread: threading.Thread | None = None
        server: ControlServer | None = None
        pid = self._directory / "pid"
        try:
            self._assemblies[first.generation] = first
            with self._channels.prepared(config):
                self._loop.offer(first.for_loop())
                thread = self._start_loop()
                self._await_taken(first.generation)
                self._in_force(first)
            self._log_setup(first)
            server = ControlServer(self._directory / "ctl", self._selector, self._handle)
            _write_whole(pid, f"{os.getpid()}\n")
            while not self._stopping:
                waits = [one for one in (self._rest(), self._channels.patience()) if one is not None]
                self._turn(min(waits, default=None))
                self._end_loops()
                self._channels.serve()
                self._equipment.serve()
        finally:
            if thread is not None:
                self._loop.stop()
                thread.join()
                self._on_bell()
            pid.unlink(missing_ok=True)
            self._channels.close()
            if server is not None:
                server.close()
            assembly = self._equipment.now or first
            assert assembly.status is not None
            assembly.status.close()
            self._equipment.close()
            self._log("info", f"{config.name}: stopped after {self._loop.frame} frames")
            if server is not None:
                server.hang_up()

    def _start_loop(self) -> threading.Thread:
        before = threading.stack_size(STACK_OCTETS)
        try:
            thread = threading.Thread(target=self._loop.run, name="loop", daemon=True)
            thread.start()
        finally:
            threading.stack_size(before)
        return thread

    def _turn(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            key.data()

    def _await_taken(self, generation: int) -> None:
        """Until the loop works by that plan. Only the bell is served meanwhile."""
        end = time.monotonic() + TAKE_S
        with selectors.DefaultSelector() as bell:
            bell.register(self._bell, selectors.EVENT_READ)
            while self._loop.generation != generation:
                if time.monotonic() > end:
                    raise MsapemuError(f"{self._config.name}: the loop does not take its plan")
                bell.select(0.1)
                self._on_bell()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """The stop signals end the run cleanly. (Only a main thread may have handlers; a test may run in another.)"""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wake, woken = socket.socketpair()
        wake.setblocking(False)
        woken.setblocking(False)
        self._selector.register(woken, selectors.EVENT_READ, lambda: woken.recv(64))
        fd_before = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        before = {
            number: signal.signal(number, self._on_signal)
            for number in STOP_SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(fd_before)
            self._selector.unregister(woken)
            wake.close()
            woken.close()

    def _on_signal(self, number: int, _frame: object) -> None:
        if not self._stopping:
            self._log("info", f"{self._config.name}: {signal.Signals(number).name}, stopping")
        self._stopping = True

    # --- plans ---

    def _status_file(self, assembly: Assembly) -> StatusFile:
        config = assembly.config
        return StatusFile(
            self._directory / "status",
            assembly.generation,
            tuple(port for port, holder in assembly.lines.items() if isinstance(holder.line, _framing.Line)),
            tuple(client.port for client in config.clients),
            {client: circuit.port for circuit in config.circuits for client in circuit.clients},
            {port: tuple(map(str, holder.numbers)) for port, holder in assembly.groups.items()},
            _pdh(assembly),
        )

    def _apply(self, config: Shelf) -> None:
        if (config.lab, config.name) != (self._config.lab, self._config.name):
            raise UsageError(
                f"shelf {config.name} of lab {config.lab}: this is shelf {self._config.name} of lab {self._config.lab}"
            )
        same_loops = config.loops == self._config.loops
        self._replan(config)
        if not same_loops:
            self._loops_end.clear()

    def _replan(self, config: Shelf) -> None:
        with self._channels.prepared(config):
            made = self._equipment.compile(config)
            self._assemblies[made.generation] = made
            self._loop.offer(made.for_loop())
            self._await_taken(made.generation)
            self._on_bell()  # what was told of the plan before
            self._in_force(made)
        self._log("info", f"{config.name}: plan {made.generation} in force at frame {self._loop.frame}")

    def _in_force(self, made: Assembly) -> None:
        assert made.status is not None
        made.status.show()
        self._equipment.commit(made, self._loop.frame)
        lines = {port: holder.line for port, holder in made.lines.items() if isinstance(holder.line, _framing.Line)}
        self._channels.commit(lines, made.e1s.channels, made.e1s.is_up)
        self._config = made.config
        for generation in list(self._assemblies):
            if generation < made.generation:
                del self._assemblies[generation]

    def _impair(self, port: str, impair: Impairment) -> None:
        config = self._config
        if port not in [line.port for line in config.lines]:
            raise UsageError(f"{config.name}/{port}: no line of this shelf")
        lines = tuple(
            msgspec.structs.replace(line, impair=impair) if line.port == port else line for line in config.lines
        )
        self._replan(msgspec.structs.replace(config, lines=lines))

    def _want_members(self, request: messages.WantMembers) -> None:
        config = self._config
        place = f"{config.name}: circuit {request.circuit}"
        circuit = next((one for one in config.circuits if one.name == request.circuit), None)
        if circuit is None:
            raise UsageError(f"{place}: there is none")
        if circuit.lcas is None:
            raise UsageError(f"{place}: its members cannot come and go: it has no LCAS")
        known = {member_text(circuit, one): one for one in sent_members(circuit)}
        asked = {member: _member(circuit, member, place) for member in request.members}
        if strange := [member for member, one in asked.items() if one not in known.values()]:
            raise UsageError(f"{place}: {strange[0]} is no member that is sent")
        before = {member_of(circuit, member) for member in circuit.idle}
        after = before - set(asked.values()) if request.wanted else before | set(asked.values())
        idle = tuple(text for text, one in known.items() if one in after)
        circuits = tuple(
            msgspec.structs.replace(one, idle=idle) if one.name == circuit.name else one for one in config.circuits
        )
        self._replan(msgspec.structs.replace(config, circuits=circuits))
        what = "to carry traffic" if request.wanted else "to carry no more traffic"
        self._log("info", f"{config.name}/{circuit.port}/vcg: {' '.join(request.members)} {what}")

    def _set_loop(self, request: messages.SetLoop) -> None:
        """Set it, or take it away; what it replaces goes on afterwards."""
        seconds = request.seconds
        if seconds is not None and not 0 < seconds <= LONGEST_LOOP_S:
            raise UsageError(f"a loopback of {seconds:g} s is not in 0..{LONGEST_LOOP_S} s")
        loops = tuple(one for one in self._config.loops if one.object != request.object)
        if request.kind != "off":
            loops = (*loops, Loop(request.object, request.kind))
        elif len(loops) == len(self._config.loops):
            raise UsageError(f"{self._config.name}/{request.object}: there is no loopback")
        self._replan(msgspec.structs.replace(self._config, loops=loops))
        self._loops_end.pop(request.object, None)
        if request.kind != "off" and seconds is not None:
            self._loops_end[request.object] = time.monotonic() + seconds
        until = f" for {seconds:g} s" if seconds is not None and request.kind != "off" else ""
        self._log("info", f"{self._config.name}/{request.object}: loopback {request.kind}{until}")

    def _rest(self) -> float | None:
        """Seconds until a loopback ends; None: none does."""
        if not self._loops_end:
            return None
        return max(0.0, min(self._loops_end.values()) - time.monotonic())

    def _end_loops(self) -> None:
        now = time.monotonic()
        for name in [name for name, end in self._loops_end.items() if end <= now]:
            del self._loops_end[name]
            loops = tuple(one for one in self._config.loops if one.object != name)
            try:
                self._replan(msgspec.structs.replace(self._config, loops=loops))
            except MsapemuError as error:
                self._log("warning", f"{self._config.name}/{name}: the loopback stays: {error}")
            else:
                self._log("info", f"{self._config.name}/{name}: loopback off, its time is over")

    # --- requests ---

    def _handle(self, request: messages.Request) -> messages.Reply:
        if isinstance(request, messages.GetInfo):
            return self._info()
        if isinstance(request, messages.GetEvents):
            kept = tuple(event for event in self._events if event.number >= request.since)
            return messages.Events(kept, self._event_count)
        if isinstance(request, messages.Apply):
            self._apply(request.config)
        elif isinstance(request, messages.Impair):
            self._impair(request.port, request.impair)
            self._log("info", f"{self._config.name}/{request.port}: {_impairment_text(request.impair)}")
        elif isinstance(request, messages.SetLoop):
            self._set_loop(request)
        elif isinstance(request, messages.WantMembers):
            self._want_members(request)
        elif isinstance(request, messages.Shutdown):
            self._log("info", f"{self._config.name}: shutdown asked for, stopping")
            self._stopping = True
        return messages.Done()

    def _info(self) -> messages.Info:
        return messages.Info(
            config=self._config,
            pid=os.getpid(),
            generation=self._loop.generation,
            scheduling=_scheduling(self._loop.real_time),
            uptime_s=time.monotonic() - self._started,
            warnings=tuple(self._warnings),
            channels=self._channels.report(),
            v35=self._channels.report_v35(),
        )

    # --- log and events ---

    def _log(self, level: str, text: str) -> None:
        if level == "warning" and text not in self._warnings:
            self._warnings.append(text)
        shelf_log.write(level, text)

    def _log_setup(self, made: Assembly) -> None:
        config = made.config
        real_time = self._loop.real_time
        taps = "by the batch (io_uring)" if self._loop.batched else "one by one (no io_uring)"
        self._log("info", f"{config.name}: scheduling: {_scheduling(real_time)}; frames of TAPs {taps}")
        if real_time != 3:
            lacks = "no SCHED_FIFO or no locked memory (CAP_SYS_NICE, CAP_IPC_LOCK)"
            self._log("warning", f"{config.name}: {lacks}: ticks may come late on a busy machine")
        clock = config.clock
        timed = f"timed by line {clock.reference}" if clock.mode == "line" else f"free-running, {clock.ppm:+g} ppm"
        self._log("info", f"{config.name}: clock {timed}, tick {clock.tick_us} us")
        for line in config.lines:
            way = f"{line.link.local} <-> {line.link.peer}" if line.link else "nothing plugged in"
            way = f"SAToP {way}" if isinstance(line.link, Satop) else way
            text = f"{RATE_NAMES[line.rate]}, {way}, {_impairment_text(line.impair)}"
            self._log("info", f"{config.name}/{line.port}: {text}")
        for port, holder in made.clients.items():
            state = "attached" if holder.opened.existed else "made"
            self._log("info", f"{config.name}/{port}: {holder.client.kind} {holder.client.tap} {state}")

    def _on_bell(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bell)
        for notice in self._loop.notices():
            self._tell(*notice)

    def _tell(
        self,
        generation: int,
        mono_ns: int,
        frame: int,
        count: int,
        kind: int,
        index: int,
        number: int,
        code: int,
        raised: bool,
    ) -> None:
        """One notice of the loop: an event for who asks, a line in the log."""
        made = self._assemblies[generation]
        shelf = made.config.name
        name, what, state, level = shelf, "", "notice", "info"
        lines = list(made.links)
        if kind in (names.DEFECT, names.E1_DEFECT, names.E1_PORT_DEFECT):
            name = _core_object(made, kind, index, number)
            what, state, level = _framing.DEFECTS[code], "raise" if raised else "clear", "event"
            text = f"{what} {state}"
        elif kind == names.LINK:
            name, what = f"{shelf}/{lines[index]}", names.CHANGES[code]
            text = names.CHANGE_TEXTS[code].format(count)
        elif kind == names.LOST:
            name, what, level = f"{shelf}/{lines[index]}", "lost", "warning"
            text = f"{count} frames lost on the way here"
        elif kind == names.PORT_GONE:
            name, what, level = f"{shelf}/{made.config.clients[index].port}", "gone", "warning"
            text = f"interface {made.config.clients[index].tap} has gone"
        elif kind in (names.CLIENT, names.CARRIER):
            name, state, level = f"{shelf}/{made.config.clients[index].port}", "raise" if code else "clear", "event"
            what = names.CLIENT_FAULTS[kind]
            text = f"{what} {state}"
        elif kind == names.MEMBER:
            port, holder = list(made.groups.items())[index]
            member = next((str(one) for one, its in holder.numbers.items() if its == number), str(number))
            now = f"sink {_framing.SINK_STATES[code]}" if count else f"source {_framing.SOURCE_STATES[code]}"
            name, what, text = f"{shelf}/{port}/vcg/{member}", now, now
        elif kind == names.SKIPPED:
            what, level = "skipped", "warning"
            text = f"late by more than is made up for: {count} frames given up"
        elif kind == names.STEPPED:
            name, what, level = f"{shelf}/{lines[index]}", "stepped", "warning"
            frames = count if count < 1 << 63 else count - (1 << 64)
            text = f"virtual time set anew by {frames:+d} frames: pointers begin anew"
        else:
            name, what, level = f"{shelf}/{lines[index]}", "no-trains", "warning"
            text = f"the interface takes no UDP_SEGMENT ({os.strerror(count)}): datagrams are sent one by one"
        self._remember(frame, mono_ns, name, what, state)
        # lost frames come again and again: they are in the log, not among what a user is warned of
        shelf_log.write(level, f"{name}: {text} (frame {frame}, at {mono_ns / 1e9:.6f})")

    def _happened(self, name: str, what: str, raised: bool) -> None:
        """The control thread itself saw it."""
        self._remember(self._loop.frame, time.monotonic_ns(), name, what, "raise" if raised else "clear")

    def _remember(self, frame: int, mono_ns: int, name: str, what: str, state: str) -> None:
        wall = time.time() - (time.monotonic_ns() - mono_ns) / 1e9
        self._events.append(messages.Event(self._event_count, frame, mono_ns, wall, name, what, state))
        self._event_count += 1


def _pdh(made: Assembly) -> Pdh:
    """What the status region has of PDH, as `loop.Plan` orders it."""
    lines = {port: holder.line for port, holder in made.lines.items() if isinstance(holder.line, _framing.PdhLine)}
    return Pdh(
        tuple(lines),
        tuple((port, level) for port, line in lines.items() for level in line.levels if level != "g832"),
        tuple(map(str, made.e1s.framed)),
        tuple(made.e1_ends),
    )


def _core_object(made: Assembly, kind: int, index: int, number: int) -> str:
    """What the core calls so: the name of a line or of something in it, of an E1, of a group."""
    shelf = made.config.name
    if kind == names.E1_PORT_DEFECT:
        return f"{shelf}/{list(made.e1_ends)[index]}"
    if kind == names.E1_DEFECT:
        if number >= names.E1_GROUP_OBJECT:
            return f"{shelf}/{made.e1s.groups[number - names.E1_GROUP_OBJECT]}/vcg"
        place = list(made.e1s.framed)[number]
        return f"{shelf}/{place}/e1" if place.container is not None else f"{shelf}/{place}"
    port, holder = list(made.lines.items())[index]
    if isinstance(holder.line, _framing.PdhLine):
        return f"{shelf}/{port}/{holder.line.levels[number]}" if number else f"{shelf}/{port}"
    return names.core_object(shelf, port, made.group_clients, number)


def _member(circuit: Circuit, text: str, place: str) -> Member:
    try:
        return member_of(circuit, text)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None


def _write_whole(path: Path, text: str) -> None:
    """A file that is there with its contents or not at all."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    os.replace(new, path)


def _scheduling(real_time: int) -> str:
    kind = "SCHED_FIFO" if real_time & 1 else "timer slack 1 ns"
    return f"{kind}, memory {'locked' if real_time & 2 else 'not locked'}"


def _impairment_text(impair: Impairment) -> str:
    return impairments.text(impair) or "not impaired"
