"""A Slurm of one machine, as Debian has it, for as long as a test: munge, slurmctld and slurmd."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONF = Path("/etc/slurm/slurm.conf")
"""Jobs do not inherit SLURM_CONF, so that no other place will do."""

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue")

SETTINGS = """
ClusterName=trial
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
SlurmdPort={next_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=trial Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def reason_to_skip() -> str:
    """Return why there can be no such cluster here, empty if there can."""
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"{', '.join(missing)} are not installed (Debian: slurm-wlm)"
    if os.geteuid() != 0:
        return "only root can start Slurm's services"
    return f"{CONF} is there: this machine is part of a cluster" if CONF.exists() else ""


@contextmanager
def running_cluster(folder: Path) -> Iterator[None]:
    """Start the services, wait until the node takes jobs, and end them in the end."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    CONF.write_text(_settings(folder))
    with ExitStack() as stack:
        stack.callback(CONF.unlink)
        for command in (_munge(folder), ["slurmctld", "-D"], ["slurmd", "-D"]):
            stack.enter_context(_service(command, folder / f"{command[0]}.log"))
        _wait_until_idle()
        yield


def _settings(folder: Path) -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return SETTINGS.format(
        host=socket.gethostname().split(".")[0],
        folder=folder,
        port=16817,
        next_port=16818,
        cpus=max(8, os.cpu_count() or 1),
        memory=int(pages * size / 2**20 * 0.9),
    )


def _munge(folder: Path) -> list[str]:
    Path("/run/munge").mkdir(exist_ok=True)
    return ["munged", "--foreground", "--force", f"--log-file={folder}/munge.txt"]


@contextmanager
def _service(command: list[str], log: Path) -> Iterator[None]:
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_idle(seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        said = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True)
        if said.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    raise TimeoutError(f"the node takes no jobs: {said.stdout}{said.stderr}")
