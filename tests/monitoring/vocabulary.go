package main

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// The labels that Prometheus, or its operator, adds to whatever it scrapes.
var targetLabels = []string{"job", "instance", "namespace", "pod"}

// A vocabulary is what an expression may speak of: the names of series, the labels of each, and, of labels whose values are a
// closed list, those values.
type vocabulary map[string]map[string][]string

// add declares a series; of a label without values, every value is fine.
func (v vocabulary) add(name string, labelNames ...string) map[string][]string {
	if v[name] == nil {
		v[name] = map[string][]string{}
	}
	for _, label := range append(labelNames, targetLabels...) {
		v[name][label] = v[name][label]
	}
	return v[name]
}

// judge complains of all that an expression names and that does not exist. It returns false when it does not even parse.
func (v vocabulary) judge(expression, where string, r *report) bool {
	parsed, err := promqlParser.ParseExpr(expression)
	if err != nil {
		r.add("%s: %v", where, err)
		return false
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch found := node.(type) {
		case *parser.VectorSelector:
			v.judgeSelector(found.LabelMatchers, where, r)
		case *parser.AggregateExpr:
			v.judgeLabels(found, found.Grouping, where, r)
		case *parser.BinaryExpr:
			if found.VectorMatching != nil {
				v.judgeLabels(found, append(found.VectorMatching.MatchingLabels, found.VectorMatching.Include...), where, r)
			}
		}
		return nil
	})
	return true
}

func (v vocabulary) judgeSelector(matchers []*labels.Matcher, where string, r *report) {
	at := slices.IndexFunc(matchers, func(m *labels.Matcher) bool { return m.Name == labels.MetricName })
	if at < 0 || matchers[at].Type != labels.MatchEqual {
		r.add("%s: a selector must name its series", where)
		return
	}
	name := matchers[at].Value
	known, found := v[name]
	if !found {
		r.add("%s: there is no series %s", where, name)
		return
	}
	for _, matcher := range matchers {
		if matcher.Name != labels.MetricName {
			judgeMatcher(name, known, matcher, where, r)
		}
	}
}

func judgeMatcher(name string, known map[string][]string, matcher *labels.Matcher, where string, r *report) {
	closed, found := known[matcher.Name]
	if !found {
		r.add("%s: %s has no label %s", where, name, matcher.Name)
		return
	}
	for _, value := range valuesOf(matcher) {
		if len(closed) > 0 && !slices.Contains(closed, value) {
			r.add("%s: %s never has %s=%q", where, name, matcher.Name, value)
		}
	}
}

// valuesOf a matcher: all that it names; none when it is a pattern.
func valuesOf(matcher *labels.Matcher) []string {
	if matcher.Type == labels.MatchEqual || matcher.Type == labels.MatchNotEqual {
		return []string{matcher.Value}
	}
	return matcher.SetMatches()
}

// judgeLabels: what an operation groups or joins by must be a label of something below it.
func (v vocabulary) judgeLabels(below parser.Node, names []string, where string, r *report) {
	known := map[string]bool{}
	parser.Inspect(below, func(node parser.Node, _ []parser.Node) error {
		if selector, is := node.(*parser.VectorSelector); is {
			for label := range v[selector.Name] {
				known[label] = true
			}
		}
		return nil
	})
	for _, name := range names {
		if !known[name] {
			r.add("%s: nothing has the label %s that it groups or joins by", where, name)
		}
	}
}
