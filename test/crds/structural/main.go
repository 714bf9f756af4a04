// Command structural lets the API server's own code judge our CustomResourceDefinitions and manifests.
//
// It reads one JSON request from standard input and writes one JSON reply: for each definition the errors of the full
// validation that the API server runs on it (structural schema, defaults, compiled CEL and its cost), and for each
// manifest what a create, or an update from an older manifest, with strict field validation would answer.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

type request struct {
	// Definitions in YAML, by name.
	Definitions map[string]string `json:"definitions"`
	Manifests   []manifest        `json:"manifests"`
}

type manifest struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	// The manifest that is in force; empty for a create.
	Old string `json:"old"`
}

type problem struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

type reply struct {
	Definitions map[string][]problem `json:"definitions"`
	Manifests   map[string][]problem `json:"manifests"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	given := reply{Definitions: map[string][]problem{}, Manifests: map[string][]problem{}}
	served := server{}
	for name, text := range asked.Definitions {
		kind, problems, err := install(text)
		if err != nil {
			problems = append(problems, problem{Message: err.Error()})
		} else {
			served[kind.name] = kind
		}
		given.Definitions[name] = append([]problem{}, problems...)
	}
	for _, one := range asked.Manifests {
		given.Manifests[one.ID] = append([]problem{}, served.judge(one)...)
	}
	if err := json.NewEncoder(os.Stdout).Encode(given); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
