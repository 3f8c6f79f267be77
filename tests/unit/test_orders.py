"""What stands on papers is read, and what is not understood is said."""

import pytest

from modalities import load_catalog
from modalities.orders import recognize

catalog = load_catalog()
# What is read; a "?" marks a test whose version the paper does not say.
PAPERS = {
    "MRI T/L spine w/wo": ["mri_without_and_with"],
    "MRI LUMBAR SPINE W/O CONTRAST": ["mri"],
    "MR L-SPINE W & W/O CONTRAST": ["mri_without_and_with"],
    "MRI TOTAL SPINE": ["mri_whole_spine"],
    "MRI C/T/L spine": ["mri_whole_spine"],
    "MRI cervical, thoracic and lumbar spine": ["mri_whole_spine"],
    "WB-MRI with DWI": ["mri_whole_body"],
    "MRT BWS": ["mri?"],
    "MIR spine": ["mri?"],
    "CT T-spine non con": ["ct"],
    "CT L spine +C": ["ct_contrast"],
    "CAT scan of the back": ["ct?"],
    "CT C/A/P w contrast": ["ct_chest_abdomen_pelvis"],
    "CT chest w/o": ["chest_ct"],
    "CT thorax with contrast": ["chest_ct_contrast"],
    "XR lumbar flex/ext": ["dynamic_xray"],
    "Flexion & extension views C-spine": ["dynamic_xray"],
    "XR L-SPINE 2-3 VIEWS": ["xray"],
    "CXR PA/LAT": ["chest_xray"],
    "scoliosis series standing": ["xray_standing_whole_spine"],
    "Tc-99m MDP": ["bone_scan"],
    "NM BONE SCAN WHOLE BODY": ["bone_scan?"],
    "bone scan with SPECT/CT": ["spect_ct"],
    "PET/CT skull base to mid-thigh": ["pet_ct?"],
    "F-18 FDG PET-CT": ["pet_ct_fdg"],
    "Ga-68 PSMA PET/CT": ["pet_ct_psma"],
    "NaF PET": ["pet_ct_naf"],
    "CT guided bx": ["biopsy?"],
    "CT-guided FNA T8": ["biopsy_fine_needle"],
    "CT myelogram lumbar": ["myelogram?"],
    "CBC, CRP, PSA": ["blood_tests"],
    "neurological examination": ["history_exam"],
    "CT T-spine + MRI T-spine w gad": ["ct?", "mri_without_and_with"],
    "lab work and bone scan": ["blood_tests", "bone_scan?"],
}


@pytest.mark.parametrize(("paper", "protocols"), PAPERS.items())
def test_usual_wordings_are_read(paper, protocols):
    order = recognize(catalog, paper)
    assert [r.version.id if r.version else f"{r.test.id}?" for r in order.readings] == protocols
    assert not any(reading.elsewhere for reading in order.readings)


def test_each_piece_is_explained():
    reading = recognize(catalog, "MRI T/L spine w/wo").readings[0]
    said = {s.wording: " ".join(piece.plain for piece in s.means) for s in reading.said}
    assert said.keys() == {"mri", "t/l spine", "w/wo"}
    assert "lower back" in said["t/l spine"] and "without dye, then with dye" in said["w/wo"]


@pytest.mark.parametrize("paper", ["MRI brain w/wo", "MRI knee", "CT liver", "liver biopsy", "XR hip"])
def test_another_part_of_the_body_is_said(paper):
    assert all(reading.elsewhere for reading in recognize(catalog, paper).readings)


@pytest.mark.parametrize("paper", ["US abdomen", "DEXA scan", "bone marrow biopsy", "EMG", "CTA chest", "colonoscopy"])
def test_tests_that_are_not_covered_are_named(paper):
    order = recognize(catalog, paper)
    assert order.others and not order.readings


def test_what_the_paper_asks_is_not_taken_for_a_result():
    order = recognize(catalog, "MRI whole spine r/o mets")
    assert [s.means[0].id for s in order.around] == ["rule_out", "mets"]
    assert order.readings[0].version.id == "mri_whole_spine"


@pytest.mark.parametrize("paper", ["", "   ", "asdfgh", "12345", "?!", "x" * 10_000, "<script>alert(1)</script>"])
def test_what_is_not_an_order_is_said_to_be_unknown(paper):
    order = recognize(catalog, paper)
    assert order.readings == () and order.others == ()


def test_the_nearest_tests_are_offered():
    assert {test.id for test in recognize(catalog, "Szintigram").nearest} == {"bone_scan"}
    assert recognize(catalog, "scan").nearest


def test_words_that_are_left_out_are_named():
    assert recognize(catalog, "MRI lumbar spine Wednesday").unknown == ("wednesday",)


def test_vertebrae_are_a_region_but_t1_and_t2_on_an_mri_are_pictures():
    assert "thoracic" in [p.id for s in recognize(catalog, "CT T12-L2").readings[0].said for p in s.means]
    assert "thoracic" not in [
        p.id for s in recognize(catalog, "MRI lumbar T1 T2 STIR").readings[0].said for p in s.means
    ]


def test_facts_on_a_paper_are_named_and_never_taken_for_unknown_words():
    order = recognize(catalog, "NM bone scan, pregnant, on dialysis")
    assert {fact.id for fact in order.facts} == {"pregnant", "dialysis"}
    assert "pregnant" not in order.unknown


def test_home_and_my_test_read_alike():
    assert recognize(catalog, "PET MRI").others and not recognize(catalog, "PET MRI").readings
    assert recognize(catalog, "petct").readings[0].test.id == "pet_ct"
    assert recognize(catalog, "PT scan").readings[0].test.id == "pet_ct"
