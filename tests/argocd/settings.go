package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/settings"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// The scripts of one folder, as Argo CD holds those of its settings.
func readOverride(folder string) (v1alpha1.ResourceOverride, error) {
	script, err := os.ReadFile(filepath.Join(folder, "health.lua"))
	if err != nil {
		return v1alpha1.ResourceOverride{}, err
	}
	discovery, err := os.ReadFile(filepath.Join(folder, "actions", "discovery.lua"))
	if err != nil {
		return v1alpha1.ResourceOverride{}, err
	}
	actions := v1alpha1.ResourceActions{ActionDiscoveryLua: string(discovery)}
	paths, err := filepath.Glob(filepath.Join(folder, "actions", "*", "action.lua"))
	if err != nil {
		return v1alpha1.ResourceOverride{}, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return v1alpha1.ResourceOverride{}, err
		}
		actions.Definitions = append(actions.Definitions,
			v1alpha1.ResourceActionDefinition{Name: filepath.Base(filepath.Dir(path)), ActionLua: string(text)})
	}
	text, err := yaml.Marshal(actions)
	return v1alpha1.ResourceOverride{HealthLua: string(script), Actions: string(text)}, err
}

// What Argo CD's own settings manager reads out of an argocd-cm.
func overridesOf(path string) (map[string]v1alpha1.ResourceOverride, error) {
	settingsMap := corev1.ConfigMap{}
	if err := read(path, &settingsMap); err != nil {
		return nil, err
	}
	settingsMap.Namespace = "argocd"
	settingsMap.Labels = map[string]string{"app.kubernetes.io/part-of": "argocd"}
	secret := corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "argocd-secret", Namespace: "argocd", Labels: settingsMap.Labels}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return settings.NewSettingsManager(ctx, fake.NewClientset(&settingsMap, &secret), "argocd").GetResourceOverrides()
}

func sameActions(one, other string) (bool, error) {
	sets := [2]v1alpha1.ResourceActions{}
	for i, text := range []string{one, other} {
		if err := yaml.UnmarshalStrict([]byte(text), &sets[i]); err != nil {
			return false, err
		}
		slices.SortFunc(sets[i].Definitions,
			func(a, b v1alpha1.ResourceActionDefinition) int { return strings.Compare(a.Name, b.Name) })
	}
	return sets[0].ActionDiscoveryLua == sets[1].ActionDiscoveryLua && slices.Equal(sets[0].Definitions, sets[1].Definitions), nil
}

// The settings hold a copy of the scripts, since nothing but text goes into a ConfigMap. It must be the same.
func compareSettings(path, folder string) error {
	overrides, err := overridesOf(path)
	if err != nil {
		return err
	}
	want, err := readOverride(folder)
	if err != nil {
		return err
	}
	found, ok := overrides["tflb.dev/TFLoadBalancer"]
	if !ok {
		return fmt.Errorf("%s: nothing for tflb.dev/TFLoadBalancer", path)
	}
	if found.HealthLua != want.HealthLua {
		return fmt.Errorf("%s: another script than health.lua:\n%s", path, found.HealthLua)
	}
	same, err := sameActions(found.Actions, want.Actions)
	if err == nil && !same {
		err = errors.New(path + ": other actions than those of the folder")
	}
	return err
}

func readApplications(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	application := v1alpha1.Application{}
	if err := yaml.UnmarshalStrict(text, &application); err != nil {
		return err
	}
	if application.Kind != "Application" || application.APIVersion != "argoproj.io/v1alpha1" {
		return errors.New("no Application")
	}
	fmt.Println(application.Name)
	return nil
}
