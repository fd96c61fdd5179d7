//! P2 with tokio::spawn. A future that is awaited in place is no task: the compiler makes it a part of its awaiter. So there
//! is no row hot.

use crate::{sum_below, Row};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

pub const ROWS: &[Row] = &[
    Row { name: "P2/run", work: |r, n| r.block_on(r.spawn(run(n))).unwrap(), expected: sum_below, warm_up: 1000 },
    Row { name: "P2/batch", work: |r, n| r.block_on(r.spawn(batch(n))).unwrap(), expected: sum_below, warm_up: 1000 },
    Row { name: "P2/outside", work: outside, expected: sum_below, warm_up: 1000 },
    Row { name: "P2/awaiters", work: |r, n| r.block_on(r.spawn(awaiters(n))).unwrap(), expected: sum_below, warm_up: 1000 },
];

const BATCH_SIZE: u64 = 1000;

async fn run(n: u64) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        sum += tokio::spawn(async move { i }).await.unwrap();
    }
    sum
}

async fn batch(n: u64) -> u64 {
    let mut sum = 0;
    for first in (0..n).step_by(BATCH_SIZE as usize) {
        let tasks: Vec<_> = (first..first + BATCH_SIZE).map(|i| tokio::spawn(async move { i })).collect();
        for task in tasks {
            sum += task.await.unwrap();
        }
    }
    sum
}

fn outside(runtime: &Runtime, n: u64) -> u64 {
    (0..n).map(|i| runtime.block_on(runtime.spawn(async move { i })).unwrap()).sum()
}

/// A closed semaphore lets all of them go on at once.
async fn awaiters(n: u64) -> u64 {
    let mut sum = 0;
    for first in (0..n).step_by(BATCH_SIZE as usize) {
        let gate = Arc::new(Semaphore::new(0));
        let tasks: Vec<_> = (first..first + BATCH_SIZE)
            .map(|i| {
                let gate = gate.clone();
                tokio::spawn(async move {
                    let _ = gate.acquire().await;
                    i
                })
            })
            .collect();
        gate.close();
        for task in tasks {
            sum += task.await.unwrap();
        }
    }
    sum
}
