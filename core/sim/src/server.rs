//! The simulated AWS as a server: one endpoint for all services and regions, which every client names in its signature. Not here:
//! answers (`router`), and clients in process (`connector`).

use std::convert::Infallible;
use std::io;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HOST};
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response as HttpResponse};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::fault::ApiError;
use crate::request::Request;
use crate::response::{Protocol, Response};
use crate::router::{Answer, Sim};

/// Answers everybody who connects, until the listener fails.
///
/// # Errors
/// When no connection can be accepted any more.
pub async fn serve(sim: Sim, listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(converse(sim.clone(), stream));
    }
}

/// Answers one connection's requests, one after another.
async fn converse(sim: Sim, stream: TcpStream) {
    let service = service_fn(move |request| answer(sim.clone(), request));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client that goes away, and one that is cut off because a fault says so, are nobody's error.
    drop(connection.await);
}

/// Why a connection closes without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed")]
struct Closed;

async fn answer(sim: Sim, request: HttpRequest<Incoming>) -> Result<HttpResponse<Full<Bytes>>, Closed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = head.headers.get(HOST).map(text).unwrap_or_default();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let uri = format!("http://{host}{target}");
    let is_signed = head.headers.contains_key(AUTHORIZATION);
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let Some(request) = Request::parse(head.method.as_str(), &uri, headers, &body) else {
        let code = if is_signed { "IncompleteSignature" } else { "MissingAuthenticationToken" };
        let error = ApiError::new(
            code,
            403,
            "The simulated AWS takes requests that are signed for a service and a region",
        );
        return Ok(http(Response::error(Protocol::Query, &error)));
    };
    if request.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked")) {
        let error = ApiError::unsimulated("a body in signed chunks");
        return Ok(http(Response::error(Protocol::RestXmlBare, &error)));
    }
    match sim.handle(&request) {
        Answer::Response(response, delay) => {
            tokio::time::sleep(delay).await;
            Ok(http(response))
        }
        Answer::Refused | Answer::Closed => Err(Closed),
        Answer::Unconnected | Answer::Silence => {
            std::future::pending::<Infallible>().await;
            Err(Closed)
        }
    }
}

fn http(response: Response) -> HttpResponse<Full<Bytes>> {
    let Response { status, code: _, headers, body } = response;
    let mut builder = HttpResponse::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(body))).unwrap_or_else(|error| {
        let mut broken = HttpResponse::new(Full::new(Bytes::from(error.to_string())));
        *broken.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
