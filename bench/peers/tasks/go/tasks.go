// Package tasks is P2 with a goroutine a task. A goroutine is what Go has for all of the rows but hot, which it lacks: a
// call that completes at once is a plain call.
package tasks

import (
	"sync"

	"weft.bench/peers/go/row"
)

var Rows = []row.Row{
	{Name: "P2/run", Work: run, Expected: row.SumBelow, WarmUp: 1000},
	{Name: "P2/batch", Work: batch, Expected: row.SumBelow, WarmUp: 1000},
	{Name: "P2/awaiters", Work: awaiters, Expected: row.SumBelow, WarmUp: 1000},
}

const batchSize = 1000

func run(n int) int {
	sum := 0
	result := make(chan int)
	for i := 0; i < n; i++ {
		go func(number int) { result <- number }(i)
		sum += <-result
	}
	return sum
}

func batch(n int) int {
	sum := 0
	results := make([]int, batchSize)
	for first := 0; first < n; first += batchSize {
		var group sync.WaitGroup
		group.Add(batchSize)
		for i := range results {
			go func(i, number int) {
				results[i] = number
				group.Done()
			}(i, first+i)
		}
		group.Wait()
		for _, x := range results {
			sum += x
		}
	}
	return sum
}

func awaiters(n int) int {
	sum := 0
	results := make([]int, batchSize)
	for first := 0; first < n; first += batchSize {
		gate := make(chan struct{})
		var group sync.WaitGroup
		group.Add(batchSize)
		for i := range results {
			go func(i, number int) {
				<-gate
				results[i] = number
				group.Done()
			}(i, first+i)
		}
		close(gate)
		group.Wait()
		for _, x := range results {
			sum += x
		}
	}
	return sum
}
