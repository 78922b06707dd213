package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// What a description says of a panel that has nothing to show at the best of times, or has not always.
const quietMark, restMark = "Empty while all is well.", "Empty at rest."

// Grafana 11.0 writes this version of the format.
const oldestSchema = 39

// readDashboard: Grafana's own library says what may stand in it.
func readDashboard(path string) (*dashboard.Dashboard, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	runtime := cog.NewRuntime()
	for _, kind := range []variants.PanelcfgConfig{bargauge.VariantConfig(), stat.VariantConfig(), statetimeline.VariantConfig(),
		timeseries.VariantConfig()} {
		runtime.RegisterPanelcfgVariant(kind)
	}
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	// The strict way returns a list of errors even when that is empty, and then leaves panels out.
	var list cog.BuildErrors
	if err := dashboard.NewDashboard().UnmarshalJSONStrict(content); err != nil && !(errors.As(err, &list) && len(list) == 0) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	read := dashboard.NewDashboard()
	if err := json.Unmarshal(content, read); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return read, read.Validate()
}

// panelsOf a dashboard, those inside of rows too.
func panelsOf(d *dashboard.Dashboard) []dashboard.Panel {
	found := []dashboard.Panel{}
	for _, one := range d.Panels {
		if one.Panel != nil {
			found = append(found, *one.Panel)
		} else {
			found = append(found, one.RowPanel.Panels...)
		}
	}
	return found
}

func queriesOf(panel dashboard.Panel) []prometheus.Dataquery {
	found := []prometheus.Dataquery{}
	for _, target := range panel.Targets {
		if query, is := target.(*prometheus.Dataquery); is {
			found = append(found, *query)
		} else if query, is := target.(prometheus.Dataquery); is {
			found = append(found, query)
		}
	}
	return found
}

func deref[T any](value *T) T {
	if value == nil {
		var none T
		return none
	}
	return *value
}

// judgeLayout: what makes a dashboard fit to be imported and read, whatever its queries are.
func judgeLayout(d *dashboard.Dashboard, r *report) {
	if deref(d.Uid) == "" || deref(d.Id) != 0 {
		r.add("dashboard: it must have a uid and no id, to be found again after it is imported anew")
	}
	if d.SchemaVersion < oldestSchema {
		r.add("dashboard: schemaVersion %d is older than Grafana 11", d.SchemaVersion)
	}
	ids, places := map[uint32]bool{}, map[[2]uint32]string{}
	for _, one := range d.Panels {
		if one.RowPanel != nil {
			judgePlace(deref(one.RowPanel.Title), one.RowPanel.Id, one.RowPanel.GridPos, ids, places, r)
		}
	}
	for _, panel := range panelsOf(d) {
		judgePlace(deref(panel.Title), deref(panel.Id), panel.GridPos, ids, places, r)
		judgePanel(panel, r)
	}
}

func judgePlace(title string, id uint32, at *dashboard.GridPos, ids map[uint32]bool, places map[[2]uint32]string, r *report) {
	if title == "" || id == 0 || ids[id] || at == nil {
		r.add("dashboard: %q needs a title, an id of its own and a place", title)
		return
	}
	ids[id] = true
	for x := at.X; x < at.X+at.W; x++ {
		for y := at.Y; y < at.Y+at.H; y++ {
			if other := places[[2]uint32{x, y}]; other != "" && other != title {
				r.add("dashboard: %q lies upon %q", title, other)
				return
			}
			places[[2]uint32{x, y}] = title
		}
	}
}

func ours(source *common.DataSourceRef) bool {
	return source != nil && deref(source.Type) == "prometheus" && deref(source.Uid) == "${datasource}"
}

func judgePanel(panel dashboard.Panel, r *report) {
	title := deref(panel.Title)
	if deref(panel.Description) == "" {
		r.add("dashboard: %q has no description", title)
	}
	if panel.FieldConfig == nil || deref(panel.FieldConfig.Defaults.Unit) == "" {
		r.add("dashboard: %q has no unit", title)
	}
	queries := queriesOf(panel)
	if len(queries) == 0 || len(queries) != len(panel.Targets) {
		r.add("dashboard: %q must have queries, all of them Prometheus'", title)
	}
	refs := map[string]bool{}
	for _, query := range queries {
		if !ours(panel.Datasource) || !ours(query.Datasource) {
			r.add("dashboard: %q must take its data from ${datasource}", title)
		}
		if refs[deref(query.RefId)] || deref(query.RefId) == "" {
			r.add("dashboard: %q has a query without a refId of its own", title)
		}
		refs[deref(query.RefId)] = true
	}
}

// variables: what stands for each of the dashboard's, and for Grafana's own, with everything selected.
func variables(d *dashboard.Dashboard, known vocabulary, data *store, r *report) map[string]string {
	found := map[string]string{}
	hasSource := false
	for _, variable := range d.Templating.List {
		switch variable.Type {
		case dashboard.VariableTypeDatasource:
			hasSource = hasSource || variable.Name == "datasource"
		case dashboard.VariableTypeQuery:
			found[variable.Name] = valuesPattern(variable, found, known, data, r)
		default:
			r.add("dashboard: nobody checks variables of type %s, such as %s", variable.Type, variable.Name)
		}
	}
	if !hasSource {
		r.add("dashboard: it has no variable `datasource`")
	}
	return found
}

var labelValues = regexp.MustCompile(`^label_values\((.+), ([a-z_]+)\)$`)

