"""URLs that were not given, made from one that was: of our form, of S3's and of no known one."""

from urllib.parse import parse_qsl, urlsplit

from conformance.suite.exchange import test_files_urls as urls
from conformance.tests.checking import running

OURS = "http://127.0.0.1:1/objects/a%20b?expires=1700000000&signature=0abc"
S3 = (
    "https://bucket.example/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900"
    "&X-Amz-SignedHeaders=host&X-Amz-Signature=1abc"
)


def query(url):
    return dict(parse_qsl(urlsplit(url).query))


def altered(url):
    with running():
        return urls._altered(url)


def test_one_part_is_altered_at_a_time():
    for url, signature, expiry in (
        (OURS, "signature", "expires"),
        (S3, "X-Amz-Signature", "X-Amz-Expires"),
    ):
        found = altered(url)
        changed = {
            what: {name for name, value in query(url).items() if query(each).get(name) != value}
            for what, each in found.items()
        }
        assert changed == {
            "without what it asks with": set(query(url)),
            "with another signature": {signature},
            "with a later expiry": {expiry},
            "with an expiry that is over": {expiry},
        }
        assert {urlsplit(each).path for each in found.values()} == {urlsplit(url).path}


def test_what_is_not_seen_is_not_altered():
    assert set(altered("https://host.example/key?token=x")) == {"without what it asks with"}
