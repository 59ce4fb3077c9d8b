//! Syntax of the names that AWS takes. Not here: which name belongs to what, and words for people (each function says
//! in a few words what is wrong; the diagnostics around it say where and how to mend it).

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::text::{every, number};

/// Longest domain name in visible characters (measured: 253 creates a hosted zone and 254 fails; AWS rule HZ-001).
const MAX_DOMAIN: usize = 253;
/// Longest label of a domain name (RFC 1035; Route 53 Developer Guide, DomainNameFormat).
const MAX_LABEL: usize = 63;

/// Lower case, without the trailing dot: how domain names are compared.
pub fn normalise_domain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// A short stand-in for a text that is too long for a name (FNV-1a). The same on every machine and in every version of Rust,
/// which the standard library's hashers are not.
pub fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A name that nobody wrote, so that nobody can shorten it: what is longer than `longest` is cut and, behind `mark`, told apart by
/// a checksum of the whole.
pub(crate) fn shortened(name: String, longest: usize, mark: char) -> String {
    if name.len() <= longest {
        return name;
    }
    let kept: String = name.chars().take(longest.saturating_sub(9)).collect();
    format!("{kept}{mark}{:08x}", checksum(&name) >> 32)
}

/// Longest label. Names on AWS are made of labels with regions, accounts and numbers behind them; 40 leaves room for these.
pub(crate) const MAX_LABEL_OF_ITEM: usize = 40;

/// A label: it becomes a constant, a variant and a part of names on AWS.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_label(label: &str) -> Result<(), &'static str> {
    if !label.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Err("it must begin with a lower-case letter");
    }
    if !every(label, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_') {
        return Err("only lower-case letters, digits and underscores are allowed");
    }
    if label.len() > MAX_LABEL_OF_ITEM {
        return Err("it is longer than 40 characters");
    }
    // The variant of a region would be `Self`.
    if label.replace('_', "") == "self" {
        return Err("the word has a meaning in Rust");
    }
    Ok(())
}

/// The words that are no names in Rust, in any edition (Rust reference, keywords).
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for \
                        gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
                        trait true try type typeof unsafe unsized use virtual where while yield";

/// The topology's name: a label that is also the name of a module.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_module_name(name: &str) -> Result<(), &'static str> {
    check_label(name)?;
    if KEYWORDS.split_ascii_whitespace().any(|word| word == name) {
        return Err("the word has a meaning in Rust");
    }
    Ok(())
}

/// A domain name as Route 53 takes it. Source: Route 53 Developer Guide, DomainNameFormat.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_domain(name: &str) -> Result<(), &'static str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > MAX_DOMAIN {
        return Err("it is longer than 253 characters");
    }
    if name.contains('\\') {
        return Err("it has a backslash; names with escapes are not supported yet");
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err("it has an empty label");
        }
        if label.len() > MAX_LABEL {
            return Err("a label is longer than 63 characters");
        }
        if !label.is_ascii() {
            return Err("it has characters outside ASCII; write them in Punycode (`xn--…`)");
        }
        if !every(label, u8::is_ascii_graphic) {
            return Err("it has a space or a control character");
        }
    }
    Ok(())
}

/// A host name as record values and health checks take it: letters, digits, hyphens and underscores.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_host(name: &str) -> Result<(), &'static str> {
    check_domain(name)?;
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    if every(name, allowed) {
        Ok(())
    } else {
        Err("a host name is made of letters, digits, `-`, `_` and dots")
    }
}

/// An S3 bucket's name. Source: S3 User Guide, bucketnamingrules.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_bucket(name: &str) -> Result<(), &'static str> {
    if !(3..=63).contains(&name.len()) {
        return Err("it must have 3 to 63 characters");
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
    {
        return Err("only lower-case letters, digits, dots and hyphens are allowed");
    }
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !edge(name.bytes().next()) || !edge(name.bytes().last()) {
        return Err("it must begin and end with a letter or a digit");
    }
    if name.contains("..") {
        return Err("it has two dots in a row");
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return Err("it looks like an IPv4 address");
    }
    if ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix)) {
        return Err("AWS reserves the prefixes `xn--`, `sthree-` and `amzn-s3-demo-`");
    }
    if ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix)) {
        return Err("AWS reserves the suffixes `-s3alias`, `--ol-s3`, `.mrap`, `--x-s3` and `--table-s3`");
    }
    Ok(())
}

