package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/argoproj/argo-cd/v3/controller"
	"github.com/argoproj/argo-cd/v3/controller/sharding"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	appclientset "github.com/argoproj/argo-cd/v3/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	cacheutil "github.com/argoproj/argo-cd/v3/util/cache"
	"github.com/argoproj/argo-cd/v3/util/cache/appstate"
	"github.com/argoproj/argo-cd/v3/util/db"
	kubeutil "github.com/argoproj/argo-cd/v3/util/kube"
	"github.com/argoproj/argo-cd/v3/util/settings"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	resync   = 3 * time.Minute // Argo CD's own default
	selfHeal = 2 * time.Second // between two tries; 5 s by default
	workers  = 2
)

// The application controller as Argo CD's own command makes it, but for Redis, which a map stands for, and the repositories.
func newController(ctx context.Context, kubeconfig, namespace string) (*controller.ApplicationController, *appclientset.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	if err := v1alpha1.SetK8SConfigDefaults(config); err != nil {
		return nil, nil, err
	}
	kubeClient := kubernetes.NewForConfigOrDie(config)
	applications := appclientset.NewForConfigOrDie(config)
	manager := settings.NewSettingsManager(ctx, kubeClient, namespace)
	shards := sharding.NewClusterSharding(db.NewDB(namespace, manager, kubeClient), 0, 1, "legacy")
	cache := appstate.NewCache(cacheutil.NewCache(cacheutil.NewInMemoryCache(time.Hour)), time.Hour)
	made, err := controller.NewApplicationController(namespace, manager, kubeClient, applications, repositories{}, nil, cache,
		kubeutil.NewKubectl(), resync, 0, 0, selfHeal, nil, 0, resync, 0, 0, nil, nil, nil, 0, true, shards, nil, nil, false, false,
		normalizers.IgnoreNormalizerOpts{}, []string{"none"}, false)
	return made, applications, err
}

// What an Application says of itself after one change.
type line struct {
	Name      string                          `json:"name"`
	Revision  string                          `json:"revision"`
	Sync      string                          `json:"sync"`
	Health    string                          `json:"health"`
	Phase     string                          `json:"phase"` // of the last operation
	Message   string                          `json:"message"`
	Operation string                          `json:"operation"` // revision of the last operation
	Compared  string                          `json:"compared"`
	Leaving   bool                            `json:"leaving"`
	Resources map[string]resource             `json:"resources"` // by kind/name
	Problems  []v1alpha1.ApplicationCondition `json:"problems"`
}

type resource struct {
	Sync    string `json:"sync"`
	Health  string `json:"health"`
	Message string `json:"message"`
}

func lineOf(application *v1alpha1.Application) line {
	status := application.Status
	made := line{Name: application.Name, Revision: status.Sync.Revision, Sync: string(status.Sync.Status),
		Health: string(status.Health.Status), Leaving: application.DeletionTimestamp != nil,
		Resources: map[string]resource{}, Problems: status.Conditions}
	if status.ReconciledAt != nil {
		made.Compared = status.ReconciledAt.UTC().Format(time.RFC3339)
	}
	if status.OperationState != nil {
		made.Phase, made.Message = string(status.OperationState.Phase), status.OperationState.Message
		if status.OperationState.Operation.Sync != nil {
			made.Operation = status.OperationState.Operation.Sync.Revision
		}
	}
	for _, each := range status.Resources {
		health := resource{Sync: string(each.Status)}
		if each.Health != nil {
			health.Health, health.Message = string(each.Health.Status), each.Health.Message
		}
		made.Resources[each.Kind+"/"+each.Name] = health
	}
	return made
}

func printApplications(ctx context.Context, client *appclientset.Clientset, namespace string) error {
	watch, err := client.ArgoprojV1alpha1().Applications(namespace).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer watch.Stop()
	lines := json.NewEncoder(os.Stdout)
	for event := range watch.ResultChan() {
		if application, ok := event.Object.(*v1alpha1.Application); ok {
			if err := lines.Encode(lineOf(application)); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func runController(ctx context.Context, kubeconfig, namespace string) error {
	// The cluster of the Applications is the one that the controller runs in, as far as it knows.
	for name, value := range map[string]string{v1alpha1.EnvVarFakeInClusterConfig: "true", "KUBECONFIG": kubeconfig} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	made, applications, err := newController(ctx, kubeconfig, namespace)
	if err != nil {
		return err
	}
	go made.Run(ctx, workers, workers, 0)
	if err := printApplications(ctx, applications, namespace); ctx.Err() == nil {
		return err
	}
	return nil
}
