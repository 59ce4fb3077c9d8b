//! The simulated AWS as a server for other programs: the AWS CLI, boto3, Terraform, or the deploy command with `--endpoint-url`. Not
//! here: what it answers (`polyregion_sim`).

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use polyregion::Topology;
use polyregion_sim::Sim;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How the simulated AWS runs.
#[derive(Args)]
pub(crate) struct AwsSim {
    /// The port of this machine to listen on; 0 for a free one
    #[arg(long, default_value_t = 4566)]
    port: u16,
    /// Seconds of AWS's in one real second
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    speed: f64,
}

fn positive(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if speed.is_finite() && speed > 0.0 { Ok(speed) } else { Err("it must be above 0".to_owned()) }
}

/// Serves until it is interrupted. It holds what the topology expects to find: load balancers, subnet groups and zones.
pub(crate) fn run(options: &AwsSim, topology: &Topology) -> Result<(), String> {
    let AwsSim { port, speed } = options;
    runtime()?.block_on(async {
        let (sim, listener, address) = begin(topology, *port, *speed).await?;
        // A reader that went away is no reason to stop.
        let _ = writeln!(
            std::io::stdout(),
            "the simulated AWS of account {} answers at http://{address}, {speed} times as fast as AWS; Ctrl-C ends it",
            topology.account()
        );
        tokio::select! {
            ended = polyregion_sim::serve(sim, listener) => ended.map_err(|error| error.to_string()),
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| error.to_string()),
        }
    })
}

/// Serves beside whatever else is done, as long as this process lives; returns the port.
pub(crate) fn spawn(topology: &'static Topology, speed: f64) -> Result<u16, String> {
    let (sender, ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let served = runtime().and_then(|runtime| {
            runtime.block_on(async {
                let (sim, listener, address) = begin(topology, 0, speed).await?;
                // Whoever asked waits for it.
                drop(sender.send(Ok(address.port())));
                polyregion_sim::serve(sim, listener).await.map_err(|error| error.to_string())
            })
        });
        if let Err(error) = served {
            drop(sender.send(Err(error)));
        }
    });
    ready.recv().map_err(|error| error.to_string())?
}

fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("can't start: {error}"))
}

async fn begin(topology: &Topology, port: u16, speed: f64) -> Result<(Sim, TcpListener, SocketAddr), String> {
    let problem = |error: std::io::Error| format!("can't listen on port {port}: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(problem)?;
    let address = listener.local_addr().map_err(problem)?;
    let sim = Sim::running(topology.account(), speed);
    polyregion::local::furnish(&sim, topology).map_err(|error| error.to_string())?;
    Ok((sim, listener, address))
}
