// monitoring judges deploy/monitoring with the libraries of those who will read it: Prometheus, its operator, and Grafana.
//
//	monitoring files FOLDER           dashboard, alerts and their tests, manifests: all by the series that series.md promises
//	monitoring scraped FOLDER RECORD  the same by what was scraped: every panel is drawn, every alert runs
//	monitoring manifest FOLDER        prints prometheusrule.yaml, made of alerts.yaml
//	monitoring objects FILE           those of the Prometheus operator in a file of manifests
//
// FOLDER is deploy/monitoring or one like it. RECORD is a folder with answers of /metrics and record.json (see record.go), as
// tests/e2e/test_monitoring.py makes it. What is wrong is printed, all of it, and the exit code is 1.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func judgeFiles(folder string, r *report) error {
	contract, err := readContract(filepath.Join(folder, "series.md"))
	if err != nil {
		return err
	}
	known := contractVocabulary(contract)

	before := len(r.complaints)
	shown, err := readDashboard(filepath.Join(folder, "dashboard.json"))
	if err != nil {
		return err
	}
	judgeLayout(shown, r)
	queries := judgeQueries(shown, known, variables(shown, known, nil, r), r)
	r.print(fmt.Sprintf("dashboard: %d panels, %d queries", len(panelsOf(shown)), queries), before)

	before = len(r.complaints)
	rules := readAlerts(filepath.Join(folder, "alerts.yaml"), r)
	judgeAlerts(rules, known, r)
	tests := runAlertTests(filepath.Join(folder, "alerts_test.yaml"), known, r)
	r.print(fmt.Sprintf("alerts: %d, with %d tests", len(rules), tests), before)

	before = len(r.complaints)
	judgeManifests(folder, r)
	r.print("manifests of the Prometheus operator", before)
	return nil
}

func judgeScraped(folder, recordFolder string, r *report) error {
	contract, err := readContract(filepath.Join(folder, "series.md"))
	if err != nil {
		return err
	}
	data, err := readRecord(recordFolder, r)
	if err != nil {
		return err
	}
	r.print("formats: "+data.String(), 0)

	before := len(r.complaints)
	data.compare(contract, r)
	r.print(fmt.Sprintf("series.md: %d series", len(contract)), before)

	before = len(r.complaints)
	known := data.vocabulary(contract)
	data.addStranger()
	shown, err := readDashboard(filepath.Join(folder, "dashboard.json"))
	if err != nil {
		return err
	}
	values := variables(shown, known, data.store, r)
	judgeQueries(shown, known, values, r)
	runQueries(shown, data, values, r)
	r.print(fmt.Sprintf("dashboard: %d panels drawn", len(panelsOf(shown))), before)

	before = len(r.complaints)
	rules := readAlerts(filepath.Join(folder, "alerts.yaml"), r)
	judgeAlerts(rules, known, r)
	runAlerts(rules, data, r)
	r.print(fmt.Sprintf("alerts: %d run", len(rules)), before)
	return nil
}

func printManifest(folder string) error {
	alerts, err := os.ReadFile(filepath.Join(folder, "alerts.yaml"))
	if err == nil {
		fmt.Print(ruleManifest(alerts))
	}
	return err
}

func run(words []string, r *report) error {
	switch {
	case len(words) == 2 && words[0] == "files":
		return judgeFiles(words[1], r)
	case len(words) == 3 && words[0] == "scraped":
		return judgeScraped(words[1], words[2], r)
	case len(words) == 2 && words[0] == "manifest":
		return printManifest(words[1])
	case len(words) == 2 && words[0] == "objects":
		return judgeObjects(words[1], r)
	}
	fmt.Fprintln(os.Stderr, "usage: monitoring files FOLDER | scraped FOLDER RECORD | manifest FOLDER | objects FILE")
	os.Exit(2)
	return nil
}

func main() {
	found := &report{}
	if err := run(os.Args[1:], found); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
	if len(found.complaints) > 0 {
		os.Exit(1)
	}
}
