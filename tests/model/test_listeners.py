"""Listeners: where a request to the load balancer's own name really goes."""

from __future__ import annotations

import pytest

from grader.errors import EvidenceError, Unverified
from tests.model.balancing import (
    DNS,
    Json,
    account,
    arn,
    fixed,
    forward,
    header,
    host,
    listening,
    path,
    query,
    redirect,
    regex,
    remarks,
    rule,
    serves,
    source,
)  # fmt: skip


@pytest.mark.parametrize(
    "action",
    [
        forward("app"),
        forward("app", old=1),
        forward(old=99, app=1),
        {"Type": "forward", "TargetGroupArn": arn("app")},
    ],
)
def test_a_default_action_that_forwards_with_a_weight_serves(action: Json) -> None:
    """Alone, beside another group, and in the shape of before ``ForwardConfig``."""
    assert serves(listening(action))


@pytest.mark.parametrize(
    "action",
    [
        forward("old"),
        forward(app=0, old=1),
        fixed("503"),
        forward(app=0),
        {**forward(app=0), "TargetGroupArn": arn("app")},
    ],
)
def test_a_default_action_that_sends_nothing_does_not_serve(action: Json) -> None:
    """Another group, weight 0, or an answer of the listener's own."""
    assert not serves(listening(action))


def test_what_forwards_after_authentication_serves() -> None:
    """An action before the forward does not hide it."""
    listener = listening(fixed(), protocol="HTTP")
    listener["DefaultActions"] = [{"Type": "authenticate-oidc", "Order": 1}, forward("app")]
    assert serves(listener)


@pytest.mark.parametrize("default", [forward("old"), fixed(), redirect(Host="elsewhere.example")])
@pytest.mark.parametrize(
    "conditions",
    [
        [path("/*")],
        [path("/predict", "/health")],
        [host("*.elb.amazonaws.com")],
        [host("shop.example", DNS.upper())],
        [host(f"dualstack.{DNS}")],
        [header("User-Agent", "*")],
        [source("0.0.0.0/0")],
        [source("10.0.0.0/8", "203.0.113.7/32")],
        [source("2001:db8::/32")],
        [{"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}],
        [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "1"}]}}],
        [regex("host-header", "lab.*")],
        [path("/*"), host("lab-1.*")],
    ],
)
def test_a_rule_that_requests_can_meet_counts_beside_any_default(default: Json, conditions: list[Json]) -> None:
    """Rules come before the default action, also where that forwards elsewhere."""
    assert serves(listening(default, rule(forward("app"), *conditions)))


@pytest.mark.parametrize(
    "conditions",
    [
        [host("shop.example.com")],
        [host("*.example.com", "lab-2.*")],
        [host("[l]ab-1.*")],
        [path("/*"), host("shop.example.com")],
        [source("10.0.0.0/8")],
        [source("172.16.0.0/12", "fd00::/8")],
    ],
)
def test_a_rule_that_no_request_to_the_own_name_meets_does_not_count(conditions: list[Json]) -> None:
    """One for another host, or for private addresses, leaves the traffic to the default action."""
    balancer, groups = account([listening(forward("old"), rule(forward("app"), *conditions))])
    found = balancer.forwards_http_to(groups["app"], 80)
    assert not found
    assert "no request to the load balancer's own name reaches its rule" in repr(found)


@pytest.mark.parametrize("taking", [fixed(), redirect(Host="elsewhere.example"), forward("old"), forward(app=0)])
@pytest.mark.parametrize(
    "conditions",
    [[path("/*")], [path("*")], [host("*")], [host(DNS)], [source("0.0.0.0/1", "128.0.0.0/1")], [path("/a", "/*")],
     [regex("path-pattern", "^/.*$")], [regex("path-pattern", ".*")], []],
)
def test_a_rule_that_takes_everything_leaves_nothing_for_what_comes_later(taking: Json, conditions: list[Json]) -> None:
    """Neither the default action nor a rule of a later priority receives traffic then."""
    assert not serves(listening(forward("app"), rule(taking, *conditions)))
    later = rule(forward("app"), path("/*"), priority=2)
    assert not serves(listening(forward("app"), later, rule(taking, *conditions)))


@pytest.mark.parametrize(
    "conditions",
    [
        [path("/docs")],
        [path("/*"), header("X-Key", "*")],
        [host("shop.example.com")],
        [source("0.0.0.0/1")],
        [header("User-Agent", "*")],
        [host("shop.example.com"), path("/*")],
        [regex("path-pattern", "/docs")],
        [regex("host-header", "lab.*")],
    ],
)
def test_a_rule_that_takes_a_part_leaves_the_rest(conditions: list[Json]) -> None:
    """What it does not match goes on to the default action."""
    assert serves(listening(forward("app"), rule(fixed(), *conditions)))


def test_rules_are_tried_by_their_number() -> None:
    """Priority 9 comes before 10, wherever AWS lists them."""
    taking, serving = rule(fixed(), path("/*"), priority=10), rule(forward("app"), path("/*"), priority=9)
    assert serves(listening(fixed(), taking, serving))
    assert not serves(listening(fixed(), {**taking, "Priority": "9"}, {**serving, "Priority": "10"}))


