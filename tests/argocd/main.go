// argocd: Argo CD's own code at work on our objects.
//
//	argocd check FOLDER                judges the cases of a folder of its resource customizations, without a cluster
//	argocd settings FILE FOLDER        whether the argocd-cm of the file holds what the folder does
//	argocd application FILE            whether the file holds Applications that Argo CD would take
//	argocd run KUBECONFIG NAMESPACE    its application controller, for the Applications of the namespace; the repositories are
//	                                   git folders of this machine. One line of JSON for each change of an Application.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: argocd check FOLDER
       argocd settings FILE FOLDER
       argocd application FILE
       argocd run KUBECONFIG NAMESPACE`

func run(ctx context.Context, words []string) error {
	switch {
	case len(words) == 2 && words[0] == "check":
		return check(words[1])
	case len(words) == 3 && words[0] == "settings":
		return compareSettings(words[1], words[2])
	case len(words) == 2 && words[0] == "application":
		return readApplications(words[1])
	case len(words) == 3 && words[0] == "run":
		return runController(ctx, words[1], words[2])
	}
	fmt.Fprintln(os.Stderr, usage)
	os.Exit(2)
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
