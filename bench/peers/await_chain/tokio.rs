//! P3 with async functions. A recursive one needs a box for each level. Without recursion, the compiler makes one a part of
//! its awaiter, and nothing is left to measure.

use crate::Row;
use std::future::Future;
use std::pin::Pin;

const LEVELS: u64 = 10_000_000;

pub const ROWS: &[Row] = &[
    Row { name: "P3/chain", work: |r, depth| r.block_on(r.spawn(chains(LEVELS / depth, depth))).unwrap(), expected: |depth| LEVELS / depth * depth, warm_up: u64::MAX },
];

fn level(depth: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if depth == 1 {
            1
        } else {
            level(depth - 1).await + 1
        }
    })
}

async fn chains(chains: u64, depth: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..chains {
        sum += level(depth).await;
    }
    sum
}
