//! Connections over TCP, and why there is none.

use tokio::net::TcpStream;

use crate::{Address, Fault};

/// Connects to the first address of a host that accepts.
pub(crate) async fn connect(to: &Address) -> Result<TcpStream, Fault> {
    let found = tokio::net::lookup_host((to.host.as_str(), to.port)).await;
    let addresses: Vec<_> = match found {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(unknown(to, error.to_string())),
    };
    let mut last = None;
    for address in &addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(error) => Fault::of_io(&to.to_string(), &error),
        None => unknown(to, "it has no address".to_owned()),
    })
}

fn unknown(to: &Address, why: String) -> Fault {
    let host = to.host.clone();
    Fault::Name { host, why }
}
