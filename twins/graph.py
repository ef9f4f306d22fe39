"""Cycles in graphs, found without recursion."""

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]


def cycles(graph: Graph) -> Iterator[list[str]]:
    """Yield cycles such that a graph without any of them has none; each starts with its smallest node."""
    done: set[str] = set()
    for start in graph:
        if start in done:
            continue
        trail = {start: iter(graph[start])}  # keeps the order in which it was walked
        while trail:
            node, onward = next(reversed(trail.items()))
            for following in onward:
                if following in trail:
                    yield _turned(list(trail), following)
                elif following in graph and following not in done:
                    trail[following] = iter(graph[following])
                    break
            else:
                done.add(node)
                del trail[node]


def leaves_first(graph: Graph) -> Iterator[str]:
    """Yield each node after all that it leads to; those that lead to a cycle or out of the graph are not."""
    open_ends = {node: len(following) for node, following in graph.items()}
    before: dict[str, list[str]] = {}
    for node, following in graph.items():
        for each in following:
            before.setdefault(each, []).append(node)
    ready = [node for node, number in open_ends.items() if not number]
    while ready:
        node = ready.pop()
        yield node
        for each in before.get(node, ()):
            open_ends[each] -= 1
            if not open_ends[each]:
                ready.append(each)


def _turned(trail: list[str], first: str) -> list[str]:
    found = trail[trail.index(first) :]
    smallest = found.index(min(found))
    return found[smallest:] + found[:smallest]
