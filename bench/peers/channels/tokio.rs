//! P5 with unbounded mpsc channels and Mutex. mpsc has one consumer, and Tokio no other channel that shares out items.

use crate::{sum_below, Row};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc::unbounded_channel, Mutex};

pub const ROWS: &[Row] = &[
    Row { name: "P5/channel11", work: run, expected: sum_below, warm_up: 10_000 },
    Row { name: "P5/mutex", work: lock, expected: |n| n / LOCKERS * LOCKERS, warm_up: 10_000 },
];

const LOCKERS: u64 = 4;

fn run(runtime: &Runtime, n: u64) -> u64 {
    let (writer, mut reader) = unbounded_channel();
    let consumer = runtime.spawn(async move {
        let mut sum = 0;
        while let Some(item) = reader.recv().await {
            sum += item;
        }
        sum
    });
    runtime.spawn(async move {
        for item in 0..n {
            writer.send(item).unwrap();
        }
    });
    runtime.block_on(consumer).unwrap()
}

fn lock(runtime: &Runtime, n: u64) -> u64 {
    let count = Arc::new(Mutex::new(0));
    let tasks: Vec<_> = (0..LOCKERS)
        .map(|_| {
            let count = count.clone();
            runtime.spawn(async move {
                for _ in 0..n / LOCKERS {
                    *count.lock().await += 1;
                }
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    let total = *runtime.block_on(count.lock());
    total
}
