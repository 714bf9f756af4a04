// Command kubernetes is everything that a small real cluster for tests is made of, in one program: etcd, the parts of
// the Kubernetes control plane and of a node, and kubectl. Its first argument, or the name it is called by, says
// which part it is. One program, so that the packages all parts stand on are compiled and linked once.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	// What the daemons register from their own main packages: JSON logs, and the metrics of their clients.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// parts maps a name to what runs it and gives the exit code.
var parts = map[string]func() int{
	"etcd": func() int { etcdmain.Main(os.Args); return 0 },

	"kube-apiserver":          daemon(apiserver.NewAPIServerCommand),
	"kube-controller-manager": daemon(controllers.NewControllerManagerCommand),
	"kube-scheduler":          daemon(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kube-proxy":              daemon(proxy.NewProxyCommand),
	"kubelet":                 daemon(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }),

	"kubectl": func() int {
		// kubectl prints its own errors.
		if cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()) != nil {
			return 1
		}
		return 0
	},
}

func daemon(command func() *cobra.Command) func() int {
	return func() int { return cli.Run(command()) }
}

func main() {
	name := filepath.Base(os.Args[0])
	if parts[name] == nil && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	part := parts[name]
	if part == nil {
		known := make([]string, 0, len(parts))
		for part := range parts {
			known = append(known, part)
		}
		slices.Sort(known)
		fmt.Fprintf(os.Stderr, "%q is no part of a cluster; known: %s\n", name, strings.Join(known, ", "))
		os.Exit(2)
	}
	os.Exit(part())
}
