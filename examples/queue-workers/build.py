"""Builds the lab of the queue and its workers in an emulated account: build.py URL right|wrong"""

import base64
import json
import sys

import boto3


def main(url: str, mode: str) -> None:
    """Build it rightly, or with the faults of expected.yaml."""
    wrong = mode == "wrong"

    def client(service: str):  # type: ignore[no-untyped-def]
        return boto3.client(service, endpoint_url=url, region_name="us-east-1")

    sqs, ec2, iam, scaling, watch = map(client, ("sqs", "ec2", "iam", "autoscaling", "cloudwatch"))

    def arn_of(queue: str) -> str:
        told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return str(told["Attributes"]["QueueArn"])

    failed = sqs.create_queue(QueueName="orders-failed")["QueueUrl"]
    sqs.create_queue(QueueName="something-else")
    attributes = {"VisibilityTimeout": "30" if wrong else "90"}
    if not wrong:
        attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn_of(failed), "maxReceiveCount": 5})
    queue = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]

    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    iam.create_role(RoleName="order-worker", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))
    actions = ["sqs:ReceiveMessage"] if wrong else ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": arn_of(queue)}]}
    iam.put_role_policy(RoleName="order-worker", PolicyName="queue", PolicyDocument=json.dumps(rights))
    iam.create_instance_profile(InstanceProfileName="order-worker")
    iam.add_role_to_instance_profile(InstanceProfileName="order-worker", RoleName="order-worker")

    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    start = "#!/bin/bash\npython3 worker.py --queue orders\n"
    template = ec2.create_launch_template(
        LaunchTemplateName="order-worker",
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": "t3.micro",
            "IamInstanceProfile": {"Name": "order-worker"},
            "UserData": base64.b64encode(start.encode()).decode(),
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    zones = ["us-east-1a"] if wrong else ["us-east-1a", "us-east-1b"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="order-workers",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        MinSize=1,
        MaxSize=4,
        AvailabilityZones=zones,
    )
    scaling.put_scaling_policy(
        AutoScalingGroupName="order-workers",
        PolicyName="one-more",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
    )
    policy = scaling.describe_policies(AutoScalingGroupName="order-workers")["ScalingPolicies"][0]["PolicyARN"]
    watch.put_metric_alarm(
        AlarmName="orders-waiting",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "something-else" if wrong else "orders"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=20,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy],
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
