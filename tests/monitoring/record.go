package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// An answer is one response of /metrics, kept in a file.
type answer struct {
	File        string `json:"file"`
	ContentType string `json:"contentType"`
}

// A scrape is what one instance answered at one time, once in each format; nothing when it did not answer. Times are Unix
// seconds: when Prometheus would have asked, and what the clock showed.
type scrape struct {
	Instance string   `json:"instance"`
	Time     float64  `json:"time"`
	Clock    float64  `json:"clock"`
	Answers  []answer `json:"answers"`
}

// A phase is a stretch of time, and the alerts that fire at its end, unless it has no say in them. Quiet: no alert ever fires in it,
// and at its end none is on its way.
type phase struct {
	Name    string   `json:"name"`
	Quiet   bool     `json:"quiet"`
	Firing  []string `json:"firing"`
	Scrapes []scrape `json:"scrapes"`
}

func (p phase) from() int64 { return milliseconds(p.Scrapes[0].Time) }
func (p phase) to() int64   { return milliseconds(p.Scrapes[len(p.Scrapes)-1].Time) }

func milliseconds(seconds float64) int64 { return int64(seconds*1000 + 0.5) }

// A record is what Prometheus would know after having scraped for a while.
type record struct {
	Phases []phase `json:"phases"`

	folder   string
	store    *store
	families map[string]*family            // all that was ever seen, with the samples of all scrapes
	seen     map[string]map[string]bool    // format -> series in it
	present  map[string]map[string]bool    // instance -> keys of series in its last scrape
	counters map[string]map[string]float64 // instance -> what its counters were
	first    map[string]map[string]bool    // family -> label sets in the first scrape that had any
	leaders  map[string]map[int64]int      // family -> time -> how many instances had it
}

func (d *record) from() int64 { return d.Phases[0].from() }
func (d *record) to() int64   { return d.Phases[len(d.Phases)-1].to() }

func (d *record) quietPhase(r *report) phase {
	at := slices.IndexFunc(d.Phases, func(p phase) bool { return p.Quiet })
	if at < 0 {
		r.add("the record has no quiet phase")
		return d.Phases[0]
	}
	return d.Phases[at]
}

func readRecord(folder string, r *report) (*record, error) {
	content, err := os.ReadFile(filepath.Join(folder, "record.json"))
	if err != nil {
		return nil, err
	}
	made := &record{folder: folder, store: newStore(), families: map[string]*family{}, seen: map[string]map[string]bool{},
		present: map[string]map[string]bool{}, counters: map[string]map[string]float64{}, first: map[string]map[string]bool{},
		leaders: map[string]map[int64]int{}}
	if err := json.Unmarshal(content, made); err != nil {
		return nil, err
	}
	for _, stretch := range made.Phases {
		for number, one := range stretch.Scrapes {
			if err := made.take(one, number, r); err != nil {
				return nil, err
			}
		}
	}
	made.judgeFormats(r)
	return made, nil
}

// take reads all formats of a scrape, and keeps one of them, each in its turn: to Prometheus they are the same.
func (d *record) take(one scrape, number int, r *report) error {
	if len(one.Answers) == 0 {
		d.keep(one, nil, r)
		return nil
	}
	read := make([][]*family, len(one.Answers))
	for i, given := range one.Answers {
		content, err := os.ReadFile(filepath.Join(d.folder, given.File))
		if err != nil {
			return err
		}
		read[i] = parseExposition(content, given.ContentType, given.File, r)
		if !isOpenMetrics(given.ContentType) {
			lint(content, given.File, r)
		}
		d.note(read[i], given, r)
	}
	d.keep(one, read[number%len(read)], r)
	return nil
}

// lint: what `promtool check metrics` says.
func lint(content []byte, where string, r *report) {
	problems, err := promlint.New(bytes.NewReader(content)).Lint()
	if err != nil {
		r.add("%s: %v", where, err)
	}
	for _, problem := range problems {
		r.add("%s: %s: %s", where, problem.Metric, problem.Text)
	}
}

// note adds families to those that were ever seen.
func (d *record) note(families []*family, given answer, r *report) {
	format, _, _ := strings.Cut(given.ContentType, ";")
	if d.seen[format] == nil {
		d.seen[format] = map[string]bool{}
	}
	for _, found := range families {
		if d.families[found.name] == nil {
			d.families[found.name] = &family{name: found.name, help: found.help, kind: found.kind}
		}
		if len(d.first[found.name]) == 0 {
			d.first[found.name] = keysOf(found.samples)
		}
		if known := d.families[found.name]; known.help != found.help || known.kind != found.kind {
			r.add("%s: HELP or TYPE of %s changed", given.File, found.name)
		}
		for _, one := range found.samples {
			key := one.labels.String()
			if !d.seen[format][key] {
				d.seen[format][key] = true
				d.families[found.name].samples = append(d.families[found.name].samples, one)
			}
		}
	}
}

func keysOf(samples []sample) map[string]bool {
	keys := map[string]bool{}
	for _, one := range samples {
		keys[one.labels.String()] = true
	}
	return keys
}

// judgeFormats: both formats must show the same series.
func (d *record) judgeFormats(r *report) {
	formats := slices.Sorted(maps.Keys(d.seen))
	if len(formats) != 2 {
		r.add("scraped as %v, must be as Prometheus text and as OpenMetrics", formats)
		return
	}
	for i, format := range formats {
		for _, key := range slices.Sorted(maps.Keys(d.seen[format])) {
			if !d.seen[formats[1-i]][key] {
				r.add("%s is in %s only", key, format)
			}
		}
	}
}