/// A DynamoDB table's name. Source: service model, shape `TableName`.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_table(name: &str) -> Result<(), &'static str> {
    if !(3..=255).contains(&name.len()) {
        return Err("it must have 3 to 255 characters");
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    if every(name, allowed) { Ok(()) } else { Err("only letters, digits, `_`, `.` and `-` are allowed") }
}

/// An identifier of RDS: of a global cluster, a cluster or an instance. Source: `CreateDBClusterMessage` and its kin.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_rds_identifier(name: &str) -> Result<(), &'static str> {
    if !(1..=63).contains(&name.len()) {
        return Err("it must have 1 to 63 characters");
    }
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err("it must begin with a letter");
    }
    if !every(name, |byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
        return Err("only letters, digits and hyphens are allowed");
    }
    if name.ends_with('-') || name.contains("--") {
        return Err("it must not end with a hyphen or have two hyphens in a row");
    }
    Ok(())
}

/// A CNAME, NS or mail host: one name per value.
fn check_target_host(value: &str) -> Result<(), &'static str> {
    if value.contains(char::is_whitespace) {
        Err("one host name per value, without spaces")
    } else {
        check_host(value)
    }
}

/// A value of a record in Route 53's form, by type. Source: Route 53 Developer Guide, ResourceRecordTypes.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn check_record_value(record_type: crate::RecordType, value: &str) -> Result<(), &'static str> {
    use crate::RecordType::*;
    if value.len() > 4000 {
        return Err("a value is at most 4000 characters long");
    }
    let fields: Vec<&str> = value.split_ascii_whitespace().collect();
    let is_number = |text: &str| number(text, 65_535).is_some();
    let is_small = |text: &str| number(text, 255).is_some();
    match record_type {
        A => value.parse::<Ipv4Addr>().map(|_| ()).map_err(|_| "it is not an IPv4 address"),
        AAAA => value.parse::<Ipv6Addr>().map(|_| ()).map_err(|_| "it is not an IPv6 address"),
        CNAME | NS | PTR => check_target_host(value),
        MX => match fields.as_slice() {
            // No mail at all (RFC 7505).
            ["0", "."] => Ok(()),
            [preference, host] if is_number(preference) => check_host(host),
            _ => Err("an MX value is `preference host`, the preference 0 to 65535"),
        },
        SRV => match fields.as_slice() {
            [priority, weight, port, host] if is_number(priority) && is_number(weight) && is_number(port) => {
                // No such service (RFC 2782).
                if *host == "." { Ok(()) } else { check_host(host) }
            }
            _ => Err("an SRV value is `priority weight port host`, each number 0 to 65535"),
        },
        TXT | SPF => check_txt(value),
        CAA => check_caa(value),
        DS => match fields.as_slice() {
            [tag, algorithm, digest_type, digest]
                if is_number(tag) && is_small(algorithm) && is_small(digest_type) && is_hex(digest) =>
            {
                Ok(())
            }
            _ => Err("a DS value is `key_tag algorithm digest_type digest`, the digest in hexadecimal"),
        },
        TLSA => check_tlsa(&fields),
        SSHFP => check_sshfp(&fields),
        NAPTR => check_naptr(value),
        SVCB | HTTPS => check_service_binding(&fields),
        SOA => match fields.as_slice() {
            [primary, mail, times @ ..]
                if times.len() == 5
                    && times.iter().all(|time| number(time, u64::from(u32::MAX)).is_some()) =>
            {
                check_host(primary).and(check_host(mail))
            }
            _ => Err("an SOA value is `primary mail serial refresh retry expire minimum`"),
        },
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len().is_multiple_of(2) && every(text, u8::is_ascii_hexdigit)
}

/// `usage selector matching_type data` (RFC 6698).
fn check_tlsa(fields: &[&str]) -> Result<(), &'static str> {
    const FORM: &str =
        "a TLSA value is `usage selector matching_type data`: 0 to 3, 0 or 1, 0 to 2, hexadecimal";
    let [usage, selector, matching, data] = fields else { return Err(FORM) };
    let up_to = |text: &str, most: u64| number(text, most).is_some();
    if !(up_to(usage, 3) && up_to(selector, 1) && up_to(matching, 2) && is_hex(data)) {
        return Err(FORM);
    }
    match (*matching, data.len()) {
        ("1", 64) | ("2", 128) | ("0", _) => Ok(()),
        _ => Err("the data has 64 hexadecimal digits for SHA-256 (1) and 128 for SHA-512 (2)"),
    }
}

