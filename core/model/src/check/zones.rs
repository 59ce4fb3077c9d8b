//! Rules about hosted zones. Not here: rules about what is in them.

pub(super) mod private;

use super::{Context, each_zone};
use crate::diagnostic::Severity;
use crate::name::{check_domain, normalise_domain};
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::{ByText, Seen, joined};
use crate::spec::{RecordType, ZoneSpec, is_on};

/// Most characters of a comment (Route 53 API, `ResourceDescription`).
const MAX_COMMENT: usize = 256;
/// Zones of an account, and records of a zone, unless AWS raised it (Route 53 Developer Guide, DNSLimitations).
const MAX_ZONES: usize = 500;
const MAX_RECORDS: usize = 10_000;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(201),
        severity: Severity::Error,
        title: "bad zone name",
        rule: "A hosted zone's name has at least two labels of 1 to 63 printable ASCII characters each, 253 characters in all, and no leading wildcard.",
        source: "Route 53 Developer Guide, DomainNameFormat; AWS answers InvalidDomainName",
        covers: &["HZ-001", "HZ-002", "HZ-003", "HZ-004", "HZ-005", "HZ-006"],
        fix: "write a domain name such as \"example.com\"",
        wrong: "zone shop: «\"*.example.com\"» {}",
        right: "zone shop: \"example.com\" {}",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(202),
        severity: Severity::Warning,
        title: "duplicate zone",
        rule: "AWS accepts two zones of one name, and only the delegated one answers.",
        source: "Route 53, DelegationSetNotAvailable",
        covers: &["HZ-007", "HZ-028"],
        fix: "remove one of the two",
        wrong: "zone shop: \"example.com\" {}\nzone again: «\"EXAMPLE.com.\"» {}",
        right: "zone shop: \"example.com\" {}\nzone again: \"example.org\" {}",
        check: Check::Spec(check_duplicates),
    },
    Rule {
        code: Code(203),
        severity: Severity::Error,
        title: "bad zone comment",
        rule: "A comment has at most 256 characters, none of them a control character.",
        source: "Route 53 API, ResourceDescription; XML 1.0",
        covers: &["HZ-009"],
        fix: "write a shorter or simpler comment",
        wrong: "zone shop: \"example.com\" { comment: «\"two\\tcolumns\"» }",
        right: "zone shop: \"example.com\" { comment: \"one column\" }",
        check: Check::Spec(check_comments),
    },
    Rule {
        code: Code(204),
        severity: Severity::Warning,
        title: "zone that nobody delegates",
        rule: "A zone that is a child of another answers only if the parent has NS records with its name servers.",
        source: "Route 53 Developer Guide, dns-routing-traffic-for-subdomains",
        covers: &["HZ-024", "X-036"],
        fix: "declare the NS record in the parent with the child's name servers",
        wrong: "zone shop: \"example.com\" {}\nzone child: «\"dev.example.com\"» {}",
        right: "zone shop: \"example.com\" {}\nzone child: \"dev.example.com\" {}\nrecord dev: NS in shop { simple: values(\"ns1.example.net\") }",
        check: Check::Spec(check_delegation),
    },
    Rule {
        code: Code(205),
        severity: Severity::Warning,
        title: "more than the quota",
        rule: "An account has 500 hosted zones and a zone 10,000 records unless AWS raised that; records beyond cost extra.",
        source: "Route 53 Developer Guide, DNSLimitations; AWS answers TooManyHostedZones",
        covers: &["HZ-018", "X-103"],
        fix: "ask AWS for more before the deploy, or use fewer",
        wrong: "zone z0: \"z0.example\" {}\nzone z1: \"z1.example\" {}\nzone z2: \"z2.example\" {}\nzone z3: \"z3.example\" {}\nzone z4: \"z4.example\" {}\nzone z5: \"z5.example\" {}\nzone z6: \"z6.example\" {}\nzone z7: \"z7.example\" {}\nzone z8: \"z8.example\" {}\nzone z9: \"z9.example\" {}\nzone z10: \"z10.example\" {}\nzone z11: \"z11.example\" {}\nzone z12: \"z12.example\" {}\nzone z13: \"z13.example\" {}\nzone z14: \"z14.example\" {}\nzone z15: \"z15.example\" {}\nzone z16: \"z16.example\" {}\nzone z17: \"z17.example\" {}\nzone z18: \"z18.example\" {}\nzone z19: \"z19.example\" {}\nzone z20: \"z20.example\" {}\nzone z21: \"z21.example\" {}\nzone z22: \"z22.example\" {}\nzone z23: \"z23.example\" {}\nzone z24: \"z24.example\" {}\nzone z25: \"z25.example\" {}\nzone z26: \"z26.example\" {}\nzone z27: \"z27.example\" {}\nzone z28: \"z28.example\" {}\nzone z29: \"z29.example\" {}\nzone z30: \"z30.example\" {}\nzone z31: \"z31.example\" {}\nzone z32: \"z32.example\" {}\nzone z33: \"z33.example\" {}\nzone z34: \"z34.example\" {}\nzone z35: \"z35.example\" {}\nzone z36: \"z36.example\" {}\nzone z37: \"z37.example\" {}\nzone z38: \"z38.example\" {}\nzone z39: \"z39.example\" {}\nzone z40: \"z40.example\" {}\nzone z41: \"z41.example\" {}\nzone z42: \"z42.example\" {}\nzone z43: \"z43.example\" {}\nzone z44: \"z44.example\" {}\nzone z45: \"z45.example\" {}\nzone z46: \"z46.example\" {}\nzone z47: \"z47.example\" {}\nzone z48: \"z48.example\" {}\nzone z49: \"z49.example\" {}\nzone z50: \"z50.example\" {}\nzone z51: \"z51.example\" {}\nzone z52: \"z52.example\" {}\nzone z53: \"z53.example\" {}\nzone z54: \"z54.example\" {}\nzone z55: \"z55.example\" {}\nzone z56: \"z56.example\" {}\nzone z57: \"z57.example\" {}\nzone z58: \"z58.example\" {}\nzone z59: \"z59.example\" {}\nzone z60: \"z60.example\" {}\nzone z61: \"z61.example\" {}\nzone z62: \"z62.example\" {}\nzone z63: \"z63.example\" {}\nzone z64: \"z64.example\" {}\nzone z65: \"z65.example\" {}\nzone z66: \"z66.example\" {}\nzone z67: \"z67.example\" {}\nzone z68: \"z68.example\" {}\nzone z69: \"z69.example\" {}\nzone z70: \"z70.example\" {}\nzone z71: \"z71.example\" {}\nzone z72: \"z72.example\" {}\nzone z73: \"z73.example\" {}\nzone z74: \"z74.example\" {}\nzone z75: \"z75.example\" {}\nzone z76: \"z76.example\" {}\nzone z77: \"z77.example\" {}\nzone z78: \"z78.example\" {}\nzone z79: \"z79.example\" {}\nzone z80: \"z80.example\" {}\nzone z81: \"z81.example\" {}\nzone z82: \"z82.example\" {}\nzone z83: \"z83.example\" {}\nzone z84: \"z84.example\" {}\nzone z85: \"z85.example\" {}\nzone z86: \"z86.example\" {}\nzone z87: \"z87.example\" {}\nzone z88: \"z88.example\" {}\nzone z89: \"z89.example\" {}\nzone z90: \"z90.example\" {}\nzone z91: \"z91.example\" {}\nzone z92: \"z92.example\" {}\nzone z93: \"z93.example\" {}\nzone z94: \"z94.example\" {}\nzone z95: \"z95.example\" {}\nzone z96: \"z96.example\" {}\nzone z97: \"z97.example\" {}\nzone z98: \"z98.example\" {}\nzone z99: \"z99.example\" {}\nzone z100: \"z100.example\" {}\nzone z101: \"z101.example\" {}\nzone z102: \"z102.example\" {}\nzone z103: \"z103.example\" {}\nzone z104: \"z104.example\" {}\nzone z105: \"z105.example\" {}\nzone z106: \"z106.example\" {}\nzone z107: \"z107.example\" {}\nzone z108: \"z108.example\" {}\nzone z109: \"z109.example\" {}\nzone z110: \"z110.example\" {}\nzone z111: \"z111.example\" {}\nzone z112: \"z112.example\" {}\nzone z113: \"z113.example\" {}\nzone z114: \"z114.example\" {}\nzone z115: \"z115.example\" {}\nzone z116: \"z116.example\" {}\nzone z117: \"z117.example\" {}\nzone z118: \"z118.example\" {}\nzone z119: \"z119.example\" {}\nzone z120: \"z120.example\" {}\nzone z121: \"z121.example\" {}\nzone z122: \"z122.example\" {}\nzone z123: \"z123.example\" {}\nzone z124: \"z124.example\" {}\nzone z125: \"z125.example\" {}\nzone z126: \"z126.example\" {}\nzone z127: \"z127.example\" {}\nzone z128: \"z128.example\" {}\nzone z129: \"z129.example\" {}\nzone z130: \"z130.example\" {}\nzone z131: \"z131.example\" {}\nzone z132: \"z132.example\" {}\nzone z133: \"z133.example\" {}\nzone z134: \"z134.example\" {}\nzone z135: \"z135.example\" {}\nzone z136: \"z136.example\" {}\nzone z137: \"z137.example\" {}\nzone z138: \"z138.example\" {}\nzone z139: \"z139.example\" {}\nzone z140: \"z140.example\" {}\nzone z141: \"z141.example\" {}\nzone z142: \"z142.example\" {}\nzone z143: \"z143.example\" {}\nzone z144: \"z144.example\" {}\nzone z145: \"z145.example\" {}\nzone z146: \"z146.example\" {}\nzone z147: \"z147.example\" {}\nzone z148: \"z148.example\" {}\nzone z149: \"z149.example\" {}\nzone z150: \"z150.example\" {}\nzone z151: \"z151.example\" {}\nzone z152: \"z152.example\" {}\nzone z153: \"z153.example\" {}\nzone z154: \"z154.example\" {}\nzone z155: \"z155.example\" {}\nzone z156: \"z156.example\" {}\nzone z157: \"z157.example\" {}\nzone z158: \"z158.example\" {}\nzone z159: \"z159.example\" {}\nzone z160: \"z160.example\" {}\nzone z161: \"z161.example\" {}\nzone z162: \"z162.example\" {}\nzone z163: \"z163.example\" {}\nzone z164: \"z164.example\" {}\nzone z165: \"z165.example\" {}\nzone z166: \"z166.example\" {}\nzone z167: \"z167.example\" {}\nzone z168: \"z168.example\" {}\nzone z169: \"z169.example\" {}\nzone z170: \"z170.example\" {}\nzone z171: \"z171.example\" {}\nzone z172: \"z172.example\" {}\nzone z173: \"z173.example\" {}\nzone z174: \"z174.example\" {}\nzone z175: \"z175.example\" {}\nzone z176: \"z176.example\" {}\nzone z177: \"z177.example\" {}\nzone z178: \"z178.example\" {}\nzone z179: \"z179.example\" {}\nzone z180: \"z180.example\" {}\nzone z181: \"z181.example\" {}\nzone z182: \"z182.example\" {}\nzone z183: \"z183.example\" {}\nzone z184: \"z184.example\" {}\nzone z185: \"z185.example\" {}\nzone z186: \"z186.example\" {}\nzone z187: \"z187.example\" {}\nzone z188: \"z188.example\" {}\nzone z189: \"z189.example\" {}\nzone z190: \"z190.example\" {}\nzone z191: \"z191.example\" {}\nzone z192: \"z192.example\" {}\nzone z193: \"z193.example\" {}\nzone z194: \"z194.example\" {}\nzone z195: \"z195.example\" {}\nzone z196: \"z196.example\" {}\nzone z197: \"z197.example\" {}\nzone z198: \"z198.example\" {}\nzone z199: \"z199.example\" {}\nzone z200: \"z200.example\" {}\nzone z201: \"z201.example\" {}\nzone z202: \"z202.example\" {}\nzone z203: \"z203.example\" {}\nzone z204: \"z204.example\" {}\nzone z205: \"z205.example\" {}\nzone z206: \"z206.example\" {}\nzone z207: \"z207.example\" {}\nzone z208: \"z208.example\" {}\nzone z209: \"z209.example\" {}\nzone z210: \"z210.example\" {}\nzone z211: \"z211.example\" {}\nzone z212: \"z212.example\" {}\nzone z213: \"z213.example\" {}\nzone z214: \"z214.example\" {}\nzone z215: \"z215.example\" {}\nzone z216: \"z216.example\" {}\nzone z217: \"z217.example\" {}\nzone z218: \"z218.example\" {}\nzone z219: \"z219.example\" {}\nzone z220: \"z220.example\" {}\nzone z221: \"z221.example\" {}\nzone z222: \"z222.example\" {}\nzone z223: \"z223.example\" {}\nzone z224: \"z224.example\" {}\nzone z225: \"z225.example\" {}\nzone z226: \"z226.example\" {}\nzone z227: \"z227.example\" {}\nzone z228: \"z228.example\" {}\nzone z229: \"z229.example\" {}\nzone z230: \"z230.example\" {}\nzone z231: \"z231.example\" {}\nzone z232: \"z232.example\" {}\nzone z233: \"z233.example\" {}\nzone z234: \"z234.example\" {}\nzone z235: \"z235.example\" {}\nzone z236: \"z236.example\" {}\nzone z237: \"z237.example\" {}\nzone z238: \"z238.example\" {}\nzone z239: \"z239.example\" {}\nzone z240: \"z240.example\" {}\nzone z241: \"z241.example\" {}\nzone z242: \"z242.example\" {}\nzone z243: \"z243.example\" {}\nzone z244: \"z244.example\" {}\nzone z245: \"z245.example\" {}\nzone z246: \"z246.example\" {}\nzone z247: \"z247.example\" {}\nzone z248: \"z248.example\" {}\nzone z249: \"z249.example\" {}\nzone z250: \"z250.example\" {}\nzone z251: \"z251.example\" {}\nzone z252: \"z252.example\" {}\nzone z253: \"z253.example\" {}\nzone z254: \"z254.example\" {}\nzone z255: \"z255.example\" {}\nzone z256: \"z256.example\" {}\nzone z257: \"z257.example\" {}\nzone z258: \"z258.example\" {}\nzone z259: \"z259.example\" {}\nzone z260: \"z260.example\" {}\nzone z261: \"z261.example\" {}\nzone z262: \"z262.example\" {}\nzone z263: \"z263.example\" {}\nzone z264: \"z264.example\" {}\nzone z265: \"z265.example\" {}\nzone z266: \"z266.example\" {}\nzone z267: \"z267.example\" {}\nzone z268: \"z268.example\" {}\nzone z269: \"z269.example\" {}\nzone z270: \"z270.example\" {}\nzone z271: \"z271.example\" {}\nzone z272: \"z272.example\" {}\nzone z273: \"z273.example\" {}\nzone z274: \"z274.example\" {}\nzone z275: \"z275.example\" {}\nzone z276: \"z276.example\" {}\nzone z277: \"z277.example\" {}\nzone z278: \"z278.example\" {}\nzone z279: \"z279.example\" {}\nzone z280: \"z280.example\" {}\nzone z281: \"z281.example\" {}\nzone z282: \"z282.example\" {}\nzone z283: \"z283.example\" {}\nzone z284: \"z284.example\" {}\nzone z285: \"z285.example\" {}\nzone z286: \"z286.example\" {}\nzone z287: \"z287.example\" {}\nzone z288: \"z288.example\" {}\nzone z289: \"z289.example\" {}\nzone z290: \"z290.example\" {}\nzone z291: \"z291.example\" {}\nzone z292: \"z292.example\" {}\nzone z293: \"z293.example\" {}\nzone z294: \"z294.example\" {}\nzone z295: \"z295.example\" {}\nzone z296: \"z296.example\" {}\nzone z297: \"z297.example\" {}\nzone z298: \"z298.example\" {}\nzone z299: \"z299.example\" {}\nzone z300: \"z300.example\" {}\nzone z301: \"z301.example\" {}\nzone z302: \"z302.example\" {}\nzone z303: \"z303.example\" {}\nzone z304: \"z304.example\" {}\nzone z305: \"z305.example\" {}\nzone z306: \"z306.example\" {}\nzone z307: \"z307.example\" {}\nzone z308: \"z308.example\" {}\nzone z309: \"z309.example\" {}\nzone z310: \"z310.example\" {}\nzone z311: \"z311.example\" {}\nzone z312: \"z312.example\" {}\nzone z313: \"z313.example\" {}\nzone z314: \"z314.example\" {}\nzone z315: \"z315.example\" {}\nzone z316: \"z316.example\" {}\nzone z317: \"z317.example\" {}\nzone z318: \"z318.example\" {}\nzone z319: \"z319.example\" {}\nzone z320: \"z320.example\" {}\nzone z321: \"z321.example\" {}\nzone z322: \"z322.example\" {}\nzone z323: \"z323.example\" {}\nzone z324: \"z324.example\" {}\nzone z325: \"z325.example\" {}\nzone z326: \"z326.example\" {}\nzone z327: \"z327.example\" {}\nzone z328: \"z328.example\" {}\nzone z329: \"z329.example\" {}\nzone z330: \"z330.example\" {}\nzone z331: \"z331.example\" {}\nzone z332: \"z332.example\" {}\nzone z333: \"z333.example\" {}\nzone z334: \"z334.example\" {}\nzone z335: \"z335.example\" {}\nzone z336: \"z336.example\" {}\nzone z337: \"z337.example\" {}\nzone z338: \"z338.example\" {}\nzone z339: \"z339.example\" {}\nzone z340: \"z340.example\" {}\nzone z341: \"z341.example\" {}\nzone z342: \"z342.example\" {}\nzone z343: \"z343.example\" {}\nzone z344: \"z344.example\" {}\nzone z345: \"z345.example\" {}\nzone z346: \"z346.example\" {}\nzone z347: \"z347.example\" {}\nzone z348: \"z348.example\" {}\nzone z349: \"z349.example\" {}\nzone z350: \"z350.example\" {}\nzone z351: \"z351.example\" {}\nzone z352: \"z352.example\" {}\nzone z353: \"z353.example\" {}\nzone z354: \"z354.example\" {}\nzone z355: \"z355.example\" {}\nzone z356: \"z356.example\" {}\nzone z357: \"z357.example\" {}\nzone z358: \"z358.example\" {}\nzone z359: \"z359.example\" {}\nzone z360: \"z360.example\" {}\nzone z361: \"z361.example\" {}\nzone z362: \"z362.example\" {}\nzone z363: \"z363.example\" {}\nzone z364: \"z364.example\" {}\nzone z365: \"z365.example\" {}\nzone z366: \"z366.example\" {}\nzone z367: \"z367.example\" {}\nzone z368: \"z368.example\" {}\nzone z369: \"z369.example\" {}\nzone z370: \"z370.example\" {}\nzone z371: \"z371.example\" {}\nzone z372: \"z372.example\" {}\nzone z373: \"z373.example\" {}\nzone z374: \"z374.example\" {}\nzone z375: \"z375.example\" {}\nzone z376: \"z376.example\" {}\nzone z377: \"z377.example\" {}\nzone z378: \"z378.example\" {}\nzone z379: \"z379.example\" {}\nzone z380: \"z380.example\" {}\nzone z381: \"z381.example\" {}\nzone z382: \"z382.example\" {}\nzone z383: \"z383.example\" {}\nzone z384: \"z384.example\" {}\nzone z385: \"z385.example\" {}\nzone z386: \"z386.example\" {}\nzone z387: \"z387.example\" {}\nzone z388: \"z388.example\" {}\nzone z389: \"z389.example\" {}\nzone z390: \"z390.example\" {}\nzone z391: \"z391.example\" {}\nzone z392: \"z392.example\" {}\nzone z393: \"z393.example\" {}\nzone z394: \"z394.example\" {}\nzone z395: \"z395.example\" {}\nzone z396: \"z396.example\" {}\nzone z397: \"z397.example\" {}\nzone z398: \"z398.example\" {}\nzone z399: \"z399.example\" {}\nzone z400: \"z400.example\" {}\nzone z401: \"z401.example\" {}\nzone z402: \"z402.example\" {}\nzone z403: \"z403.example\" {}\nzone z404: \"z404.example\" {}\nzone z405: \"z405.example\" {}\nzone z406: \"z406.example\" {}\nzone z407: \"z407.example\" {}\nzone z408: \"z408.example\" {}\nzone z409: \"z409.example\" {}\nzone z410: \"z410.example\" {}\nzone z411: \"z411.example\" {}\nzone z412: \"z412.example\" {}\nzone z413: \"z413.example\" {}\nzone z414: \"z414.example\" {}\nzone z415: \"z415.example\" {}\nzone z416: \"z416.example\" {}\nzone z417: \"z417.example\" {}\nzone z418: \"z418.example\" {}\nzone z419: \"z419.example\" {}\nzone z420: \"z420.example\" {}\nzone z421: \"z421.example\" {}\nzone z422: \"z422.example\" {}\nzone z423: \"z423.example\" {}\nzone z424: \"z424.example\" {}\nzone z425: \"z425.example\" {}\nzone z426: \"z426.example\" {}\nzone z427: \"z427.example\" {}\nzone z428: \"z428.example\" {}\nzone z429: \"z429.example\" {}\nzone z430: \"z430.example\" {}\nzone z431: \"z431.example\" {}\nzone z432: \"z432.example\" {}\nzone z433: \"z433.example\" {}\nzone z434: \"z434.example\" {}\nzone z435: \"z435.example\" {}\nzone z436: \"z436.example\" {}\nzone z437: \"z437.example\" {}\nzone z438: \"z438.example\" {}\nzone z439: \"z439.example\" {}\nzone z440: \"z440.example\" {}\nzone z441: \"z441.example\" {}\nzone z442: \"z442.example\" {}\nzone z443: \"z443.example\" {}\nzone z444: \"z444.example\" {}\nzone z445: \"z445.example\" {}\nzone z446: \"z446.example\" {}\nzone z447: \"z447.example\" {}\nzone z448: \"z448.example\" {}\nzone z449: \"z449.example\" {}\nzone z450: \"z450.example\" {}\nzone z451: \"z451.example\" {}\nzone z452: \"z452.example\" {}\nzone z453: \"z453.example\" {}\nzone z454: \"z454.example\" {}\nzone z455: \"z455.example\" {}\nzone z456: \"z456.example\" {}\nzone z457: \"z457.example\" {}\nzone z458: \"z458.example\" {}\nzone z459: \"z459.example\" {}\nzone z460: \"z460.example\" {}\nzone z461: \"z461.example\" {}\nzone z462: \"z462.example\" {}\nzone z463: \"z463.example\" {}\nzone z464: \"z464.example\" {}\nzone z465: \"z465.example\" {}\nzone z466: \"z466.example\" {}\nzone z467: \"z467.example\" {}\nzone z468: \"z468.example\" {}\nzone z469: \"z469.example\" {}\nzone z470: \"z470.example\" {}\nzone z471: \"z471.example\" {}\nzone z472: \"z472.example\" {}\nzone z473: \"z473.example\" {}\nzone z474: \"z474.example\" {}\nzone z475: \"z475.example\" {}\nzone z476: \"z476.example\" {}\nzone z477: \"z477.example\" {}\nzone z478: \"z478.example\" {}\nzone z479: \"z479.example\" {}\nzone z480: \"z480.example\" {}\nzone z481: \"z481.example\" {}\nzone z482: \"z482.example\" {}\nzone z483: \"z483.example\" {}\nzone z484: \"z484.example\" {}\nzone z485: \"z485.example\" {}\nzone z486: \"z486.example\" {}\nzone z487: \"z487.example\" {}\nzone z488: \"z488.example\" {}\nzone z489: \"z489.example\" {}\nzone z490: \"z490.example\" {}\nzone z491: \"z491.example\" {}\nzone z492: \"z492.example\" {}\nzone z493: \"z493.example\" {}\nzone z494: \"z494.example\" {}\nzone z495: \"z495.example\" {}\nzone z496: \"z496.example\" {}\nzone z497: \"z497.example\" {}\nzone z498: \"z498.example\" {}\nzone z499: \"z499.example\" {}\nzone z500: «\"z500.example\"» {}",
        right: "zone shop: \"example.com\" {}\n",
        check: Check::Spec(check_quotas),
    },
];

