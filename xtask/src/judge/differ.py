"""Sends the same random calls to the simulated AWS and to emulators, and prints where they disagree, as JSON.

python differ.py SEED SEQUENCES STEPS OURS NAME=URL...

A sequence is about one service. Whoever disagrees is left out of the rest of it, as all that follows would be a consequence.
"""

import json
import random
import sys
from collections import Counter

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

REGIONS = ["us-east-1", "eu-west-1"]


class Target:
    """One AWS, real names of what the calls name by their own names included."""

    def __init__(self, name, url):
        self.name, self.url, self.clients, self.ids = name, url, {}, {}

    def client(self, service, region):
        if (service, region) not in self.clients:
            config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
            self.clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.url,
                config=config,
                aws_access_key_id="123456789012",
                aws_secret_access_key="differ",
            )
        return self.clients[service, region]

    def call(self, step):
        """The outcome: the code of the error, or what matters of the answer."""
        service, region, operation, arguments, read = step
        try:
            arguments = arguments(self.ids)
        except KeyError:
            return "not made", None
        try:
            answer = getattr(self.client(service, region), operation)(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"], None
        except (BotoCoreError, ResponseParserError) as error:
            return type(error).__name__, None
        return "ok", read(answer, self.ids)


def nothing(answer, ids):
    return None


def pick(keys):
    """Keeps these keys of an answer's part, at `part.part`."""

    def read(answer, ids):
        found = {}
        for key in keys:
            value = answer
            for part in key.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            found[key] = value
        return found

    return read


def with_name(name, read):
    """Arguments that name something by the id that it was given."""
    return lambda ids: read(ids[name])


def always(**arguments):
    return lambda ids: arguments


# Route 53


def route53(rng, prefix):
    zone = f"{prefix}.example.com"
    names = [f"{label}{zone}." for label in ("", "a.", "b.", "*.")]

    def create():
        reference = f"{prefix}-{rng.randrange(3)}"

        def read(answer, ids):
            ids[zone] = answer["HostedZone"]["Id"]
            return {"Name": answer["HostedZone"]["Name"]}

        return "create_hosted_zone", always(Name=zone, CallerReference=reference), read

    def record():
        kind = rng.choice(["A", "A", "A", "CNAME", "TXT"])
        value = {"A": f"192.0.2.{rng.randrange(3)}", "CNAME": "target.example.org", "TXT": '"text"'}[kind]
        found = {"Name": rng.choice(names), "Type": kind, "TTL": rng.choice([60, 300])}
        found["ResourceRecords"] = [{"Value": value}]
        policy = rng.choice(["simple", "simple", "weighted", "latency", "failover"])
        if policy != "simple":
            found["SetIdentifier"] = rng.choice(["one", "two"])
        if policy == "weighted":
            found["Weight"] = rng.randrange(3)
        if policy == "latency":
            found["Region"] = rng.choice(REGIONS)
        if policy == "failover":
            found["Failover"] = rng.choice(["PRIMARY", "SECONDARY"])
        return found

    def change():
        actions = ["CREATE", "CREATE", "UPSERT", "DELETE"]
        changes = [
            {"Action": rng.choice(actions), "ResourceRecordSet": record()} for _ in range(rng.choice([1, 1, 2]))
        ]
        batch = {"Changes": changes}
        return (
            "change_resource_record_sets",
            with_name(zone, lambda id: {"HostedZoneId": id, "ChangeBatch": batch}),
            nothing,
        )

    def listing():
        def read(answer, ids):
            sets = [s for s in answer["ResourceRecordSets"] if s["Type"] not in ("NS", "SOA")]
            # Route 53 lists `*` as `\\052` (Developer Guide, DomainNameFormat), emulators as it is.
            return sorted(json.dumps(s, sort_keys=True).replace("\\\\052", "*") for s in sets)

        return "list_resource_record_sets", with_name(zone, lambda id: {"HostedZoneId": id}), read

    def delete():
        return "delete_hosted_zone", with_name(zone, lambda id: {"Id": id}), nothing

    def comment():
        text = rng.choice(["old", "new"])
        read = pick(["HostedZone.Config.Comment"])
        return "update_hosted_zone_comment", with_name(zone, lambda id: {"Id": id, "Comment": text}), read

    def tag():
        def arguments(id):
            found = {"ResourceType": "hostedzone", "ResourceId": id.rsplit("/", 1)[1]}
            if rng_tag:
                found["AddTags"] = [{"Key": "team", "Value": rng_tag}]
            else:
                found["RemoveTagKeys"] = ["team"]
            return found

        rng_tag = rng.choice(["edge", "web", ""])
        return "change_tags_for_resource", with_name(zone, arguments), nothing

    def tags():
        arguments = with_name(zone, lambda id: {"ResourceType": "hostedzone", "ResourceId": id.rsplit("/", 1)[1]})
        return "list_tags_for_resource", arguments, pick(["ResourceTagSet.Tags"])

    yield ("us-east-1", *create())
    weighted = [change] * 8 + [listing] * 4 + [create, comment, tag, tags, delete]
    while True:
        yield ("us-east-1", *rng.choice(weighted)())


# DynamoDB


def dynamodb(rng, prefix):
    table = f"{prefix}-carts"
    key = [{"AttributeName": "id", "KeyType": "HASH"}]

    def define(*names):
        return [{"AttributeName": name, "AttributeType": "S"} for name in names]

    def index(name):
        keys = [{"AttributeName": name, "KeyType": "HASH"}]
        return {"IndexName": f"by-{name}", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}

    def create():
        found = {"TableName": table, "KeySchema": key, "BillingMode": "PAY_PER_REQUEST"}
        found["AttributeDefinitions"] = define("id")
        shape = rng.choice(["plain", "plain", "index", "protected", "undefined", "stream"])
        if shape == "index":
            found["GlobalSecondaryIndexes"] = [index("day")]
            found["AttributeDefinitions"] = define("id", "day")
        if shape == "protected":
            found["DeletionProtectionEnabled"] = True
        if shape == "undefined":
            found["AttributeDefinitions"] = define("other")
        if shape == "stream":
            found["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        return "create_table", always(**found), nothing

    def describe():
        def read(answer, ids):
            found = answer["Table"]
            indexes = [(i["IndexName"], i["KeySchema"]) for i in found.get("GlobalSecondaryIndexes", [])]
            return {
                "KeySchema": found["KeySchema"],
                "TableStatus": found["TableStatus"],
                "AttributeDefinitions": sorted(d["AttributeName"] for d in found["AttributeDefinitions"]),
                "GlobalSecondaryIndexes": sorted(indexes, key=str),
                "DeletionProtectionEnabled": found.get("DeletionProtectionEnabled", False),
                "StreamViewType": found.get("StreamSpecification", {}).get("StreamViewType"),
                "TableClass": found.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
            }

        return "describe_table", always(TableName=table), read

    def update():
        found = {"TableName": table}
        kind = rng.choice(["protection", "class", "stream", "index", "index", "nothing"])
        if kind == "protection":
            found["DeletionProtectionEnabled"] = rng.choice([True, False])
        if kind == "class":
            found["TableClass"] = rng.choice(["STANDARD", "STANDARD_INFREQUENT_ACCESS"])
        if kind == "stream":
            on = rng.choice([True, False])
            found["StreamSpecification"] = {"StreamEnabled": on}
            if on:
                found["StreamSpecification"]["StreamViewType"] = rng.choice(["KEYS_ONLY", "NEW_IMAGE"])
        if kind == "index":
            name = rng.choice(["day", "shop"])
            if rng.choice([True, False]):
                found["AttributeDefinitions"] = define("id", name)
                found["GlobalSecondaryIndexUpdates"] = [{"Create": index(name)}]
            else:
                found["GlobalSecondaryIndexUpdates"] = [{"Delete": {"IndexName": f"by-{name}"}}]
        return "update_table", always(**found), nothing

    def ttl():
        attribute, on = rng.choice(["old", "new"]), rng.choice([True, False])
        specification = {"AttributeName": attribute, "Enabled": on}
        return "update_time_to_live", always(TableName=table, TimeToLiveSpecification=specification), nothing

    def describe_ttl():
        read = pick(["TimeToLiveDescription.TimeToLiveStatus", "TimeToLiveDescription.AttributeName"])
        return "describe_time_to_live", always(TableName=table), read

    def backups():
        on = rng.choice([True, False])
        specification = {"PointInTimeRecoveryEnabled": on}
        arguments = always(TableName=table, PointInTimeRecoverySpecification=specification)
        return "update_continuous_backups", arguments, nothing

    def describe_backups():
        path = "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"
        return "describe_continuous_backups", always(TableName=table), pick([path])

    def tag():
        arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
        if rng.choice([True, False]):
            tags = [{"Key": "team", "Value": rng.choice(["edge", "web"])}]
            return "tag_resource", always(ResourceArn=arn, Tags=tags), nothing
        return "untag_resource", always(ResourceArn=arn, TagKeys=["team"]), nothing

    def tags():
        arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
        return "list_tags_of_resource", always(ResourceArn=arn), pick(["Tags"])

    def delete():
        return "delete_table", always(TableName=table), nothing

    yield ("us-east-1", *create())
    weighted = [describe] * 4 + [update] * 5 + [ttl, describe_ttl, backups, describe_backups, tag, tags, create, delete]
    while True:
        yield ("us-east-1", *rng.choice(weighted)())


# S3


def s3(rng, prefix):
    buckets = [f"{prefix}-one", f"{prefix}-two"]

    def step():
        bucket = rng.choice(buckets)
        region = REGIONS[buckets.index(bucket)]
        operation = rng.choice(operations)
        return (region, *operation(bucket, region))

    def create(bucket, region):
        arguments = {"Bucket": bucket}
        if region != "us-east-1":
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": region}
        return "create_bucket", always(**arguments), nothing

    def head(bucket, region):
        return "head_bucket", always(Bucket=bucket), nothing

    def location(bucket, region):
        return "get_bucket_location", always(Bucket=bucket), pick(["LocationConstraint"])

    def put_versioning(bucket, region):
        status = {"Status": rng.choice(["Enabled", "Enabled", "Suspended"])}
        return "put_bucket_versioning", always(Bucket=bucket, VersioningConfiguration=status), nothing

    def get_versioning(bucket, region):
        return "get_bucket_versioning", always(Bucket=bucket), pick(["Status"])

    def put_tagging(bucket, region):
        tags = {"TagSet": [{"Key": "team", "Value": rng.choice(["edge", "web"])}]}
        return "put_bucket_tagging", always(Bucket=bucket, Tagging=tags), nothing

    def get_tagging(bucket, region):
        return "get_bucket_tagging", always(Bucket=bucket), pick(["TagSet"])

    def delete_tagging(bucket, region):
        return "delete_bucket_tagging", always(Bucket=bucket), nothing

    def get_replication(bucket, region):
        return "get_bucket_replication", always(Bucket=bucket), nothing

    def put_object(bucket, region):
        arguments = {"Bucket": bucket, "Key": "key", "Body": b"text"}
        if rng.choice([True, False]):
            arguments["IfNoneMatch"] = "*"
        return "put_object", always(**arguments), nothing

    def get_object(bucket, region):
        return "get_object", always(Bucket=bucket, Key="key"), pick(["ContentLength"])

    def listing(bucket, region):
        read = lambda answer, ids: [found["Key"] for found in answer.get("Contents", [])]
        return "list_objects_v2", always(Bucket=bucket), read

    def delete_object(bucket, region):
        return "delete_object", always(Bucket=bucket, Key="key"), nothing

    def delete(bucket, region):
        return "delete_bucket", always(Bucket=bucket), nothing

    operations = [create, create, head, location, put_versioning, get_versioning, put_tagging, get_tagging]
    operations += [delete_tagging, get_replication, put_object, get_object, listing, delete_object, delete]
    for bucket in buckets:
        region = REGIONS[buckets.index(bucket)]
        yield (region, *create(bucket, region))
    while True:
        yield step()


# IAM


def iam(rng, prefix):
    role = f"{prefix}-role"
    trust = json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    })
    policy = json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    })
    steps = [
        lambda: ("create_role", always(RoleName=role, AssumeRolePolicyDocument=trust), pick(["Role.RoleName"])),
        lambda: ("get_role", always(RoleName=role), pick(["Role.AssumeRolePolicyDocument"])),
        lambda: (
            "put_role_policy",
            always(RoleName=role, PolicyName="inline", PolicyDocument=rng.choice([policy, policy, "{}"])),
            nothing,
        ),
        lambda: ("get_role_policy", always(RoleName=role, PolicyName="inline"), pick(["PolicyDocument"])),
        lambda: ("list_role_policies", always(RoleName=role), pick(["PolicyNames"])),
        lambda: ("delete_role_policy", always(RoleName=role, PolicyName="inline"), nothing),
        lambda: ("tag_role", always(RoleName=role, Tags=[{"Key": "team", "Value": rng.choice("ab")}]), nothing),
        lambda: ("untag_role", always(RoleName=role, TagKeys=["team"]), nothing),
        lambda: ("list_role_tags", always(RoleName=role), pick(["Tags"])),
        lambda: ("delete_role", always(RoleName=role), nothing),
    ]
    yield ("us-east-1", *steps[0]())
    while True:
        yield ("us-east-1", *rng.choice(steps)())


