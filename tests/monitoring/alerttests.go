package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"go.yaml.in/yaml/v3"
)

// The file format of `promtool test rules`, as far as alerts need it.
type alertTestFile struct {
	RuleFiles          []string         `yaml:"rule_files"`
	EvaluationInterval model.Duration   `yaml:"evaluation_interval"`
	Tests              []alertTestGroup `yaml:"tests"`
}

type alertTestGroup struct {
	Name        string         `yaml:"name"`
	Interval    model.Duration `yaml:"interval"`
	InputSeries []inputSeries  `yaml:"input_series"`
	AlertTests  []alertTest    `yaml:"alert_rule_test"`
}

type inputSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type alertTest struct {
	EvalTime model.Duration  `yaml:"eval_time"`
	Name     string          `yaml:"alertname"`
	Expected []expectedAlert `yaml:"exp_alerts"`
}

type expectedAlert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

func readAlertTests(path string) (*alertTestFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read := &alertTestFile{EvaluationInterval: model.Duration(time.Minute)}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(read); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}

// runAlertTests plays the tests of a file, whose series must be among the known ones. Each rule must be seen firing, and quiet.
func runAlertTests(path string, known vocabulary, r *report) int {
	file, err := readAlertTests(path)
	if err != nil {
		r.add("%v", err)
		return 0
	}
	rules := []rulefmt.Rule{}
	for _, name := range file.RuleFiles {
		rules = append(rules, readAlerts(filepath.Join(filepath.Dir(path), name), r)...)
	}
	fired, quiet := map[string]bool{}, map[string]bool{}
	for _, group := range file.Tests {
		group.run(newAlerts(rules), time.Duration(file.EvaluationInterval), known, r)
		for _, test := range group.AlertTests {
			fired[test.Name] = fired[test.Name] || len(test.Expected) > 0
			quiet[test.Name] = quiet[test.Name] || len(test.Expected) == 0
		}
	}
	for _, rule := range rules {
		if !fired[rule.Alert] || !quiet[rule.Alert] {
			r.add("%s: %s must be seen firing (%v) and quiet (%v)", path, rule.Alert, fired[rule.Alert], quiet[rule.Alert])
		}
	}
	return len(file.Tests)
}

func (g *alertTestGroup) run(alerts []*alert, interval time.Duration, known vocabulary, r *report) {
	data := newStore()
	step := time.Duration(g.Interval)
	if step == 0 {
		step = interval
	}
	for _, input := range g.InputSeries {
		known.judge(input.Series, "test "+g.Name, r)
		if err := load(data, input, step); err != nil {
			r.add("test %s: %v", g.Name, err)
		}
	}
	last := time.Duration(0)
	for _, test := range g.AlertTests {
		last = max(last, time.Duration(test.EvalTime))
		if !slices.ContainsFunc(alerts, func(a *alert) bool { return a.rule.Alert == test.Name }) {
			r.add("test %s: there is no alert %s", g.Name, test.Name)
		}
	}
	for at := time.Duration(0); at <= last; at += interval {
		g.step(alerts, data, at, interval, r)
	}
}

// load puts a series with all its values into the store.
func load(data *store, input inputSeries, step time.Duration) error {
	of, values, err := promqlParser.ParseSeriesDesc(input.Series + " " + input.Values)
	if err != nil {
		return err
	}
	for i, value := range values {
		if !value.Omitted {
			data.append(of, int64(i)*step.Milliseconds(), value.Value)
		}
	}
	return nil
}

// step evaluates all rules at one time, and looks at the tests that are due before the next one.
func (g *alertTestGroup) step(alerts []*alert, data *store, at, interval time.Duration, r *report) {
	for _, one := range alerts {
		if err := one.evaluate(data, at.Milliseconds()); err != nil {
			r.add("test %s: %v", g.Name, err)
		}
	}
	for _, test := range g.AlertTests {
		if due := time.Duration(test.EvalTime); at <= due && due < at+interval {
			test.judge(alerts, "test "+g.Name, r)
		}
	}
}

func (t *alertTest) judge(alerts []*alert, where string, r *report) {
	got, want := []string{}, []string{}
	for _, one := range alerts {
		if one.rule.Alert == t.Name {
			for _, found := range one.inState(true) {
				got = append(got, spelled(found.labels, found.annotations.Map()))
			}
		}
	}
	for _, expected := range t.Expected {
		builder := labels.NewBuilder(labels.FromMap(expected.Labels)).Set(labels.AlertName, t.Name)
		want = append(want, spelled(builder.Labels(), expected.Annotations))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		r.add("%s: %s at %s\n        got:  %s\n        want: %s", where, t.Name, t.EvalTime, strings.Join(got, "\n              "),
			strings.Join(want, "\n              "))
	}
}

func spelled(named labels.Labels, annotations map[string]string) string {
	text := named.String()
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		text += fmt.Sprintf(" %s=%q", name, annotations[name])
	}
	return text
}
