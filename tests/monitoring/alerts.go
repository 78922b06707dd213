package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
)

// readAlerts: the rules of a file, in its order, as Prometheus reads it.
func readAlerts(path string, r *report) []rulefmt.Rule {
	file, errs := rulefmt.ParseFile(path, false, model.LegacyValidation, promqlParser, slog.New(slog.DiscardHandler))
	for _, err := range errs {
		r.add("%v", err)
	}
	found := []rulefmt.Rule{}
	if file == nil {
		return found
	}
	for _, group := range file.Groups {
		found = append(found, group.Rules...)
	}
	return found
}

var severities = []string{"critical", "warning", "info"}

// judgeAlerts: every rule is an alert that says how bad it is, what is wrong and what to do, and speaks of what exists.
func judgeAlerts(rules []rulefmt.Rule, known vocabulary, r *report) {
	names := map[string]bool{}
	for _, rule := range rules {
		where := "alert " + rule.Alert
		if rule.Alert == "" || names[rule.Alert] {
			r.add("rule %q must be an alert with a name of its own: what the dashboard shows must not depend on rules", rule.Record+rule.Alert)
		}
		names[rule.Alert] = true
		if !slices.Contains(severities, rule.Labels["severity"]) {
			r.add("%s: its label severity must be one of %s", where, strings.Join(severities, ", "))
		}
		for _, annotation := range []string{"summary", "description"} {
			if rule.Annotations[annotation] == "" {
				r.add("%s: it has no %s", where, annotation)
			}
		}
		if rule.KeepFiringFor != 0 {
			r.add("%s: nobody checks keep_firing_for", where)
		}
		known.judge(rule.Expr, where, r)
	}
}

// An alert is a rule at work: Prometheus' state machine of pending and firing.
type alert struct {
	rule   rulefmt.Rule
	active map[string]*activeAlert
}

type activeAlert struct {
	labels, annotations labels.Labels
	since               time.Time
	firing              bool
}

func newAlerts(rules []rulefmt.Rule) []*alert {
	made := []*alert{}
	for _, rule := range rules {
		made = append(made, &alert{rule, map[string]*activeAlert{}})
	}
	return made
}

// evaluate takes the step at one time.
func (a *alert) evaluate(data *store, at int64) error {
	found, err := queryAt(data, a.rule.Expr, at)
	if err != nil {
		return fmt.Errorf("alert %s: %w", a.rule.Alert, err)
	}
	now := map[string]*activeAlert{}
	for _, value := range found {
		made, err := a.made(value, at)
		if err != nil {
			return fmt.Errorf("alert %s: %w", a.rule.Alert, err)
		}
		key := made.labels.String()
		if now[key] != nil {
			return fmt.Errorf("alert %s: two alerts with the same labels %s", a.rule.Alert, key)
		}
		if before := a.active[key]; before != nil {
			made.since = before.since
		}
		made.firing = toTime(at).Sub(made.since) >= time.Duration(a.rule.For)
		now[key] = made
	}
	a.active = now
	return nil
}

// made is the alert for one value of the expression, its texts filled in.
func (a *alert) made(value promql.Sample, at int64) (*activeAlert, error) {
	data := template.AlertTemplateData(value.Metric.Map(), nil, "", value)
	named, err := expanded(a.rule.Labels, data, at)
	if err != nil {
		return nil, err
	}
	annotations, err := expanded(a.rule.Annotations, data, at)
	if err != nil {
		return nil, err
	}
	builder := labels.NewBuilder(value.Metric).Del(labels.MetricName)
	for name, text := range named {
		builder.Set(name, text)
	}
	builder.Set(labels.AlertName, a.rule.Alert)
	return &activeAlert{labels: builder.Labels(), annotations: labels.FromMap(annotations), since: toTime(at)}, nil
}

func expanded(texts map[string]string, data any, at int64) (map[string]string, error) {
	made := map[string]string{}
	for name, text := range texts {
		expander := template.NewTemplateExpander(context.Background(), "{{$labels := .Labels}}{{$value := .Value}}"+text, name, data,
			model.Time(at), nil, nil, []string{"missingkey=error"})
		filled, err := expander.Expand()
		if err != nil {
			return nil, err
		}
		made[name] = filled
	}
	return made, nil
}

// inState: labels and annotations of those that fire, or of those that only wait for it.
func (a *alert) inState(firing bool) []*activeAlert {
	found := []*activeAlert{}
	for _, key := range slices.Sorted(maps.Keys(a.active)) {
		if a.active[key].firing == firing {
			found = append(found, a.active[key])
		}
	}
	return found
}

// evaluations: when rules are evaluated in a phase, its end included.
func (p phase) evaluations() []int64 {
	times := []int64{}
	for at := p.from(); at < p.to(); at += 2 * scrapeInterval.Milliseconds() {
		times = append(times, at)
	}
	return append(times, p.to())
}

// runAlerts lets time pass over a record. At the end of each phase exactly the alerts fire that the phase names.
func runAlerts(rules []rulefmt.Rule, data *record, r *report) {
	alerts := newAlerts(rules)
	for _, stretch := range data.Phases {
		for _, at := range stretch.evaluations() {
			for _, one := range alerts {
				if err := one.evaluate(data.store, at); err != nil {
					r.add("%s: %v", stretch.Name, err)
				}
				if stretch.Quiet {
					judgeQuiet(one, at == stretch.to(), stretch.Name, r)
				}
			}
		}
		if stretch.Firing != nil {
			judgeFiring(alerts, stretch, r)
		}
	}
}

func judgeQuiet(one *alert, atEnd bool, phase string, r *report) {
	for _, found := range one.inState(true) {
		r.add("%s: %s fires", phase, found.labels)
	}
	if found := one.inState(false); atEnd && len(found) > 0 {
		r.add("%s: %s is about to fire", phase, found[0].labels)
	}
}

func judgeFiring(alerts []*alert, stretch phase, r *report) {
	firing := []string{}
	for _, one := range alerts {
		if len(one.inState(true)) > 0 {
			firing = append(firing, one.rule.Alert)
		}
	}
	slices.Sort(firing)
	if want := slices.Sorted(slices.Values(stretch.Firing)); !slices.Equal(firing, want) {
		r.add("%s: at its end %v fire, must be %v", stretch.Name, firing, want)
	}
}
