"""Tests that err together: against closed forms, another library, and a published table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from modalities.dependence import joint

SHARE = st.floats(0.01, 0.99)
DEPENDENCE = st.floats(0, 1).filter(lambda r: r <= 0.9999 or r == 1)
BOTH = (True, True)


def both(one, other, dependence):
    return float(joint(np.array([one, other]), BOTH, dependence))


@given(SHARE, SHARE)
def test_apart_the_shares_multiply_and_together_the_smaller_one_holds(one, other):
    assert both(one, other, 0) == pytest.approx(one * other)
    assert both(one, other, 1) == pytest.approx(min(one, other))


@given(SHARE, SHARE, DEPENDENCE)
def test_the_covariance_stays_within_its_closed_bounds(one, other, dependence):
    """Cov = P(both) − s₁s₂ lies between 0 and min(s₁, s₂) − s₁s₂ (Vacek 1985; Dendukuri and Joseph 2001)."""
    covariance = both(one, other, dependence) - one * other
    assert -1e-9 <= covariance <= min(one, other) - one * other + 1e-9


@given(SHARE, SHARE, DEPENDENCE, DEPENDENCE)
def test_the_covariance_grows_with_the_dependence(one, other, a, b):
    low, high = sorted((a, b))
    assert both(one, other, low) <= both(one, other, high) + 1e-9


@pytest.mark.parametrize("dependence", [0.05, 0.3, 0.5, 0.9, 0.99])
def test_two_tests_agree_with_scipy_s_bivariate_normal(dependence):
    from scipy.special import ndtri

    for one, other in ((0.9, 0.7), (0.02, 0.3), (0.5, 0.5), (0.999, 0.8)):
        cov = [[1, dependence], [dependence, 1]]
        assert both(one, other, dependence) == pytest.approx(
            multivariate_normal.cdf(ndtri([one, other]), [0, 0], cov), abs=1e-7
        )


@given(st.lists(SHARE, min_size=1, max_size=4), DEPENDENCE)
def test_all_patterns_of_results_add_up_to_one(shares, dependence):
    patterns = [[bool(n >> bit & 1) for bit in range(len(shares))] for n in range(2 ** len(shares))]
    assert sum(float(joint(np.array(shares), p, dependence)) for p in patterns) == pytest.approx(1, abs=1e-8)


@given(st.lists(st.tuples(SHARE, st.booleans()), min_size=2, max_size=4), DEPENDENCE)
def test_the_order_of_tests_does_not_matter(tests, dependence):
    def of(pairs):
        return float(joint(np.array([share for share, _ in pairs]), [found for _, found in pairs], dependence))

    assert of(tests) == pytest.approx(of(tests[::-1]), abs=1e-12)


def test_a_published_pair_of_tests_is_reproduced():
    """IFAT and PCR in 176 ill salmon, 134 both positive (Dohoo, Martin, Stryhn, in the manual of epiR, rsu.dxtest).

    The printed covariance is 0.035; one correlation near 0.63 gives it back.
    """
    ifat, pcr = 138 / 176, 163 / 176
    assert both(ifat, pcr, 0.632) == pytest.approx(134 / 176, abs=0.001)
    assert both(ifat, pcr, 0.632) - ifat * pcr == pytest.approx(0.035, abs=0.001)


def test_many_draws_at_once_are_those_one_by_one():
    shares = np.array([[0.9, 0.8, 0.7], [0.6, 0.5, 0.4]])
    together = joint(shares, (True, False), 0.4)
    single = [float(joint(shares[:, n], (True, False), 0.4)) for n in range(3)]
    assert together == pytest.approx(single)


@pytest.mark.parametrize("dependence", [0.99995, 1 - 1e-12])
def test_next_to_one_it_is_still_quick_and_close(dependence):
    assert both(0.9, 0.7, dependence) == pytest.approx(0.7, abs=0.003)


@pytest.mark.parametrize("dependence", [-0.1, 1.1])
def test_a_dependence_out_of_bounds_is_refused(dependence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        joint(np.array([0.5]), [True], dependence)
    with pytest.raises(ValueError, match="need as many results"):
        joint(np.array([0.5, 0.5]), [True], 0.5)
