//! Responses in each protocol's envelope. Not here: their contents.

use crate::fault::ApiError;
use crate::xml::Element;

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The code of the error that it tells.
    pub(crate) code: Option<&'static str>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// How a service writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// XML bodies, wrapped errors (Route 53).
    RestXml,
    /// XML bodies, bare errors (S3).
    RestXmlBare,
    /// JSON 1.0 (DynamoDB).
    Json,
    /// Form requests, XML bodies (RDS, IAM, STS, Elastic Load Balancing).
    Query,
}

/// Request ids mean nothing here, and a fixed one keeps runs alike.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

impl Response {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, code: None, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn xml(status: u16, root: &Element) -> Self {
        Self {
            status,
            code: None,
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: root.document().into_bytes(),
        }
    }

    pub(crate) fn json(value: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.0".to_owned())];
        Self { status: 200, code: None, headers, body: value.to_string().into_bytes() }
    }

    /// `<XResponse><XResult>…</XResult><ResponseMetadata/></XResponse>`.
    pub(crate) fn query(operation: &str, result: Element) -> Self {
        let metadata = Element::new("ResponseMetadata").with("RequestId", REQUEST_ID);
        let root = Element::new(format!("{operation}Response"));
        Self::xml(200, &root.child(result.named(format!("{operation}Result"))).child(metadata))
    }

    pub(crate) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a header, if there is a value.
    pub(crate) fn some_header(self, name: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// An error in the protocol's envelope.
    pub(crate) fn error(protocol: Protocol, error: &ApiError) -> Self {
        let ApiError { code, status, message } = error;
        let fields =
            || Element::new("Error").with("Type", "Sender").with("Code", *code).with("Message", message);
        let told = match protocol {
            Protocol::RestXml | Protocol::Query => Self::xml(
                *status,
                &Element::new("ErrorResponse").child(fields()).with("RequestId", REQUEST_ID),
            ),
            Protocol::RestXmlBare => {
                let root = Element::new("Error").with("Code", *code).with("Message", message);
                Self::xml(*status, &root.with("RequestId", REQUEST_ID))
            }
            Protocol::Json => {
                // DynamoDB's own exceptions and those of its front end have different prefixes.
                let prefix = match *code {
                    "ValidationException" => "com.amazon.coral.validate",
                    "AccessDeniedException" => "com.amazon.coral.service",
                    _ => "com.amazonaws.dynamodb.v20120810",
                };
                let body = serde_json::json!({ "__type": format!("{prefix}#{code}"), "message": message });
                Self { status: *status, ..Self::json(&body) }
            }
        };
        Self { code: Some(code), ..told }
    }
}
