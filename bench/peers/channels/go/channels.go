// Package channels is P5. Go has no unbounded channel: a buffer of a thousand. A channel of one element would be its
// lock too; a sync.Mutex is what its programs use.
package channels

import (
	"sync"

	"weft.bench/peers/go/row"
)

var Rows = []row.Row{
	{Name: "P5/channel11", Work: func(n int) int { return run(n, 1) }, Expected: row.SumBelow, WarmUp: 10000},
	{Name: "P5/channel44", Work: func(n int) int { return run(n, 4) }, Expected: row.SumBelow, WarmUp: 10000},
	{Name: "P5/mutex", Work: lock, Expected: func(n int) int { return n / lockers * lockers }, WarmUp: 10000},
}

const lockers = 4

func run(n, pairs int) int {
	items := make(chan int, 1000)
	var producers, consumers sync.WaitGroup
	sums := make([]int, pairs)
	for i := 0; i < pairs; i++ {
		producers.Add(1)
		go func(first, end int) {
			for number := first; number < end; number++ {
				items <- number
			}
			producers.Done()
		}(n*i/pairs, n*(i+1)/pairs)
		consumers.Add(1)
		go func(i int) {
			sum := 0
			for number := range items {
				sum += number
			}
			sums[i] = sum
			consumers.Done()
		}(i)
	}
	producers.Wait()
	close(items)
	consumers.Wait()
	sum := 0
	for _, s := range sums {
		sum += s
	}
	return sum
}

func lock(n int) int {
	var mutex sync.Mutex
	var all sync.WaitGroup
	count := 0
	for i := 0; i < lockers; i++ {
		all.Add(1)
		go func() {
			for turn := 0; turn < n/lockers; turn++ {
				mutex.Lock()
				count++
				mutex.Unlock()
			}
			all.Done()
		}()
	}
	all.Wait()
	return count
}
