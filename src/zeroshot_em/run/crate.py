"""A run written down as an RO-Crate: what it was made from, by what, and each file it made.

The crate follows the profile `Workflow Run Crate <https://w3id.org/ro/wfrun/workflow/0.5>`_: the
workflow is its main entity, the run an action of it, and each job an action of its script.
"""

import mimetypes
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from zeroshot_em.data.files import read_json, write_json
from zeroshot_em.data.provenance import file_sha256, versions
from zeroshot_em.data.secrets import without_secrets
from zeroshot_em.run import checkout

METADATA = "ro-crate-metadata.json"
CONFIGURATION = "configuration.json"
SNAKEFILE = "workflow/Snakefile"
PROFILES = {
    "Process Run Crate": "https://w3id.org/ro/wfrun/process/0.5",
    "Workflow Run Crate": "https://w3id.org/ro/wfrun/workflow/0.5",
    "Workflow RO-Crate": "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
}
TERMS = "https://w3id.org/ro/terms/workflow-run#"
PYTHON = "text/x-python"
LICENCE = "https://spdx.org/licenses/MIT"
MEASURES = {"s": "seconds", "cpu_time": "seconds of processor time", "max_rss": "MB of memory"}
"""The columns of a benchmark file of snakemake that the crate keeps, and their units."""


@dataclass(frozen=True)
class Run:
    """What is written down of a run.

    Attributes
    ----------
    folder : Path
        Of the run; its files lie below it.
    files : iterable of str
    jobs : mapping of str to mapping
        For a file the ``name``, ``script`` and ``benchmark`` of the job that made it.
    sources : mapping of str to str
        Name of each source and the JSON file that says where it comes from.
    config : mapping
        The run's configuration.
    """

    folder: Path
    files: Iterable[str]
    jobs: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, str]
    config: Mapping[str, Any]


def write_crate(run: Run) -> None:
    """Write the crate of a run into its folder, with a copy of the workflow."""
    copied = run.folder / "workflow"
    shutil.rmtree(copied, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "profiles")
    shutil.copytree(checkout.CHECKOUT / "workflow", copied, ignore=ignored)
    write_json(run.folder / CONFIGURATION, without_secrets(run.config), sort_keys=True)
    write_json(run.folder / METADATA, _crate_of(run).metadata.generate())


def _crate_of(run: Run) -> ROCrate:
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms |= {term: TERMS + term for term in ("sha256", "resourceUsage")}
    _describe(crate, run)
    workflow = _add_workflow(crate)
    made = {path: _add_file(crate, run.folder, path) for path in sorted(run.files)}
    jobs = _add_jobs(crate, run, made)
    action = {
        "@type": "CreateAction",
        "name": f"the {run.folder.name} run",
        "instrument": workflow,
        "object": [_add_configuration(crate, run), *_add_sources(crate, run)],
        "result": list(made.values()),
        "startTime": min((job["startTime"] for job in jobs), default=_time(0)),
        "endTime": max((job["endTime"] for job in jobs), default=_time(0)),
    }
    crate.root_dataset["mentions"] = [_add(crate, "#run", action), *jobs]
    return crate


def _describe(crate: ROCrate, run: Run) -> None:
    crate.name = f"zeroshot-em, the {run.folder.name} run"
    crate.description = (
        "Enhanced electron micrographs and figures, with the workflow that made them."
    )
    crate.license = LICENCE
    profiles = [
        _add(crate, uri, {"@type": "CreativeWork", "name": name, "version": uri.rpartition("/")[2]})
        for name, uri in PROFILES.items()
    ]
    crate.root_dataset["conformsTo"] = profiles
    crate.metadata["conformsTo"] = [crate.metadata["conformsTo"], profiles[-1]]