# RDS


def rds(rng, prefix):
    whole, member, instance = f"{prefix}-global", f"{prefix}-member", f"{prefix}-instance"
    engine = {"Engine": "aurora-postgresql"}

    def cluster():
        found = dict(engine, DBClusterIdentifier=member, EngineVersion="16.11")
        found.update(MasterUsername="postgres", MasterUserPassword="a-long-password")
        if rng.choice([True, False]):
            found["GlobalClusterIdentifier"] = whole
        return "create_db_cluster", always(**found), nothing

    read_cluster = lambda answer, ids: [
        (c["DBClusterIdentifier"], c["Engine"], c["DeletionProtection"]) for c in answer["DBClusters"]
    ]
    read_instance = lambda answer, ids: [
        (i["DBInstanceIdentifier"], i["DBInstanceClass"]) for i in answer["DBInstances"]
    ]
    read_global = lambda answer, ids: [
        (g["GlobalClusterIdentifier"], g["DeletionProtection"], len(g["GlobalClusterMembers"]))
        for g in answer["GlobalClusters"]
    ]
    steps = [
        lambda: (
            "create_global_cluster",
            always(GlobalClusterIdentifier=whole, EngineVersion="16.11", StorageEncrypted=False, **engine),
            nothing,
        ),
        cluster,
        lambda: (
            "create_db_instance",
            always(DBInstanceIdentifier=instance, DBClusterIdentifier=member, DBInstanceClass="db.r6g.large", **engine),
            nothing,
        ),
        lambda: ("describe_global_clusters", always(GlobalClusterIdentifier=whole), read_global),
        lambda: ("describe_db_clusters", always(DBClusterIdentifier=member), read_cluster),
        lambda: ("describe_db_instances", always(DBInstanceIdentifier=instance), read_instance),
        lambda: (
            "modify_db_cluster",
            always(DBClusterIdentifier=member, DeletionProtection=rng.choice([True, False]), ApplyImmediately=True),
            nothing,
        ),
        lambda: (
            "modify_global_cluster",
            always(GlobalClusterIdentifier=whole, DeletionProtection=rng.choice([True, False])),
            nothing,
        ),
        lambda: (
            "delete_db_instance",
            always(DBInstanceIdentifier=instance, SkipFinalSnapshot=True),
            nothing,
        ),
        lambda: ("delete_db_cluster", always(DBClusterIdentifier=member, SkipFinalSnapshot=True), nothing),
        lambda: ("delete_global_cluster", always(GlobalClusterIdentifier=whole), nothing),
    ]
    for step in steps[:3]:
        yield ("us-east-1", *step())
    while True:
        yield ("us-east-1", *rng.choice(steps)())


