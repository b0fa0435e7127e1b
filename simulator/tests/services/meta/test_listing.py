import re
from base64 import b64decode

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta.listing import MAX_SIZE, PAGE_BYTES

from .api import DEPLOYMENT, NOW_US, REGION, RESOURCE, SERVICE, Api, mask, names


@pytest.fixture
def api():
    """Seven regions r0 to r6, in no order."""
    api = Api()
    for number in (3, 1, 6, 0, 5, 2, 4):
        api.region(f"r{number}", title="odd" if number % 2 else "even")
    return api


def ids(page):
    return [name.removeprefix("regions/") for name in names(REGION, page)]


def refusal(api, kind=REGION, **fields):
    with pytest.raises(ServiceError) as caught:
        api.list(kind, **fields)
    return caught.value


def test_by_default_names_ascend(api):
    assert ids(api.list()) == ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]


def test_in_another_order(api):
    assert ids(api.list(order_by="title, name desc")) == ["r6", "r4", "r2", "r0", "r5", "r3", "r1"]


def test_pages_follow_each_other(api):
    first = api.list(page_size=3)
    second = api.list(page_size=3, page_token=first.next_page_token)
    third = api.list(page_size=3, page_token=second.next_page_token)
    assert [ids(page) for page in (first, second, third)] == [
        ["r0", "r1", "r2"],
        ["r3", "r4", "r5"],
        ["r6"],
    ]
    assert first.prev_page_token == third.next_page_token == ""
    assert ids(api.list(page_size=3, page_token=third.prev_page_token)) == ["r3", "r4", "r5"]
    assert api.list(page_size=3, page_token=first.next_page_token) == second


def test_a_last_page_that_is_full_is_known_to_be_the_last(api):
    assert api.list(page_size=7).next_page_token == ""


def test_unless_the_server_does_not_look_ahead():
    api = Api("trailing-empty-page")
    api.region("aa")
    page = api.list(page_size=1)
    trailing = api.list(page_size=1, page_token=page.next_page_token)
    assert ids(trailing) == []
    assert trailing.next_page_token == ""
    assert ids(api.list(page_size=1, page_token=trailing.prev_page_token)) == ["aa"]


def test_paging_info_is_counted_if_asked_for(api):
    page = api.list(page_size=2, filter='title = "even"', include_paging_info=True)
    assert (page.current_offset, page.total_results_count) == (0, 4)
    again = {"page_size": 2, "filter": 'title = "even"', "page_token": page.next_page_token}
    page = api.list(**again, include_paging_info=True)
    assert (page.current_offset, page.total_results_count) == (2, 4)
    page = api.list(**again)
    assert (page.current_offset, page.total_results_count) == (0, 0)


def test_or_not_even_then():
    api = Api("paging-info-zero")
    api.region("aa")
    assert api.list(include_paging_info=True).total_results_count == 0


def test_sizes():
    api = Api()
    api.put(REGION, *({"name": f"regions/r{number}"} for number in range(MAX_SIZE + 50)))
    assert len(ids(api.list())) == 100
    assert len(ids(api.list(page_size=101))) == 101
    assert len(ids(api.list(page_size=2**31 - 1))) == MAX_SIZE
    error = refusal(api, page_size=-1)
    assert (error.code, error.text) == (Code.INVALID_ARGUMENT, "page_size: -1 is negative")


def test_a_page_is_cut_short_where_the_reply_would_become_too_long():
    api = Api()
    count = 130
    for number in range(count):
        api.region(f"r{number:03}", title="x" * 32_000)
    seen, token = [], ""
    for _ in range(2):
        page = api.list(page_size=MAX_SIZE, page_token=token)
        assert page.ByteSize() < PAGE_BYTES + 1000
        seen.append(ids(page))
        token = page.next_page_token
    assert token == ""
    assert [number for part in seen for number in part] == [f"r{n:03}" for n in range(count)]
    back = api.list(page_size=MAX_SIZE, page_token=page.prev_page_token)
    assert ids(back) == seen[0]
    assert back.prev_page_token == ""
    end = api.list(page_size=MAX_SIZE, page_token="l.i.O.2147483647")
    assert ids(end) == [f"r{n:03}" for n in range(count - len(seen[0]), count)]
    assert len(ids(api.list(page_size=MAX_SIZE, field_mask=mask("domain")))) == count


