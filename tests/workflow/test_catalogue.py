"""What the Snakemake workflow catalogue asks of a workflow."""

import re

import yaml


def test_the_catalogue_is_told_how_the_workflow_is_deployed(root):
    usage = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"]["conda"] is True
    assert usage["report"] is True


def test_the_workflow_lies_where_the_catalogue_looks(root):
    for path in ("workflow/Snakefile", "config/README.md", "config/config.yaml", "LICENSE"):
        assert (root / path).is_file(), path
    assert not (root / "Snakefile").exists()


def test_every_environment_of_a_rule_is_there(root):
    rules = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    for path in set(re.findall(r'"(\.\./\.\./envs/[\w-]+\.yaml)"', rules)):
        assert (root / "workflow/rules" / path).is_file(), path


def test_every_command_of_the_contributors_page_is_a_target(root):
    targets = re.findall(r"^(\w+):", (root / "Makefile").read_text(), re.M)
    named = re.findall(r"`?make (\w+)", (root / "CONTRIBUTING.md").read_text())
    assert named
    assert set(named) <= set(targets)
