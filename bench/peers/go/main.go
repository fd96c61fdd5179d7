// The program of Go's peers for all workloads: PROGRAM ROW PARAMETER THREADS, as bench/README.md says.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	channels "weft.bench/peers/channels/go"
	forkjoin "weft.bench/peers/fork_join/go"
	"weft.bench/peers/go/row"
	handover "weft.bench/peers/hand_over/go"
	memory "weft.bench/peers/memory/go"
	tasks "weft.bench/peers/tasks/go"
	tcp "weft.bench/peers/tcp/go"
	timers "weft.bench/peers/timers/go"
)

func processorTime() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e3
}

func peakMemory() string {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(line, "VmHWM:"), "kB"))
		}
	}
	return "0"
}

func check(r row.Row, n, result int) {
	if result != r.Expected(n) {
		fmt.Fprintf(os.Stderr, "the result of %s is wrong: %d\n", r.Name, result)
		os.Exit(1)
	}
}

func measure(r row.Row, n int) {
	warmUp := n
	if r.WarmUp < n {
		warmUp = r.WarmUp
	}
	check(r, warmUp, r.Work(warmUp))
	runtime.GC()
	before := processorTime()
	start := time.Now()
	result := r.Work(n)
	elapsed := time.Since(start)
	used := processorTime() - before
	check(r, n, result)
	fmt.Printf("duration: %.3f us\ncpu: %.3f us\nmemory: %s KiB\nversion: %s\n",
		float64(elapsed.Nanoseconds())/1e3, used, peakMemory(), runtime.Version())
	if row.Bytes > 0 {
		fmt.Printf("bytes: %.1f\n", row.Bytes)
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: PROGRAM ROW PARAMETER THREADS")
		os.Exit(2)
	}
	n, wrong := strconv.Atoi(os.Args[2])
	threads, alsoWrong := strconv.Atoi(os.Args[3])
	if wrong != nil || alsoWrong != nil || n < 1 || threads < 1 {
		fmt.Fprintln(os.Stderr, "PARAMETER and THREADS are numbers above 0")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(threads)
	for _, rows := range [][]row.Row{forkjoin.Rows, tasks.Rows, handover.Rows, channels.Rows, timers.Rows, memory.Rows, tcp.Rows} {
		for _, r := range rows {
			if r.Name == os.Args[1] {
				if r.OneThread {
					runtime.GOMAXPROCS(1)
				}
				measure(r, n)
				return
			}
		}
	}
	os.Exit(3)
}