def _add_workflow(crate: ROCrate) -> Any:
    workflow = crate.add_workflow(
        dest_path=SNAKEFILE,
        main=True,
        lang="snakemake",
        properties={
            "name": "zeroshot-em",
            "version": checkout.commit() or "unknown",
            "creativeWorkStatus": "as committed" if checkout.is_clean() else "changed since",
        },
    )
    workflow["softwareRequirements"] = [
        _add(
            crate,
            f"#{name}",
            {"@type": "SoftwareApplication", "name": name, "softwareVersion": version},
        )
        for name, version in versions().items()
    ]
    return workflow


def _add_configuration(crate: ROCrate, run: Run) -> Any:
    entity = _add_file(crate, run.folder, str(run.folder / CONFIGURATION))
    entity["description"] = "the configuration of the run, defaults filled in"
    return entity


def _add_sources(crate: ROCrate, run: Run) -> list[Any]:
    """Add the images that were fetched; simulated ones follow from the configuration."""
    facts = {name: read_json(path) for name, path in run.sources.items()}
    return [_add_source(crate, name, fact) for name, fact in facts.items() if "sha256" in fact]


def _add_source(crate: ROCrate, name: str, fact: Mapping[str, Any]) -> Any:
    origin = str(without_secrets(fact["origin"]))
    about = {"name": name, "sha256": fact["sha256"], "description": f"{fact['file']} from {origin}"}
    if origin.startswith(("http://", "https://")):
        return crate.add_file(origin, properties=about | {"contentSize": str(fact["size"])})
    return _add(crate, f"#{name}", {"@type": "PropertyValue", "value": fact["sha256"], **about})


def _add_file(crate: ROCrate, folder: Path, path: str) -> Any:
    about = {
        "name": Path(path).name,
        "sha256": file_sha256(path),
        "contentSize": str(Path(path).stat().st_size),
        "encodingFormat": mimetypes.guess_type(path)[0] or "application/octet-stream",
    }
    return crate.add_file(dest_path=Path(path).relative_to(folder).as_posix(), properties=about)


def _add_jobs(crate: ROCrate, run: Run, made: Mapping[str, Any]) -> list[Any]:
    """Add each job that made one of the files, with what it took."""
    results: dict[str, list[str]] = {}
    for path in made:
        results.setdefault(run.jobs[path]["benchmark"], []).append(path)
    scripts = {run.jobs[path]["script"] for path in made}
    for script in sorted(scripts):
        about = {"@type": ["File", "SoftwareSourceCode"], "name": script, "encodingFormat": PYTHON}
        crate.add_file(dest_path=script, properties=about)
    return [
        _add_job(crate, run.jobs[paths[0]], {path: made[path] for path in paths})
        for paths in results.values()
    ]


def _add_job(crate: ROCrate, job: Mapping[str, str], made: Mapping[str, Any]) -> Any:
    taken = _benchmark(Path(job["benchmark"]))
    end = min(Path(path).stat().st_mtime for path in made)
    action = {
        "@type": "CreateAction",
        "name": job["name"],
        "instrument": crate.dereference(job["script"]),
        "result": list(made.values()),
        "startTime": _time(end - taken.get("s", 0)),
        "endTime": _time(end),
        "resourceUsage": [
            _add_measure(crate, f"#{job['name']}/{column}", MEASURES[column], value)
            for column, value in taken.items()
        ],
    }
    return _add(crate, f"#{job['name']}", action)


def _add_measure(crate: ROCrate, identifier: str, unit: str, value: float) -> Any:
    about = {"@type": "PropertyValue", "name": unit, "value": str(value)}
    return _add(crate, identifier, about)


def _add(crate: ROCrate, identifier: str, properties: Mapping[str, Any]) -> Any:
    return crate.add(ContextEntity(crate, identifier.replace(" ", "_"), dict(properties)))


def _benchmark(path: Path) -> dict[str, float]:
    """Return the measures of a benchmark file, none if there is no such file."""
    if not path.is_file():
        return {}
    names, values, *_ = (line.split("\t") for line in path.read_text().splitlines())
    row = dict(zip(names, values, strict=True))
    return {name: float(row[name]) for name in MEASURES if row.get(name, "NA") != "NA"}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
