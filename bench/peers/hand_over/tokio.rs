//! P4 with yield_now, channels, and two runtimes of one thread each.

use crate::{same, Row};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};

pub const ROWS: &[Row] = &[
    Row { name: "P4/yield", work: |r, n| r.block_on(r.spawn(yields(n))).unwrap(), expected: same, warm_up: 1000 },
    Row { name: "P4/pingpong", work: |r, n| r.block_on(r.spawn(pingpong(n))).unwrap(), expected: same, warm_up: 1000 },
    Row { name: "P4/wake", work: wake, expected: same, warm_up: 1000 },
];

async fn yields(n: u64) -> u64 {
    for _ in 0..n {
        tokio::task::yield_now().await;
    }
    n
}

/// Gives back what comes, `n` times; the one that begins sends the first.
async fn player(to: UnboundedSender<u64>, mut from: UnboundedReceiver<u64>, n: u64, begins: bool) -> u64 {
    let mut done = 0;
    while done < n {
        if begins {
            to.send(done).unwrap();
        }
        let item = from.recv().await.unwrap();
        if !begins {
            to.send(item).unwrap();
        }
        done += 1;
    }
    done
}

async fn pingpong(n: u64) -> u64 {
    let (to_there, there) = unbounded_channel();
    let (to_back, back) = unbounded_channel();
    let answering = tokio::spawn(player(to_back, there, n, false));
    let asking = tokio::spawn(player(to_there, back, n, true));
    answering.await.unwrap();
    asking.await.unwrap()
}

/// A task stays in its runtime, so two of them, in two runtimes, wake each other; each message is a hop.
fn wake(_: &Runtime, n: u64) -> u64 {
    let one = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let other = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (to_there, there) = unbounded_channel();
    let (to_back, back) = unbounded_channel();
    let answering = other.spawn(player(to_back, there, n / 2, false));
    let asking = one.spawn(player(to_there, back, n / 2, true));
    other.block_on(answering).unwrap();
    one.block_on(asking).unwrap();
    n
}
