package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

var resource = schema.GroupVersionResource{Group: "tflb.dev", Version: "v1alpha1", Resource: "tfloadbalancers"}

// What kstatus says of one event's object, and beside it what the object says itself.
type verdict struct {
	Name       string            `json:"name"`
	Event      string            `json:"event"`
	Generation int64             `json:"generation"`
	Verdict    string            `json:"verdict"`
	Message    string            `json:"message"`
	Conditions map[string]string `json:"conditions"` // type -> status
	Reason     string            `json:"reason"`     // of Ready
}

func judge(event string, object *unstructured.Unstructured) (*verdict, error) {
	result, err := status.Compute(object)
	if err != nil {
		return nil, err
	}
	made := &verdict{Name: object.GetName(), Event: event, Generation: object.GetGeneration(),
		Verdict: result.Status.String(), Message: result.Message, Conditions: map[string]string{}}
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	if err != nil {
		return nil, err
	}
	for _, each := range conditions {
		condition := each.(map[string]any)
		made.Conditions[condition["type"].(string)] = condition["status"].(string)
		if condition["type"] == "Ready" {
			made.Reason = condition["reason"].(string)
		}
	}
	return made, nil
}

// Until it is told to end. A watch from no version in particular begins with an event for each object that is there.
func printVerdicts(ctx context.Context, config *rest.Config, namespace string) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	watch, err := client.Resource(resource).Namespace(namespace).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer watch.Stop()
	lines := json.NewEncoder(os.Stdout)
	for event := range watch.ResultChan() {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			return errors.New("the watch is broken")
		}
		made, err := judge(string(event.Type), object)
		if err != nil {
			return err
		}
		if err := lines.Encode(made); err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		return errors.New("the watch has ended")
	}
	return nil
}