/// `algorithm hash_type fingerprint` (RFC 4255, RFC 6594).
fn check_sshfp(fields: &[&str]) -> Result<(), &'static str> {
    match fields {
        [algorithm, hash @ ("1" | "2"), print]
            if number(algorithm, 255).is_some()
                && is_hex(print)
                && print.len() == if *hash == "1" { 40 } else { 64 } =>
        {
            Ok(())
        }
        _ => Err(
            "an SSHFP value is `algorithm hash_type fingerprint`: 40 hexadecimal digits for type 1, 64 for type 2",
        ),
    }
}

/// `order preference "flags" "service" "regexp" replacement` (RFC 3403).
fn check_naptr(value: &str) -> Result<(), &'static str> {
    const FORM: &str = "a NAPTR value is `order preference \"flags\" \"service\" \"regexp\" replacement`";
    let mut parts = value.splitn(3, ' ');
    let (Some(order), Some(preference), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(FORM);
    };
    if number(order, 65_535).is_none() || number(preference, 65_535).is_none() {
        return Err(FORM);
    }
    let mut rest = rest.trim_start();
    let mut quoted = Vec::new();
    for _ in 0..3 {
        let inside = rest.strip_prefix('"').ok_or(FORM)?;
        let (text, after) = inside.split_once('"').ok_or(FORM)?;
        quoted.push(text);
        rest = after.trim_start();
    }
    if !every(value, |byte| *byte == b' ' || byte.is_ascii_graphic()) {
        return Err("it has a character outside printable ASCII");
    }
    match (quoted.last().is_some_and(|regexp| !regexp.is_empty()), rest) {
        (_, ".") => Ok(()),
        (true, _) => Err("with a regexp the replacement is `.`"),
        (false, replacement) => check_host(replacement),
    }
}

/// The parameters of a service binding that Route 53 takes, and whether each has a value (R53-047, R53-048).
const SERVICE_PARAMETERS: [(&str, bool); 8] = [
    ("alpn", true),
    ("no-default-alpn", false),
    ("port", true),
    ("ipv4hint", true),
    ("ech", true),
    ("ipv6hint", true),
    ("dohpath", true),
    ("ohttp", false),
];

/// `priority target [parameters]` (RFC 9460; the limit of the priority is measured).
fn check_service_binding(fields: &[&str]) -> Result<(), &'static str> {
    const FORM: &str = "the value is `priority target [key=value ..]`, the priority 0 to 32767";
    let [priority, target, parameters @ ..] = fields else { return Err(FORM) };
    let priority = number(priority, 32_767).ok_or(FORM)?;
    if *target != "." {
        check_target_host(target)?;
    }
    if priority == 0 && !parameters.is_empty() {
        return Err("priority 0 is an alias, which has no parameters");
    }
    let mut seen = Vec::new();
    for parameter in parameters {
        let (key, value) = match parameter.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (*parameter, None),
        };
        let known = SERVICE_PARAMETERS.iter().find(|(known, _)| *known == key);
        let Some((key, takes_value)) = known else {
            return Err(
                "Route 53 takes the parameters alpn, no-default-alpn, port, ipv4hint, ech, ipv6hint, dohpath and ohttp",
            );
        };
        if *takes_value != value.is_some_and(|value| !value.is_empty()) {
            return Err(
                "alpn, port, ipv4hint, ech, ipv6hint and dohpath have a value, no-default-alpn and ohttp have none",
            );
        }
        if *key == "port" && value.is_none_or(|port| number(port, 65_535).is_none()) {
            return Err("a port is 0 to 65535");
        }
        if seen.contains(key) {
            return Err("a parameter is given twice");
        }
        seen.push(*key);
    }
    if seen.contains(&"no-default-alpn") && !seen.contains(&"alpn") {
        return Err("no-default-alpn needs alpn");
    }
    Ok(())
}

/// Quoted strings of at most 255 characters, separated by spaces.
fn check_txt(value: &str) -> Result<(), &'static str> {
    let mut rest = value.trim();
    if rest.is_empty() {
        return Err("a TXT value is one or more strings in double quotes");
    }
    while !rest.is_empty() {
        let inside = rest.strip_prefix('"').ok_or("a TXT value is one or more strings in double quotes")?;
        let mut escaped = false;
        let end = inside.char_indices().find(|(_, character)| {
            let closes = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            closes
        });
        let (end, _) = end.ok_or("a double quote is missing")?;
        if end > 255 {
            return Err("a string is longer than 255 characters; split it into several quoted strings");
        }
        if !every(&inside[..end], |byte| *byte == b' ' || byte.is_ascii_graphic()) {
            return Err("write characters outside printable ASCII as `\\ooo`, in octal");
        }
        rest = inside[end + 1..].trim_start();
    }
    Ok(())
}

