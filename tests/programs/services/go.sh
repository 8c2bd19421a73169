# timeout: 600
# needs: go
export GOCACHE=$PWD/cache GOPATH=$PWD/go GO111MODULE=off GOFLAGS=-p=2
cat >m.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func goroutines() int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := 0; i < 200; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			for k := 0; k < 50; k++ {
				mu.Lock()
				total += i
				mu.Unlock()
				runtime.Gosched()
			}
		}(i)
	}
	wg.Wait()
	return total
}

// Loops without a call are left by signals alone.
func preempted() {
	done := make(chan bool)
	for i := 0; i < 2*runtime.GOMAXPROCS(0); i++ {
		go func() {
			for {
			}
		}()
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		done <- true
	}()
	<-done
	runtime.GC()
}

func echo() (n int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(c, "hello %03d", i)
			c.(*net.TCPConn).CloseWrite()
			b, _ := io.ReadAll(c)
			mu.Lock()
			n += len(b)
			mu.Unlock()
		}(i)
	}
	wg.Wait()
	l.Close()
	return
}

func main() {
	fmt.Println(goroutines(), fib(27), runtime.GOARCH)
	m := map[string]int{}
	for i := 0; i < 100000; i++ {
		m[fmt.Sprint(i%5000)] += i
	}
	fmt.Println(len(m), m["77"], echo())
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		var p *int
		*p = 1
	}()
	preempted()
	os.Exit(5)
}
GO
go build -o m m.go
echo "build $?"
for i in 1 2 3; do ./m; echo "status $?"; done
