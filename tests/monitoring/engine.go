package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

const scrapeInterval = 15 * time.Second

var promqlParser = parser.NewParser(parser.Options{})

// The settings of a Prometheus that was given none.
var engine = promql.NewEngine(promql.EngineOpts{
	MaxSamples:               50_000_000,
	Timeout:                  2 * time.Minute,
	LookbackDelta:            5 * time.Minute,
	NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	EnableAtModifier:         true,
	EnableNegativeOffset:     true,
	Parser:                   promqlParser,
})

func toTime(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }

// queryAt is what an expression gives at one time, as a rule sees it.
func queryAt(s *store, expression string, at int64) (promql.Vector, error) {
	query, err := engine.NewInstantQuery(context.Background(), s, nil, expression, toTime(at))
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if err := problem(result); err != nil {
		return nil, err
	}
	switch found := result.Value.(type) {
	case promql.Vector:
		return append(promql.Vector{}, found...), nil
	case promql.Scalar:
		return promql.Vector{{T: found.T, F: found.V, Metric: labels.EmptyLabels()}}, nil
	default:
		return nil, fmt.Errorf("gives a %s, not one value per series", found.Type())
	}
}

// problem: what the engine warns of is wrong here, such as rate() of what is no counter.
func problem(result *promql.Result) error {
	if result.Err != nil {
		return result.Err
	}
	for _, warning := range result.Warnings {
		return warning
	}
	return nil
}

// A line is one series of a graph, with the times at which it has a number.
type line struct {
	labels labels.Labels
	times  []int64
}

// queryRange is what a graph from `from` to `to` shows; what is not a number is not shown.
func queryRange(s *store, expression string, from, to int64) ([]line, error) {
	query, err := engine.NewRangeQuery(context.Background(), s, nil, expression, toTime(from), toTime(to), scrapeInterval)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if err := problem(result); err != nil {
		return nil, err
	}
	matrix, err := result.Matrix()
	if err != nil {
		return nil, err
	}
	return linesOf(matrix), nil
}

func linesOf(matrix promql.Matrix) []line {
	lines := []line{}
	for _, series := range matrix {
		drawn := line{labels: series.Metric}
		for _, value := range series.Floats {
			if !math.IsNaN(value.F) {
				drawn.times = append(drawn.times, value.T)
			}
		}
		if len(drawn.times) > 0 {
			lines = append(lines, drawn)
		}
	}
	return lines
}
