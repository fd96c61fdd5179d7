// Package tcp is P7 with goroutines; Go has one loop for all, so both sides share the threads.
package tcp

import (
	"io"
	"net"

	"weft.bench/peers/go/row"
)

const message = 64

var Rows = []row.Row{
	{Name: "P7/pingpong", Work: func(n int) int { return both(n, 20, 20, asks, false) }, Expected: row.Same, WarmUp: 2000},
	{Name: "P7/pingpong1000", Work: func(n int) int { return both(n, 1000, 1000, asks, false) }, Expected: row.Same, WarmUp: 2000},
	{Name: "P7/churn", Work: func(n int) int { return both(n, 20, n, connects, true) }, Expected: row.Same, WarmUp: 2000},
}

func answer(connection net.Conn, once bool) {
	defer connection.Close()
	data := make([]byte, message)
	for {
		n, err := connection.Read(data)
		if n > 0 {
			connection.Write(data[:n])
		}
		if err != nil || once {
			return
		}
	}
}

func serve(listener net.Listener, connections int, once bool) {
	for i := 0; i < connections; i++ {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go answer(connection, once)
	}
}

func connect(at string) net.Conn {
	connection, err := net.Dial("tcp", at)
	if err != nil {
		panic(err)
	}
	return connection
}

func asks(at string, n int) int {
	connection := connect(at)
	defer connection.Close()
	data := make([]byte, message)
	done := 0
	for ; done < n; done++ {
		connection.Write(data)
		if _, err := io.ReadFull(connection, data); err != nil {
			panic(err)
		}
	}
	return done
}

func connects(at string, n int) int {
	data := make([]byte, message)
	done := 0
	for ; done < n; done++ {
		connection := connect(at)
		connection.Write(data)
		for err := error(nil); err == nil; {
			_, err = connection.Read(data)
		}
		connection.Close()
	}
	return done
}

func both(n, clients, connections int, client func(at string, n int) int, once bool) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	go serve(listener, connections, once)
	results := make(chan int, clients)
	for i := 0; i < clients; i++ {
		share := n / clients
		if i < n%clients {
			share++
		}
		go func() { results <- client(listener.Addr().String(), share) }()
	}
	done := 0
	for i := 0; i < clients; i++ {
		done += <-results
	}
	return done
}
