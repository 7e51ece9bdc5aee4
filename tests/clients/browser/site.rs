//! A web site of one page, on its own port and so with its own origin. It serves the page, and receives the page's
//! report.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::Duration,
};

use serde_json::Value;

/// Time limit for a browser to start, load the page and upload, on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// A site that is served until the test's process ends.
pub struct Site {
    listener: Option<TcpListener>,
    address: SocketAddr,
}

impl Site {
    /// A site that has an origin and no page yet.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { address: listener.local_addr().unwrap(), listener: Some(listener) }
    }

    /// Its origin, as its pages send it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the page from now on; gives where its reports arrive.
    pub fn serve(&mut self, page: String) -> Reports {
        let listener = self.listener.take().expect("it has a page already");
        let (sender, reports) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A silent connection of the browser blocks nothing.
                let (page, sender) = (page.clone(), sender.clone());
                thread::spawn(move || answer(&stream, &page, &sender));
            }
        });
        Reports(reports)
    }
}

/// The page's report.
pub struct Reports(Receiver<Value>);

impl Reports {
    /// The page's report; `None` where it does not come in time.
    pub fn next(&self) -> Option<Value> {
        self.0.recv_timeout(LIMIT).ok()
    }
}

/// Answers one request, and closes the connection.
fn answer(stream: &TcpStream, page: &str, reports: &Sender<Value>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut length = 0;
    let mut header = String::new();
    while reader.read_line(&mut header).ok()? > 2 {
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        header.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, content) = match line.split(' ').next()? {
        "POST" => ("200 OK", ""),
        "GET" if line.starts_with("GET / ") => ("200 OK", page),
        _ => ("404 Not Found", ""),
    };
    let mut stream = stream;
    let length = content.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n");
    stream.write_all(format!("{head}connection: close\r\n\r\n{content}").as_bytes()).ok()?;
    if line.starts_with("POST /report ") {
        reports.send(serde_json::from_slice(&body).ok()?).ok()?;
    }
    Some(())
}
