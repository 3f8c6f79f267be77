"""The content keeps the rules: sources, orphans, levels, words, claims."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import BaseModel

from modalities import (
    accuracy,
    check,
    editorial,
    evidence,
    frameworks,
    load_catalog,
    patient,
    reasoning,
    records,
    situation,
)
from modalities.compare import matrix
from modalities.records import FINDINGS, MODALITIES
from modalities.search import search
from modalities.usage import usage
from tests.content.readability import CONTENT, plain_texts

catalog = load_catalog()
CLAIMS = yaml.safe_load((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))
FILES = sorted(path for path in CONTENT.rglob("*.yaml") if path.name != "sources.yaml")
TEXTS = [
    (f"{path.relative_to(CONTENT)}{place}", text)
    for path in FILES
    for place, text in plain_texts(yaml.safe_load(path.read_text(encoding="utf-8")))
]
# Places where text was read that are not the original's own: never shown as a source's address.
MIRRORS = re.compile(
    r"scribd|docslib|studylib|vdocuments|pdfslide|docksci|moam\.|fdokumen|coek\.info|healthdocbox|scilit|scite\.ai"
    r"|researcher\.life|dntb\.gov|vercel|netlify|github\.io|blogspot|staging|preview|proxy|mirror|webcache|archive\.org|archive\.ph"
    r"|sci-?hub|peeref|zendy|tomesphere|paperexplained|sciety|acemap|medicbind|metajournal|katalog\.lib|semanticscholar"
    r"|qxmd|insights\.ovid|biocloudy|chromoscience|x-mol|europepmc|scholar\.archive|mdedge9|documents?\.pub|epdf|yumpu"
)


def test_the_editors_loop_finds_no_fault():
    assert list(check.faults()) == []


def test_every_field_tells_an_editor_what_to_write():
    shapes = [
        r
        for module in (records, evidence, accuracy, editorial, patient, situation, reasoning, frameworks)
        for r in vars(module).values()
        if isinstance(r, type) and issubclass(r, BaseModel)
    ]
    silent = [
        f"{shape.__name__}.{name}"
        for shape in shapes
        for name, field in shape.model_fields.items()
        if not field.description and shape.__module__.startswith("modalities") and shape is not BaseModel
    ]
    assert silent == []


@pytest.mark.parametrize("source", catalog.sources.values(), ids=lambda s: s.id)
def test_a_source_is_cited_by_its_own_address(source):
    """No mirror, proxy, preview host or bare number; authors and titles are real."""
    assert source.status == "seen"
    said = f"{source.authors} {source.title} {source.published_in}"
    assert not re.search(r"not shown|not stated|untitled|paraphrased", said, re.IGNORECASE)
    assert not re.search(r"\bunknown\b", f"{source.authors} {source.published_in}", re.IGNORECASE)
    if source.address is None:
        return
    parts = urlsplit(source.address)
    assert parts.scheme == "https" and "." in parts.netloc and not parts.netloc.endswith(".")
    assert not re.fullmatch(r"[\d.:]+", parts.netloc), "a bare number address"
    assert not MIRRORS.search(parts.netloc), "a copy, not the original"
    assert "utm_" not in source.address and "@" not in parts.netloc


def test_no_publication_stands_twice():
    """Two ids for one publication would count it twice."""
    addresses = Counter(s.address.lower() for s in catalog.sources.values() if s.address)
    assert [address for address, count in addresses.items() if count > 1] == []
    cited = Counter(f"{s.authors}: {s.title}".lower() for s in catalog.sources.values())
    assert [text for text, count in cited.items() if count > 1] == []


def test_sources_carry_their_year():
    """Papers and guidelines do, but for a few; a web page may show none, and is then called undated."""
    papers = [s for s in catalog.sources.values() if s.kind in ("meta_analysis", "study", "guideline")]
    missing = [s.id for s in papers if s.year is None]
    undated = [s.id for s in catalog.sources.values() if s.year is None]
    print(
        f"\nwithout a year: {len(missing)} of {len(papers)} papers and guidelines; {len(undated)} of all {len(catalog.sources)}"
    )
    assert len(missing) <= 0.08 * len(papers), missing


def test_nothing_is_an_orphan():
    """Every source is used; every glossary word occurs in a text or stands in reports."""
    assert (
        sorted(
            set(catalog.sources) - set(usage(catalog)) - {s.newer.source for s in catalog.sources.values() if s.newer}
        )
        == []
    )
    body = " ".join(path.read_text(encoding="utf-8") for path in FILES if path.name != "glossary.yaml").lower()
    body = re.sub(r"\s+", " ", body)
    forms = {word.id: (word.word, *word.also) for word in catalog.words.values() if not word.in_reports}
    unused = [
        i
        for i, names in forms.items()
        if not any(re.search(rf"(?<![\w-]){re.escape(n.lower())}(?![\w-])", body) for n in names)
    ]
    assert unused == []


def test_glossary_forms_belong_to_one_word():
    forms = Counter(form.lower() for word in catalog.words.values() for form in {word.word, *word.also})
    assert [form for form, count in forms.items() if count > 1] == []


def test_the_levels_pass_the_rubrics_arithmetic():
    levels = matrix(catalog)
    assert (levels["chest_ct"] <= levels["ct"]).all(), "chest CT is never above CT"
    others = [f for f in FINDINGS if f not in ("abnormal_motion", "discs_ligaments")]
    assert (levels.loc[others, "dynamic_xray"] <= levels.loc[others, "xray"]).all()
    above = set(levels.index[levels["myelogram"] > levels["ct"]])
    assert above <= {"spinal_cord_compression", "nerve_roots", "tumor_extent_epidural"}
    above = set(levels.index[levels["pet_ct"] > levels["ct"]])
    assert above <= {"bone_marrow", "tumor_presence", "skeleton_wide_spread", "activity_treatment_response"}
    shapes = [
        "alignment_anatomy",
        "fracture_collapse",
        "bone_destruction_lytic",
        "new_bone_sclerotic",
        "abnormal_motion",
    ]
    assert (levels.loc[shapes, "biopsy"] <= 1).all()
    best = (levels == 4).sum(axis="columns")
    assert best.between(1, 2).all(), best[~best.between(1, 2)].to_dict()


def test_a_level_fits_its_basis():
    for m in MODALITIES:
        for f in FINDINGS:
            cell = catalog.rating(m, f)
            assert (cell.basis == "none") == (cell.level == 0), (m, f)
            assert cell.basis != "indirect" or cell.level <= 2, (m, f, "an indirect sign is never above 2")
            assert cell.basis == "direct" or cell.level < 4, (m, f)


def test_no_two_squares_say_the_same():
    for words in ("plain", "technical"):
        said = Counter(getattr(catalog.rating(m, f), words) for m in MODALITIES for f in FINDINGS)
        assert [text for text, count in said.items() if count > 1] == []


def test_every_square_says_what_would_change_it():
    silent = [
        f"{m}.{f}"
        for m in MODALITIES
        for f in FINDINGS
        if catalog.rating(m, f).level and not catalog.rating(m, f).depends_on
    ]
    print(f"\nsquares above 0 without 'what would change it': {silent}")
    assert len(silent) <= 8


@pytest.mark.parametrize(("place", "text"), TEXTS, ids=[place for place, _ in TEXTS])
def test_plain_texts_keep_the_tone_and_the_one_denominator(place, text):
    assert "%" not in text and not re.search(r"\bper ?cent\b", text), "shares are written as x of 1,000"
    assert not re.search(
        r"\byou (?:have|may have|probably have) (?:a )?(?:cancer|tumou?r|metast)|\byou should (?:get|have)\b",
        text,
        re.IGNORECASE,
    )
    others = [of for of in re.findall(r"\b\d[\d,.]* (?:out )?of (\d[\d,]*)\b", text) if of != "1,000"]
    if re.search(r"\.risks\.|added_risk|radiation", place):  # the risk of radiation alone is per 10,000
        others = [of for of in others if of != "10,000"]
    assert others == [], f"another denominator than 1,000: {others}"


def test_no_text_leaks_an_internal_name():
    """Readers see words, never ids such as ``tumor_presence`` or ``ebm_jarvik2003``."""
    ids = {*MODALITIES, *FINDINGS, *catalog.sources, *catalog.variants} - {"ct", "mri", "xray", "myelogram", "biopsy"}
    names = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(i) for i in ids if '_' in i or i[-4:].isdigit())})(?![\w-])")
    leaks = []
    for path in FILES:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        leaks += [
            f"{path.name}: {found.group()} in “{text[:60]}”" for text in _texts(raw) if (found := names.search(text))
        ]
    assert leaks == []


def _texts(raw):
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key in ("plain", "technical", "note", "detail", "text", "title") and isinstance(value, str):
                yield value
            elif key != "sources":
                yield from _texts(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _texts(value)


def test_accuracy_figures_state_what_they_count():
    for row in catalog.accuracy_file.accuracy:
        assert row.unit and row.region and row.reference_test
    defaults = Counter((row.protocol, row.target) for row in catalog.accuracy_file.accuracy if row.default)
    assert [key for key, count in defaults.items() if count > 1] == []
    several = Counter((row.protocol, row.target) for row in catalog.accuracy_file.accuracy)
    assert [key for key, count in several.items() if count > 1 and key not in defaults] == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["id"])
def test_a_claim_of_the_founding_documents_is_carried_and_found(claim):
    name, _, key = claim["where"].partition(":")
    raw = yaml.safe_load((CONTENT / name).read_text(encoding="utf-8"))
    for part in filter(None, key.split(".")):
        raw = raw["ratings"][part] if name.startswith("ratings/") and part not in raw else _step(raw, part)
    said = _said(raw).lower()
    missing = [word for word in claim["words"] if not re.search(rf"\b{re.escape(word.lower())}", said)]
    assert missing == [], f"{claim['claim']}: not in {claim['where']}"
    assert any(not hit.nearest for hit in search(catalog, claim["query"])), f"search does not find “{claim['query']}”"


def _step(raw, part):
    if isinstance(raw, dict):
        if part in raw:
            return raw[part]
        raw = raw.get("sections", raw.get("ratings", []))
    return next(item for item in raw if item.get("id") == part) if not part.isdigit() else raw[int(part)]


def _said(raw):
    if isinstance(raw, dict):
        return " ".join(_said(value) for key, value in raw.items() if key != "sources")
    return " ".join(map(_said, raw)) if isinstance(raw, list) else str(raw)
