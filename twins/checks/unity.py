"""Unity panels show what is declared, and there is a place for their builds."""

from collections.abc import Iterator

from twins.catalogue import Catalogue
from twins.explain import unknown
from twins.origin import Problem, shown


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield panels of nothing, two where there is room for one, and paths of builds without a host."""
    titles: dict[str, str] = {}
    shows: dict[str, str] = {}
    for key, entry in catalogue.unity_panels.items():
        spec = entry.spec
        for kind, wanted in (("Twin", spec.twin), ("Type", spec.type)):
            known = catalogue.ids.get(kind, {})
            if wanted and wanted not in known and not catalogue.unread:
                message = f"no {kind} {shown(wanted)} is declared; {unknown(wanted, list(known))}"
                yield entry.problem((kind.lower(),), message)
        if spec.twin and (first := shows.setdefault(spec.twin, key)) != key:
            message = f"UnityPanel {first} is on top of its dashboard already; keep one of them"
            yield entry.problem(("twin",), message)
        if (first := titles.setdefault(spec.title_shown, key)) != key:
            yield entry.problem(
                ("title",), f"UnityPanel {first} is called so, too; give it a title of its own"
            )
        if spec.build and "://" not in spec.build and "webgl" not in catalogue.services:
            yield entry.problem(
                ("build",),
                "this platform hosts no WebGL builds; set opentwins:webgl, or write the address, https://…",
            )
