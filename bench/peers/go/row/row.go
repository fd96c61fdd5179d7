// Package row is what the workloads hand to the program.
package row

// A Row does Work(n), which gives Expected(n); it is warmed up with WarmUp, or n when that is less.
type Row struct {
	Name      string
	Work      func(n int) int
	Expected  func(n int) int
	WarmUp    int
	OneThread bool
}

// Bytes is what rows about memory found.
var Bytes float64

// Same is what a row expects that counts what it does.
func Same(n int) int { return n }

// SumBelow is the sum of the numbers below n.
func SumBelow(n int) int { return n * (n - 1) / 2 }
