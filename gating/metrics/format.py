"""The form of a recording, `gating.metrics/1`: what its lines are called and hold.

A recording is a text of JSON objects, one on each line: a header, samples, a footer. Units stand in the names.
Unknown is null and never 0. Counters are cumulative since the recording's start; levels are as they were at that
moment. The published JSON schema of a line is `gating/schemas/metrics-1.json`. Readers ignore keys that they do not
know. The sampler imports this module, so it costs nothing: the types are for the type checker alone.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypedDict

    class HostFacts(TypedDict):
        """The machine, as it was when the recording began."""

        name: str | None
        system: str | None
        release: str | None
        machine: str | None
        cpus: int | None
        cpus_usable: int | None
        memory_bytes: int | None
        swap_bytes: int | None
        page_bytes: int | None
        ticks_per_s: int | None

    class RootFacts(TypedDict):
        """The process whose tree is sampled. `owned`: gating started it, and reaps what it leaves."""

        pid: int | None
        started_ticks: int | None
        owned: bool

    class SamplerFacts(TypedDict):
        """The process that wrote the file; `source` says how it knows."""

        pid: int
        version: str
        python: str
        source: Literal["proc", "psutil", "stdlib"]

    class CgroupFacts(TypedDict):
        """The control group that the recorder is in, and its limits; None where it has none."""

        version: int
        path: str | None
        memory_limit_bytes: int | None
        cpu_limit_cores: float | None
        pids_limit: int | None

    class GpuFacts(TypedDict):
        """One GPU of the machine, as they stand on the PCI bus. What only NVML knows comes with the samples."""

        index: int
        name: str | None
        memory_bytes: int | None
        uuid: str | None

    class Header(TypedDict):
        """The first line. `missing` has a reason for each key that cannot be known there: `tree.pss_bytes`."""

        kind: Literal["header"]
        schema: str
        run: str | None
        name: str
        command: list[str] | None
        started_ns: int
        interval_s: float
        boot: str | None
        host: HostFacts
        root: RootFacts
        sampler: SamplerFacts
        cgroup: CgroupFacts | None
        gpus: list[GpuFacts] | None
        missing: dict[str, str]

    class HostSample(TypedDict):
        """The machine: time of its processors by state, disk, network and pressure as counters, the rest levels."""

        cpu_user_s: float | None
        cpu_nice_s: float | None
        cpu_system_s: float | None
        cpu_idle_s: float | None
        cpu_iowait_s: float | None
        cpu_irq_s: float | None
        cpu_softirq_s: float | None
        cpu_steal_s: float | None
        load_1m: float | None
        load_5m: float | None
        load_15m: float | None
        memory_used_bytes: int | None
        memory_available_bytes: int | None
        swap_used_bytes: int | None
        disk_read_bytes: int | None
        disk_write_bytes: int | None
        disk_free_bytes: int | None
        network_received_bytes: int | None
        network_sent_bytes: int | None
        pressure_cpu_some_s: float | None
        pressure_memory_some_s: float | None
        pressure_memory_full_s: float | None
        pressure_io_some_s: float | None
        pressure_io_full_s: float | None

    class TreeSample(TypedDict):
        """The recorded command and all that descends from it, the dead among them where the key is a counter.

        `pss_age_s` says how old `pss_bytes` is; `unreadable` counts processes that could not be looked at.
        """

        processes: int | None
        threads: int | None
        user_s: float | None
        system_s: float | None
        cpu_s: float | None
        rss_bytes: int | None
        pss_bytes: int | None
        pss_age_s: float | None
        read_bytes: int | None
        write_bytes: int | None
        descriptors: int | None
        voluntary_switches: int | None
        involuntary_switches: int | None
        unreadable: int | None

    class CgroupSample(TypedDict):
        """The control group: processor time and throttling as counters since the start, the rest levels."""

        memory_used_bytes: int | None
        memory_peak_bytes: int | None
        cpu_s: float | None
        cpu_throttled_s: float | None
        pids: int | None
        oom_kills: int | None

    class GpuSample(TypedDict):
        """One GPU; one that sleeps is not woken, and all of it is null."""

        index: int
        utilisation_ratio: float | None
        memory_used_bytes: int | None
        memory_bytes: int | None
        temperature_celsius: float | None
        power_watts: float | None
        asleep: bool

    class Sample(TypedDict):
        """One look at it all, `t_s` after the start and `late_s` after its time."""

        kind: Literal["sample"]
        n: int
        t_s: float
        time_ns: int
        late_s: float
        host: HostSample | None
        tree: TreeSample | None
        cgroup: CgroupSample | None
        gpus: list[GpuSample] | None

    class Totals(TypedDict):
        """What the recorded command took in all."""

        wall_s: float | None
        cpu_s: float | None
        user_s: float | None
        system_s: float | None
        peak_rss_bytes: int | None
        peak_pss_bytes: int | None
        read_bytes: int | None
        write_bytes: int | None

    class Orphans(TypedDict):
        """Processes that outlived their parents. `uncounted`: what they used is not, or not surely, in the totals."""

        reaped: int | None
        running: int | None
        uncounted: bool

    class Lateness(TypedDict):
        """How late samples were, by percentile."""

        p50: float | None
        p99: float | None
        max: float | None

    class SamplerCost(TypedDict):
        """What the sampler itself used; `pss_cpu_s` is the part of `cpu_s` that PSS took."""

        cpu_s: float | None
        peak_rss_bytes: int | None
        pss_cpu_s: float | None

    class Footer(TypedDict):
        """The last line. A file without it was not finished."""

        kind: Literal["footer"]
        ended_ns: int
        reason: Literal["ended", "recorder-gone", "root-gone", "asked"]
        samples: int
        exit_code: int | None
        signal: int | None
        totals: Totals
        cpu_source: Literal["rusage", "proc"] | None
        orphans: Orphans
        flags: list[str]
        gaps: list[tuple[float, float]]
        lateness_s: Lateness
        intervals: list[tuple[float, float]]
        sampler: SamplerCost
        lost: int

    Line = Header | Sample | Footer

__all__ = [
    "CGROUP_KEYS",
    "FLAG_SIGCHLD_IGNORED",
    "FOOTER",
    "GAP_S",
    "GPU_KEYS",
    "HEADER",
    "HOST_COUNTERS",
    "HOST_KEYS",
    "SAMPLE",
    "SCHEMA",
    "TOTALS_KEYS",
    "TREE_COUNTERS",
    "TREE_KEYS",
]

SCHEMA = "gating.metrics/1"
HEADER, SAMPLE, FOOTER = "header", "sample", "footer"

# what a parent that ignores SIGCHLD takes away: the processor time of its children, who are never waited for
FLAG_SIGCHLD_IGNORED = "sigchld-ignored"

GAP_S = 0.1  # what is late by less is late, and no gap, however short the interval

# the keys of a sample's parts, in the order in which they are written
HOST_COUNTERS = (
    "cpu_user_s",
    "cpu_nice_s",
    "cpu_system_s",
    "cpu_idle_s",
    "cpu_iowait_s",
    "cpu_irq_s",
    "cpu_softirq_s",
    "cpu_steal_s",
    "disk_read_bytes",
    "disk_write_bytes",
    "network_received_bytes",
    "network_sent_bytes",
    "pressure_cpu_some_s",
    "pressure_memory_some_s",
    "pressure_memory_full_s",
    "pressure_io_some_s",
    "pressure_io_full_s",
)
HOST_KEYS = (
    *HOST_COUNTERS[:8],
    "load_1m",
    "load_5m",
    "load_15m",
    "memory_used_bytes",
    "memory_available_bytes",
    "swap_used_bytes",
    "disk_read_bytes",
    "disk_write_bytes",
    "disk_free_bytes",
    *HOST_COUNTERS[10:],
)
TREE_COUNTERS = (
    "user_s",
    "system_s",
    "cpu_s",
    "read_bytes",
    "write_bytes",
    "voluntary_switches",
    "involuntary_switches",
)
TREE_KEYS = (
    "processes",
    "threads",
    "user_s",
    "system_s",
    "cpu_s",
    "rss_bytes",
    "pss_bytes",
    "pss_age_s",
    "read_bytes",
    "write_bytes",
    "descriptors",
    "voluntary_switches",
    "involuntary_switches",
    "unreadable",
)
CGROUP_KEYS = ("memory_used_bytes", "memory_peak_bytes", "cpu_s", "cpu_throttled_s", "pids", "oom_kills")
GPU_KEYS = (
    "index",
    "utilisation_ratio",
    "memory_used_bytes",
    "memory_bytes",
    "temperature_celsius",
    "power_watts",
    "asleep",
)
TOTALS_KEYS = (
    "wall_s",
    "cpu_s",
    "user_s",
    "system_s",
    "peak_rss_bytes",
    "peak_pss_bytes",
    "read_bytes",
    "write_bytes",
)
