// kstatus: what tools make of our objects that judge them by kstatus. It runs their own code against a real API server:
//
//	kstatus KUBECONFIG NAMESPACE verdicts       one line of JSON for each event of the namespace's objects, with kstatus's verdict
//	kstatus KUBECONFIG NAMESPACE apply FILE     as Flux applies a file; prints created, configured or unchanged per object
//	kstatus KUBECONFIG NAMESPACE wait FILE      as Flux waits for health; fails as Flux does when one has failed
//	kstatus KUBECONFIG NAMESPACE delete FILE    as Flux prunes; returns when all are gone
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func run(ctx context.Context, config *rest.Config, namespace string, words []string) error {
	if words[0] == "verdicts" {
		return printVerdicts(ctx, config, namespace)
	}
	if len(words) != 2 {
		return fmt.Errorf("%s needs a file", words[0])
	}
	return runFlux(ctx, config, namespace, words[0], words[1])
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: kstatus KUBECONFIG NAMESPACE verdicts | apply FILE | wait FILE | delete FILE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err == nil {
		err = run(ctx, config, os.Args[2], os.Args[3:])
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
