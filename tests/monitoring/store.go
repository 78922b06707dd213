package main

import (
	"context"
	"math"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// A point is one value of a series; times are milliseconds.
type point struct {
	time  int64
	value float64
}

func (p point) T() int64                      { return p.time }
func (p point) ST() int64                     { return 0 }
func (p point) F() float64                    { return p.value }
func (p point) H() *histogram.Histogram       { return nil }
func (p point) FH() *histogram.FloatHistogram { return nil }
func (p point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample           { return p }

type storedSeries struct {
	labels labels.Labels
	points chunks.SampleSlice
}

// A store holds series in memory for Prometheus' query engine. Its own tsdb would do the same, with five times as much to compile.
type store struct {
	series map[string]*storedSeries   // by all its labels
	named  map[string][]*storedSeries // by its name
}

func newStore() *store { return &store{map[string]*storedSeries{}, map[string][]*storedSeries{}} }

// append: times of one series must rise.
func (s *store) append(of labels.Labels, time int64, v float64) {
	key := of.String()
	found := s.series[key]
	if found == nil {
		found = &storedSeries{labels: of}
		s.series[key] = found
		name := of.Get(labels.MetricName)
		s.named[name] = append(s.named[name], found)
	}
	found.points = append(found.points, point{time, v})
}

// end marks a series as gone, as a scrape does that does not find it any more.
func (s *store) end(of labels.Labels, time int64) {
	s.append(of, time, math.Float64frombits(value.StaleNaN))
}

// valuesOf a label, in all series that match a selector; in no order.
func (s *store) valuesOf(selector, label string) []string {
	matchers, err := promqlParser.ParseMetricSelector(selector)
	found := []string{}
	for _, one := range s.series {
		if value := one.labels.Get(label); err == nil && matches(one.labels, matchers) && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	return found
}

func (s *store) Querier(from, to int64) (storage.Querier, error) { return &querier{s, from, to}, nil }

type querier struct {
	store    *store
	from, to int64
}

func (q *querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{at: -1}
	for _, one := range q.store.named[nameOf(matchers)] {
		if !matches(one.labels, matchers) {
			continue
		}
		if points := q.within(one.points); len(points) > 0 {
			set.list = append(set.list, storage.NewListSeries(one.labels, points))
		}
	}
	slices.SortFunc(set.list, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return set
}

// nameOf the series that are selected; the vocabulary lets no selector pass that does not give one.
func nameOf(matchers []*labels.Matcher) string {
	at := slices.IndexFunc(matchers, func(m *labels.Matcher) bool { return m.Name == labels.MetricName })
	if at < 0 {
		return ""
	}
	return matchers[at].Value
}

func (q *querier) within(points chunks.SampleSlice) chunks.SampleSlice {
	from := sort.Search(len(points), func(i int) bool { return points[i].T() >= q.from })
	beyond := sort.Search(len(points), func(i int) bool { return points[i].T() > q.to })
	return points[from:max(from, beyond)]
}

func matches(of labels.Labels, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(of.Get(m.Name)) })
}

// The query engine asks for no names and values.
func (q *querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (q *querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (q *querier) Close() error { return nil }

type seriesSet struct {
	list []storage.Series
	at   int
}

func (s *seriesSet) Next() bool                        { s.at++; return s.at < len(s.list) }
func (s *seriesSet) At() storage.Series                { return s.list[s.at] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }
