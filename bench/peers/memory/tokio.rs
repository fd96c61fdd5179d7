//! P14 with tasks that wait for a closed door, and sleep.

use crate::{same, Row};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

/// What rows about memory found, in tenths of a byte.
pub static BYTES: AtomicU64 = AtomicU64::new(0);

pub const ROWS: &[Row] = &[
    Row { name: "P14/task", work: |r, n| measured(r, n, 0.0, tasks), expected: same, warm_up: 1000 },
    Row { name: "P14/timer", work: |r, n| measured(r, n, 8.0, timers), expected: same, warm_up: 1000 },
    Row { name: "P14/idle", work: idle, expected: same, warm_up: 1 },
];

fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|p| p.parse::<f64>().ok()).unwrap_or(0.0);
    pages * 4096.0
}

fn measured(runtime: &Runtime, n: u64, handle: f64, make: fn(&Runtime, u64)) -> u64 {
    let before = resident();
    make(runtime, n);
    BYTES.store((10.0 * ((resident() - before) / n as f64 - handle)) as u64, Relaxed);
    n
}

fn tasks(runtime: &Runtime, n: u64) {
    let gate = Arc::new(Semaphore::new(0));
    let started = Arc::new(AtomicU64::new(0));
    for _ in 0..n {
        let (gate, started) = (gate.clone(), started.clone());
        runtime.spawn(async move {
            started.fetch_add(1, Relaxed);
            let _ = gate.acquire().await;
        });
    }
    while started.load(Relaxed) < n {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::mem::forget(gate);
}

fn timers(runtime: &Runtime, n: u64) {
    let all: Vec<_> = runtime.block_on(async {
        let mut all: Vec<_> = (0..n).map(|_| Box::pin(tokio::time::sleep(Duration::from_secs(3600)))).collect();
        for timer in &mut all {
            std::future::poll_fn(|context| {
                let _ = timer.as_mut().poll(context);
                Poll::Ready(())
            })
            .await;
        }
        all
    });
    std::mem::forget(all);
}

fn idle(runtime: &Runtime, n: u64) -> u64 {
    runtime.block_on(runtime.spawn(async {})).unwrap();
    BYTES.store((10.0 * resident()) as u64, Relaxed);
    n
}
