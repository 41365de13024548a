import zeroshot_em
from zeroshot_em.data import provenance


def test_the_checksum_of_a_file(tmp_path):
    (tmp_path / "map.tif").write_bytes(b"abc")
    assert provenance.file_sha256(tmp_path / "map.tif").startswith("ba7816bf8f01cfea")


def test_versions_are_those_that_are_installed():
    found = provenance.versions()
    assert found["numpy"]
    assert found["zeroshot-em"] == zeroshot_em.__version__
