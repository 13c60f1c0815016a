"""Load balancers: where a request to the load balancer's own name really goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from grader.errors import EvidenceError, Pending, Unverified
from grader.evidence.tracking import Remark, reading
from grader.model.load_balancing import LoadBalancer, TargetGroup, load_balancers, serving_group, target_groups
from tests.model.evidence import DENIED, REGION, evidence

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/lab/1"
DNS = "Lab-1.eu-central-1.elb.amazonaws.com"
Json = dict[str, Any]


def arn(name: str) -> str:
    """The ARN of a target group."""
    return f"arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/{name}/1"


def forward(*names: str, **weights: int) -> Json:
    """An action that forwards to target groups, with weight 1 or as given."""
    shares = {**dict.fromkeys(names, 1), **weights}
    return {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": arn(n), "Weight": w} for n, w in shares.items()]},
    }


def redirect(**config: str) -> Json:
    """An action that redirects, to HTTPS:443 of the same host where nothing else is given."""
    return {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "Host": "#{host}", **config}}


def fixed(status: str = "404") -> Json:
    """An action that answers a fixed response."""
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}


def path(*values: str) -> Json:
    """A condition on the path."""
    return {"Field": "path-pattern", "Values": list(values), "PathPatternConfig": {"Values": list(values)}}


def host(*values: str) -> Json:
    """A condition on the host, in AWS's newer shape alone."""
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}


def regex(field: str, *values: str) -> Json:
    """A condition by regular expressions, as AWS gives it beside its fields."""
    return {"Field": field, "RegexValues": list(values)}


def header(name: str, value: str) -> Json:
    """A condition on a header."""
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}


def source(*blocks: str) -> Json:
    """A condition on the client's address."""
    return {"Field": "source-ip", "SourceIpConfig": {"Values": list(blocks)}}


def rule(action: Json, *conditions: Json, priority: int = 1) -> Json:
    """A rule of a listener."""
    return {"Priority": str(priority), "Conditions": list(conditions), "Actions": [action], "IsDefault": False}


def listening(default: Json, *rules: Json, protocol: str = "HTTP", port: int = 80, refused: bool = False) -> Json:
    """A listener with its rules, or with rules that AWS refuses to tell."""
    last = {"Priority": "default", "Conditions": [], "Actions": [default], "IsDefault": True}
    found = DENIED if refused else {"Rules": [*rules, last]}
    return {"Protocol": protocol, "Port": port, "DefaultActions": [default], "rules": found}


def group(name: str, *states: str, linked: bool = True, **more: Any) -> Json:
    """A target group as AWS describes it, with the health of its targets under ``states``."""
    described = {"TargetGroupArn": arn(name), "TargetGroupName": name, "TargetType": "ip", "Protocol": "HTTP"}
    return {**described, "Port": 8000, "LoadBalancerArns": [BALANCER] * linked, "states": states, **more}


def account(
    listeners: Sequence[Json] | None, groups: Sequence[Json] = (), **balancer: Any
) -> tuple[LoadBalancer, dict[str, TargetGroup]]:
    """A load balancer and the target groups of its account by name; None stands for refused listeners."""
    described = {
        "LoadBalancerArn": BALANCER, "LoadBalancerName": "lab", "DNSName": DNS, "Type": "application",
        "Scheme": "internet-facing", "State": {"Code": "active"}, **balancer,
    }  # fmt: skip
    groups = groups or (group("app"), group("old"))
    found = [{**one, "ListenerArn": f"{one['Protocol']}:{one['Port']}"} for one in listeners or ()]
    document = evidence(
        {
            "elbv2.DescribeLoadBalancers": {"": {"LoadBalancers": [described]}},
            "elbv2.DescribeListeners": {
                f"LoadBalancerArn={BALANCER}": DENIED if listeners is None else {"Listeners": found}
            },
            "elbv2.DescribeRules": {f"ListenerArn={one['ListenerArn']}": one["rules"] for one in found},
            "elbv2.DescribeTargetGroups": {"": {"TargetGroups": list(groups)}},
            "elbv2.DescribeTargetHealth": {
                f"TargetGroupArn={one['TargetGroupArn']}": {
                    "TargetHealthDescriptions": [
                        {"Target": {"Id": "10.0.3.9", "Port": 8000}, "TargetHealth": {"State": state}}
                        for state in one["states"]
                    ]
                }
                for one in groups
            },
        }
    )
    return next(iter(load_balancers(document, REGION))), {one.name: one for one in target_groups(document, REGION)}