/// Why a name can't be a zone's.
fn refuse(name: &str) -> Option<&'static str> {
    match check_domain(name) {
        Err(reason) => Some(reason),
        Ok(()) if !normalise_domain(name).contains('.') => Some("AWS has no zones for top-level domains"),
        Ok(()) if name.starts_with('*') => Some("a wildcard belongs into a record's name"),
        Ok(()) => None,
    }
}

/// A zone's name is a domain of at least two labels without a leading wildcard.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for zone in each_zone(context.spec) {
        if let Some(reason) = refuse(zone.name.as_str()) {
            report.at(zone.name.id, format!("`{}` is not a hosted zone's name: {reason}", zone.name.value));
        }
    }
}

/// A second zone of the same name is legal on AWS and seldom meant.
fn check_duplicates(context: &Context<'_>, report: &mut Report<'_>) {
    let mut first = Seen::default();
    for zone in each_zone(context.spec) {
        if refuse(zone.name.as_str()).is_some() {
            continue;
        }
        let name = normalise_domain(zone.name.as_str());
        if let Some(earlier) = first.first(name.clone(), zone.name.id) {
            report.related(zone.name.id, format!("two zones are named {name}"), (earlier, "the other zone"));
        }
    }
}

/// A comment is not too long and can be sent as XML.
fn check_comments(context: &Context<'_>, report: &mut Report<'_>) {
    for zone in each_zone(context.spec) {
        let Some(comment) = &zone.comment else { continue };
        let reason = if comment.value.chars().count() > MAX_COMMENT {
            "it is longer than 256 characters"
        } else if comment.value.chars().any(char::is_control) {
            "it has a control character"
        } else {
            continue;
        };
        report.at(comment.id, format!("this can't be a zone's comment: {reason}"));
    }
}

