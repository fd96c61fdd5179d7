// Package timers is P6 with time.Sleep in goroutines, and time.AfterFunc.
package timers

import (
	"sync"
	"time"

	"weft.bench/peers/go/row"
)

var Rows = []row.Row{
	{Name: "P6/delays", Work: delays, Expected: row.Same, WarmUp: 1000},
	{Name: "P6/insertcancel", Work: insertCancel, Expected: row.Same, WarmUp: 1000},
}

func delays(n int) int {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			time.Sleep(time.Duration(50+i*7919%50) * time.Millisecond)
			all.Done()
		}(i)
	}
	all.Wait()
	return n
}

func insertCancel(n int) int {
	for i := 0; i < n; i++ {
		time.AfterFunc(30*time.Second, func() {}).Stop()
	}
	return n
}
