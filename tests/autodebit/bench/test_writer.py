from autodebit.bench.writer import measure_writer


def test_writing_is_compared_with_the_peer_by_line_and_with_itself_by_memory():
    speed, memory = measure_writer(lines=300)
    assert (speed["unit"], speed["goal"], memory["unit"], memory["goal"]) == ("us", ">= 5", "kB", "<= 1.1")
    assert speed["ratio"] > 2 and speed["value"] < speed["against"]
    assert 1 <= memory["ratio"] < 10
