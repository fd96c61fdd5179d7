//! P1 with tokio::spawn for all children but one, which goes on here.

use crate::{sum_below, Row};
use std::future::Future;
use std::pin::Pin;
use tokio::runtime::Runtime;

pub const ROWS: &[Row] = &[
    Row { name: "P1/fib", work: |r, n| on(r, fib(n)), expected: fib_result, warm_up: 25 },
    Row { name: "P1/skynet", work: |r, n| on(r, skynet(0, 10u64.pow(n as u32))), expected: skynet_result, warm_up: 4 },
    Row { name: "P1/nqueens", work: |r, n| on(r, queens(n as usize, [0; 16], 0)), expected: |n| SOLUTIONS[n as usize], warm_up: 8 },
    Row { name: "P1/matmul", work: |r, n| product(r, n as usize), expected: |n| n * n * n, warm_up: 256 },
];

// Recursion needs a type that is named.
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn on(runtime: &Runtime, work: Boxed<u64>) -> u64 {
    runtime.block_on(runtime.spawn(work)).unwrap()
}

fn fib(n: u64) -> Boxed<u64> {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        let a = tokio::spawn(fib(n - 1));
        let b = fib(n - 2).await;
        a.await.unwrap() + b
    })
}

fn fib_result(n: u64) -> u64 {
    (0..n).fold((0, 1), |(before, now), _| (now, before + now)).0
}

fn skynet_result(depth: u64) -> u64 {
    sum_below(10u64.pow(depth as u32))
}

fn skynet(first: u64, leaves: u64) -> Boxed<u64> {
    Box::pin(async move {
        if leaves == 1 {
            return first;
        }
        let child = |i| skynet(first + i * (leaves / 10), leaves / 10);
        let others: Vec<_> = (1..10).map(|i| tokio::spawn(child(i))).collect();
        let mut sum = child(0).await;
        for other in others {
            sum += other.await.unwrap();
        }
        sum
    })
}

const SOLUTIONS: [u64; 15] = [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596];

fn is_safe(board: &[i8; 16], rows: usize, column: i8) -> bool {
    (0..rows).all(|row| {
        let distance = (rows - row) as i8;
        board[row] != column && board[row] != column - distance && board[row] != column + distance
    })
}

fn queens(n: usize, board: [i8; 16], rows: usize) -> Boxed<u64> {
    Box::pin(async move {
        if rows == n {
            return 1;
        }
        let children: Vec<_> = (0..n as i8)
            .filter(|column| is_safe(&board, rows, *column))
            .map(|column| {
                let mut next = board;
                next[rows] = column;
                tokio::spawn(queens(n, next, rows + 1))
            })
            .collect();
        let mut solutions = 0;
        for child in children {
            solutions += child.await.unwrap();
        }
        solutions
    })
}

/// A square part of a matrix; parts of one matrix that are written at the same time do not overlap.
#[derive(Clone, Copy)]
struct Part {
    first: *mut i32,
    stride: usize,
}
unsafe impl Send for Part {}
unsafe impl Sync for Part {}

impl Part {
    fn quarter(self, row: usize, column: usize, size: usize) -> Part {
        Part { first: unsafe { self.first.add(row * size * self.stride + column * size) }, stride: self.stride }
    }
}

fn product(runtime: &Runtime, n: usize) -> u64 {
    let (mut a, mut b, mut c) = (vec![1i32; n * n], vec![1i32; n * n], vec![0i32; n * n]);
    let whole = |m: &mut Vec<i32>| Part { first: m.as_mut_ptr(), stride: n };
    let work = multiply(whole(&mut a), whole(&mut b), whole(&mut c), n);
    runtime.block_on(runtime.spawn(work)).unwrap();
    c.iter().map(|x| *x as u64).sum()
}

fn multiply(a: Part, b: Part, c: Part, size: usize) -> Boxed<()> {
    Box::pin(async move {
        if size <= 32 {
            multiply_small(a, b, c, size);
            return;
        }
        let half = size / 2;
        for step in 0..2 {
            let quarter =
                |row, column| multiply(a.quarter(row, step, half), b.quarter(step, column, half), c.quarter(row, column, half), half);
            let others = [tokio::spawn(quarter(0, 0)), tokio::spawn(quarter(0, 1)), tokio::spawn(quarter(1, 0))];
            quarter(1, 1).await;
            for other in others {
                other.await.unwrap();
            }
        }
    })
}

fn multiply_small(a: Part, b: Part, c: Part, size: usize) {
    for i in 0..size {
        let to = unsafe { std::slice::from_raw_parts_mut(c.first.add(i * c.stride), size) };
        for k in 0..size {
            let factor = unsafe { *a.first.add(i * a.stride + k) };
            let from = unsafe { std::slice::from_raw_parts(b.first.add(k * b.stride), size) };
            for (x, y) in to.iter_mut().zip(from) {
                *x += factor * y;
            }
        }
    }
}
