// P7 with a runtime of one thread a side.

use crate::{same, Row};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

const MESSAGE: usize = 64;
const MOST_AT_ONCE: usize = 1000;

pub const ROWS: &[Row] = &[
    Row { name: "P7/pingpong", work: |_, n| both(n, 20, 20, false), expected: same, warm_up: 2000 },
    Row { name: "P7/pingpong1000", work: |_, n| both(n, 1000, 1000, false), expected: same, warm_up: 2000 },
    Row { name: "P7/churn", work: |_, n| both(n, 20, n, true), expected: same, warm_up: 2000 },
];

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_io().build().unwrap()
}

async fn answer(mut stream: TcpStream, once: bool) {
    let mut data = [0u8; MESSAGE];
    loop {
        let n = stream.read(&mut data).await.unwrap_or(0);
        if n == 0 || stream.write_all(&data[..n]).await.is_err() || once {
            return;
        }
    }
}

async fn serve(listener: TcpListener, connections: u64, once: bool) {
    let mut answering = VecDeque::new();
    for _ in 0..connections {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        answering.push_back(tokio::spawn(answer(stream, once)));
        if answering.len() > MOST_AT_ONCE {
            answering.pop_front().unwrap().await.unwrap(); // has ended: no client has two at once
        }
    }
    for one in answering {
        one.await.unwrap();
    }
}

async fn asks(at: SocketAddr, n: u64) -> u64 {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut data = [0u8; MESSAGE];
    for _ in 0..n {
        stream.write_all(&data).await.unwrap();
        stream.read_exact(&mut data).await.unwrap();
    }
    n
}

async fn connects(at: SocketAddr, n: u64) -> u64 {
    let mut data = [0u8; MESSAGE];
    for _ in 0..n {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&data).await.unwrap();
        while stream.read(&mut data).await.unwrap() != 0 {}
    }
    n
}

fn both(n: u64, clients: u64, connections: u64, once: bool) -> u64 {
    let (tell, told) = std::sync::mpsc::channel();
    let serving = thread::spawn(move || {
        one_thread().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, connections, once).await;
        });
    });
    let at = told.recv().unwrap();
    let runtime = one_thread();
    let done = runtime.block_on(async move {
        let mut asking = Vec::new();
        for i in 0..clients {
            let share = n / clients + u64::from(i < n % clients);
            asking.push(if once { tokio::spawn(connects(at, share)) } else { tokio::spawn(asks(at, share)) });
        }
        let mut done = 0;
        for one in asking {
            done += one.await.unwrap();
        }
        done
    });
    serving.join().unwrap();
    done
}
