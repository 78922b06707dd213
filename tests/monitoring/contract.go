package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
)

// A contractSeries is a row of series.md: what is promised of one series.
type contractSeries struct {
	name, help string
	kind       model.MetricType
	labels     []string
	closed     map[string]bool // labels marked *: all their values are there from the beginning
	leaderOnly bool            // marked †
}

// An example: | `tflb_objects` † | gauge | `reason`* | TFLoadBalancers, by the reason of their condition Ready |
var (
	contractRow   = regexp.MustCompile("^\\| `([a-z0-9_]+)`( †)? \\| (counter|gauge|histogram) \\|(.*?)\\| (.+) \\|$")
	contractLabel = regexp.MustCompile("`([a-z_]+)`(\\*?)")
)

// readContract: the series of series.md, by name.
func readContract(path string) (map[string]*contractSeries, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	contract := map[string]*contractSeries{}
	for number, text := range strings.Split(string(content), "\n") {
		if !strings.HasPrefix(text, "| `") {
			continue
		}
		row := contractRow.FindStringSubmatch(text)
		if row == nil {
			return nil, fmt.Errorf("%s:%d: not | `series` † | type | `label`*, ... | HELP |", path, number+1)
		}
		contract[row[1]] = newContractSeries(row)
	}
	return contract, nil
}

func newContractSeries(row []string) *contractSeries {
	made := &contractSeries{name: row[1], help: strings.ReplaceAll(row[5], "`", ""), kind: model.MetricType(row[3]),
		closed: map[string]bool{}, leaderOnly: row[2] != ""}
	for _, label := range contractLabel.FindAllStringSubmatch(row[4], -1) {
		made.labels = append(made.labels, label[1])
		made.closed[label[1]] = label[2] != ""
	}
	return made
}

// addTo declares what a scrape shows of the series.
func (c *contractSeries) addTo(v vocabulary) {
	if c.kind != model.MetricTypeHistogram {
		v.add(c.name, c.labels...)
		return
	}
	v.add(c.name+"_bucket", append([]string{model.BucketLabel}, c.labels...)...)
	v.add(c.name+"_sum", c.labels...)
	v.add(c.name+"_count", c.labels...)
}

// contractVocabulary: what expressions may speak of, by the promise alone.
func contractVocabulary(contract map[string]*contractSeries) vocabulary {
	v := vocabulary{}
	v.add("up")
	for _, promised := range contract {
		promised.addTo(v)
	}
	return v
}

// judge compares a family of a scrape with what was promised of it.
func (c *contractSeries) judge(f *family, r *report) {
	if f.kind != c.kind {
		r.add("%s is a %s, and a %s in series.md", f.name, f.kind, c.kind)
	}
	if !strings.HasPrefix(c.help, f.help) { // which may go on
		r.add("HELP of %s is %q, and in series.md %q", f.name, f.help, c.help)
	}
	promised := slices.Sorted(slices.Values(c.labels))
	for _, one := range f.samples {
		if names := labelNames(one); !slices.Equal(names, promised) {
			r.add("%s has the labels %v, and in series.md %v", one.labels, names, promised)
			return
		}
	}
}

// labelNames of a sample, sorted; without those of the format.
func labelNames(one sample) []string {
	names := []string{}
	for name := range one.labels.Map() {
		if name != model.MetricNameLabel && name != model.BucketLabel {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
