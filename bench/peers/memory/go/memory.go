// Package memory is P14 with goroutines that wait for a channel, and time.AfterFunc.
package memory

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"weft.bench/peers/go/row"
)

var Rows = []row.Row{
	{Name: "P14/task", Work: func(n int) int { return measured(n, 0, tasks) }, Expected: row.Same, WarmUp: 1000},
	{Name: "P14/timer", Work: func(n int) int { return measured(n, 8, timers) }, Expected: row.Same, WarmUp: 1000},
	{Name: "P14/idle", Work: idle, Expected: row.Same, WarmUp: 1},
}

var held []interface{}

func resident() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return float64(pages * os.Getpagesize())
}

func measured(n int, handle float64, makeThem func(n int) interface{}) int {
	before := resident()
	held = append(held, makeThem(n))
	row.Bytes = (resident()-before)/float64(n) - handle
	return n
}

func tasks(n int) interface{} {
	gate := make(chan struct{})
	waiting := make(chan struct{}, 1)
	for i := 0; i < n; i++ {
		go func() {
			<-gate
		}()
	}
	go func() { waiting <- struct{}{} }()
	<-waiting
	runtime.Gosched()
	return gate
}

func timers(n int) interface{} {
	all := make([]*time.Timer, n)
	for i := range all {
		all[i] = time.AfterFunc(time.Hour, func() {})
	}
	return all
}

func idle(n int) int {
	done := make(chan struct{})
	go func() { close(done) }()
	<-done
	row.Bytes = resident()
	return n
}
