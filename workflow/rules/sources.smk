"""Where the raw images come from: paths and entries of the sources that a run uses."""

from pathlib import Path

from zeroshot_em.data.sources.registry import find

# Here fetched images lie, below the prefix of a module if there is one.
FETCHED = Path(workflow.modifier.modify_path("resources/"))


def simulated(source):
    """Whether a source is made by the simulator."""
    return "simulate" in (config["sources"].get(source) or {})


def source_entry(source):
    """What is known of a source; the run ends with one line if it has no address."""
    with input_errors_end_program():
        return find(source, config["sources"])


def source_path(source):
    """Where the raw file of a source lies; a simulated one belongs to its run."""
    if simulated(source):
        return scene_path("noisy.tif", source)
    with input_errors_end_program():
        return source_entry(source).image_path().as_posix()


def provenance_path(source):
    """The JSON file that says where the raw file of a source comes from."""
    if simulated(source):
        return scene_path("scene.json", source)
    return f"{source_path(source)}.json"


def scene_path(file, source="{source}"):
    """A file of a simulated source."""
    return f"{RESULTS}/scenes/{source}/{file}"


def raw_path(wildcards):
    """The raw file that an image is cut out of."""
    return source_path(config["images"][wildcards.image]["source"])


def raw_truth_path(wildcards):
    """The true image or cell that an image's truth is cut out of."""
    source = config["images"][wildcards.image]["source"]
    return scene_path(f"{wildcards.truth}.tif", source)


def configured_pixel_size(wildcards):
    """The pixel size that the configuration gives for an image's source, in nm."""
    source = config["images"][wildcards.image]["source"]
    return source_entry(source).pixel_size_nm


def converts_to_counts(wildcards):
    """Whether an image is turned into counts; a simulated truth has no noise to do it by."""
    return (
        config["images"][wildcards.image]["counts"] and "truth" not in wildcards.keys()
    )


def fetch_request(wildcards, output):
    """What the configuration says of a source. Taking `output`, it makes no file stale."""
    entries = config["sources"]
    known = {name: entries[name] for name in entries if name == wildcards.source}
    return {"sources": known, "data_folder": config["data_folder"]}


def fetched_sources():
    """The used sources that are fetched, not simulated."""
    return [source for source in plan.used_sources(config) if not simulated(source)]


def local_original(wildcards):
    """The file on this machine that a source is a copy of, if it is one and there."""
    path = Path(source_entry(wildcards.source).path or "")
    return local(path.as_posix()) if path.is_file() else []
