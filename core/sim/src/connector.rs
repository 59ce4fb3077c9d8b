//! The HTTP client that the SDK is given: requests go to the simulation instead of the network. Not here: answers.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::request::Request;
use crate::router::{Answer, Sim};

/// A connector to a simulated AWS.
#[derive(Clone)]
pub(crate) struct Connector(pub(crate) Sim);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}

impl Connector {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = request
            .body()
            .bytes()
            .ok_or_else(|| ConnectorError::user("the simulated AWS does not take streamed bodies".into()))?;
        let parsed = Request::parse(request.method(), request.uri(), headers, body).ok_or_else(|| {
            ConnectorError::user("the simulated AWS does not take unsigned requests".into())
        })?;
        let response = match self.0.handle(&parsed) {
            Answer::Response(response) => response,
            Answer::Unreachable => {
                return Err(ConnectorError::io(format!("connection to {} was refused", parsed.host).into()));
            }
        };
        let status = response.status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
        let mut http = HttpResponse::new(status, SdkBody::from(response.body));
        for (name, value) in response.headers {
            http.headers_mut().insert(name, value);
        }
        Ok(http)
    }
}