SERVICES = {"route53": route53, "dynamodb": dynamodb, "s3": s3, "iam": iam, "rds": rds}


def differing(ours, theirs):
    """What two answers differ in."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return sorted(key for key in ours if ours[key] != theirs.get(key))
    return ["answer"] if ours != theirs else []


def main():
    seed, sequences, steps = (int(text) for text in sys.argv[1:4])
    ours = Target("ours", sys.argv[4])
    others = [Target(*pair.split("=", 1)) for pair in sys.argv[5:]]
    calls, found, example = Counter(), Counter(), {}
    for number in range(sequences):
        for service, plan in SERVICES.items():
            rng = random.Random(f"{seed} {number} {service}")
            prefix = f"d{seed}n{number}{service[:1]}"
            generator = plan(rng, prefix)
            left, done = list(others), []
            for target in [ours, *others]:
                target.ids = {}
            for _ in range(steps):
                region, operation, arguments, read = next(generator)
                step = (service, region, operation, arguments, read)
                mine, answer = ours.call(step)
                done.append(f"{operation}: {mine}")
                for target in list(left):
                    theirs, other = target.call(step)
                    calls[target.name] += 1
                    if mine == theirs == "ok":
                        what = [("answer", key) for key in differing(answer, other)]
                    else:
                        what = [] if mine == theirs else [(mine, theirs)]
                    if what:
                        left.remove(target)
                    for ours_is, theirs_is in what:
                        line = f"{target.name} {service}.{operation} {ours_is} {theirs_is}"
                        found[line] += 1
                        example.setdefault(line, (prefix, done[-6:], repr(answer)[:300], repr(other)[:300]))
    print(json.dumps({"calls": calls, "found": found, "example": example}, indent=1))


main()
