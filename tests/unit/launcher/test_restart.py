from random import Random

from scripts.launcher.restart import DEATHS_MAX, RestartPolicy


def test_the_first_death_is_answered_at_once() -> None:
    assert RestartPolicy(Random(1)).delay_after_death_s(0.1) == 0.0


def test_further_deaths_wait_longer_and_longer_up_to_a_bound_and_then_for_ever() -> None:
    policy = RestartPolicy(Random(1))
    delays = [policy.delay_after_death_s(0.1) for _ in range(DEATHS_MAX)]
    assert delays[-1] is None
    bounds = [0.0, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0, 5.0, 5.0]
    for delay, bound in zip(delays[:-1], bounds, strict=True):
        assert delay is not None
        assert bound / 2 <= delay <= bound


def test_a_run_that_lasted_clears_the_count() -> None:
    policy = RestartPolicy(Random(1))
    for _ in range(DEATHS_MAX - 1):
        policy.delay_after_death_s(0.1)
    assert policy.delay_after_death_s(60.0) == 0.0
    assert policy.deaths == 1


def test_services_that_fall_together_do_not_rise_together() -> None:
    policies = [RestartPolicy(Random(seed)) for seed in range(8)]
    for policy in policies:
        policy.delay_after_death_s(0.1)
    assert len({policy.delay_after_death_s(0.1) for policy in policies}) == 8