def test_a_rule_behind_one_with_the_same_conditions_does_not_count() -> None:
    """What an earlier rule takes by the same values never comes to the later one; another header's does."""
    first = rule(fixed(), path("/predict", "/docs"))
    assert not serves(listening(fixed(), first, rule(forward("app"), path("/predict"), priority=2)))
    assert serves(listening(fixed(), first, rule(forward("app"), path("/predict", "/other"), priority=2)))
    by_regex = rule(fixed(), regex("path-pattern", "/a.*"))
    assert serves(listening(fixed(), by_regex, rule(forward("app"), regex("path-pattern", "/b.*"), priority=2)))
    assert not serves(listening(fixed(), by_regex, rule(forward("app"), regex("path-pattern", "/a.*"), priority=2)))
    keyed = rule(fixed(), header("X-A", "1"))
    assert serves(listening(fixed(), keyed, rule(forward("app"), header("X-B", "1"), priority=2)))
    assert not serves(listening(fixed(), keyed, rule(forward("app"), header("x-a", "1"), priority=2)))
    asked = rule(fixed(), query(page="1"))
    assert not serves(listening(fixed(), asked, rule(forward("app"), query(page="1"), priority=2)))
    for other in (query(page="2"), query(step="1"), query(page="1", step="1")):
        assert serves(listening(fixed(), asked, rule(forward("app"), other, priority=2)))


def test_conditions_are_read_in_both_shapes_of_aws() -> None:
    """Values beside the field, as they were before each field had a configuration of its own, and within it."""
    for everything in (
        {"Field": "path-pattern", "Values": ["/*"]},
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}},
        {"Field": "path-pattern", "RegexValues": [".*"]},
        {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": [".*"]}},
    ):
        assert not serves(listening(forward("app"), rule(fixed(), everything)))


def test_the_rule_that_no_request_meets_is_named() -> None:
    """By its conditions, each with at most three values."""
    for conditions, words in (
        ([header("X-Key", "1"), host("a.example")], "for x-key 1 and host-header a.example"),
        ([host("a.example", "b.example", "c.example", "d.example")], "for host-header a.example, b.example, c.example"),
    ):
        balancer, groups = account([listening(fixed(), rule(forward("app"), *conditions))])
        assert balancer.forwards_http_to(groups["app"], 80).found.endswith(f"reaches its rule {words}")
    balancer, groups = account([listening(fixed(), rule(fixed()), rule(forward("app"), priority=2))])
    assert balancer.forwards_http_to(groups["app"], 80).found.endswith("reaches its rule for everything")


def test_a_redirect_without_protocol_and_port_stays_where_it_is() -> None:
    """AWS leaves out what is as in the request; such a redirect leads to no other listener."""
    secure = listening(forward("app"), protocol="HTTPS", port=443)
    for config in ({}, {"Protocol": "HTTPS"}, {"Port": "443"}):
        bare = {"Type": "redirect", "RedirectConfig": {"Host": "#{host}", **config}}
        assert not serves(listening(bare), secure)
        balancer, groups = account([listening(bare), secure])
        said = f"redirects to {config.get('Protocol', '#{protocol}')}:{config.get('Port', '#{port}')}"
        assert said in balancer.forwards_http_to(groups["app"], 80).found


def test_a_rule_without_a_number_is_tried_last() -> None:
    """Whatever stands in the evidence, it ends no run."""
    unnumbered = {**rule(forward("app"), path("/*")), "Priority": "9" * 5000}
    assert serves(listening(fixed(), unnumbered))
    assert not serves(listening(fixed(), unnumbered, rule(fixed(), path("/*"), priority=50000)))


def test_the_default_action_is_the_listeners_own() -> None:
    """AWS tells it twice; the rules asked a moment later may be newer or older."""
    listener = listening(forward("app"))
    listener["rules"]["Rules"][0]["Actions"] = [fixed()]
    assert serves(listener)


def test_without_a_name_of_its_own_no_host_is_another() -> None:
    """Then a rule for a host may count, and takes nothing from others."""
    for listener in (
        listening(fixed(), rule(forward("app"), host("shop.example"))),
        listening(forward("app"), rule(fixed(), host("*"))),
    ):
        balancer, groups = account([listener], DNSName="")
        assert balancer.forwards_http_to(groups["app"], 80)


def test_an_address_that_is_none_is_a_fault_of_the_evidence() -> None:
    """A condition on the source must hold CIDR blocks."""
    with pytest.raises(EvidenceError, match="is not a CIDR block"):
        serves(listening(forward("old"), rule(forward("app"), source("everywhere"))))


HTTPS = listening(forward("app"), protocol="HTTPS", port=443)


