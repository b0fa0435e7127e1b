"""Watches of all sorts over histories of all sorts, each message checked by strict assemblers.

After every whole changeset a client must hold what the registry once showed, never going back, and
what it shows now whenever nothing is left to be sent.
"""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from simulator.services.meta import Remove, Upsert
from simulator.services.meta.faults import Fault, Verb

from .api import REGION, Api, mask
from .watching import Watch, due

NAMES = [f"regions/r{n}" for n in range(8)]
TITLES = ["in", "out", "other"]
DOMAINS = ["a", "b"]
FILTERS = {
    "": lambda title, domain: True,
    'title = "in"': lambda title, domain: title == "in",
    'title != "out" AND domain = "a"': lambda title, domain: title != "out" and domain == "a",
}
ORDERS = {
    "": lambda item: item[0],
    "title": lambda item: (item[1], item[0]),
    "domain,title": lambda item: (item[2], item[1], item[0]),
}
MASKS = {None: (0, 1, 2), "title": (0, 1), "domain": (0, 2)}


class Client:
    """A client that reads message by message and may lose its connection at any time."""

    def __init__(self, machine, stateless, chunk, text, order, size, path, tag):
        self.machine = machine
        self.fields = {"max_chunk_size": chunk, "filter": text, "type": int(stateless)}
        if path:
            self.fields["field_mask"] = mask(path)
        if not stateless:
            self.fields |= {"order_by": order, "page_size": size}
        self.path, self.order, self.size, self.tag = path, order, size, tag
        self.stateless = stateless
        self.view = None
        self.tokens = []
        self.revision = 0
        self.connect()

    def connect(self, token=""):
        fields = self.fields | ({"resume_token": token} if token else {})
        self.watch = Watch(self.machine.api, REGION, tag=self.tag, view=self.view, **fields)
        self.view = self.watch.view
        self.inbox = []

    def read(self, most=None):
        """Receive some messages, or all there are; whatever is not received yet stays in line."""
        if most is None or len(self.inbox) < most:
            self.inbox += self.machine.run(due(self.watch.feed))
        received = self.inbox[:most]
        self.inbox = self.inbox[len(received) :]
        for data in received:
            (message,) = self.watch.feed_in([data])
            if message.is_current:
                self.check()
            if message.resume_token:
                self.tokens.append(message.resume_token)
            if message.is_hard_reset:
                self.tokens.clear()

    @property
    def held(self):
        regions = self.view.committed
        regions = list(regions.values()) if self.stateless else regions
        rows = [self.seen((each.name, each.title, each.domain)) for each in regions]
        return sorted(rows) if self.stateless else rows

    def seen(self, row):
        return tuple(row[place] for place in MASKS[self.path])

    def expected(self, state):
        fits = FILTERS[self.fields["filter"]]
        rows = [(name, *values) for name, values in state.items() if fits(*values)]
        rows.sort(key=ORDERS["" if self.stateless else self.order])
        if not self.stateless and self.size:
            rows = rows[: self.size]
        return [self.seen(row) for row in rows]

    def check(self):
        """What is held is what was shown at some revision, not before the last one."""
        history = self.machine.history
        held = self.held
        while self.expected(history[self.revision]) != held:
            self.revision += 1
            assert self.revision < len(history), (held, history[-1])


class Watching(RuleBasedStateMachine):
    """Mutations, batches, watches, cuts, resumes, faults."""

    clients = Bundle("clients")

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.run = self.runner.run
        self.api = Api(log_size=40)
        self.state = {}
        self.history = [{}]
        self.all = []

    def teardown(self):
        self.runner.close()

    def apply(self, changes):
        state = dict(self.state)
        made = []
        for name, values in changes:
            if values is not None:
                state[name] = values
                title, domain = values
                region = REGION.message(name=name, title=title, domain=domain)
                made.append(Upsert(message=region))
            elif name in state:
                del state[name]
                made.append(Remove(name=name))
        self.api.registry.apply(made)
        self.state = state
        self.history.append(state)

    values = st.tuples(st.sampled_from(TITLES), st.sampled_from(DOMAINS))
    change = st.tuples(st.sampled_from(NAMES), st.none() | values)

    @rule(change=change)
    def changes(self, change):
        self.apply([change])

    @rule(batch=st.lists(change, min_size=2, max_size=6))
    def changes_together(self, batch):
        self.apply(batch)

    @rule(values=values)
    def fills(self, values):
        self.apply([(name, values) for name in NAMES])

    @rule(name=st.sampled_from(NAMES), values=values)
    def outruns_the_log(self, name, values):
        for _ in range(41):
            self.apply([(name, values)])

    @rule(
        target=clients,
        stateless=st.booleans(),
        chunk=st.sampled_from([0, 1, 2, 3, 7, 8, 100]),
        text=st.sampled_from(list(FILTERS)),
        order=st.sampled_from(list(ORDERS)),
        size=st.sampled_from([0, 1, 2, 3, 5]),
        path=st.sampled_from(list(MASKS)),
        tag=st.sampled_from(["", "t"]),
    )
    def opens(self, **choices):
        if len(self.all) >= 4:
            return multiple()
        client = Client(self, **choices)
        self.all.append(client)
        return client

    @rule(client=clients, most=st.integers(1, 9))
    def reads(self, client, most):
        client.read(most)

    @rule(client=clients)
    def reads_all(self, client):
        client.read()

    @rule(client=clients, older=st.integers(0, 3), kept=st.booleans())
    def reconnects(self, client, older, kept):
        tokens = client.tokens
        if client.stateless and kept and tokens:
            client.connect(tokens[max(len(tokens) - 1 - older, 0)])
        else:
            client.connect()

    @rule(client=consumes(clients))
    def leaves(self, client):
        client.watch.feed.stop()
        self.all.remove(client)

    @rule(
        verb=st.sampled_from([each for each in Verb if each not in (Verb.DROP, Verb.SIZE)]),
        tag=st.sampled_from(["", "t"]),
        after=st.integers(0, 4),
        most=st.integers(1, 4),
    )
    def orders(self, verb, tag, after, most):
        self.api.service.watches.order(Fault(verb=verb, tag=tag, after=after, most=most))

    @rule(tag=st.sampled_from(["", "t"]))
    def checks_sizes(self, tag):
        self.api.service.watches.order(Fault(verb=Verb.SIZE, tag=tag))

    @rule()
    def settles(self):
        self.api.service.watches.order(Fault(verb=Verb.RESUME))
        for client in self.all:
            client.read()
            while client.watch.feed.paused:  # a pause that was still to come has come
                self.api.service.watches.order(Fault(verb=Verb.RESUME))
                client.read()
            assert client.held == client.expected(self.state)

    @invariant()
    def positions_tell_the_truth(self):
        for client in self.all:
            feed = client.watch.feed
            if feed.position >= feed.newest and not client.inbox and not feed.paused:
                assert client.held == client.expected(self.state)


Watching.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestWatching = Watching.TestCase
