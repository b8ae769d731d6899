from random import Random

from scripts.launcher.restart import DEATHS_MANY, DELAY_SELDOM_S, RestartPolicy


def test_the_first_death_is_answered_at_once() -> None:
    assert RestartPolicy(Random(1)).delay_after_death_s(0.1) == 0.0


def test_further_deaths_wait_longer_and_longer_and_many_are_followed_by_seldom_tries() -> None:
    policy = RestartPolicy(Random(1))
    bounds = [0.0, 0.2, 0.4, 0.8, 1.6, *[2.0] * 14, *[DELAY_SELDOM_S] * 3]
    assert bounds.index(DELAY_SELDOM_S) == DEATHS_MANY - 1
    for bound in bounds:
        assert bound / 2 <= policy.delay_after_death_s(0.1) <= bound


def test_a_run_that_lasted_clears_the_count() -> None:
    policy = RestartPolicy(Random(1))
    for _ in range(DEATHS_MANY + 1):
        policy.delay_after_death_s(0.1)
    assert policy.delay_after_death_s(60.0) == 0.0
    assert policy.deaths == 1


def test_services_that_fall_together_do_not_rise_together() -> None:
    policies = [RestartPolicy(Random(seed)) for seed in range(8)]
    for policy in policies:
        policy.delay_after_death_s(0.1)
    assert len({policy.delay_after_death_s(0.1) for policy in policies}) == 8
