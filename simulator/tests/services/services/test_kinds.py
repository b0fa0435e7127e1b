import pytest

from simulator.services.services import ConfigError, Knobs, Retry, parse_knobs, parse_object


class TestObjects:
    def test_are_read(self):
        assert parse_object(' {"a": [1, "ü"]} ') == {"a": [1, "ü"]}

    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("", "no JSON: Expecting value"),
            ("{", "no JSON"),
            ('{"a": Infinity}', "JSON has no Infinity"),
            ('{"a": ' + "1" * 5000 + "}", "no JSON"),
            ("[1]", "a JSON array, not an object"),
            ('"x"', "a JSON text"),
            ("1.5", "a JSON number"),
            ("true", "a JSON boolean"),
            ("null", "a JSON null"),
            ("[" * 100_000, "nested too deeply"),
        ],
    )
    def test_anything_else_is_refused(self, raw, text):
        with pytest.raises(ConfigError, match=text):
            parse_object(raw)


class TestKnobs:
    def test_are_off_by_default(self):
        assert parse_knobs({}) == parse_knobs({"fault": {}, "other": 1}) == Knobs()

    def test_are_read(self):
        block = {
            "parse": False,
            "loadDelay": "250ms",
            "failAttempts": 2,
            "failAlways": True,
            "fatal": True,
            "retry": {"initial": "1s", "factor": 2, "min": "10ms", "max": "1m", "maxAttempts": 5},
        }
        assert parse_knobs({"fault": block}) == Knobs(
            load_delay_s=0.25,
            fail_attempts=2,
            fail_always=True,
            fatal=True,
            retry=Retry(initial_s=1, factor=2, minimum_s=0.01, maximum_s=60, max_attempts=5),
        )

    def test_an_empty_retry_has_the_published_delays(self):
        assert parse_knobs({"fault": {"retry": {}}}).retry == Retry()

    @pytest.mark.parametrize(
        ("retry", "delays"),
        [({"initial": "50ms"}, [0.05, 0.075]), ({"initial": "2s", "max": "100ms"}, [0.1, 0.1])],
    )
    def test_short_delays_are_meant(self, retry, delays):
        made = parse_knobs({"fault": {"retry": retry}}).retry
        assert [made.delay_us(n) / 1e6 for n in (1, 2)] == delays

    @pytest.mark.parametrize(
        ("block", "text"),
        [
            ({"parse": True}, "counts as unreadable"),
            ({"loadDelays": 1}, r"fault\.loadDelays: Extra inputs"),
            ({"loadDelay": "fast"}, r"fault\.loadDelay: a length of time such as"),
            ({"loadDelay": -1}, r"fault\.loadDelay"),
            ({"loadDelay": float("inf")}, r"fault\.loadDelay: at most"),
            ({"loadDelay": float("nan")}, r"fault\.loadDelay"),
            ({"loadDelay": "999999999999999d"}, r"fault\.loadDelay: at most"),
            ({"failAttempts": -1}, r"fault\.failAttempts"),
            ({"retry": {"factor": 0.5}}, r"fault\.retry\.factor"),
            ({"retry": {"factor": float("nan")}}, r"fault\.retry\.factor"),
            ({"retry": []}, r"fault\.retry"),
            ([], "fault: "),
            (None, "fault: "),
        ],
    )
    def test_that_cannot_be_meant_are_refused(self, block, text):
        with pytest.raises(ConfigError, match=text):
            parse_knobs({"fault": block})

    def test_which_attempts_fail(self):
        assert [Knobs(fail_attempts=2).fails(n) for n in (1, 2, 3)] == [True, True, False]
        assert Knobs(fail_always=True).fails(1000)
        assert not Knobs().fails(1)


class TestRetry:
    def test_delays_grow_up_to_their_bound(self):
        delays = [Retry().delay_us(failures) for failures in range(1, 13)]
        assert delays[:4] == [500_000, 750_000, 1_125_000, 1_687_500]
        assert delays[10:] == [28_832_520, 30_000_000]
        assert Retry().delay_us(10**9) == 30_000_000

    def test_a_factor_of_1_keeps_them(self):
        assert Retry(factor=1.0).delay_us(10**9) == 500_000

    def test_they_have_a_least_length(self):
        assert Retry(initial_s=0.1).delay_us(1) == 500_000
