// Package handover is P4 with goroutines. A wake-up from one thread to another is made by two goroutines that are each
// tied to a thread.
package handover

import (
	"runtime"

	"weft.bench/peers/go/row"
)

var Rows = []row.Row{
	{Name: "P4/yield", Work: yield, Expected: row.Same, WarmUp: 1000, OneThread: true},
	{Name: "P4/pingpong", Work: pingpong, Expected: row.Same, WarmUp: 1000},
	{Name: "P4/wake", Work: wake, Expected: row.Same, WarmUp: 1000},
}

func yield(n int) int {
	done := 0
	for ; done < n; done++ {
		runtime.Gosched()
	}
	return done
}

func pingpong(n int) int {
	there, back := make(chan int, 1), make(chan int, 1)
	go func() {
		for i := 0; i < n; i++ {
			back <- <-there
		}
	}()
	done := 0
	for ; done < n; done++ {
		there <- done
		<-back
	}
	return done
}

func wake(n int) int {
	there, back := make(chan int), make(chan int)
	hops := func(in, out chan int) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for i := range in {
			if i == n {
				close(out)
				return
			}
			out <- i + 1
		}
	}
	go hops(there, back)
	finished := make(chan struct{})
	go func() { hops(back, there); close(finished) }()
	go func() { there <- 0 }()
	<-finished
	return n
}
