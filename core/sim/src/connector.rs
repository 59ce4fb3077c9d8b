//! The HTTP client that the SDK is given: requests go to the simulation instead of the network. Not here: answers.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::request::Request;
use crate::response::Response;
use crate::router::{Answer, Sim};

/// The way to a simulated AWS.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Sim);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let (connect, read) = (settings.connect_timeout(), settings.read_timeout());
        SharedHttpConnector::new(Connector { sim: self.0.clone(), connect, read })
    }
}

/// A client with the patience that it was told to have.
struct Connector {
    sim: Sim,
    connect: Option<Duration>,
    read: Option<Duration>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("connect", &self.connect)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match take_apart(&request) {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(error)),
        };
        let host = &request.host;
        match self.sim.handle(&request) {
            Answer::Response(response, delay) if delay.is_zero() => {
                HttpConnectorFuture::ready(http(response))
            }
            Answer::Response(response, delay) if self.read.is_none_or(|patience| delay <= patience) => {
                HttpConnectorFuture::new(async move {
                    tokio::time::sleep(delay).await;
                    http(response)
                })
            }
            Answer::Response(..) | Answer::Silence => {
                time_out(self.read, format!("{host} did not answer in time"))
            }
            Answer::Unconnected => {
                time_out(self.connect, format!("connection to {host} was not made in time"))
            }
            Answer::Refused => broken(format!("connection to {host} was refused")),
            Answer::Closed => broken(format!("connection to {host} was closed before the message completed")),
        }
    }
}

fn take_apart(request: &HttpRequest) -> Result<Request, ConnectorError> {
    let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body = request
        .body()
        .bytes()
        .ok_or_else(|| ConnectorError::user("the simulated AWS does not take streamed bodies".into()))?;
    Request::parse(request.method(), request.uri(), headers, body)
        .ok_or_else(|| ConnectorError::user("the simulated AWS does not take unsigned requests".into()))
}

fn http(response: Response) -> Result<HttpResponse, ConnectorError> {
    let status = response.status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
    let mut http = HttpResponse::new(status, SdkBody::from(response.body));
    for (name, value) in response.headers {
        http.headers_mut().insert(name, value);
    }
    Ok(http)
}

/// An error when the client's patience ends, if it does.
fn time_out(patience: Option<Duration>, message: String) -> HttpConnectorFuture {
    HttpConnectorFuture::new(async move {
        match patience {
            Some(patience) => tokio::time::sleep(patience).await,
            None => std::future::pending().await,
        }
        Err(ConnectorError::timeout(message.into()))
    })
}

fn broken(message: String) -> HttpConnectorFuture {
    HttpConnectorFuture::ready(Err(ConnectorError::io(message.into())))
}