def serves(*listeners: Json) -> bool:
    """Whether HTTP:80 leads to the group ``app``."""
    balancer, groups = account(listeners)
    return bool(balancer.forwards_http_80_to(groups["app"]))


def remarks(claim: Any) -> list[str]:
    """What a claim remarks."""
    with reading() as read:
        claim()
    return [one.text for one in read if isinstance(one, Remark)]


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
    found = balancer.forwards_http_80_to(groups["app"])
    assert not found
    assert "no request to the load balancer's own name gets to its rule" in repr(found)


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
        assert balancer.forwards_http_80_to(groups["app"])


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
    assert "redirects to HTTPS" in remarks(lambda: balancer.forwards_http_80_to(groups["app"]))[0]


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
        balancer.forwards_http_80_to(groups["app"])


def test_traffic_is_told_by_listeners_and_where_they_are_refused_by_awss_own_link() -> None:
    """A link alone is no traffic: AWS keeps it for a group with weight 0."""
    groups = (group("app"), group("apart", linked=False))

    def sends(listeners: list[Json] | None, name: str) -> bool:
        balancer, found = account(listeners, groups)
        return balancer.sends_traffic_to(found[name])

    assert sends([listening(forward("app"))], "app")
    assert sends([listening(forward("old")), listening(forward("app"), port=8080)], "app")
    assert sends([listening(fixed(), rule(forward("app"), path("/a")))], "app")
    assert not sends([listening(forward("old"))], "app")
    assert not sends([], "app")
    assert sends(None, "app")
    assert not sends(None, "apart")
    assert sends([listening(forward("old"), refused=True)], "app")
    assert not sends([listening(forward("old"), refused=True)], "apart")
    assert sends([listening(forward("apart"), refused=True)], "apart")


def test_what_a_balancer_forwards_to_is_known_as_far_as_aws_says() -> None:
    """Every group once, by rules and by default; of refused rules the default action alone."""
    both = listening(forward("old"), rule(forward("app", "old"), path("/a")))
    balancer, _ = account([both, listening(forward("old"), port=8080, refused=True)])
    assert set(balancer.forwarded_target_group_arns) == {arn("app"), arn("old")}
    assert len(balancer.forwarded_target_group_arns) == 2


class TestServingGroup:
    """Two target groups of one service: blue/green deployments."""

    @staticmethod
    def chosen(listeners: list[Json], *groups: Json) -> str:
        balancer, found = account(listeners, groups)
        return serving_group(list(found.values()), [balancer]).name

    def test_the_one_that_receives_http_80_serves(self) -> None:
        """Even if the other one alone is healthy, or receives the test traffic of another port."""
        listeners = [listening(forward(blue=0, green=1)), listening(forward("blue"), port=8080)]
        assert self.chosen(listeners, group("blue", "healthy"), group("green", "unhealthy")) == "green"

    def test_of_two_that_receive_it_the_healthy_one_serves(self) -> None:
        """While traffic is shifted both do."""
        listeners = [listening(forward("blue", "green"))]
        assert self.chosen(listeners, group("blue", "draining"), group("green", "initial", "healthy")) == "green"

    def test_other_traffic_outranks_none(self) -> None:
        """Where HTTP:80 leads to neither."""
        listeners = [listening(forward("green"), port=8080)]
        assert self.chosen(listeners, group("blue", "healthy"), group("green")) == "green"

    def test_refused_rules_leave_the_choice_to_health(self) -> None:
        """Both are linked to the load balancer then."""
        listeners = [listening(fixed(), refused=True)]
        assert self.chosen(listeners, group("blue"), group("green", "healthy")) == "green"

    def test_of_equal_ones_the_first_serves(self) -> None:
        """The service's own order decides."""
        assert self.chosen([], group("green"), group("blue")) == "green"


