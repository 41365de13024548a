import json

import zeroshot_em
from zeroshot_em.data import provenance


def test_a_manifest_names_outputs_with_checksums(tmp_path):
    output, source = tmp_path / "map.tif", tmp_path / "source.json"
    output.write_bytes(b"abc")
    source.write_text('{"doi": "10.1/2"}')
    target = tmp_path / "manifest.json"
    provenance.write_manifest(
        target,
        outputs=[str(output)],
        provenance={"scene": str(source)},
        config={"seed": 3, "url": "http://me:pw@a.org/b"},
    )
    manifest = json.loads(target.read_text())
    assert manifest["outputs"][str(output)] == {
        "bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }
    assert manifest["sources"] == {"scene": {"doi": "10.1/2"}}
    assert manifest["config"] == {"seed": 3, "url": "http://a.org/b"}
    assert manifest["versions"]["numpy"]
    assert manifest["versions"]["zeroshot-em"] == zeroshot_em.__version__
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "manifest.json", "map.tif", "source.json",
    ]  # fmt: skip
