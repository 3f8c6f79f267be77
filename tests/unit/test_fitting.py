"""A figure is offered only for people and questions that it fits; everything else is refused with its reason."""

import pytest

from modalities import load_catalog
from modalities.chances import PERSON_UNITS
from modalities.fitting import best, fitting, refused, silent, worked_for

catalog = load_catalog()
priors = {prior.id: prior for prior in catalog.priors}


@pytest.mark.parametrize("prior", catalog.priors, ids=lambda prior: prior.id)
def test_only_fitting_figures_are_offered(prior):
    for offer in fitting(catalog, prior):
        row = offer.accuracy
        assert row.target == prior.target and row.unit in PERSON_UNITS and row.sensitivity and row.specificity
        assert row.protocol not in prior.not_for
        assert (offer.differs is None) == (row.population in prior.populations)
        assert offer.differs is None or row.population in prior.near


@pytest.mark.parametrize("prior", catalog.priors, ids=lambda prior: prior.id)
def test_every_version_with_a_figure_is_offered_or_refused_and_every_test_is_named(prior):
    offered = set(best(fitting(catalog, prior)))
    turned_away = {refusal.protocol for refusal in refused(catalog, prior)}
    told = {row.protocol for row in catalog.accuracy_file.accuracy if row.target == prior.target}
    assert offered | turned_away == told and not offered & turned_away
    assert all(refusal.reasons for refusal in refused(catalog, prior))
    tests = {catalog.version(protocol)[0].id for protocol in told} | {test.id for test in silent(catalog, prior)}
    assert tests == set(catalog.modalities)


def test_a_figure_from_the_same_people_comes_before_one_from_others():
    lung = best(fitting(catalog, priors["lung_new"]))
    assert lung["bone_scan"].accuracy.population == "lung_cancer" and lung["bone_scan"].differs is None
    assert lung["mri_whole_body"].differs, "its figures are from all kinds of cancer, and that is said"


def test_counts_of_spots_are_refused_for_people():
    reasons = {r.protocol: r.reasons for r in refused(catalog, priors["cord_suspected"])}
    assert any("counts each lesion" in reason.plain for reason in reasons["myelogram"])


def test_a_result_that_made_the_group_is_not_offered_again():
    offered = best(fitting(catalog, priors["hot_spot"]))
    assert "bone_scan" not in offered
    assert "mri" in priors["cord_suspected"].counted_with, "offered, with the caution that MRI counted them"


@pytest.mark.parametrize("protocol", ["mri", "ct", "bone_scan", "pet_ct_fdg", "pet_ct_psma", "xray"])
def test_a_test_s_own_page_gets_its_fitting_people(protocol):
    found = worked_for(catalog, [protocol])
    assert found and all(worked.accuracy.protocol == protocol for worked in found)
    for worked in found:
        assert worked.if_normal.mean <= worked.prior.chance.value <= worked.if_found.mean


def test_a_figure_that_would_mislead_is_withheld_with_its_reason():
    reasons = {r.protocol: r.reasons for r in refused(catalog, priors["prostate_new"])}
    assert "little sugar" in reasons["pet_ct_fdg"][0].plain
    assert "pet_ct_fdg" not in best(fitting(catalog, priors["prostate_new"]))
    assert "bone_scan" not in best(fitting(catalog, priors["prostate_new"])), "the share is that of positive bone scans"
