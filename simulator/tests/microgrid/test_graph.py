import pytest

from simulator.microgrid.graph import GraphError, Node, build, mistakes
from simulator.microgrid.scenario_category import Category as C
from simulator.microgrid.scenario_category import InverterType

NODES = {
    1: (C.GRID_CONNECTION_POINT, None),
    2: (C.METER, None),
    3: (C.METER, None),
    4: (C.INVERTER, InverterType.BATTERY),
    5: (C.BATTERY, 1),
    6: (C.METER, None),
    7: (C.INVERTER, InverterType.PV),
    8: (C.EV_CHARGER, 1),
    9: (C.CHP, None),
}
EDGES = [(1, 2), (2, 3), (3, 4), (4, 5), (2, 6), (6, 7), (2, 8), (2, 9)]


def nodes(**changes):
    found = dict(NODES)
    for key, value in changes.items():
        found[int(key.lstrip("n"))] = value
    return [Node(id=i, category=category, type=type_) for i, (category, type_) in found.items()]


def found(*, more=(), without=(), **changes):
    edges = [edge for edge in [*EDGES, *more] if edge not in without]
    return [(each.rule, each.component_ids) for each in mistakes(nodes(**changes), edges)]


def test_the_site_of_the_public_library_is_legal():
    graph = build(nodes(), EDGES)
    assert (graph.root, graph.order[:3]) == (1, (1, 2, 3))
    assert graph.children[2] == (3, 6, 8, 9)
    assert graph.parents[5] == (4,)
    for above, below in EDGES:
        assert graph.order.index(above) < graph.order.index(below)


@pytest.mark.parametrize(
    ("changes", "rule", "ids"),
    [
        ({"n10": (C.GRID_CONNECTION_POINT, None), "more": [(10, 8)]}, 1, (1, 10)),
        ({"n10": (C.METER, None)}, 6, (10,)),
        ({"more": [(3, 9)]}, 6, (9, 2, 3)),
        ({"more": [(9, 10)], "n10": (C.METER, None)}, 2, (10, 9)),
        ({"more": [(3, 5)]}, 2, (3, 5)),
        ({"more": [(3, 5)]}, 4, (5, 3)),
        ({"without": [(4, 5)], "more": [(3, 5)]}, 3, (4,)),
        ({"n4": (C.INVERTER, None)}, 3, (4,)),
        ({"n4": (C.INVERTER, InverterType.PV)}, 3, (4, 5)),
        ({"n4": (C.INVERTER, InverterType.PV)}, 4, (5, 4)),
        ({"more": [(8, 9)], "without": [(2, 9)]}, 5, (9, 8)),
        ({"more": [(5, 10)], "n10": (C.METER, None)}, 4, (5, 10)),
        ({"more": [(4, 9)], "without": [(2, 9)]}, 3, (4, 9)),
        ({"more": [(7, 10)], "n10": (C.BATTERY, 1)}, 4, (10, 7)),
    ],
)
def test_broken_rules_are_named_with_their_components(changes, rule, ids):
    assert (rule, ids) in found(**changes)


def test_circles_are_found():
    result = found(more=[(10, 11), (11, 10)], n10=(C.METER, None), n11=(C.METER, None))
    assert (6, (10, 11)) in result


@pytest.mark.parametrize(
    "more", [[(2, 99)], [(2, 2)], [(1, 2)]], ids=["unknown", "itself", "twice"]
)
def test_unusable_edges_are_reported_alone(more):
    assert [rule for rule, _ in found(more=more)] == [6]


def test_ids_are_unique_and_above_zero():
    bad = [*nodes(), Node(id=2, category=C.METER), Node(id=0, category=C.METER)]
    assert [each.component_ids for each in mistakes(bad, EDGES)] == [(2,), (0,)]


def test_several_inverters_may_share_several_batteries():
    more = [(3, 10), (10, 5), (10, 11), (4, 11)]
    assert found(more=more, n10=(C.INVERTER, InverterType.BATTERY), n11=(C.BATTERY, 1)) == []


def test_a_hybrid_inverter_needs_no_battery():
    hybrid = (C.INVERTER, InverterType.HYBRID)
    assert found(n4=hybrid) == []
    assert found(more=[(3, 10)], n10=hybrid) == []


def test_rules_look_through_components_that_only_carry():
    assert found(n10=(C.BREAKER, None), more=[(2, 10), (10, 8)], without=[(2, 8)]) == []
    assert (4, (5, 3)) in found(n10=(C.BREAKER, None), more=[(3, 10), (10, 5)], without=[(4, 5)])


def test_an_empty_grid_connection_is_no_site():
    assert (1, (1,)) in [(each.rule, each.component_ids) for each in mistakes(nodes()[:1], [])]
    assert mistakes([], [])[0].rule == 1


def test_building_an_illegal_graph_lists_everything():
    with pytest.raises(GraphError) as caught:
        build(nodes(n4=(C.INVERTER, InverterType.PV)), EDGES)
    assert len(caught.value.mistakes) == 2


# Without a grid

ISLAND = [edge for edge in EDGES if edge[0] != 1]


def mistaken(without_nodes=(1,), more=(), **changes):
    kept = [each for each in nodes(**changes) if each.id not in without_nodes]
    edges = [edge for edge in (*ISLAND, *more) if not set(edge) & set(without_nodes)]
    return [(each.rule, each.component_ids) for each in mistakes(kept, edges, allow_no_grid=True)]


def test_a_meter_may_take_the_place_of_the_grid_connection_point():
    assert mistaken() == []
    graph = build(nodes()[1:], ISLAND, allow_no_grid=True)
    assert (graph.root, graph.order[0], graph.behind(2)) == (2, 2, tuple(range(2, 10)))
    with pytest.raises(GraphError, match="unless it says allow_no_grid: true"):
        build(nodes()[1:], ISLAND)


def test_the_permission_changes_nothing_where_there_is_a_grid():
    assert mistakes(nodes(), EDGES, allow_no_grid=True) == []
    assert mistakes(nodes(), ISLAND, allow_no_grid=True) == mistakes(nodes(), ISLAND) != []


@pytest.mark.parametrize(
    ("changes", "rule", "ids"),
    [
        ({"n10": (C.METER, None)}, 1, (2, 10)),
        ({"n10": (C.BREAKER, None), "more": [(10, 2)]}, 1, ()),
        ({"n10": (C.CHP, None)}, 6, (10,)),
        ({"n10": (C.BATTERY, 1)}, 4, (10,)),
        ({"without_nodes": (1, 3, 4, 5, 6, 7, 8, 9)}, 1, (2,)),
        (
            {"more": [(2, 10), (10, 11), (11, 10)], "n10": (C.METER, None), "n11": (C.METER, None)},
            6,
            (10, 11),
        ),
        ({"n4": (C.INVERTER, InverterType.PV)}, 3, (4, 5)),
    ],
)
def test_an_island_has_one_meter_at_its_root_and_all_other_rules(changes, rule, ids):
    assert (rule, ids) in mistaken(**changes)
