"""A run written down as an RO-Crate."""

import hashlib
import json
import subprocess
import venv

import pytest

pytest.importorskip("rocrate", reason="rocrate comes with the extra `workflow`")

from zeroshot_em.run.crate import Run, write_crate

BENCHMARK = "s\tmax_rss\tcpu_time\n2.5\t130.25\tNA\n"

# The validator reads terms from the internet; here they come from the crate itself.
VALIDATE = """
import json, sys
from rdflib.plugins.shared.jsonld import util

folder, elsewhere = sys.argv[1], util.source_to_json
graph = json.load(open(f"{folder}/ro-crate-metadata.json"))["@graph"]
types = [entity["@type"] for entity in graph]
words = {word for entity in graph for word in entity if not word.startswith("@")}
words |= {word for kind in types for word in ([kind] if isinstance(kind, str) else kind)}
terms = {word: f"http://schema.org/{word}" for word in words} | {
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
    "File": "http://schema.org/MediaObject",
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
}
util.source_to_json = lambda source, *given: (
    ({"@context": terms}, None) if str(source).startswith("https:") else elsewhere(source, *given)
)
from rocrate_validator.models import Severity
from rocrate_validator.services import ValidationSettings, validate

result = validate(ValidationSettings(
    rocrate_uri=folder,
    profile_identifier="workflow-run-crate",
    requirement_severity=Severity.REQUIRED,
    skip_checks=["ro-crate-1.1_3.1", "ro-crate-1.1_3.2"],
))
print(len(result.executed_checks), *[issue.message for issue in result.get_issues()], sep="\\n")
sys.exit(not result.passed())
"""


@pytest.fixture
def folder(tmp_path):
    """The folder of a run with one simulated and one fetched image, written down."""
    folder = tmp_path / "trial"
    for name, text in {
        "maps/a/gpmm_p4_denoised.tif": "denoised",
        "maps/a/gpmm_p4_variance.tif": "variance",
        "benchmark/reconstruct/a/gpmm_p4.tsv": BENCHMARK,
        "../virions.json": json.dumps(
            {"origin": "https://me:pw@a.org/v.tif", "file": "v.tif", "size": 9, "sha256": "12ab"}
        ),
        "../scene.json": '{"simulated": {}}',
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    job = {
        "name": "reconstruct/a/gpmm_p4",
        "script": "workflow/scripts/reconstruct.py",
        "benchmark": str(folder / "benchmark/reconstruct/a/gpmm_p4.tsv"),
    }
    files = sorted(map(str, folder.glob("maps/a/*.tif")))
    sources = {name: str(tmp_path / f"{name}.json") for name in ("scene", "virions")}
    config = {"seed": 3, "sources": {"v": {"url": "https://me:pw@a.org/v.tif"}}}
    write_crate(Run(folder, files, dict.fromkeys(files, job), sources, config))
    return folder


@pytest.fixture
def entities(folder):
    graph = json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_every_file_has_its_checksum_and_size(entities):
    entity = entities["maps/a/gpmm_p4_denoised.tif"]
    assert entity["sha256"] == hashlib.sha256(b"denoised").hexdigest()
    assert entity["contentSize"] == "8"
    assert entity["encodingFormat"] == "image/tiff"


def test_a_job_says_by_what_it_made_its_files_and_what_it_took(entities):
    job = entities["#reconstruct/a/gpmm_p4"]
    assert job["instrument"] == {"@id": "workflow/scripts/reconstruct.py"}
    assert len(job["result"]) == 2
    taken = [entities[measure["@id"]] for measure in job["resourceUsage"]]
    assert {entity["name"]: entity["value"] for entity in taken} == {
        "seconds": "2.5", "MB of memory": "130.25",
    }  # fmt: skip
    assert job["startTime"] < job["endTime"]


def test_the_run_names_its_inputs_without_secrets(folder, entities):
    inputs = {entity["@id"] for entity in entities["#run"]["object"]}
    assert inputs == {"configuration.json", "https://a.org/v.tif"}
    assert entities["https://a.org/v.tif"]["sha256"] == "12ab"
    config = json.loads((folder / "configuration.json").read_text())
    assert config["sources"]["v"]["url"] == "https://a.org/v.tif"


def test_the_workflow_is_named_with_its_commit_and_versions(folder, entities):
    workflow = entities["workflow/Snakefile"]
    assert (folder / "workflow/Snakefile").is_file()
    assert workflow["creativeWorkStatus"] in ("as committed", "changed since")
    assert workflow["version"]
    assert entities["#numpy"]["softwareVersion"]


@pytest.mark.slow
@pytest.mark.network
def test_the_crate_fits_its_profile(folder, tmp_path):
    """In an environment of its own: the validator cannot share one with a newer rich."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv/bin/python")
    install = [python, "-m", "pip", "install", "--quiet", "roc-validator==0.13.0"]
    subprocess.run(install, check=True)
    done = subprocess.run([python, "-c", VALIDATE, str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.splitlines()[0]) > 50
