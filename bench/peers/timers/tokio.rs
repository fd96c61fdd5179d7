//! P6 with sleep.

use crate::{same, Row};
use std::future::{poll_fn, Future};
use std::task::Poll;
use std::time::Duration;
use tokio::time::sleep;

pub const ROWS: &[Row] = &[
    Row { name: "P6/delays", work: |r, n| r.block_on(r.spawn(delays(n))).unwrap(), expected: same, warm_up: 1000 },
    Row { name: "P6/insertcancel", work: |r, n| r.block_on(r.spawn(insert_cancel(n))).unwrap(), expected: same, warm_up: 1000 },
];

async fn delays(n: u64) -> u64 {
    let tasks: Vec<_> = (0..n)
        .map(|i| tokio::spawn(async move { sleep(Duration::from_millis(50 + i * 7919 % 50)).await }))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    n
}

/// A timer is set when it is polled, and stopped when it is dropped.
async fn insert_cancel(n: u64) -> u64 {
    for _ in 0..n {
        let mut timer = Box::pin(sleep(Duration::from_secs(30)));
        poll_fn(|context| {
            let _ = timer.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
    }
    n
}
