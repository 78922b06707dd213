package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type sample struct {
	labels labels.Labels
	value  float64
}

func (s sample) name() string { return s.labels.Get(labels.MetricName) }

// A family is what one TYPE line speaks of. Its name is that of Prometheus text: a counter's ends in _total in both formats.
type family struct {
	name, help       string
	kind             model.MetricType
	hasHelp, hasType bool
	samples          []sample
}

func isOpenMetrics(contentType string) bool {
	return strings.HasPrefix(contentType, "application/openmetrics-text")
}

// expositionReader is one pass over an answer with Prometheus' own parser, which is more patient than the formats are: the
// rest of their rules is here.
type expositionReader struct {
	parser      textparse.Parser
	openMetrics bool
	families    []*family
	byName      map[string]*family
	report      *report
	where       string
}

// parseExposition reads an answer of /metrics strictly; what breaks a rule goes into the report, under the name `where`.
func parseExposition(content []byte, contentType, where string, r *report) []*family {
	parser, err := textparse.New(content, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		r.add("%s: %v", where, err)
		return nil
	}
	reader := &expositionReader{parser: parser, openMetrics: isOpenMetrics(contentType), byName: map[string]*family{},
		report: r, where: where}
	if err := reader.readAll(); err != nil {
		r.add("%s: %v", where, err)
	}
	for _, found := range reader.families {
		reader.judge(found)
	}
	return reader.families
}

func (e *expositionReader) readAll() error {
	for {
		entry, err := e.parser.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.read(entry); err != nil {
			return err
		}
	}
}

func (e *expositionReader) read(entry textparse.Entry) error {
	switch entry {
	case textparse.EntryHelp:
		name, help := e.parser.Help()
		return e.metadata(string(name), func(f *family) *bool { f.help = string(help); return &f.hasHelp })
	case textparse.EntryType:
		name, kind := e.parser.Type()
		return e.metadata(string(name), func(f *family) *bool { f.kind = kind; return &f.hasType })
	case textparse.EntrySeries:
		return e.series()
	case textparse.EntryUnit:
		return nil
	default:
		return fmt.Errorf("a line that is no HELP, TYPE, UNIT or sample")
	}
}

// metadata sets HELP or TYPE; a family begins with the first of them.
func (e *expositionReader) metadata(name string, set func(*family) *bool) error {
	current := e.last()
	if current == nil || current.name != name {
		if e.byName[name] != nil {
			return fmt.Errorf("%s comes a second time, after others", name)
		}
		current = &family{name: name}
		e.byName[name] = current
		e.families = append(e.families, current)
	}
	if len(current.samples) > 0 {
		return fmt.Errorf("%s: HELP or TYPE after a sample", name)
	}
	if done := set(current); *done {
		return fmt.Errorf("%s: two HELP or two TYPE lines", name)
	} else {
		*done = true
	}
	return nil
}

func (e *expositionReader) series() error {
	var found labels.Labels
	e.parser.Labels(&found)
	_, timestamp, value := e.parser.Series()
	name := found.Get(labels.MetricName)
	current := e.last()
	if current == nil || !slices.Contains(current.sampleNames(e.openMetrics), name) {
		return fmt.Errorf("%s stands outside its family, or its TYPE does not allow that name", name)
	}
	if timestamp != nil {
		return fmt.Errorf("%s has a timestamp", name)
	}
	current.samples = append(current.samples, sample{found, value})
	return nil
}

func (e *expositionReader) last() *family {
	if len(e.families) == 0 {
		return nil
	}
	return e.families[len(e.families)-1]
}

// sampleNames: what a family's samples may be called.
func (f *family) sampleNames(openMetrics bool) []string {
	switch {
	case f.kind == model.MetricTypeHistogram:
		return []string{f.name + "_bucket", f.name + "_sum", f.name + "_count"}
	case f.kind == model.MetricTypeCounter && openMetrics:
		return []string{f.name + "_total"}
	default:
		return []string{f.name}
	}
}

// judge looks at a whole family, and gives it its name of Prometheus text.
func (e *expositionReader) judge(f *family) {
	if !f.hasHelp || f.help == "" {
		e.report.add("%s: %s has no HELP", e.where, f.name)
	}
	if !f.hasType {
		e.report.add("%s: %s has no TYPE", e.where, f.name)
	}
	if f.kind == model.MetricTypeCounter && e.openMetrics {
		f.name += "_total"
	}
	seen := map[string]bool{}
	for _, found := range f.samples {
		key := found.labels.String()
		if seen[key] {
			e.report.add("%s: %s comes twice", e.where, key)
		}
		seen[key] = true
		if f.kind != model.MetricTypeGauge && !(found.value >= 0) {
			e.report.add("%s: %s is %v", e.where, key, found.value)
		}
	}
	if f.kind == model.MetricTypeHistogram {
		e.judgeHistogram(f)
	}
}

// bucketed is one label set of a family.
type bucketed struct {
	bounds, counts []float64
	count          float64
	hasSum         bool
}

func histogramsOf(f *family) map[string]*bucketed {
	found := map[string]*bucketed{}
	for _, one := range f.samples {
		key := labels.NewBuilder(one.labels).Del(labels.MetricName, labels.BucketLabel).Labels().String()
		h := found[key]
		if h == nil {
			h = &bucketed{count: math.NaN()}
			found[key] = h
		}
		h.take(f.name, one)
	}
	return found
}

func (h *bucketed) take(family string, one sample) {
	switch one.name() {
	case family + "_sum":
		h.hasSum = true
	case family + "_count":
		h.count = one.value
	default:
		var bound float64
		if _, err := fmt.Sscan(one.labels.Get(labels.BucketLabel), &bound); err != nil {
			bound = math.NaN()
		}
		h.bounds = append(h.bounds, bound)
		h.counts = append(h.counts, one.value)
	}
}

func (h *bucketed) sound() bool {
	last := len(h.bounds) - 1
	return h.hasSum && last >= 0 && math.IsInf(h.bounds[last], 1) && h.counts[last] == h.count &&
		slices.IsSorted(h.bounds) && slices.IsSorted(h.counts)
}

func (e *expositionReader) judgeHistogram(f *family) {
	found := histogramsOf(f)
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if !found[key].sound() {
			e.report.add("%s: %s%s must have rising buckets up to +Inf, which is its _count, and a _sum", e.where, f.name, key)
		}
	}
}