/// `flags tag "value"`.
fn check_caa(value: &str) -> Result<(), &'static str> {
    const FORM: &str = "a CAA value is `flags tag \"value\"`, as in `0 issue \"amazon.com\"`";
    let mut parts = value.splitn(3, ' ');
    let (Some(flags), Some(tag), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(FORM);
    };
    let flags = number(flags, 255).ok_or(FORM)?;
    if text.len() < 2 || !text.starts_with('"') || !text.ends_with('"') {
        return Err(FORM);
    }
    if flags < 128 && !["issue", "issuewild", "iodef"].contains(&tag) {
        return Err("without the critical flag the tag is issue, issuewild or iodef");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecordType::*;

    #[test]
    fn bucket_names() {
        assert_eq!(check_bucket("assets-123456789012-us-east-1"), Ok(()));
        for bad in ["ab", "My-Bucket", "-a-b", "a..b", "192.168.0.1", "xn--abc", "a-b--x-s3", &"a".repeat(64)]
        {
            assert!(check_bucket(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn domains() {
        assert_eq!(check_domain("naveenteja.cloud."), Ok(()));
        for bad in ["", "a..b", "a b.c", "bücher.de", &format!("{}.de", "a".repeat(64)), &"a.".repeat(128)] {
            assert!(check_domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rds_identifiers() {
        assert_eq!(check_rds_identifier("orders-us-east-1"), Ok(()));
        for bad in ["", "1a", "a--b", "a-", "a_b"] {
            assert!(check_rds_identifier(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn record_values() {
        let good = [
            (A, "192.0.2.1"),
            (AAAA, "2001:db8::1"),
            (CNAME, "www.example.com."),
            (MX, "10 mail.example.com"),
            (SRV, "1 2 443 host.example.com"),
            (TXT, r#""v=spf1 -all" "and \"more\"""#),
            (CAA, r#"0 issue "amazon.com""#),
            (PTR, "host.example.com"),
            (DS, "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
            (SSHFP, "4 1 123456789abcdef67890123456789abcdef67890"),
            (NAPTR, r#"100 50 "u" "E2U+sip" "!^.*$!sip:info@example.com!" ."#),
            (NAPTR, r#"100 50 "s" "SIP+D2U" "" _sip._udp.example.com"#),
            (HTTPS, "1 . alpn=h2,h3 port=8443"),
            (SVCB, "0 svc.example.com"),
            (SOA, "ns.example.com admin.example.com 1 7200 900 1209600 86400"),
        ];
        for (record_type, value) in good {
            assert_eq!(check_record_value(record_type, value), Ok(()), "{value}");
        }
        let bad = [
            (A, "192.0.2.256"),
            (A, "01.2.3.4"),
            (AAAA, "fe80::1%eth0"),
            (CNAME, "a b"),
            (MX, "mail.example.com"),
            (SRV, "1 2 99999 host"),
            (TXT, "unquoted"),
            (TXT, r#""open"#),
            (CAA, r#"0 isue "amazon.com""#),
            (DS, "60485 5 1 2BB"),
            (TLSA, "3 1 1 abcd"),
            (SSHFP, "4 1 1234"),
            (TLSA, "+3 1 1 1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"),
            (NAPTR, r#"+100 50 "u" "E2U+sip" "!a!b!" ."#),
            (HTTPS, "+1 ."),
            (HTTPS, "1 . port=+443"),
            (SOA, "ns.example.com. mail.example.com. +1 2 3 4 5"),
            (SSHFP, "+4 1 123456789abcdef67890123456789abcdef67890"),
            (CAA, "+0 issue \"amazon.com\""),
            (NAPTR, r#"100 50 "u" "E2U+sip" "!a!b!" example.com"#),
            (HTTPS, "0 . alpn=h2"),
            (HTTPS, "1 . alpn"),
            (HTTPS, "1 . key65000=x"),
            (SVCB, "65535 svc.example.com"),
        ];
        for (record_type, value) in bad {
            assert!(check_record_value(record_type, value).is_err(), "{value}");
        }
    }
}
