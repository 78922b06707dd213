package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

const limit = 60 * time.Second

// The engine as kustomize-controller makes it.
func newManager(config *rest.Config) (*ssa.ResourceManager, error) {
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, httpClient)
	if err != nil {
		return nil, err
	}
	kubeClient, err := client.New(config, client.Options{HTTPClient: httpClient, Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(kubeClient, mapper, polling.Options{})
	return ssa.NewResourceManager(kubeClient, poller,
		ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}), nil
}

func read(manager *ssa.ResourceManager, namespace, path string) ([]*unstructured.Unstructured, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	objects, err := utils.ReadObjects(file)
	for _, object := range objects {
		object.SetNamespace(namespace)
	}
	manager.SetOwnerLabels(objects, "tests", namespace)
	return objects, err
}

func runFlux(ctx context.Context, config *rest.Config, namespace, verb, path string) error {
	manager, err := newManager(config)
	if err != nil {
		return err
	}
	objects, err := read(manager, namespace, path)
	if err != nil {
		return err
	}
	wait := ssa.WaitOptions{Interval: 200 * time.Millisecond, Timeout: limit, FailFast: true}
	switch verb {
	case "apply":
		return apply(ctx, manager, objects)
	case "wait":
		return manager.Wait(objects, wait)
	case "delete":
		if _, err := manager.DeleteAll(ctx, objects, ssa.DefaultDeleteOptions()); err != nil {
			return err
		}
		return manager.WaitForTermination(objects, wait)
	}
	return fmt.Errorf("unknown word %s", verb)
}

func apply(ctx context.Context, manager *ssa.ResourceManager, objects []*unstructured.Unstructured) error {
	changes, err := manager.ApplyAll(ctx, objects, ssa.DefaultApplyOptions())
	if err != nil {
		return err
	}
	for _, entry := range changes.Entries {
		fmt.Println(entry.Action)
	}
	return nil
}