// keep puts a scrape into the store as Prometheus does: with `up`, and with an end of what is not there any more.
func (d *record) keep(one scrape, families []*family, r *report) {
	at, present := milliseconds(one.Time), map[string]bool{}
	up := 0.0
	if families != nil {
		up = 1
	}
	d.store.append(atTarget(labels.FromStrings(labels.MetricName, "up"), one.Instance), at, up)
	for _, found := range families {
		if len(found.samples) > 0 {
			d.count(found.name, at)
		}
		for _, value := range found.samples {
			of := atTarget(value.labels, one.Instance)
			present[of.String()] = true
			d.store.append(of, at, inItsTime(found.name, value.value, one))
		}
	}
	for key := range d.present[one.Instance] {
		if !present[key] {
			d.store.end(d.store.series[key].labels, at)
		}
	}
	d.present[one.Instance] = present
	d.judgeCounters(one.Instance, families, r)
}

// count notes that one more instance has a family at a time.
func (d *record) count(name string, at int64) {
	if d.leaders[name] == nil {
		d.leaders[name] = map[int64]int{}
	}
	d.leaders[name][at]++
}

func atTarget(of labels.Labels, instance string) labels.Labels {
	builder := labels.NewBuilder(of)
	builder.Set("job", "tflb-controller").Set("namespace", "tflb-system").Set("instance", instance).Set("pod", instance)
	return builder.Labels()
}

// inItsTime: a test scrapes faster than the times say. What is a time itself moves along, or it would seem ever longer ago.
func inItsTime(family string, value float64, one scrape) float64 {
	if strings.HasSuffix(family, "_timestamp_seconds") {
		return value + one.Time - one.Clock
	}
	return value
}

// judgeCounters: while a process lives, what it counts never falls.
func (d *record) judgeCounters(instance string, families []*family, r *report) {
	now, before := map[string]float64{}, d.counters[instance]
	for _, found := range families {
		for _, one := range found.samples {
			if found.kind != model.MetricTypeGauge || found.name == "process_start_time_seconds" {
				now[one.labels.String()] = one.value
			}
		}
	}
	const start = `{__name__="process_start_time_seconds"}`
	if before[start] == now[start] {
		for key, value := range now {
			if value < before[key] {
				r.add("%s: %s fell from %v to %v", instance, key, before[key], value)
			}
		}
	}
	d.counters[instance] = now
}

// addStranger puts another program's series of the same names into the store: what is not ours must not count.
func (d *record) addStranger() {
	for _, one := range slices.Collect(maps.Values(d.store.series)) {
		if name := one.labels.Get(labels.MetricName); name == "up" || strings.HasPrefix(name, "tflb_") {
			continue
		}
		of := labels.NewBuilder(one.labels).Set("job", "stranger").Labels()
		for i, value := range one.points {
			d.store.append(of, value.T(), value.F()*1e6*float64(i%7))
		}
	}
}

// compare judges the record by what series.md promises.
func (d *record) compare(contract map[string]*contractSeries, r *report) {
	for _, name := range slices.Sorted(maps.Keys(d.families)) {
		if promised := contract[name]; promised == nil {
			r.add("%s is not in series.md", name)
		} else {
			promised.judge(d.families[name], r)
			d.judgePresence(promised, r)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(contract)) {
		if d.families[name] == nil {
			r.add("%s is in series.md, and was never scraped", name)
		}
	}
}

// judgePresence: what begins at 0 is there from the beginning, and what only the leader has is never there twice.
func (d *record) judgePresence(promised *contractSeries, r *report) {
	for key := range keysOf(d.families[promised.name].samples) {
		if promised.begins() && !d.first[promised.name][key] {
			r.add("%s was not there from the beginning", key)
		}
	}
	for at, count := range d.leaders[promised.name] {
		if promised.leaderOnly && count > 1 {
			r.add("at %d %d instances have %s, which is the leader's", at/1000, count, promised.name)
		}
	}
}

// begins: a counter whose label values are all known before anything is counted.
func (c *contractSeries) begins() bool {
	for _, label := range c.labels {
		// These have one value only.
		if !c.closed[label] && !slices.Contains([]string{"name", "controller", "resource"}, label) {
			return false
		}
	}
	return c.kind == model.MetricTypeCounter
}

// vocabulary: what expressions may speak of, by what was seen.
func (d *record) vocabulary(contract map[string]*contractSeries) vocabulary {
	v := vocabulary{}
	v.add("up")
	for name, found := range d.families {
		promised := contract[name]
		if promised == nil {
			continue
		}
		for _, one := range found.samples {
			known := v.add(one.name(), slices.Collect(maps.Keys(one.labels.Map()))...)
			for label := range promised.closed {
				if promised.closed[label] && !slices.Contains(known[label], one.labels.Get(label)) {
					known[label] = append(known[label], one.labels.Get(label))
				}
			}
		}
	}
	return v
}

func (d *record) String() string {
	scrapes := 0
	for _, stretch := range d.Phases {
		scrapes += len(stretch.Scrapes)
	}
	return fmt.Sprintf("%d scrapes in %d phases, %d families, %d series", scrapes, len(d.Phases), len(d.families), len(d.store.series))
}
