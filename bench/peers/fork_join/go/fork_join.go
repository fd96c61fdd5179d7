// Package forkjoin is P1 with a goroutine and a channel a child, the last child on the goroutine itself.
package forkjoin

import (
	"sync"

	"weft.bench/peers/go/row"
)

var Rows = []row.Row{
	{Name: "P1/fib", Work: fib, Expected: fibResult, WarmUp: 25},
	{Name: "P1/skynet", Work: func(depth int) int { return skynet(0, leaves(depth)) },
		Expected: func(depth int) int { return row.SumBelow(leaves(depth)) }, WarmUp: 4},
	{Name: "P1/nqueens", Work: func(n int) int { return queens(make([]int8, n), 0) },
		Expected: func(n int) int { return solutions[n] }, WarmUp: 8},
	{Name: "P1/matmul", Work: matmul, Expected: func(n int) int { return n * n * n }, WarmUp: 256},
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	a := make(chan int, 1)
	go func() { a <- fib(n - 1) }()
	b := fib(n - 2)
	return <-a + b
}

func fibResult(n int) int {
	before, now := 0, 1
	for i := 0; i < n; i++ {
		before, now = now, before+now
	}
	return before
}

func leaves(depth int) int {
	if depth == 0 {
		return 1
	}
	return 10 * leaves(depth-1)
}

func skynet(first, leaves int) int {
	if leaves == 1 {
		return first
	}
	results := make(chan int, 10)
	for i := 0; i < 10; i++ {
		go func(start int) { results <- skynet(start, leaves/10) }(first + i*(leaves/10))
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-results
	}
	return sum
}

var solutions = []int{1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596}

func isSafe(queens []int8, rows, column int) bool {
	for row := 0; row < rows; row++ {
		other, distance := int(queens[row]), rows-row
		if other == column || other == column-distance || other == column+distance {
			return false
		}
	}
	return true
}

func queens(board []int8, rows int) int {
	if rows == len(board) {
		return 1
	}
	results := make(chan int, len(board))
	children := 0
	for column := range board {
		if isSafe(board, rows, column) {
			next := append([]int8(nil), board...)
			next[rows] = int8(column)
			children++
			go func() { results <- queens(next, rows+1) }()
		}
	}
	sum := 0
	for ; children > 0; children-- {
		sum += <-results
	}
	return sum
}

// A square part of a matrix.
type part struct {
	cells  []int32
	stride int
}

func (p part) quarter(r, c, size int) part { return part{p.cells[r*size*p.stride+c*size:], p.stride} }

func matmul(n int) int {
	filled := func(value int32) part {
		cells := make([]int32, n*n)
		for i := range cells {
			cells[i] = value
		}
		return part{cells, n}
	}
	c := filled(0)
	multiply(filled(1), filled(1), c, n)
	sum := 0
	for _, x := range c.cells {
		sum += int(x)
	}
	return sum
}

func multiply(a, b, c part, size int) {
	if size <= 32 {
		multiplySmall(a, b, c, size)
		return
	}
	half := size / 2
	for step := 0; step < 2; step++ {
		quarter := func(r, col int) {
			multiply(a.quarter(r, step, half), b.quarter(step, col, half), c.quarter(r, col, half), half)
		}
		var group sync.WaitGroup
		group.Add(3)
		go func() { quarter(0, 0); group.Done() }()
		go func() { quarter(0, 1); group.Done() }()
		go func() { quarter(1, 0); group.Done() }()
		quarter(1, 1)
		group.Wait()
	}
}

func multiplySmall(a, b, c part, size int) {
	for i := 0; i < size; i++ {
		to := c.cells[i*c.stride:][:size]
		for k := 0; k < size; k++ {
			factor := a.cells[i*a.stride+k]
			for j, x := range b.cells[k*b.stride:][:size] {
				to[j] += factor * x
			}
		}
	}
}
