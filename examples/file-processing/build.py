"""Builds the lab of file processing in an emulated account: build.py URL right|wrong"""

import io
import json
import sys
import zipfile

import boto3

BUCKET = "wildrydes-uploads-ada"
ROLE = "WildRydesFileProcessorRole"
FUNCTION = "WildRydesFileProcessor"
TABLE = "UnicornSensorData"


def main(url: str, mode: str) -> None:
    """Build it rightly, or with the faults of expected.yaml."""
    wrong = mode == "wrong"

    def client(service: str):  # type: ignore[no-untyped-def]
        return boto3.client(service, endpoint_url=url, region_name="us-east-1")

    s3, tables, iam, functions, logs = map(client, ("s3", "dynamodb", "iam", "lambda", "logs"))
    s3.create_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket="unrelated-bucket")
    tables.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "Name", "KeyType": "HASH"},
            {"AttributeName": "StatusTime", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "Name", "AttributeType": "S"},
            {"AttributeName": "StatusTime", "AttributeType": "S" if wrong else "N"},
        ],
    )
    service = "ec2.amazonaws.com" if wrong else "lambda.amazonaws.com"
    trust = _document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    write_logs = _document({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    policy = iam.create_policy(PolicyName="AWSLambdaBasicExecutionRole", PolicyDocument=write_logs)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy)
    table_arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}"
    inline = _document(
        {
            "Effect": "Allow",
            "Action": ["dynamodb:*" if wrong else "dynamodb:BatchWriteItem"],
            "Resource": "*" if wrong else table_arn,
        },
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"},
    )
    iam.put_role_policy(RoleName=ROLE, PolicyName="inline", PolicyDocument=inline)
    function = functions.create_function(
        FunctionName=FUNCTION,
        Runtime="nodejs20.x",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": _code()},
        Timeout=3 if wrong else 300,
        Environment={"Variables": {"TABLE_NAME": TABLE.lower() if wrong else TABLE}},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName=FUNCTION,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{BUCKET}",
    )
    if not wrong:
        started_by = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [started_by]}
        )
        s3.put_object(Bucket=BUCKET, Key="shadowfax-2016-02-12.json", Body=b"{}")
        tables.put_item(TableName=TABLE, Item={"Name": {"S": "Shadowfax"}, "StatusTime": {"N": "1"}})
        if not logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{FUNCTION}")["logGroups"]:
            logs.create_log_group(logGroupName=f"/aws/lambda/{FUNCTION}")


def _document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _code() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("index.js", "exports.handler = async () => {}")
    return content.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:3])