@pytest.mark.parametrize(
    "quirks", [(), ("tokens-unsealed",), ("tokens-bound",), ("tokens-by-offset",)]
)
@pytest.mark.parametrize("order_by", ["", "title desc, metadata.labels"])
def test_tokens_are_such_as_published_clients_read(quirks, order_by):
    api = Api(*quirks)
    for number in range(5):
        api.region(f"r{number}", title="ä", metadata={"labels": {"a": "b", "c": "d"}})
    form = r"[lr]\.[ie]\.(O\.\d+|S\.[A-Za-z0-9+/]*=*|C\.\S+)"
    page = api.list(page_size=2, order_by=order_by)
    page = api.list(page_size=2, order_by=order_by, page_token=page.next_page_token)
    for token in (page.prev_page_token, page.next_page_token):
        assert re.fullmatch(form, token)
        if token[4] == "S":
            boundary = REGION.message.FromString(b64decode(token[6:]))
            assert boundary.name.startswith("regions/r")


def test_a_page_survives_the_loss_of_its_boundary(api):
    token = api.list(page_size=3).next_page_token
    api.remove("regions/r2", "regions/r3")
    api.region("r25")
    assert ids(api.list(page_size=3, page_token=token)) == ["r25", "r4", "r5"]


def test_a_page_after_everything_leads_back(api):
    token = api.list(page_size=5).next_page_token
    api.remove("regions/r5", "regions/r6")
    page = api.list(page_size=5, page_token=token, include_paging_info=True)
    assert (ids(page), page.current_offset, page.next_page_token) == ([], 5, "")
    assert ids(api.list(page_size=2, page_token=page.prev_page_token)) == ["r3", "r4"]


@pytest.mark.parametrize(
    ("token", "page"),
    [
        ("r.e.O.0", ["r0", "r1", "r2"]),
        ("r.i.O.2", ["r2", "r3", "r4"]),
        ("r.e.O.6", ["r6"]),
        ("r.e.O.7", []),
        ("r.e.O.2147483647", []),
        ("l.e.O.5", ["r2", "r3", "r4"]),
        ("l.i.O.1", ["r0"]),
        ("l.i.O.0", []),
        ("l.e.O.99", ["r4", "r5", "r6"]),
    ],
)
@pytest.mark.parametrize("order_by", ["", "name desc", "domain", "domain desc"])
def test_numbers_are_places_too(api, token, page, order_by):
    descending = "desc" in order_by
    expected = ids(api.list(order_by=order_by))
    positions = [int(each[1:]) for each in page]
    found = api.list(page_token=token, page_size=3, order_by=order_by, include_paging_info=True)
    assert ids(found) == [expected[position] for position in positions]
    assert expected[0] == ("r6" if descending else "r0")
    assert bool(found.prev_page_token) is (found.current_offset > 0)
    rest = found.total_results_count - found.current_offset - len(page)
    assert bool(found.next_page_token) is (rest > 0)


def test_a_number_in_an_empty_list():
    assert ids(Api().list(page_token="r.e.O.3")) == []


@pytest.fixture
def deployed():
    api = Api()
    for parent in ("eu", "eu-west", "us"):
        api.put(DEPLOYMENT, *({"name": f"regions/{parent}/deployments/{n}"} for n in "ab"))
    return api


def test_a_list_holds_the_children_of_its_parent(deployed):
    found = deployed.names(DEPLOYMENT, parent="regions/eu")
    assert found == ["regions/eu/deployments/a", "regions/eu/deployments/b"]


def test_a_wildcard_stands_for_every_parent(deployed):
    assert len(deployed.names(DEPLOYMENT, parent="regions/-")) == 6
    page = deployed.list(DEPLOYMENT, parent="regions/-", page_size=4)
    rest = deployed.names(DEPLOYMENT, parent="regions/-", page_token=page.next_page_token)
    assert rest == ["regions/us/deployments/a", "regions/us/deployments/b"]


def test_pages_stay_with_their_parent(deployed):
    page = deployed.list(DEPLOYMENT, parent="regions/eu", page_size=1, include_paging_info=True)
    assert page.total_results_count == 2
    token = page.next_page_token
    page = deployed.list(DEPLOYMENT, parent="regions/eu", page_size=1, page_token=token)
    assert names(DEPLOYMENT, page) == ["regions/eu/deployments/b"]
    assert page.next_page_token == ""


