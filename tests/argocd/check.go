package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// The files that Argo CD keeps beside its scripts, in its own form: a folder of ours could be moved there as it is.
type healthTests struct {
	Tests []healthTest `json:"tests"`
}

type healthTest struct {
	InputPath    string              `json:"inputPath"`
	HealthStatus health.HealthStatus `json:"healthStatus"`
}

type actionTests struct {
	DiscoveryTests []struct {
		InputPath string                    `json:"inputPath"`
		Result    []v1alpha1.ResourceAction `json:"result"`
	} `json:"discoveryTests"`
	ActionTests []struct {
		Action             string `json:"action"`
		InputPath          string `json:"inputPath"`
		ExpectedOutputPath string `json:"expectedOutputPath"`
	} `json:"actionTests"`
}

// One folder of scripts, with the privileges that Argo CD gives to scripts of its settings.
type judge struct {
	folder string
	vm     lua.VM
	cases  int
	failed []string
}

func read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (j *judge) object(path string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	return object, read(filepath.Join(j.folder, path), &object.Object)
}

func (j *judge) expect(name string, want, found any) {
	j.cases++
	if !reflect.DeepEqual(want, found) {
		j.failed = append(j.failed, fmt.Sprintf("%s: expected %+v, found %+v", name, want, found))
	}
}

func (j *judge) judgeHealth() error {
	tests := healthTests{}
	if err := read(filepath.Join(j.folder, "health_test.yaml"), &tests); err != nil {
		return err
	}
	for _, test := range tests.Tests {
		object, err := j.object(test.InputPath)
		if err != nil {
			return err
		}
		found, err := health.GetResourceHealth(object, lua.ResourceHealthOverrides(j.vm.ResourceOverrides))
		if err != nil {
			return fmt.Errorf("%s: %w", test.InputPath, err)
		}
		j.expect(test.InputPath, test.HealthStatus, *found)
	}
	return j.allJudged(tests)
}

// An example that no case names proves nothing.
func (j *judge) allJudged(tests healthTests) error {
	paths, err := filepath.Glob(filepath.Join(j.folder, "testdata", "*.yaml"))
	for _, path := range paths {
		name := "testdata/" + filepath.Base(path)
		if !slices.ContainsFunc(tests.Tests, func(test healthTest) bool { return test.InputPath == name }) {
			j.failed = append(j.failed, name+": no case names it")
		}
	}
	return err
}

func (j *judge) judgeActions() error {
	tests := actionTests{}
	if err := read(filepath.Join(j.folder, "actions", "action_test.yaml"), &tests); err != nil {
		return err
	}
	for _, test := range tests.DiscoveryTests {
		if err := j.judgeDiscovery(test.InputPath, test.Result); err != nil {
			return err
		}
	}
	for _, test := range tests.ActionTests {
		if err := j.judgeAction(test.Action, test.InputPath, test.ExpectedOutputPath); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) judgeDiscovery(input string, want []v1alpha1.ResourceAction) error {
	object, err := j.object(filepath.Join("actions", input))
	if err != nil {
		return err
	}
	scripts, err := j.vm.GetResourceActionDiscovery(object)
	if err != nil {
		return err
	}
	found, err := j.vm.ExecuteResourceActionDiscovery(object, scripts)
	byName := func(a, b v1alpha1.ResourceAction) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(found, byName)
	slices.SortFunc(want, byName)
	j.expect("actions of "+input, want, found)
	return err
}

func (j *judge) judgeAction(name, input, output string) error {
	object, err := j.object(filepath.Join("actions", input))
	if err != nil {
		return err
	}
	want, err := j.object(filepath.Join("actions", output))
	if err != nil {
		return err
	}
	action, err := j.vm.GetResourceAction(object, name)
	if err != nil {
		return err
	}
	found, err := j.vm.ExecuteResourceAction(object, action.ActionLua, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(found) != 1 {
		return fmt.Errorf("%s touches %d objects", name, len(found))
	}
	j.expect(name+" "+input, want.Object, found[0].UnstructuredObj.Object)
	return nil
}

// check judges the cases of one folder, GROUP/KIND, of Argo CD's layout.
func check(folder string) error {
	override, err := readOverride(folder)
	if err != nil {
		return err
	}
	key := filepath.Base(filepath.Dir(folder)) + "/" + filepath.Base(folder)
	j := judge{folder: folder, vm: lua.VM{ResourceOverrides: map[string]v1alpha1.ResourceOverride{key: override}}}
	if err := j.judgeHealth(); err != nil {
		return err
	}
	if err := j.judgeActions(); err != nil {
		return err
	}
	if len(j.failed) > 0 || j.cases == 0 {
		return fmt.Errorf("%d of %d cases failed\n%s", len(j.failed), j.cases, strings.Join(j.failed, "\n"))
	}
	fmt.Printf("%d cases\n", j.cases)
	return nil
}
