// Command control-plane is a whole Kubernetes control plane in one file: it is called by the name of
// the program that it shall be. One binary of five programs, because they share nearly all their packages.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // CronJobs may name a time zone, on machines that know none

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = "usage: control-plane etcd|kube-apiserver|kube-controller-manager|kube-scheduler [FLAG]... | certificates DIRECTORY"

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	// What follows sees itself as called alone.
	os.Args = os.Args[1:]
	switch os.Args[0] {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		run(apiserver.NewAPIServerCommand())
	case "kube-controller-manager":
		run(controllers.NewControllerManagerCommand())
	case "kube-scheduler":
		run(scheduler.NewSchedulerCommand())
	case "certificates":
		if len(os.Args) != 2 {
			fail(usage)
		}
		if err := writeCertificates(os.Args[1]); err != nil {
			fail(err)
		}
	default:
		fail(usage)
	}
}

func run(command *cobra.Command) {
	os.Exit(cli.Run(command))
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
