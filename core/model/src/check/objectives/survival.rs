//! Rules about what survives the loss of a region, one for each kind of loss. Not here: how that is derived
//! ([`crate::objective`]).

use crate::check::Context;
use crate::diagnostic::Severity;
use crate::objective::{self, Loss};
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::SurviveSpec;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(910),
        severity: Severity::Error,
        title: "a name without an answer",
        rule: "With any of these regions lost, every name has an answer.",
        source: "the purpose of the library",
        covers: &[],
        fix: "add an answer of another region",
        wrong: "objectives { survive: any_one_region }\nzone shop: \"example.com\" {}\nrecord «api»: A in shop { simple: load_balancer(\"api\") in us }",
        right: "objectives { survive: any_one_region }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_answers),
    },
    Rule {
        code: Code(911),
        severity: Severity::Error,
        title: "a lost answer that goes on",
        rule: "What is lost with a region is taken out by something that works without that region: a health check, the health of an alias, an alarm elsewhere.",
        source: "the purpose of the library",
        covers: &[],
        fix: "add a health check, or follow the target's health",
        wrong: "objectives { survive: any_one_region }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => «values»(\"8.8.8.8\") } }",
        right: "objectives { survive: any_one_region }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_signals),
    },
    Rule {
        code: Code(912),
        severity: Severity::Error,
        title: "a table without a replica",
        rule: "With any of these regions lost, every table has a replica.",
        source: "the purpose of the library",
        covers: &[],
        fix: "add a replica in another region",
        wrong: "objectives { survive: any_one_region }\ntable carts { key: id: S, replicas: «[us]» }",
        right: "objectives { survive: any_one_region }\ntable carts { key: id: S, replicas: each region, writes: one_region(us) }",
        check: Check::Spec(check_tables),
    },
    Rule {
        code: Code(913),
        severity: Severity::Error,
        title: "a cluster without a member",
        rule: "With any of these regions lost, every cluster has a member with an instance that can be promoted.",
        source: "the purpose of the library",
        covers: &[],
        fix: "give another member instances",
        wrong: "objectives { survive: any_one_region }\ncluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: «[eu]», instances: 2 * db_r6g_large, overrides: { eu => { instances: headless } } }",
        right: "objectives { survive: any_one_region }\ncluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }",
        check: Check::Spec(check_clusters),
    },
    Rule {
        code: Code(914),
        severity: Severity::Error,
        title: "objects that are nowhere else",
        rule: "With any of these regions lost, every object is in another bucket.",
        source: "the purpose of the library",
        covers: &[],
        fix: "write `mirror` or `copy`",
        wrong: "objectives { survive: any_one_region }\nbucket media { separate: «each region» }",
        right: "objectives { survive: any_one_region }\nbucket media { mirror: each region }",
        check: Check::Spec(check_buckets),
    },
    Rule {
        code: Code(915),
        severity: Severity::Error,
        title: "a service that runs nowhere",
        rule: "With any of these regions lost, every service runs in another.",
        source: "the purpose of the library",
        covers: &[],
        fix: "run it in another region, too",
        wrong: "objectives { survive: any_one_region }\nservice shop in «us» {}\nservice rest in each region {}",
        right: "objectives { survive: any_one_region }\nservice shop in each region {}",
        check: Check::Spec(check_services),
    },
];

/// What of one kind does not survive, each once.
fn check_survival(context: &Context<'_>, loss: Loss, report: &mut Report<'_>) {
    let survive = context.spec.objectives.as_ref().and_then(|objectives| objectives.survive.as_ref());
    let places = match survive {
        None => return,
        Some(SurviveSpec::AnyOne(_)) => context.places.clone(),
        Some(SurviveSpec::Listed(_, labels)) => context.listed(labels),
    };
    let mut reported = Vec::new();
    for place in places {
        for lost in objective::lost(context, place).into_iter().filter(|lost| lost.loss == loss) {
            if !reported.contains(&lost.node) {
                reported.push(lost.node);
                report.at(lost.node, lost.why);
            }
        }
    }
}

/// Every name has an answer.
fn check_answers(context: &Context<'_>, report: &mut Report<'_>) {
    check_survival(context, Loss::Answer, report);
}

/// What is lost is taken out.
fn check_signals(context: &Context<'_>, report: &mut Report<'_>) {
    check_survival(context, Loss::Signal, report);
}

/// Every table has a replica.
fn check_tables(context: &Context<'_>, report: &mut Report<'_>) {
    check_survival(context, Loss::Table, report);
}

/// Every cluster has a member to promote.
fn check_clusters(context: &Context<'_>, report: &mut Report<'_>) {
    check_survival(context, Loss::Cluster, report);
}

/// Every object is elsewhere.
fn check_buckets(context: &Context<'_>, report: &mut Report<'_>) {
    check_survival(context, Loss::Bucket, report);
}

/// Every service runs elsewhere.
fn check_services(context: &Context<'_>, report: &mut Report<'_>) {
    check_survival(context, Loss::Service, report);
}
