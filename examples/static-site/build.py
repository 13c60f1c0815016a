"""Builds the lab of the static site in an emulated account: build.py URL right|wrong"""

import json
import sys

import boto3


def main(url: str, mode: str) -> None:
    """Build it rightly, or with the faults of expected.yaml."""
    wrong = mode == "wrong"

    def client(service: str):  # type: ignore[no-untyped-def]
        return boto3.client(service, endpoint_url=url, region_name="us-east-1")

    s3, cloudfront = client("s3"), client("cloudfront")
    s3.create_bucket(Bucket="site-ada")
    s3.create_bucket(Bucket="photos-of-ada")
    blocked = {
        name: not wrong
        for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    }
    s3.put_public_access_block(Bucket="site-ada", PublicAccessBlockConfiguration=blocked)
    for key in ("index.html",) if wrong else ("index.html", "error.html"):
        s3.put_object(Bucket="site-ada", Key=key, Body=b"<h1>Hello</h1>", ContentType="text/html")
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "site",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    origin = {
        "Id": "bucket",
        "DomainName": "site-ada.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "site",
            "Comment": "",
            "Enabled": True,
            "DefaultRootObject": "" if wrong else "index.html",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "bucket",
                "ViewerProtocolPolicy": "allow-all" if wrong else "redirect-to-https",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                "MinTTL": 0,
            },
        }
    )
    principal: object = "*" if wrong else {"Service": "cloudfront.amazonaws.com"}
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::site-ada/*",
    }
    s3.put_bucket_policy(Bucket="site-ada", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
