"""A sort order kept ready."""

from random import Random

import pytest

from flow_retail_sandbox.store.ordering import Order


@pytest.mark.parametrize("seed", range(5))
def test_an_order_is_what_sorting_anew_would_give(seed):
    random = Random(seed)
    truth = {i: (random.randrange(10), i) for i in range(50)}
    order = Order(truth.values())
    for _ in range(300):
        record_id = random.randrange(60)
        if random.random() < 0.4:
            truth.pop(record_id, None)
            order.discard(record_id)
        else:
            truth[record_id] = (random.randrange(10), record_id)
            order.put(truth[record_id])
        ascending = [entry[-1] for entry in sorted(truth.values())]
        assert len(order) == len(ascending)
        offset, size = random.randrange(60), random.randrange(1, 20)
        assert order.slice(offset, size, descending=False) == ascending[offset : offset + size]
        assert order.slice(offset, size, descending=True) == ascending[::-1][offset : offset + size]
        some = random.sample(ascending, min(10, len(ascending)))
        assert order.arrange(some, descending=False) == [i for i in ascending if i in some]
