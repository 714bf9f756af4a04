// Command helm is Helm as it comes, built from the module that the cluster for tests is built from.
package main

import (
	"errors"
	"log/slog"
	"os"

	"helm.sh/helm/v4/pkg/cmd"
)

func main() {
	os.Exit(run())
}

func run() int {
	root, err := cmd.NewRootCmd(os.Stdout, os.Args[1:], cmd.SetupLogging)
	if err != nil {
		slog.Error("helm", "error", err)
		return 1
	}
	err = root.Execute()
	if failed := (cmd.CommandError{}); errors.As(err, &failed) {
		return failed.ExitCode
	}
	if err != nil {
		return 1
	}
	return 0
}