def test_a_filter_sees_only_the_children_of_the_parent(deployed):
    text = 'name != "regions/eu/deployments/a"'
    found = deployed.names(DEPLOYMENT, parent="regions/eu", filter=text)
    assert found == ["regions/eu/deployments/b"]


def test_a_parent_is_needed(deployed):
    error = refusal(deployed, DEPLOYMENT)
    assert error.code is Code.INVALID_ARGUMENT
    assert error.text == "parent: '' is not of the form regions/{region}"
    assert refusal(deployed, RESOURCE, parent="regions/eu").code is Code.INVALID_ARGUMENT


def test_or_not():
    api = Api("empty-parent-lists-all")
    api.put(DEPLOYMENT, {"name": "regions/eu/deployments/a"})
    assert api.names(DEPLOYMENT) == ["regions/eu/deployments/a"]


def test_an_unknown_parent_has_no_children(deployed):
    assert deployed.names(DEPLOYMENT, parent="regions/nowhere") == []


def test_or_is_not_found():
    api = Api("unknown-parent-not-found")
    error = refusal(api, DEPLOYMENT, parent="regions/nowhere")
    assert (error.code, error.text) == (Code.NOT_FOUND, "parent: there is no 'regions/nowhere'")
    api.region("nowhere")
    assert api.names(DEPLOYMENT, parent="regions/nowhere") == []
    assert api.names(DEPLOYMENT, parent="regions/-") == []


def test_a_filter_and_an_order_may_use_what_the_mask_hides(api):
    page = api.list(filter='title = "odd"', order_by="title,name desc", field_mask=mask("domain"))
    assert list(page.regions) == [REGION.message(name=f"regions/r{n}") for n in (5, 3, 1)]


@pytest.mark.parametrize("text", ["", "()"])
def test_a_filter_that_lets_all_pass(api, text):
    assert len(ids(api.list(filter=text))) == 7


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("titel = 1", Code.INVALID_ARGUMENT),
        ("title =", Code.INVALID_ARGUMENT),
        ("title = " + "(" * 20_000, Code.INVALID_ARGUMENT),
    ],
)
def test_a_filter_that_is_none(api, text, code):
    error = refusal(api, filter=text)
    assert error.code is code
    assert error.text.startswith("filter: ")


def test_like_is_known_unless_it_is_not():
    for quirks, answer in (((), ["aa"]), (("like-unimplemented",), Code.UNIMPLEMENTED)):
        api = Api(*quirks)
        api.region("aa", title="abc")
        api.region("bb", title="xbc")
        if quirks:
            assert refusal(api, filter='title LIKE "a%"').code is answer
        else:
            assert ids(api.list(filter='title LIKE "a%"')) == answer


def test_a_list_shows_what_get_shows(api):
    paths = mask("title", "metadata.generation")
    for resource in api.list(field_mask=paths).regions:
        assert resource == api.get(REGION, resource.name, field_mask=paths)


def test_kinds_do_not_mix(api):
    api.put(SERVICE, {"name": "services/x"})
    assert api.names(SERVICE) == ["services/x"]
    assert len(ids(api.list())) == 7


def test_times_are_ordered(api):
    for number, name in enumerate(("r4", "r2")):
        api.clock.set(NOW_US + 10 * (number + 1))
        api.region(name)
    found = ids(api.list(order_by="metadata.updateTime desc", page_size=3))
    assert found == ["r2", "r4", "r6"]


def test_a_page_without_filter_reads_only_its_own_items(api, monkeypatch):
    collection = api.registry.collection(REGION)
    api.put(REGION, *({"name": f"regions/x{number}"} for number in range(2000)))
    reads = []
    page = collection.page

    def counted(query, **options):
        found = page(query, **options)
        reads.append((query.order, query.where, len(found.items)))
        return found

    monkeypatch.setattr(collection, "page", counted)
    token = api.list(page_size=5, order_by="name desc").next_page_token
    api.list(page_size=5, order_by="name desc", page_token=token)
    assert reads == [("name", None, 5)] * 2