@pytest.mark.parametrize(
    ("states", "healthy"),
    [
        (["healthy"], True),
        (["draining", "healthy"], True),
        (["initial", "healthy"], True),
        (["draining"], False),
        (["unhealthy"], False),
        (["unhealthy.draining"], False),
        (["unused"], False),
        (["unavailable"], False),
        ([], False),
    ],
)
def test_one_healthy_target_is_enough_and_nothing_else_is(states: list[str], healthy: bool) -> None:
    """AWS's whole list of states."""
    _, groups = account([], [group("app", *states)])
    found = groups["app"].has_healthy_target
    assert bool(found) is healthy
    assert healthy or (states or ["no targets"])[0] in repr(found)


def test_a_target_in_its_first_health_checks_is_waited_for() -> None:
    """``initial`` is neither healthy nor a fault."""
    _, groups = account([], [group("app", "initial", "draining")])
    with pytest.raises(Pending):
        _ = groups["app"].has_healthy_target


@pytest.mark.parametrize(
    ("changed", "right"),
    [({}, True), ({"TargetType": "instance"}, False), ({"Protocol": "HTTPS"}, False), ({"Port": 80}, False)],
)
def test_a_target_group_takes_ip_targets_over_http_8000(changed: Json, right: bool) -> None:
    """Type, protocol and port each matter."""
    _, groups = account([], [group("app", **changed)])
    assert bool(groups["app"].takes_ip_targets_over_http_8000) is right


@pytest.mark.parametrize(
    ("asked", "right"),
    [("/health", True), ("/health/", True), ("/health?x=y", True), ("/healthz", False), ("/api/health", False),
     ("/", False), ("", False)],
)  # fmt: skip
def test_the_health_check_asks_health(asked: str, right: bool) -> None:
    """A slash or a query at the end is the same place."""
    _, groups = account([], [group("app", HealthCheckPath=asked)])
    assert bool(groups["app"].checks_health_at_health) is right


@pytest.mark.parametrize(
    ("state", "works"), [("active", True), ("active_impaired", True), ("failed", False), ("", False)]
)
def test_an_active_balancer_works(state: str, works: bool) -> None:
    """An impaired one routes, and is remarked; a failed one does not."""
    balancer, _ = account([], State={"Code": state})
    assert bool(balancer.is_active) is works
    assert bool(remarks(lambda: balancer.is_active)) is (state == "active_impaired")


def test_a_balancer_that_is_being_built_is_waited_for() -> None:
    """``provisioning`` is no fault."""
    balancer, _ = account([], State={"Code": "provisioning"})
    with pytest.raises(Pending):
        _ = balancer.is_active


def test_a_balancer_without_public_ipv4_is_remarked() -> None:
    """Its scheme is right, but most clients do not reach it."""
    balancer, _ = account([], IpAddressType="dualstack-without-public-ipv4")
    assert balancer.is_internet_facing
    assert "IPv6" in remarks(lambda: balancer.is_internet_facing)[0]
    plain, _ = account([], Scheme="internal", IpAddressType="ipv4")
    assert not plain.is_internet_facing
    assert remarks(lambda: plain.is_internet_facing) == []


def test_a_zone_without_a_subnet_is_left_out() -> None:
    """An Outpost names none."""
    balancer, _ = account([], AvailabilityZones=[{"ZoneName": "a"}, {"ZoneName": "b", "SubnetId": "subnet-1"}])
    assert balancer.subnet_ids == ("subnet-1",)


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
        assert f"listener HTTP:80 {words}" in repr(balancer.forwards_http_80_to(groups["app"]))
    balancer, groups = account([listening(fixed(), port=8080)])
    assert "has listener HTTP:8080" in repr(balancer.forwards_http_80_to(groups["app"]))
