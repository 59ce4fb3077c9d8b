"""Prints what an account holds, as boto3 sees it, one line each: python look.py URL REGION..."""

import sys

import boto3
from botocore.config import Config

url, *regions = sys.argv[1:]


def client(service, region="us-east-1"):
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=region, endpoint_url=url, config=config)


def pages(client, operation, key):
    for page in client.get_paginator(operation).paginate():
        yield from page[key]


def look():
    route53 = client("route53")
    for check in pages(route53, "list_health_checks", "HealthChecks"):
        yield f"health check of {check['HealthCheckConfig']['FullyQualifiedDomainName']}"
    for zone in pages(route53, "list_hosted_zones", "HostedZones"):
        apex = zone["Name"]
        yield f"zone {apex.rstrip('.')}"
        paginator = route53.get_paginator("list_resource_record_sets")
        for page in paginator.paginate(HostedZoneId=zone["Id"]):
            for record in page["ResourceRecordSets"]:
                name, kind = record["Name"], record["Type"]
                if name != apex or kind not in ("NS", "SOA"):
                    yield f"record {name.rstrip('.')} {kind} {record.get('SetIdentifier', '')}"
    for region in regions:
        tables = client("dynamodb", region)
        for name in pages(tables, "list_tables", "TableNames"):
            table = tables.describe_table(TableName=name)["Table"]
            assert table["TableStatus"] == "ACTIVE", table
            tables.describe_time_to_live(TableName=name)
            tags = tables.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
            assert any(tag["Key"] == "polyregion:topology" for tag in tags), tags
            yield f"table {name} in {region}"
        databases = client("rds", region)
        for cluster in pages(databases, "describe_db_clusters", "DBClusters"):
            yield f"cluster {cluster['DBClusterIdentifier']} in {region}"
        for instance in pages(databases, "describe_db_instances", "DBInstances"):
            yield f"instance {instance['DBInstanceIdentifier']} in {region}"
    for cluster in pages(client("rds"), "describe_global_clusters", "GlobalClusters"):
        yield f"global cluster {cluster['GlobalClusterIdentifier']}"
        for member in cluster["GlobalClusterMembers"]:
            yield f"global member {member['DBClusterArn'].rsplit(':', 1)[1]}"
    for role in pages(client("iam"), "list_roles", "Roles"):
        yield f"role {role['RoleName']}"
    for bucket in client("s3").list_buckets()["Buckets"]:
        name, region = bucket["Name"], bucket["BucketRegion"]
        # The copies of the recorded state are polyregion's own.
        if name.startswith("polyregion-state-"):
            continue
        storage = client("s3", region)
        place = storage.get_bucket_location(Bucket=name)["LocationConstraint"]
        assert (place or "us-east-1") == region, place
        storage.get_bucket_versioning(Bucket=name)
        storage.get_bucket_encryption(Bucket=name)
        yield f"bucket {name} in {region}"
        for rule in storage.get_bucket_replication(Bucket=name)["ReplicationConfiguration"]["Rules"]:
            yield f"replication of {name} to {rule['Destination']['Bucket'].rsplit(':', 1)[1]}"


print("\n".join(sorted(look())))
