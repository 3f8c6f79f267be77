"""The catalog loads, answers, and says in one line what is wrong with a broken file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from modalities import ContentError, UnknownId, load_catalog
from modalities.catalog import CONTENT
from modalities.records import CORE, FINDINGS, MODALITIES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken(tmp_path):
    """Return a function that changes one content file in a copy and loads the copy."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)

    def load(name, change):
        path = folder / name
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(raw)
        path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        load_catalog.cache_clear()
        return load_catalog(folder)

    yield load
    load_catalog.cache_clear()


def test_all_tests_findings_and_cells_are_there():
    catalog = load_catalog()
    assert tuple(catalog.modalities) == MODALITIES and len(MODALITIES) == 11
    assert tuple(catalog.findings) == FINDINGS and len(FINDINGS) == 16
    cells = [catalog.rating(m, f) for m in MODALITIES for f in FINDINGS]
    assert len(cells) == 176 and all(cell.sources for cell in cells)
    assert set(CORE) < set(MODALITIES)


def test_the_catalog_is_loaded_once_and_cannot_be_changed():
    catalog = load_catalog()
    assert load_catalog() is catalog
    with pytest.raises(TypeError):
        catalog.modalities["mri"] = None
    with pytest.raises(Exception, match="frozen"):
        catalog.modality("mri").short = "X"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (
            "ratings/mri.yaml",
            lambda r: r["ratings"].pop("nerve_roots"),
            "ratings/mri.yaml: ratings: no cell for nerve_roots",
        ),
        (
            "ratings/ct.yaml",
            lambda r: r["ratings"]["bone_marrow"].update(level=7),
            "ratings/ct.yaml: ratings.bone_marrow.level",
        ),
        (
            "ratings/ct.yaml",
            lambda r: r["ratings"]["bone_marrow"].update(sources=["x"]),
            "source 'x' is not in sources.yaml",
        ),
        ("ratings/ct.yaml", lambda r: r["ratings"]["bone_marrow"].update(colour="red"), "ratings.bone_marrow.colour"),
        ("modalities/ct.yaml", lambda r: r.pop("needle"), "modalities/ct.yaml: needle: Field required"),
        (
            "accuracy.yaml",
            lambda r: r["accuracy"][0].update(target="luck"),
            "target: 'luck' is unknown, expected one of",
        ),
        ("accuracy.yaml", lambda r: r["accuracy"].append(r["accuracy"][0]), "this id stands twice"),
        ("sources.yaml", lambda r: r[0].update(status="memory"), "sources.yaml: "),
        ("findings.yaml", lambda r: r.pop(), "findings.yaml: no entry for tumor_type"),
        ("questions.yaml", lambda r: r["questions"].pop(), "questions.yaml: questions: no entry for screening"),
        ("questions.yaml", lambda r: r["questions"][0]["worth"].pop(), "only the last may and must be without 'when'"),
        ("protocols.yaml", lambda r: r["protocols"][0].update(id="sonography"), "'sonography' is unknown"),
        ("guidelines.yaml", lambda r: r["guidelines"][0].update(usually=["mrt"], first=[]), "'mrt' is unknown"),
        ("guidelines.yaml", lambda r: r["guidelines"][0]["when"].update(moon="full"), "when.moon"),
        ("guidelines.yaml", lambda r: r["guidelines"][0]["when"].update(factors=["tall"]), "'tall' is unknown"),
        ("guidelines.yaml", lambda r: r["guidelines"][0].update(may=["mri"]), "a version is rated twice"),
        ("cases.yaml", lambda r: r["cases"][0]["facts"].update(known_cancer=False, primary="lung"), "primary: "),
        ("frameworks.yaml", lambda r: r["frameworks"][0]["bands"].pop(1), "the bands leave a gap or overlap"),
    ],
)
def test_a_broken_file_gives_one_clear_line(broken, name, change, said):
    with pytest.raises(ContentError) as error:
        broken(name, change)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_yaml_is_named(tmp_path):
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    (folder / "site.yaml").write_text("purpose: [", encoding="utf-8")
    load_catalog.cache_clear()
    with pytest.raises(ContentError, match=r"site\.yaml: not readable as YAML"):
        load_catalog(folder)
    load_catalog.cache_clear()


def test_unknown_ids_are_named_with_those_that_exist():
    catalog = load_catalog()
    with pytest.raises(UnknownId, match="no test 'foo'; there are: xray"):
        catalog.modality("foo")
    with pytest.raises(UnknownId, match="no finding 'bar'"):
        catalog.rating("mri", "bar")
    with pytest.raises(UnknownId, match="targets with figures"):
        catalog.accuracy("mri", target="bar")


def test_the_documented_default_is_the_spine_only_meta_analysis():
    found = load_catalog().accuracy("mri", target="vertebral_metastasis")
    assert (found.source, found.unit, found.default) == ("harlianto2024", "patient", True)
    assert (found.sensitivity.value, found.specificity.value) == (0.93, 0.85)


def test_the_domain_runs_without_streamlit():
    code = "import sys; sys.modules['streamlit'] = None; import modalities.compare, modalities.search, modalities.charts, modalities.tables, modalities.usage, modalities.freshness; modalities.load_catalog()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert not [p for p in (ROOT / "modalities").rglob("*.py") if "import streamlit" in p.read_text(encoding="utf-8")]
