package main

import "fmt"

// A report collects what is wrong; a check goes on after a complaint, so that one run shows them all.
type report struct {
	complaints []string
}

func (r *report) add(format string, arguments ...any) {
	r.complaints = append(r.complaints, fmt.Sprintf(format, arguments...))
}

// print tells how a part went, with the complaints since `before`.
func (r *report) print(what string, before int) {
	verdict := "ok  "
	if len(r.complaints) > before {
		verdict = "FAIL"
	}
	fmt.Println(verdict, what)
	for _, complaint := range r.complaints[before:] {
		fmt.Println("     ", complaint)
	}
}