/// A child zone is delegated by its nearest declared parent.
fn check_delegation(context: &Context<'_>, report: &mut Report<'_>) {
    let mut named: ByText<&ZoneSpec> = ByText::default();
    for zone in each_zone(context.spec) {
        named.or_insert(normalise_domain(zone.name.as_str()), zone);
    }
    let mut delegated = Seen::default();
    for record in context.of_type(RecordType::NS) {
        if let Some(zone) = &record.zone {
            delegated.first(joined(record.spec.zone.as_str(), &zone.name), record.spec.label.id);
        }
    }
    for zone in each_zone(context.spec) {
        // A zone that exists already is somebody else's to delegate.
        if is_on(&zone.existing) {
            continue;
        }
        let name = normalise_domain(zone.name.as_str());
        let mut above = name.as_str();
        let mut parent = None;
        while let (None, Some((_, rest))) = (parent, above.split_once('.')) {
            parent = named.get(rest);
            above = rest;
        }
        let Some(parent) = parent else { continue };
        if !delegated.contains(&joined(parent.label.as_str(), &name)) {
            let message = format!("{} has no NS record for its child {name}", parent.name.value);
            report.related(zone.name.id, message, (parent.name.id, "the parent"));
        }
    }
}

/// Zones, and the records of each, are not more than an account has room for.
fn check_quotas(context: &Context<'_>, report: &mut Report<'_>) {
    let mut made = 0;
    for zone in each_zone(context.spec) {
        if !is_on(&zone.existing) {
            made += 1;
            if made == MAX_ZONES + 1 {
                report.at(zone.name.id, format!("this is zone number {made} of the topology"));
            }
        }
    }
    let mut sizes: ByText<usize> = ByText::default();
    for record in &context.records {
        let size = sizes.or_insert(record.spec.zone.value.clone(), 0);
        let before = *size;
        *size += context.members(record.spec).len();
        if before <= MAX_RECORDS && *size > MAX_RECORDS {
            report.at(record.spec.label.id, format!("this is record number {size} of its zone"));
        }
    }
}