// valuesPattern: the regular expression that Grafana puts in the place of a variable when all its values are selected. Without
// data only its query is looked at.
func valuesPattern(variable dashboard.VariableModel, before map[string]string, known vocabulary, data *store, r *report) string {
	where := "dashboard: variable " + variable.Name
	if !ours(variable.Datasource) {
		r.add("%s: it must take its data from ${datasource}", where)
	}
	query := labelValues.FindStringSubmatch(queryText(variable))
	if query == nil {
		r.add("%s: its query must be label_values(SELECTOR, LABEL)", where)
		return ".*"
	}
	selector := substitute(query[1], where, before, r)
	if !known.judge(fmt.Sprintf("count by (%s) (%s)", query[2], selector), where, r) || data == nil {
		return ".*"
	}
	values := data.valuesOf(selector, query[2])
	if len(values) == 0 {
		r.add("%s: it has no value", where)
	}
	for i := range values {
		values[i] = regexp.QuoteMeta(values[i])
	}
	return "(" + strings.Join(values, "|") + ")"
}

// queryText: Grafana writes it plainly or, once it was edited there, in an object.
func queryText(variable dashboard.VariableModel) string {
	if variable.Query == nil {
		return ""
	}
	if text, is := variable.Query.Map["query"].(string); is {
		return text
	}
	return deref(variable.Query.String)
}

var variableUse = regexp.MustCompile(`\$\{?([a-zA-Z_]+)\}?`)

func substitute(expression, where string, values map[string]string, r *report) string {
	return variableUse.ReplaceAllStringFunc(expression, func(use string) string {
		name := variableUse.FindStringSubmatch(use)[1]
		value, found := values[name]
		if !found {
			r.add("%s: there is no variable %s", where, name)
		}
		return value
	})
}

// withIntervals adds Grafana's own variables, as it sets them for a panel when one looks closely.
func withIntervals(panel dashboard.Panel, values map[string]string, where string, r *report) map[string]string {
	interval := scrapeInterval
	if least := deref(panel.Interval); least != "" {
		parsed, err := model.ParseDuration(least)
		if err != nil {
			r.add("%s: %v", where, err)
		}
		interval = max(interval, time.Duration(parsed))
	}
	all := maps.Clone(values)
	all["__interval"] = interval.String()
	all["__rate_interval"] = max(interval+scrapeInterval, 4*scrapeInterval).String()
	return all
}

// judgeQueries looks at the text of all queries: they parse, speak of what exists, and of the chosen jobs only.
func judgeQueries(d *dashboard.Dashboard, known vocabulary, values map[string]string, r *report) int {
	count := 0
	for _, panel := range panelsOf(d) {
		where := fmt.Sprintf("panel %q", deref(panel.Title))
		all := withIntervals(panel, values, where, r)
		for _, query := range queriesOf(panel) {
			count++
			if known.judge(substitute(query.Expr, where, all, r), where, r) {
				judgeJob(query.Expr, where, r)
			}
		}
	}
	return count
}

// judgeJob: other programs have series of the same names.
func judgeJob(expression, where string, r *report) {
	parsed, err := promqlParser.ParseExpr(variableUse.ReplaceAllStringFunc(expression, placeholder))
	if err != nil {
		r.add("%s: %v", where, err)
		return
	}
	for _, selector := range parser.ExtractSelectors(parsed) {
		if !slices.ContainsFunc(selector, func(m *labels.Matcher) bool { return m.String() == `job=~"JOB"` }) {
			r.add(`%s: %v lacks job=~"$job"`, where, selector)
		}
	}
}

func placeholder(use string) string {
	switch name := variableUse.FindStringSubmatch(use)[1]; {
	case strings.HasPrefix(name, "__"):
		return "1m"
	default:
		return strings.ToUpper(name)
	}
}

// runQueries draws every panel from a record. Each query must show something at some time.
func runQueries(d *dashboard.Dashboard, data *record, values map[string]string, r *report) {
	quiet := data.quietPhase(r)
	for _, panel := range panelsOf(d) {
		where := fmt.Sprintf("panel %q", deref(panel.Title))
		all := withIntervals(panel, values, where, &report{})
		shows := false
		for _, query := range queriesOf(panel) {
			lines, err := queryRange(data.store, substitute(query.Expr, where, all, r), data.from(), data.to())
			if err != nil {
				r.add("%s: %v", where, err)
			} else if len(lines) == 0 {
				r.add("%s: nothing was ever there for %s", where, query.Expr)
			}
			judgeLegend(deref(query.LegendFormat), lines, where, r)
			shows = shows || slices.ContainsFunc(lines, func(l line) bool { return l.shows(quiet) })
		}
		judgeRest(deref(panel.Description), shows, where, r)
	}
}

// shows: has the line a point in a phase? Not at its beginning: there rates still see what was before.
func (l line) shows(stretch phase) bool {
	from := stretch.from() + (10 * time.Minute).Milliseconds()
	return slices.ContainsFunc(l.times, func(at int64) bool { return at >= from && at <= stretch.to() })
}

// judgeRest: does the description say rightly whether the panel shows something while all is well?
func judgeRest(description string, shows bool, where string, r *report) {
	marked := strings.Contains(description, quietMark)
	if shows && marked {
		r.add("%s: it is not empty while all is well, as its description says", where)
	}
	if !shows && !marked && !strings.Contains(description, restMark) {
		r.add("%s: it is empty while all is well, and its description does not say so: %s", where, quietMark)
	}
}

var legendLabel = regexp.MustCompile(`\{\{ *([a-z_]+) *\}\}`)

// judgeLegend: every line of a graph has the labels that its legend names.
func judgeLegend(legend string, lines []line, where string, r *report) {
	for _, label := range legendLabel.FindAllStringSubmatch(legend, -1) {
		if slices.ContainsFunc(lines, func(l line) bool { return !l.labels.Has(label[1]) }) {
			r.add("%s: its legend names %s, and some lines have no such label", where, label[1])
		}
	}
	if legend == "" && len(lines) > 1 {
		r.add("%s: several lines, and no legend", where)
	}
}
