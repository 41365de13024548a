import copy

import pytest
import yaml
from jsonschema import Draft202012Validator

from zeroshot_em.errors import InputError
from zeroshot_em.run.configuration import complete_configuration
from zeroshot_em.run.plan import available_figures, reason_to_leave_out
from zeroshot_em.run.schema import load_schema
from zeroshot_em.show.figures import FIGURES

CONFIGURATIONS = [
    "config/config.yaml",
    "config/demo.yaml",
    "config/plos2024.yaml",
    "tests/workflow/real_images.yaml",
]


@pytest.fixture(scope="module")
def schema(root):
    return load_schema(root / "workflow/schemas/config.schema.yaml")


@pytest.fixture
def paper(root):
    return yaml.safe_load((root / "config/config.yaml").read_text())


def changed(config, path, value):
    """Return a copy of a configuration with one key set, given by its dotted path."""
    config = copy.deepcopy(config)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[int(key) if key.isdigit() else key] = value
    return config


@pytest.mark.parametrize("path", CONFIGURATIONS)
def test_the_configurations_of_the_project_fit_the_schema(root, schema, path):
    complete_configuration(yaml.safe_load((root / path).read_text()), schema)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sed", 1, r"the top level has no key sed; allowed are .*, run, seed"),
        ("seed", "one", r"seed must be of type integer; found 'one'"),
        ("seed", True, r"seed must be of type integer; found True"),
        ("run", "a/b", r"run: 'a/b' does not match"),
        ("bm3d.enabeled", True, r"bm3d has no key enabeled; allowed .* \(did you mean enabled\?\)"),
        ("bm3d.sigmas", [5, -1], r"bm3d.sigmas.1 must be greater than 0; found -1"),
        ("models.sssc.n_states", "many", r"models.sssc.n_states must be of type integer"),
        ("models.sssc.merge", "max", r"models.sssc.merge must be one of mean, median; found 'max'"),
        ("models.gpmm.n_states", 9, r"models.gpmm has no key n_states; allowed are .*n_components"),
        ("models.sssc.patch_sizes.9", {}, r"models.sssc.patch_sizes has no key 9; allowed are p9"),
        ("images.infection.subsample", 0, r"images.infection.subsample must be at least 1"),
        ("images.infection.crop.x", -4, r"images.infection.crop.x must be at least 0; found -4"),
        ("images.infection.crop", 7, r"images.infection.crop"),
        ("images.infection.source", "lost", r"images.infection.source must be one of .*'lost'"),
        ("benchmark.doses", [0], r"benchmark.doses.0 must be at least 1e-06; found 0"),
        ("benchmark.images", ["lost"], r"benchmark.images must be one of .*'lost'"),
        ("figures.fig2.image", "lost", r"figures.fig2.image must be one of .*'lost'"),
        ("figures.fig2.model", "bm3d", r"figures.fig2.model must be one of sssc, gpmm"),
        ("figures.figS3.patch_sizes", {"sssc": [6]}, r"figS3.patch_sizes lacks the key gpmm"),
        ("figures.figS3.patch_sizes.gpmm", [6, 9], r"figS3.patch_sizes.gpmm: .* too long"),
        ("figures.fig4.patch_sizes", {}, r"figures.fig4.patch_sizes: "),
        ("figures.fig9", {}, r"figures has no key fig9; allowed are .*fig7"),
        ("figures.fig3", {"image": "infection"}, r"figures.fig3 lacks the key model, patch_size"),
        ("sources.laue2020_077.url", "https://x.org/a", r"exactly one of doi, url, path, simulate"),
        ("sources.laue2020_077.file", None, r"sources.laue2020_077.file must be of type string"),
        ("sources.record", {"doi": "10.5281/zenodo.1"}, r"sources.record: 'file' .* 'doi'"),
        ("models.gpmm.temperature", 0.5, r"models.gpmm.temperature must be at least 1; found 0.5"),
        ("figures.fig1.mask", {"polygon": [[1, 2], [3, 4]]}, r"fig1.mask.polygon: .* too short"),
        ("sources.empty", {}, r"sources.empty must have exactly one of .*; found none"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_type_is_named_in_one_line(paper, schema, path, value, message):
    with pytest.raises(InputError, match=message) as error:
        complete_configuration(changed(paper, path, value), schema)
    assert "\n" not in str(error.value)


def test_a_figure_without_a_source_is_left_out_alone(paper):
    assert "set sources.gelderblom" in reason_to_leave_out(paper, "fig7")
    assert set(paper["figures"]) - set(available_figures(paper)) == {"fig7"}


def test_without_bm3d_its_figure_is_left_out(paper):
    without = changed(paper, "bm3d.enabled", False)
    assert "bm3d.enabled" in reason_to_leave_out(without, "fig6")
    assert "figS5" in available_figures(without)


def walk(schema, path="", in_definition=False):
    """Yield every property of a schema with its path, and whether it must be given."""
    for name, value in schema.get("properties", {}).items():
        yield f"{path}.{name}", value, name in schema.get("required", [])
        yield from walk(value, f"{path}.{name}")
    for name, value in schema.get("$defs", {}).items():
        yield from walk(value, f"{path}#{name}")


def test_the_schema_is_a_manual(schema):
    Draft202012Validator.check_schema(schema)
    for path, entry, _ in walk(schema):
        described = entry if "$ref" not in entry else schema["$defs"][entry["$ref"].split("/")[-1]]
        assert described.get("description"), path


def test_no_object_takes_unknown_keys(schema):
    def objects(part):
        if isinstance(part, dict):
            if "properties" in part:
                yield part
            for value in part.values():
                yield from objects(value)

    for part in objects(schema):
        assert part.get("additionalProperties") is False, part.get("description")


@pytest.mark.parametrize("figure", ["fig4", "figS4"])
def test_no_default_brings_a_model_into_a_figure_of_one(paper, schema, figure):
    alone = changed(paper, f"figures.{figure}.patch_sizes", {"sssc": [9]})
    complete_configuration(alone, schema)
    assert alone["figures"][figure]["patch_sizes"] == {"sssc": [9]}


def test_every_figure_of_the_table_can_be_configured_and_drawn(root, schema):
    assert set(schema["properties"]["figures"]["properties"]) == set(FIGURES)
    for name, figure in FIGURES.items():
        assert figure.entry in schema["$defs"], name
        assert (root / f"src/zeroshot_em/show/figures/{name}.py").is_file(), name


def test_defaults_are_filled_in_and_shared_by_nothing(paper, schema):
    first, second = copy.deepcopy(paper), copy.deepcopy(paper)
    for config in (first, second):
        del config["models"]
        complete_configuration(config, schema)
    assert first["models"]["gpmm"]["temperature"] == 1.2
    assert first["images"]["infection"]["counts"] is False
    first["models"]["sssc"]["patch_sizes"]["p9"] = {}
    assert second["models"]["sssc"]["patch_sizes"] == {}


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("bm3d.enabled", "false", False),
        ("bm3d.sigmas", ["5", "2.5"], [5, 2.5]),
        ("models.sssc.tol", "1e-4", 1e-4),
        ("models.gpmm.n_components", "null", None),
        ("images.infection.crop", "null", None),
        ("images.infection.crop.width", "1000", 1000),
        ("sources.gelderblom", "null", None),
        ("sources.laue2020_077.member", "077", "077"),
    ],
)
def test_text_is_read_as_yaml_where_it_cannot_stay_text(paper, schema, path, text, value):
    config = changed(paper, path, text)
    complete_configuration(config, schema)
    for key in path.split("."):
        config = config[key]
    assert config == value
    assert type(config) is type(value)
