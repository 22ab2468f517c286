// Makes calls with github.com/kolo/xmlrpc: client URL <CALLS >ANSWERS
// session_test.py says what both are.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"regexp"
	"strconv"

	"github.com/kolo/xmlrpc"
)

// reply is what the answer is decoded into. A program in Go says which type it
// expects, and an answer of another one is an error.
func reply(method string) any {
	switch method {
	case "cache.store", "cache.delete", "cache.clear":
		return new(bool)
	case "cache.getCount":
		return new(int)
	case "cache.getKeys", "system.listMethods", "system.methodSignature":
		return &[]string{}
	case "cache.getAPIVersion", "supervisor.getAPIVersion":
		return new(string)
	}
	return new(any)
}

// fault is what the library makes of one on its way through net/rpc: a text.
var fault = regexp.MustCompile(`(?s)^Fault\((-?\d+)\): (.*)$`)

// typed gives each number in a parameter the type that it is written as.
func typed(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		number, err := value.Float64()
		check(err)
		return number
	case []any:
		for i := range value {
			value[i] = typed(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = typed(value[name])
		}
	}
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	client, err := xmlrpc.NewClient(os.Args[1], nil)
	check(err)
	defer client.Close()

	input := json.NewDecoder(os.Stdin)
	input.UseNumber()
	var calls [][2]any
	check(input.Decode(&calls))
	answers := []map[string]any{}
	for _, call := range calls {
		method := call[0].(string)
		value := reply(method)
		err := client.Call(method, typed(call[1]), value)
		if parts := fault.FindStringSubmatch(fmt.Sprint(err)); parts != nil {
			code, err := strconv.Atoi(parts[1])
			check(err)
			answers = append(answers, map[string]any{"fault": []any{code, parts[2]}})
			continue
		}
		check(err)
		answers = append(answers, map[string]any{"value": value})
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}
