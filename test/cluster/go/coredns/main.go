// Command coredns is CoreDNS with the few plugins that the names of a cluster for tests need.
package main

import (
	"github.com/coredns/coredns/coremain"

	// What test/cluster writes into the Corefile.
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() {
	coremain.Run()
}
