//! Requests as the services see them. Not here: the HTTP client (`connector`).

use std::collections::BTreeMap;

use crate::clock::signed_at;
use crate::fault::ApiError;
use crate::query::percent_decode;

/// A signature is taken for so long before and after its time (IAM User Guide, "Elements of an AWS API request signature");
/// S3's list of error responses says fifteen minutes for its own.
const SIGNATURE_AGE: f64 = 300.0;
const SIGNATURE_AGE_IN_S3: f64 = 900.0;

/// A request: what was asked of which service in which region.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// From the signature's scope.
    pub(crate) service: String,
    /// From the signature's scope.
    pub(crate) region: String,
    pub(crate) method: String,
    pub(crate) host: String,
    /// Decoded segments of the path, without empty ones.
    pub(crate) path: Vec<String>,
    /// The path as it came.
    pub(crate) raw_path: String,
    pub(crate) query: BTreeMap<String, String>,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Takes a request apart. None if it is not signed, as every request of the SDK is.
    pub(crate) fn parse(
        method: &str,
        uri: &str,
        headers: impl Iterator<Item = (String, String)>,
        body: &[u8],
    ) -> Option<Self> {
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let (host, target) = match rest.find('/') {
            Some(slash) => (&rest[..slash], &rest[slash..]),
            None => (rest, "/"),
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: BTreeMap<String, String> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        // AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/route53/aws4_request, ...
        let credential = headers.get("authorization")?.split_once("Credential=")?.1;
        let mut scope = credential.split(',').next()?.split('/').skip(2);
        let (region, service) = (scope.next()?.to_owned(), scope.next()?.to_owned());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        };
        Some(Self {
            service,
            region,
            method: method.to_owned(),
            host: host.to_owned(),
            raw_path: path.to_owned(),
            path: path.split('/').filter(|segment| !segment.is_empty()).map(percent_decode).collect(),
            query: query.split('&').filter(|part| !part.is_empty()).map(pair).collect(),
            headers,
            body: body.to_vec(),
        })
    }

    /// Refuses a signature that is too old, or not yet valid. The codes are the services' own, the words typical.
    pub(crate) fn check_age(&self, now: f64) -> Result<(), ApiError> {
        let signed = self.header("x-amz-date").and_then(signed_at);
        let most = if self.service == "s3" { SIGNATURE_AGE_IN_S3 } else { SIGNATURE_AGE };
        if signed.is_some_and(|signed| (now - signed).abs() <= most) {
            return Ok(());
        }
        let words = "Signature expired: the request was signed at another time than this";
        Err(match self.service.as_str() {
            "s3" => {
                let words = "The difference between the request time and the current time is too large.";
                ApiError::new("RequestTimeTooSkewed", 403, words)
            }
            "dynamodb" => ApiError::new("InvalidSignatureException", 400, words),
            _ => ApiError::new("SignatureDoesNotMatch", 403, words),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}
