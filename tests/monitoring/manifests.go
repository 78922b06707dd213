package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"
)

const ruleManifestHead = `# The rules of alerts.yaml for the Prometheus operator; after a change there:
#   tests/monitoring/judge manifest deploy/monitoring >deploy/monitoring/prometheusrule.yaml
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tflb
spec:
`

// ruleManifest: the rules of a file as an object of the Prometheus operator.
func ruleManifest(alerts []byte) string {
	made := &strings.Builder{}
	made.WriteString(ruleManifestHead)
	_, rules, _ := strings.Cut("\n"+string(alerts), "\ngroups:")
	for _, text := range strings.SplitAfter("groups:"+rules, "\n") {
		if strings.TrimSpace(text) != "" {
			made.WriteString("  ")
		}
		made.WriteString(text)
	}
	return made.String()
}

// judgeManifests: the operator's own types read its objects, and the rules in them are those of alerts.yaml.
func judgeManifests(folder string, r *report) {
	alerts, err := os.ReadFile(filepath.Join(folder, "alerts.yaml"))
	if err != nil {
		r.add("%v", err)
		return
	}
	manifest, err := os.ReadFile(filepath.Join(folder, "prometheusrule.yaml"))
	if err != nil || string(manifest) != ruleManifest(alerts) {
		r.add("prometheusrule.yaml does not have the rules of alerts.yaml; its head says how to write it anew")
	}
	decode(folder, "prometheusrule.yaml", &monitoring.PrometheusRule{}, r)
	decode(folder, "podmonitor.yaml", &monitoring.PodMonitor{}, r)
}

// judgeObjects: the operator's own types read those of its objects that a file has, among others.
func judgeObjects(path string, r *report) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	count := 0
	for _, document := range strings.Split("\n"+string(content), "\n---") {
		kind := struct{ APIVersion, Kind string }{}
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			return err
		}
		types := map[string]any{"PodMonitor": &monitoring.PodMonitor{}, "ServiceMonitor": &monitoring.ServiceMonitor{},
			"PrometheusRule": &monitoring.PrometheusRule{}}
		object, known := types[kind.Kind]
		if !known || kind.APIVersion != "monitoring.coreos.com/v1" {
			continue
		}
		count++
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			r.add("%s: %v", kind.Kind, err)
		}
	}
	r.print(fmt.Sprintf("%d objects of the Prometheus operator", count), 0)
	return nil
}

func decode(folder, name string, object any, r *report) {
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err == nil {
		err = yaml.UnmarshalStrict(content, object)
	}
	if err != nil {
		r.add("%s: %v", name, err)
	}
}