@pytest.mark.parametrize(
    "action",
    [
        redirect(),
        redirect(Host=DNS),
        redirect(Host=f"dualstack.{DNS}"),
        redirect(Path="/docs", Query="a=b"),
        {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443"}},
    ],
)
def test_a_redirect_to_the_own_https_listener_that_forwards_serves(action: Json) -> None:
    """By default action or by rule; path and query are free. It is remarked."""
    assert serves(listening(action), HTTPS)
    assert serves(listening(fixed(), rule(action, path("/*"))), HTTPS)
    balancer, groups = account([listening(action), HTTPS])
    assert "redirects to HTTPS" in remarks(lambda: balancer.forwards_http_to(groups["app"], 80))[0]


@pytest.mark.parametrize(
    "action",
    [
        redirect(Port="8443"),
        redirect(Port="#{port}"),
        redirect(Host="www.example.com"),
        redirect(Host="www.#{host}"),
        redirect(Protocol="#{protocol}"),
        redirect(Protocol="HTTP"),
        {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}},
    ],
)
def test_a_redirect_elsewhere_does_not_serve(action: Json) -> None:
    """To another port, another host, or by HTTP to the HTTPS port; the port left out is that of the request."""
    assert not serves(listening(action), HTTPS)


def test_a_redirect_finds_the_listener_of_its_port_among_several() -> None:
    """The one on the redirect's port has to forward; another that does is of no use."""
    other = listening(fixed(), protocol="HTTPS", port=8443)
    assert serves(listening(redirect()), other, HTTPS)
    assert not serves(listening(redirect(Port="8443")), other, HTTPS)


@pytest.mark.parametrize("port", [80, 8080])
def test_a_redirect_to_http_does_not_serve(port: int) -> None:
    """Neither a loop to itself nor another listener without encryption."""
    action = redirect(Protocol="HTTP", Port=str(port))
    assert not serves(listening(action), listening(forward("app"), port=8080))


def test_a_redirect_to_a_listener_whose_rules_take_everything_does_not_serve() -> None:
    """The HTTPS listener is judged by its rules, too."""
    taken = listening(forward("app"), rule(fixed(), path("/*")), protocol="HTTPS", port=443)
    assert not serves(listening(redirect()), taken)


@pytest.mark.parametrize(
    "listeners",
    [
        [],
        [HTTPS],
        [listening(forward("app"), port=8080)],
        [listening(forward("app"), protocol="HTTPS", port=80)],
        [listening(fixed()), listening(forward("app"), port=8080)],
    ],
)
def test_only_http_on_port_80_serves(listeners: list[Json]) -> None:
    """Another port or protocol is not what the handout asks for."""
    assert not serves(*listeners)


def test_refused_rules_cost_nothing() -> None:
    """A default action that leads to the group is enough; else the question is open, and names its action."""
    assert serves(listening(forward("app"), refused=True))
    assert serves(listening(redirect(), refused=True), HTTPS)
    assert serves(listening(redirect()), listening(forward("app"), protocol="HTTPS", port=443, refused=True))
    for open_ones in (
        [listening(forward("old"), refused=True)],
        [listening(fixed(), refused=True)],
        [listening(redirect(Host="elsewhere.example"), refused=True)],
        [listening(redirect()), listening(forward("old"), protocol="HTTPS", port=443, refused=True)],
    ):
        with pytest.raises(Unverified, match="elasticloadbalancing:DescribeRules"):
            serves(*open_ones)


def test_refused_rules_of_a_listener_that_is_not_asked_for_leave_nothing_open() -> None:
    """The rules of another port cannot change what HTTP:80 does."""
    assert not serves(listening(forward("old")), listening(fixed(), port=8080, refused=True))


def test_refused_listeners_leave_the_question_open() -> None:
    """Without its listeners nothing can be said of HTTP:80."""
    balancer, groups = account(None)
    with pytest.raises(Unverified, match="elasticloadbalancing:DescribeListeners"):
        balancer.forwards_http_to(groups["app"], 80)


def test_messages_say_what_a_listener_does() -> None:
    """What a student reads when HTTP:80 does not lead to the group."""
    for action, words in (
        (forward("old"), "forwards to old"),
        (forward(old=0), "forwards to nothing"),
        ({"Type": "forward"}, "forwards to nothing"),
        (redirect(), "redirects to HTTPS:443;"),
        (redirect(Host="a.example"), "redirects to HTTPS:443 at a.example"),
        (fixed("503"), "answers fixed-response 503"),
    ):
        balancer, groups = account([listening(action)])
        assert f"listener HTTP:80 {words}" in repr(balancer.forwards_http_to(groups["app"], 80))
    balancer, groups = account([{**listening(fixed()), "DefaultActions": []}])
    assert balancer.forwards_http_to(groups["app"], 80).found == "listener HTTP:80 does nothing"
    balancer, groups = account([listening(fixed(), protocol="HTTPS", port=8443), listening(fixed(), port=8080)])
    assert "has listener HTTP:8080, listener HTTPS:8443;" in repr(balancer.forwards_http_to(groups["app"], 80))
    balancer, groups = account([listening(fixed(), port=8080)])
    assert "has listener HTTP:8080" in repr(balancer.forwards_http_to(groups["app"], 80))
