//! The program of Tokio's peers for all workloads: PROGRAM ROW PARAMETER THREADS, as bench/README.md says.

use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

#[path = "../await_chain/tokio.rs"]
mod await_chain;
#[path = "../channels/tokio.rs"]
mod channels;
#[path = "../fork_join/tokio.rs"]
mod fork_join;
#[path = "../hand_over/tokio.rs"]
mod hand_over;
#[path = "../memory/tokio.rs"]
mod memory;
#[path = "../tasks/tokio.rs"]
mod tasks;
#[path = "../tcp/tokio.rs"]
mod tcp;
#[path = "../timers/tokio.rs"]
mod timers;

/// A row: `work(runtime, n)` gives `expected(n)`; it is warmed up with `warm_up`, or n when that is less.
pub struct Row {
    pub name: &'static str,
    pub work: fn(&Runtime, u64) -> u64,
    pub expected: fn(u64) -> u64,
    pub warm_up: u64,
}

pub fn same(n: u64) -> u64 {
    n
}
pub fn sum_below(n: u64) -> u64 {
    n * (n - 1) / 2
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.unwrap_or("0").trim().trim_end_matches("kB").trim().to_string()
}

/// User and system time in microseconds; std has no such clock.
fn processor_time() -> f64 {
    extern "C" {
        fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    }
    const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
    let mut time = [0i64; 2];
    unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time[0] as f64 * 1e6 + time[1] as f64 / 1e3
}

fn check(row: &Row, n: u64, result: u64) {
    if result != (row.expected)(n) {
        eprintln!("the result of {} is wrong: {}", row.name, result);
        std::process::exit(1);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args.get(i).and_then(|a| a.parse::<u64>().ok()).filter(|n| *n > 0);
    let (Some(n), Some(mut threads), 4) = (number(2), number(3), args.len()) else {
        eprintln!("usage: PROGRAM ROW PARAMETER THREADS");
        std::process::exit(2);
    };
    let mut rows = fork_join::ROWS.iter().chain(tasks::ROWS).chain(await_chain::ROWS);
    let mut more = hand_over::ROWS.iter().chain(channels::ROWS).chain(timers::ROWS).chain(memory::ROWS).chain(tcp::ROWS);
    let Some(row) = rows.find(|r| r.name == args[1]).or_else(|| more.find(|r| r.name == args[1])) else {
        std::process::exit(3);
    };
    if row.name == "P4/yield" {
        threads = 1;
    }
    let runtime = Builder::new_multi_thread().worker_threads(threads as usize).enable_time().build().unwrap();
    let warm_up = n.min(row.warm_up);
    check(row, warm_up, (row.work)(&runtime, warm_up));
    let before = processor_time();
    let start = Instant::now();
    let result = (row.work)(&runtime, n);
    let elapsed = start.elapsed();
    let used = processor_time() - before;
    check(row, n, result);
    println!("duration: {:.3} us", elapsed.as_nanos() as f64 / 1e3);
    println!("cpu: {:.3} us", used);
    println!("memory: {} KiB", peak_memory());
    let tenths = memory::BYTES.load(std::sync::atomic::Ordering::Relaxed);
    if tenths > 0 {
        println!("bytes: {:.1}", tenths as f64 / 10.0);
    }
    println!("version: Tokio 1.24");
    std::process::exit(0); // nobody waits for what is still asleep
}
