"""DX-DI: what directories list, how they stand to each other, and how deep they may be asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    not_applicable,
    observe,
    passive,
    requirement,
)
from conformance.oracles.exchange.model import DataStore, DataStoreDirectory, DataStoreFile, User
from conformance.suite.exchange.asking import CRASH_STATUS, brief, still_answers
from conformance.suite.exchange.callers import others
from conformance.suite.exchange.trees import ground, listed, own_directory, walked
from conformance.targets.exchange import ExchangeTarget, item_of
from conformance.targets.naming import is_tagged

FAR = 30
"""Levels of contents that nobody needs; published clients ask for two."""


def _views(exchange: ExchangeTarget) -> list[tuple[ExchangeTarget, DataStore]]:
    """Stores that are there already, each with its owner."""
    found = [(v, s) for v in [exchange, *others(exchange)] for s in v.list_data_stores()[:2]]
    stores = [(view, store) for view, store in found if not is_tagged(store.name)]
    if not stores:
        not_applicable("nobody whose token the profile has has a data store")
    return stores


def _well_formed(directory: DataStoreDirectory) -> None:
    for item in directory.contents or ():
        filled = {
            "FILE": item.data_store_file is not None,
            "DIRECTORY": item.data_store_directory is not None,
        }
        wanted = {kind: kind == item.object_type for kind in filled}
        right = item.object_type in filled and filled == wanted
        expect(right, "object of a directory", got=item, wanted="one part, that of its type")
        if (file := item.data_store_file) is not None:
            told, id_ = file.data_store_directory_id, directory.data_store_directory_id
            right = told in (None, id_)
            expect(right, "dataStoreDirectoryId of a listed file", got=told, wanted=id_)


@requirement("DX-DI-001")
@passive
def test_objects_are_what_they_say(exchange: ExchangeTarget) -> None:
    for view, store in _views(exchange)[:3]:
        for directory in walked(view, store.home_directory_id):
            _well_formed(directory)


@requirement("DX-DI-001")
def test_directories_list_what_is_in_them(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    place = own_directory(exchange, store)
    files = [
        exchange.fresh_file(store=store, directory=place)
        for _ in range(by_depth(full=10, staging=1))
    ]
    wanted = {file.data_store_file_id: "FILE" for file in files}
    if exchange.profile.administration:
        inner = exchange.fresh_directory(store, parent=place).data_store_directory_id
        deeper = exchange.fresh_file(store=store, directory=inner).data_store_file_id
        wanted[inner] = "DIRECTORY"
        exchange.settled(lambda: listed(exchange, inner) == {deeper: "FILE"}, what="inner file")
        exchange.settled(
            lambda: listed(exchange, place) == wanted,
            what=f"exactly {len(wanted)} objects in a directory",
        )
    else:
        exchange.settled(
            lambda: wanted.items() <= listed(exchange, place).items(), what="two new files"
        )
    _well_formed(exchange.get_directory(place))


@requirement("DX-DI-002")
@passive
def test_parents_list_their_children(exchange: ExchangeTarget) -> None:
    for view, store in _views(exchange)[:3]:
        above: dict[str, str] = {}
        for directory in walked(view, store.home_directory_id):
            id_ = directory.data_store_directory_id
            expect(
                directory.parent_directory_id == above.get(id_),
                "parent of a directory",
                got=directory.parent_directory_id,
                wanted=above.get(id_),
            )
            for each in directory.directories:
                told = each.parent_directory_id
                expect(told == id_, "parent of a listed directory", got=told, wanted=id_)
            above |= {each.data_store_directory_id: id_ for each in directory.directories}


@requirement("DX-DI-002", needs=["administration"])
def test_new_directories_have_the_parent_that_lists_them(exchange: ExchangeTarget) -> None:
    store = exchange.fresh_store()
    chain = _chain(exchange, store, by_depth(full=3, staging=2))
    for parent, child in pairwise(chain):
        shown = exchange.get_directory(child)
        expect(
            shown.parent_directory_id == parent,
            "parent of a directory",
            got=shown.parent_directory_id,
            wanted=parent,
        )
        exchange.settled(partial(_lists, exchange, parent, child), what="child listed")
    seen = [each.data_store_directory_id for each in exchange.walk(store.home_directory_id)]
    expect(seen == chain, "directories on the way down", got=seen, wanted=chain)


@requirement("DX-DI-002", needs=["administration"])
def test_no_directory_is_moved_into_itself(exchange: ExchangeTarget) -> None:
    home, outer, inner = _chain(exchange, exchange.fresh_store(), 2)
    for place in (inner, outer):
        moved = attempt(partial(exchange.update_directory, outer, parentDirectoryId=place))
        observe(f"moving into itself {'is refused' if isinstance(moved, Refused) else 'is taken'}")
        got = exchange.get_directory(outer).parent_directory_id
        expect(got == home, "parent of a directory after that", got=got, wanted=home)


@requirement("DX-DI-002", needs=["administration"])
def test_what_was_in_a_deleted_directory_has_a_place_or_is_gone(exchange: ExchangeTarget) -> None:
    store = exchange.fresh_store()
    _, outer, inner = _chain(exchange, store, 2)
    files = [
        exchange.fresh_file(store=store, directory=place).data_store_file_id
        for place in (outer, inner)
    ]
    deleted = attempt(partial(exchange.delete_directory, outer))
    if isinstance(deleted, Refused):
        observe("deleting a directory with something inside is refused")
        return
    observe("deleting a directory deletes what is inside")
    exchange.settled(
        partial(
            _placed, exchange, lambda: exchange.get_directory(inner).parent_directory_id, inner
        ),
        what="absence of a directory whose parent was deleted",
    )
    for file in files:
        exchange.settled(
            partial(_placed, exchange, partial(_directory_of, exchange, file), file),
            what="absence of a file whose directory was deleted",
        )


def _directory_of(exchange: ExchangeTarget, file: str) -> str | None:
    return exchange.get_file(file).data_store_directory_id


def _placed(exchange: ExchangeTarget, above: Callable[[], str | None], item: str) -> bool:
    """Whether something is gone, or the directory that it names lists it."""
    parent = attempt(above)
    if isinstance(parent, Refused):
        return True
    place = None if parent is None else attempt(partial(listed, exchange, parent))
    return place is not None and not isinstance(place, Refused) and item in place


def _lists(exchange: ExchangeTarget, parent: str, child: str) -> bool:
    return child in listed(exchange, parent)


def _chain(exchange: ExchangeTarget, store: DataStore, length: int) -> list[str]:
    """The home directory, and so many directories each inside of the one before."""
    chain = [store.home_directory_id]
    for _ in range(length):
        made = exchange.fresh_directory(store, parent=chain[-1])
        chain.append(made.data_store_directory_id)
    return chain


@requirement("DX-DI-003")
@passive
def test_contents_are_lists(exchange: ExchangeTarget) -> None:
    for view, store in _views(exchange):
        home = view.get_directory(store.home_directory_id, contents=2)
        for directory in (home, *home.directories):
            expect(directory.contents is not None, "contents", got="null", wanted="a list")


@requirement("DX-DI-003", needs=["administration"])
def test_nothing_inside_is_an_empty_list(exchange: ExchangeTarget) -> None:
    store = exchange.fresh_store()
    empty = exchange.fresh_directory(store).data_store_directory_id
    shown = exchange.get_directory(empty)
    expect(shown.contents == (), "contents of a new directory", got=shown.contents, wanted=[])
    home = exchange.get_directory(store.home_directory_id, contents=2)
    got = [each.contents for each in home.directories]
    expect(got == [()], "contents of it as its parent shows them", got=got, wanted=[[]])


@requirement("DX-DI-004")
@passive
def test_four_levels_can_be_asked_for(exchange: ExchangeTarget) -> None:
    store = exchange.store()
    deep = exchange.get_directory(store.home_directory_id, contents=4)
    flat = exchange.get_directory(store.home_directory_id, contents=0)
    got, wanted = deep.data_store_directory_id, flat.data_store_directory_id
    expect(got == wanted, "directory with four levels of contents", got=got, wanted=wanted)


@requirement("DX-DI-004", needs=["administration", "full"])
def test_four_levels_show_the_fourth(exchange: ExchangeTarget) -> None:
    store = exchange.fresh_store()
    chain = _chain(exchange, store, 3)
    file = exchange.fresh_file(store=store, directory=chain[-1])

    def seen() -> DataStoreFile | None:
        place: DataStoreDirectory | None = exchange.get_directory(chain[0], contents=4)
        for _ in chain[1:]:
            place = next(iter(place.directories), None) if place else None
        return next(iter(place.files), None) if place else None

    found = exchange.settled(seen, what="file four levels below the home")
    expect(
        found.data_store_file_id == file.data_store_file_id,
        "file four levels below the home",
        got=found,
        wanted=file,
    )


@requirement("DX-DI-004")
@passive
def test_far_more_levels_do_no_harm(exchange: ExchangeTarget) -> None:
    _far(exchange, exchange.store().home_directory_id)


@requirement("DX-DI-004", needs=["administration"])
def test_far_more_levels_are_bounded(exchange: ExchangeTarget) -> None:
    store = exchange.fresh_store()
    if not _far(exchange, store.home_directory_id):
        return  # Refused: no tree is needed to see that it is bounded.
    chain = _chain(exchange, store, FAR)
    if (answer := _far(exchange, chain[0])) is None:
        return
    expect(
        chain[-1] not in answer,
        f"contents asked for to a depth of {FAR}",
        got="all of them in one answer",
        wanted="a refusal, or fewer levels",
    )


def _far(exchange: ExchangeTarget, directory: str) -> str | None:
    """Ask far too deep; the text of the answer, None if that is refused."""
    inner = "dataStoreDirectoryId"
    for _ in range(FAR):
        inner = f"dataStoreDirectoryId contents {{ dataStoreDirectory {{ {inner} }} }}"
    text = f'{{ storage_getDataStoreDirectory(dataStoreDirectoryId: "{directory}") {{ {inner} }} }}'
    reply = exchange.post({"query": text})
    what = f"contents asked for to a depth of {FAR}"
    right = reply.status < CRASH_STATUS and reply.document is not None
    expect(right, what, got=brief(reply), wanted="a refusal, or an answer")
    expect("InternalFailure" not in reply.kinds, what, got=brief(reply), wanted="no failure")
    still_answers(exchange, what)
    if reply.errors and not reply.has_data:
        return None
    observe(f"{FAR} levels of contents can be asked for")
    return reply.body.decode(errors="replace")


def _owned(what: str, owner: User | None, owner_id: str | None, *, by: str | None = None) -> None:
    expect(owner is not None, f"owner of a {what}", got="null", wanted="a user")
    expect(owner_id, f"ownerUserId of a {what}", got=owner_id, wanted="an id")
    told = owner.user_id if owner is not None else ""
    expect(told == owner_id, f"owner of a {what}", got=told, wanted=owner_id)
    expect(by in (None, owner_id), f"ownerUserId of a {what}", got=owner_id, wanted=by)
    has = owner is not None and owner.organization is not None
    expect(has, f"organization of the owner of a {what}", got=owner, wanted="an organization")


@requirement("DX-DI-005")
@passive
def test_owners_are_told_in_both_ways(exchange: ExchangeTarget) -> None:
    for view, store in _views(exchange)[:3]:
        for directory in walked(view, store.home_directory_id):
            _owned("directory", directory.owner, directory.owner_user_id)
            for file in directory.files[:5]:
                _owned("file", file.owner, file.owner_user_id)
            for inner in directory.directories[:5]:
                _owned("directory", inner.owner, inner.owner_user_id)


@requirement("DX-DI-005")
def test_a_new_file_is_of_who_made_it(exchange: ExchangeTarget) -> None:
    store, me = ground(exchange), exchange.me.user_id
    made = item_of(
        exchange.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name=exchange.fresh_name(),
        )
    )
    file = exchange.get_file(made)
    _owned("new file", file.owner, file.owner_user_id, by=me)
    for shown in exchange.get_directory(store.home_directory_id).files:
        if shown.data_store_file_id == made:
            _owned("new file in its directory", shown.owner, shown.owner_user_id, by=me)
