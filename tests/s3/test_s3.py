"""The workflow with its files in an S3 bucket: the same bytes as in a folder."""

import importlib.util
import os
import subprocess
import sys

import pytest

FIGURE = "fig6"
COMPARED = ("images/infection.tif", "maps/infection/bm3d_s25.tif", "figures/fig6.png")
needs = ("snakemake_storage_plugin_s3", "moto", "flask")
missing = [name for name in needs if not importlib.util.find_spec(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing), reason="no S3 here; `make s3` runs this test"),
]


@pytest.fixture
def bucket():
    """Start a local S3 with a bucket; return its address and what the bucket holds."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    known = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    bucket = boto3.resource("s3", endpoint_url=address, region_name="us-east-1", **known)
    yield address, bucket.create_bucket(Bucket="trial")
    server.stop()


@pytest.fixture
def snakemake(root, tmp_path):
    """Make a figure of the tiny configuration, which needs no model."""

    def run(*arguments):
        command = [sys.executable, "-m", "snakemake", "-s", str(root / "workflow/Snakefile")]
        given = ["--cores", "1", "--configfile", str(root / "tests/workflow/tiny.yaml")]
        keys = {f"SNAKEMAKE_STORAGE_S3_{k}_KEY": k.lower() for k in ("ACCESS", "SECRET")}
        done = subprocess.run(
            [*command, *given, *arguments, "--", FIGURE],
            cwd=tmp_path, env=os.environ | keys | {"AWS_EC2_METADATA_DISABLED": "true"},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout

    return run


def test_what_lies_in_a_bucket_has_the_same_bytes(root, tmp_path, snakemake, bucket):
    address, held = bucket
    profile = ("--profile", str(root / "workflow/profiles/s3"))
    store = ("--default-storage-prefix", "s3://trial", "--storage-s3-endpoint-url", address)
    snakemake(*profile, *store)
    assert not (tmp_path / "results").exists()
    snakemake()
    for name in COMPARED:
        path = f"results/tiny/{name}"
        assert held.Object(path).get()["Body"].read() == (tmp_path / path).read_bytes(), name
