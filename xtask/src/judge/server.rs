//! The judge's servers: a Python environment of its own, and processes on loopback that end with us. Not here: what is
//! asked of them.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http;

/// What is installed from PyPI.
const REQUIREMENTS: &str = include_str!("requirements.txt");
/// What a server is run by.
const SERVE: &str = include_str!("serve.py");
/// Reading every service model takes microburst some seconds, more on a busy machine.
const START: Duration = Duration::from_secs(60);

/// The Python environment of the judge, which is made on first use.
pub(super) fn python(folder: &Path) -> Result<PathBuf, String> {
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    let stamp = venv.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(python);
    }
    let requirements = folder.join("requirements.txt");
    write(&requirements, REQUIREMENTS)?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), "make a Python environment")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r"]);
    run(pip.arg(&requirements), "install ministack and microburst from PyPI, which must be reachable once")?;
    write(&stamp, REQUIREMENTS)?;
    Ok(python)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("can't write {}: {error}", path.display()))
}

fn run(command: &mut Command, what: &str) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("can't {what}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("can't {what}: {}", said.trim().lines().next_back().unwrap_or("no reason was given")))
}

/// A server on loopback. It ends when this is dropped, and when we end in any other way.
pub(super) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    pub(super) port: u16,
}

impl Server {
    /// The emulator. It neither looks for Docker nor listens anywhere but at its port.
    pub(super) fn ministack(python: &Path, folder: &Path) -> Result<Self, String> {
        let port = free_port()?;
        let variables = [
            ("BIND_HOST", "127.0.0.1".to_owned()),
            ("GATEWAY_PORT", port.to_string()),
            ("DOCKER_HOST", format!("unix://{}", folder.join("no-docker").display())),
            ("SFTP_ENABLED", "0".to_owned()),
            ("IOT_MTLS_ENABLED", "0".to_owned()),
        ];
        let server = Self::start("ministack", python, folder, port, &[], &variables)?;
        server.ready("/_ministack/health")
    }

    /// Another emulator.
    pub(super) fn moto(python: &Path, folder: &Path) -> Result<Self, String> {
        let port = free_port()?;
        let args = ["-H", "127.0.0.1", "-p", &port.to_string()];
        Self::start("moto.server", python, folder, port, &args, &[])?.ready("/moto-api/data.json")
    }

    /// The proxy that makes calls fail, in front of the emulator.
    pub(super) fn microburst(python: &Path, folder: &Path, upstream: &Server) -> Result<Self, String> {
        let port = free_port()?;
        let upstream = format!("http://127.0.0.1:{}", upstream.port);
        let listen = port.to_string();
        let args = ["--upstream", &upstream, "--host", "127.0.0.1", "--port", &listen, "--no-resign"];
        Self::start("microburst", python, folder, port, &args, &[])?.ready("/_microburst/health")
    }

    fn start(
        name: &'static str,
        python: &Path,
        folder: &Path,
        port: u16,
        args: &[&str],
        variables: &[(&str, String)],
    ) -> Result<Self, String> {
        let log = folder.join(format!("{name}.log"));
        let problem = |error: std::io::Error| format!("can't start {name}: {error}");
        let file = File::create(&log).map_err(problem)?;
        let mut command = Command::new(python);
        // No proxy, no credentials and no configuration of whoever runs this.
        command.env_clear().env("HOME", folder).env("TMPDIR", folder).env("PATH", "/usr/bin:/bin");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(folder).args(["-c", SERVE, name]).args(args).stdin(Stdio::piped());
        command.stderr(file.try_clone().map_err(problem)?).stdout(file);
        let child = command.spawn().map_err(problem)?;
        Ok(Self { name, child, log, port })
    }

    /// Waits until it answers.
    fn ready(mut self, path: &str) -> Result<Self, String> {
        let started = Instant::now();
        while started.elapsed() < START {
            if http::send(self.port, "GET", path, &[], "").is_ok() {
                return Ok(self);
            }
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{} does not answer; see {}", self.name, self.log.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
