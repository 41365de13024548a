"""Where an image is looked for, in which order, and what is written down about it."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from faults import ARCHIVE, HASTE, MEMBER, RECORD_SOURCE, Ground, ground, zipped

from zeroshot_em.data import sources
from zeroshot_em.data.secrets import without_secrets
from zeroshot_em.data.sources import Patience, Source, fetch, find, provenance_path
from zeroshot_em.data.sources.registry import registry
from zeroshot_em.errors import InputError


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    monkeypatch.delenv("ZEROSHOT_EM_DATA", raising=False)
    with ground() as here:
        here.folder.mkdir()
        yield here


def get(at: Ground, source: dict, **options: object) -> dict:
    told = Source.from_mapping("virus", source)
    return fetch(told, at.folder, patience=Patience(**HASTE), **options)


def test_provenance_says_what_was_used(at: Ground) -> None:
    provenance = get(at, RECORD_SOURCE)
    assert provenance == json.loads((at.folder / f"{MEMBER}.json").read_text())
    assert provenance["sha256"] == hashlib.sha256(at.image).hexdigest()
    assert provenance["size"] == len(at.image)
    assert provenance["image"] == {
        "height": 400,
        "width": 600,
        "dtype": "uint8",
        "pixel_size_nm": pytest.approx(0.54),
    }
    assert provenance["origin"].startswith("https://zenodo.org/")
    assert provenance["checks"] == ["md5 of the record"]
    assert provenance["date"].endswith("+00:00")


def test_the_pinned_line_gets_the_same_bytes_again(at: Ground) -> None:
    pinned = yaml.safe_load(get(at, RECORD_SOURCE)["pin"])["virus"]
    get(at, pinned)
    assert len(at.zenodo.requests) == 1, "pinning what is there fetches nothing"
    told = Source.from_mapping("virus", pinned)
    again = fetch(told, at.folder / "again", patience=Patience(**HASTE))
    assert (at.folder / "again" / MEMBER).read_bytes() == at.image
    assert "sha256 of the configuration" in again["checks"]


def test_what_is_there_is_not_fetched_again(at: Ground) -> None:
    first = get(at, RECORD_SOURCE)
    assert get(at, RECORD_SOURCE) == first
    assert len(at.zenodo.requests) == 1


def test_what_was_changed_is_fetched_again(at: Ground) -> None:
    get(at, RECORD_SOURCE)
    (at.folder / MEMBER).write_bytes(b"spoilt")
    get(at, RECORD_SOURCE)
    assert (at.folder / MEMBER).read_bytes() == at.image


def test_requests_carry_a_name_of_our_own(at: Ground) -> None:
    get(at, RECORD_SOURCE)
    assert all(agent.startswith("zeroshot-em/") for agent in at.zenodo.agents)


@pytest.mark.parametrize("folder", ["", "virus"])
@pytest.mark.parametrize("name", [MEMBER, ARCHIVE])
def test_a_file_fetched_by_hand_needs_no_network(at: Ground, name: str, folder: str) -> None:
    by_hand = at.folder / "by_hand"
    (by_hand / folder).mkdir(parents=True)
    content = at.image if name == MEMBER else zipped({f"some/folder/{MEMBER}": at.image})
    (by_hand / folder / name).write_bytes(content)
    provenance = get(at, RECORD_SOURCE, data_folder=by_hand)
    assert provenance["origin"] == str(by_hand / folder / name)
    assert (at.folder / MEMBER).read_bytes() == at.image
    assert (by_hand / folder / name).read_bytes() == content
    assert not at.zenodo.agents


def test_the_environment_comes_before_the_configuration(
    at: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("environment", "configuration"):
        (at.folder / folder).mkdir()
        (at.folder / folder / MEMBER).write_bytes(at.image)
    monkeypatch.setenv("ZEROSHOT_EM_DATA", str(at.folder / "environment"))
    provenance = get(at, RECORD_SOURCE, data_folder=at.folder / "configuration")
    assert Path(provenance["origin"]).parent.name == "environment"


def test_a_bad_file_by_hand_is_passed_over_and_kept(at: Ground) -> None:
    (at.folder / "by_hand").mkdir()
    bad = at.folder / "by_hand" / ARCHIVE
    bad.write_bytes(b"half")
    provenance = get(at, RECORD_SOURCE, data_folder=bad.parent)
    assert provenance["origin"].startswith("https://zenodo.org/")
    assert bad.read_bytes() == b"half"


def test_a_local_file_is_copied_and_followed(at: Ground) -> None:
    original = at.folder / "mine.tif"
    original.write_bytes(at.image)
    source = Source("mine", path=str(original))
    destination = at.folder / "copy"
    fetch(source, destination)
    original.write_bytes(at.image + b"\0")
    fetch(source, destination)
    assert (destination / "mine.tif").read_bytes() == original.read_bytes()


def test_a_missing_local_file_is_named(at: Ground) -> None:
    with pytest.raises(InputError, match=r"no mine\.tif there.*put mine\.tif into a folder"):
        get(at, {"path": str(at.folder / "mine.tif")})


def test_a_kept_archive_serves_the_next_fetch(at: Ground) -> None:
    source = RECORD_SOURCE | {"keep_archive": True}
    get(at, source)
    assert (at.folder / ARCHIVE).read_bytes() == at.zenodo.files[ARCHIVE]
    (at.folder / MEMBER).unlink()
    get(at, source)
    assert (at.folder / MEMBER).read_bytes() == at.image
    assert len(at.zenodo.requests) == 1


def test_a_kept_archive_that_was_changed_is_passed_over(at: Ground) -> None:
    source = RECORD_SOURCE | {"keep_archive": True}
    first = get(at, source)
    (at.folder / ARCHIVE).write_bytes(zipped({MEMBER: at.image + b"\0"}))
    (at.folder / MEMBER).unlink()
    assert get(at, source)["origin"] == first["origin"]
    assert (at.folder / MEMBER).read_bytes() == at.image


def test_a_kept_archive_says_what_it_was_compared_with(at: Ground) -> None:
    source = RECORD_SOURCE | {"keep_archive": True}
    get(at, source)
    for _ in range(2):
        (at.folder / MEMBER).unlink()
        assert get(at, source)["checks"] == ["sha256 of the archive when it was kept"]


def test_a_file_by_hand_without_a_checksum_is_announced(
    at: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    (at.folder / "by_hand").mkdir()
    (at.folder / "by_hand" / MEMBER).write_bytes(at.image)
    provenance = get(at, RECORD_SOURCE, data_folder=at.folder / "by_hand")
    assert "was compared with no checksum" in caplog.text
    caplog.clear()
    pinned = RECORD_SOURCE | {"sha256": provenance["sha256"]}
    (at.folder / MEMBER).unlink()
    get(at, pinned, data_folder=at.folder / "by_hand")
    assert "no checksum" not in caplog.text


def test_a_lock_that_cannot_be_made_is_not_blamed_on_the_folder(
    at: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(at.folder / "missing"))
    with pytest.raises(InputError, match=r"no lock can be made in .*missing.*TMPDIR"):
        get(at, RECORD_SOURCE)


def test_an_archive_is_dropped_unless_it_is_to_be_kept(at: Ground) -> None:
    get(at, RECORD_SOURCE)
    left = sorted(path.name for path in at.folder.iterdir() if not path.name.endswith(".lock"))
    assert left == [MEMBER, f"{MEMBER}.json"]


def test_a_mirror_is_held_to_the_checksum_of_the_record(at: Ground) -> None:
    at.zenodo.checksums[ARCHIVE] = "0" * 32
    at.zenodo.script = ["status 404", "ok"]
    with pytest.raises(InputError, match="expected md5 0000"):
        get(at, RECORD_SOURCE | {"mirrors": [at.zenodo.url(ARCHIVE)]})


def test_the_catalogue_names_nine_images_in_three_records() -> None:
    entries = sources.catalogue()
    assert len(entries) == 9
    assert {entry["doi"] for entry in entries.values()} == {
        f"10.5281/zenodo.{record}" for record in (3985103, 3985110, 3986580)
    }
    for name, entry in entries.items():
        assert entry["tested"] is False
        assert entry["member"].removesuffix(".tif").endswith(name.removeprefix("laue2020"))


def test_the_configuration_and_the_catalogue_agree(root: Path) -> None:
    configured = yaml.safe_load((root / "config/config.yaml").read_text("utf-8"))["sources"]
    entry = sources.catalogue()["laue2020_077"]
    told = [Source.from_mapping("", one).origin() for one in (configured["laue2020_077"], entry)]
    assert told[0] == told[1]
    assert configured["laue2020_077"]["pixel_size_nm"] == entry["pixel_size_nm"]


def test_a_configured_source_replaces_its_namesake() -> None:
    mine = {"path": "mine.tif"}
    assert registry({"laue2020_077": mine})["laue2020_077"] == Source("laue2020_077", **mine)
    assert find("laue2020_036", {"laue2020_077": mine}).member.endswith("_036.tif")


def test_unknown_and_unset_names_are_explained() -> None:
    with pytest.raises(InputError, match=r"no source is named laue2020.*laue2020_077"):
        find("laue2020")
    with pytest.raises(InputError, match=r"set sources\.gelderblom"):
        find("gelderblom", {"gelderblom": None})
    with pytest.raises(InputError, match="none of them is set"):
        Source("nothing").image_path()
    with pytest.raises(InputError, match="simulated, not fetched"):
        Source("scene", simulate={"seed": 1}).image_path()


def test_pinning_what_is_there_asks_for_nothing(tmp_path: Path) -> None:
    source = Source("mine", path="mine.tif", sha256="a" * 64)
    image = source.image_path(tmp_path)
    assert source.unmet_pin(tmp_path) is None
    image.parent.mkdir()
    provenance_path(image).write_text(json.dumps({"sha256": "a" * 64}))
    assert source.unmet_pin(tmp_path) is None
    provenance_path(image).write_text(json.dumps({"sha256": "b" * 64}))
    assert source.unmet_pin(tmp_path) == "a" * 64


@pytest.mark.network
def test_the_live_record_still_has_the_paper_s_image(tmp_path: Path) -> None:
    provenance = fetch(find("laue2020_077"), tmp_path)
    assert (provenance["image"]["width"], provenance["image"]["height"]) == (1376, 1032)


def test_an_unreadable_file_by_hand_is_explained(
    at: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    (at.folder / "mine.tif").write_bytes(at.image)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="may not be read"):
        fetch(Source("mine", path=str(at.folder / "mine.tif")), at.folder / "copy")


def test_no_secret_is_written_down(at: Ground, caplog: pytest.LogCaptureFixture) -> None:
    address = at.zenodo.url("image.tif").replace("://", "://somebody:s3cret@")
    caplog.set_level("INFO")
    provenance = get(at, {"url": f"{address}?token=s3cret"})
    written = (at.folder / "image.tif.json").read_text() + str(provenance) + caplog.text
    assert "image.tif?hidden-" in written
    assert "s3cret" not in written
    assert "somebody" not in written


def test_another_query_is_another_file(at: Ground) -> None:
    for query in ("id=1", "id=1", "id=2"):
        get(at, {"url": at.zenodo.url(f"image.tif?{query}")})
    assert len(at.zenodo.requests) == 2


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no https://example.org/a.tif there", "no https://example.org/a.tif there"),
        ("at http://me:p@ss@host:80/a", "at http://host:80/a"),
        ({"urls": ["ftp://me@host/"], "n": 1}, {"urls": ["ftp://host/"], "n": 1}),
        ("write to me@host.org?", "write to me@host.org?"),
    ],
)
def test_addresses_are_shown_without_what_opens_doors(said: object, shown: object) -> None:
    assert without_secrets(said) == shown
    assert without_secrets(without_secrets("https://host/a?b")) == without_secrets(
        "https://host/a?b"
    )


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"path": 5}, r"sources\.mine\.path must not be of type int"),
        ({"url": ["http://a.org/b"]}, r"sources\.mine\.url must not be of type list"),
        ({"mirrors": 7}, r"sources\.mine\.mirrors must not be of type int"),
        ({"mirrors": ["http://[::1/a"]}, r"sources\.mine\.mirrors must be an address"),
        ({"url": "http://[::1/a"}, r"sources\.mine\.url must be an address"),
        ({"url": "file:///etc/passwd"}, "begins with http"),
        ({"pixel_size_nm": True}, "must not be of type bool"),
        ({"adress": "http://a.org"}, r"sources\.mine\.adress is not known; .* url"),
    ],
)
def test_what_is_no_source_is_refused(entry: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        find("mine", {"mine": entry})
