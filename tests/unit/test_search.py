"""Search finds what people type, forgives errors, and notices red flags."""

import pytest

from modalities import load_catalog
from modalities.search import names_red_flag, search

catalog = load_catalog()


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("MR", "mri"), ("MRI", "mri"), ("mri spine", "mri"), ("CAT scan", "ct"), ("ct", "ct"), ("nuclear bone scan", "bone_scan"),
        ("bone scn", "bone_scan"), ("PET", "pet_ct"), ("pet scan", "pet_ct"), ("needle test", "biopsy"), ("biopsi", "biopsy"),
        ("xray", "xray"), ("X-ray", "xray"), ("x ray", "xray"), ("myelogramm", "myelogram"), ("blood test", "blood_tests"),
        ("PSMA", "pet_ct"), ("SPECT", "bone_scan"), ("chest CT", "chest_ct"), ("flexion extension", "dynamic_xray"),
        ("MRI L-spine w/wo contrast", "mri"), ("Tc-99m bone scan", "bone_scan"), ("CT guided biopsy", "biopsy"), ("mir", "mri"),
        ("core biopsy", "biopsy"), ("whole body MRI", "mri"), ("magnetic resonance", "mri"),
    ],
)  # fmt: skip
def test_everyday_names_find_their_test_first(query, place):
    hits = search(catalog, query)
    assert hits[0].entry.kind == "test" and hits[0].entry.place == place and not hits[0].nearest


@pytest.mark.parametrize(
    "query",
    [
        "pressed spinal cord",
        "fracture",
        "bone marrow",
        "slippage",
        "spondylolisthesis",
        "lytic",
        "paralysis",
        "night pain",
    ],
)
def test_findings_symptoms_and_words_are_found(query):
    assert search(catalog, query) and not search(catalog, query)[0].nearest


def test_nonsense_gives_the_nearest_or_nothing_and_never_fails():
    assert all(hit.nearest for hit in search(catalog, "mrj spyne scon"))
    for query in ("", "   ", "?!", "x" * 10_000, "<script>alert(1)</script>", "の"):
        search(catalog, query)
    assert search(catalog, "") == ()


@pytest.mark.parametrize(
    "query",
    [
        "my legs are weak", "weak legs", "new weakness", "numb between the legs", "numbness", "cannot pee", "lost bladder control",
        "bowel trouble", "incontinence", "can't walk", "trouble walking", "leg weakness", "cannot hold urine", "paralysis",
        "my foot drags", "cant feel when I wipe", "my legs feel strange", "cant poop", "I keep tripping", "pain at night worse lying down",
        "legs like lead", "my legs got weak yesterday",
    ],
)  # fmt: skip
def test_a_named_red_flag_is_noticed(query):
    assert names_red_flag(catalog.site.red_flags, query)


@pytest.mark.parametrize(
    "query", ["MRI", "bone scan", "what is a biopsy", "lytic", "PET", "kidney cancer", "weak kidneys"]
)
def test_other_queries_do_not_raise_the_alarm(query):
    assert not names_red_flag(catalog.site.red_flags, query)
