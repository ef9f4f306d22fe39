"""Cycles are found in any graph, and what is free of them is put in order."""

from graphlib import CycleError, TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from twins.graph import Graph, cycles, leaves_first

NODES = st.sampled_from("abcdefg")
GRAPHS = st.dictionaries(NODES, st.lists(NODES, max_size=4, unique=True), max_size=7)


def closed(graph: Graph) -> Graph:
    """Return the graph without edges that lead out of it."""
    return {node: [each for each in following if each in graph] for node, following in graph.items()}


def has_cycle(graph: Graph) -> bool:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


@given(GRAPHS)
def test_a_cycle_is_found_exactly_if_there_is_one(graph: Graph) -> None:
    assert bool(list(cycles(graph))) == has_cycle(closed(graph))


@given(GRAPHS)
def test_each_cycle_is_one_and_starts_with_its_smallest_node(graph: Graph) -> None:
    for cycle in cycles(graph):
        assert len(set(cycle)) == len(cycle)
        assert cycle[0] == min(cycle)
        for node, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert following in graph[node]


@given(GRAPHS)
def test_without_the_edges_that_close_cycles_there_is_none(graph: Graph) -> None:
    rest = {node: list(following) for node, following in graph.items()}
    for _ in range(100):
        found = next(cycles(rest), None)
        if found is None:
            break
        rest[found[-1]].remove(found[0])
    assert not has_cycle(closed(rest))


@given(GRAPHS)
def test_leaves_come_first_and_what_depends_on_a_cycle_never(graph: Graph) -> None:
    done: list[str] = []
    for node in leaves_first(graph):
        assert set(graph[node]) <= set(done)
        done.append(node)
    assert len(set(done)) == len(done)
    stuck = set(graph) - set(done)
    assert all(set(graph[node]) - set(done) for node in stuck)


def test_a_long_chain_needs_no_recursion() -> None:
    chain = {str(number): [str(number + 1)] for number in range(20_000)} | {"20000": []}
    assert list(cycles(chain)) == []
    assert len(list(leaves_first(chain))) == 20_001
    assert [len(cycle) for cycle in cycles(chain | {"20000": ["0"]})] == [20_001]
