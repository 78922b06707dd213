#include "reconcile/measure.h"

#include "kube/lease.h"
#include "reconcile/internal.h"

const char MEASURED_NAME[] = "tfloadbalancer";

#define FAST_BOUNDS                                                                                                    \
	{                                                                                                              \
		1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000                                                    \
	}

static const struct metric_row ROWS[MEASURED] = {
	[M_QUEUE_DEPTH] = {.name = "tflb_workqueue_depth",
		.help = "objects that wait to be worked on",
		.type = METRIC_GAUGE,
		.labels = {"name"}},
	[M_QUEUE_ADDS] = {.name = "tflb_workqueue_adds_total",
		.help = "objects put into the queue",
		.type = METRIC_COUNTER,
		.labels = {"name"}},
	[M_QUEUE_RETRIES] = {.name = "tflb_workqueue_retries_total",
		.help = "objects put into the queue because their time had come",
		.type = METRIC_COUNTER,
		.labels = {"name"}},
	[M_QUEUE_SECONDS] = {.name = "tflb_workqueue_queue_duration_seconds",
		.help = "time an object waited in the queue",
		.type = METRIC_HISTOGRAM,
		.labels = {"name"},
		.bounds = FAST_BOUNDS},
	[M_QUEUE_LONGEST] = {.name = "tflb_workqueue_longest_wait_seconds",
		.help = "how long the object at the head of the queue has waited; 0 when it is empty",
		.type = METRIC_GAUGE,
		.labels = {"name"}},
	[M_WORK_SECONDS] = {.name = "tflb_workqueue_work_duration_seconds",
		.help = "time one piece of work on an object took",
		.type = METRIC_HISTOGRAM,
		.labels = {"name"},
		.bounds = FAST_BOUNDS},
	[M_RECONCILE] = {.name = "tflb_reconcile_total",
		.help = "pieces of work, by how they ended",
		.type = METRIC_COUNTER,
		.labels = {"controller", "result"}},
	[M_RECONCILE_ERRORS] = {.name = "tflb_reconcile_errors_total",
		.help = "pieces of work that ended with a failure, a wrong spec included",
		.type = METRIC_COUNTER,
		.labels = {"controller"}},
	[M_RECONCILE_TERMINAL] = {.name = "tflb_terminal_reconcile_errors_total",
		.help = "pieces of work that ended with a failure that needs a person: the object is Stalled",
		.type = METRIC_COUNTER,
		.labels = {"controller"}},
	[M_RECONCILE_SECONDS] = {.name = "tflb_reconcile_time_seconds",
		.help = "time from an object's place at the head of the queue until its plan is on its way",
		.type = METRIC_HISTOGRAM,
		.labels = {"controller"},
		.bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}},
	[M_PROGRAMMED_SECONDS] = {.name = "tflb_programmed_duration_seconds",
		.help = "time from the first sight of a new spec until every resource is as it wants",
		.type = METRIC_HISTOGRAM,
		.bounds = {1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600}},
	[M_OBJECTS] = {.name = "tflb_objects",
		.help = "TFLoadBalancers, by the reason of their condition Ready",
		.type = METRIC_GAUGE,
		.labels = {"reason"}},
	[M_CONDITIONS] = {.name = "tflb_object_conditions",
		.help = "TFLoadBalancers, by condition and its status",
		.type = METRIC_GAUGE,
		.labels = {"condition", "status"}},
	[M_KNOWN] = {.name = "tflb_objects_known",
		.help = "TFLoadBalancers that this replica sees",
		.type = METRIC_GAUGE},
	[M_UNREADABLE] = {.name = "tflb_objects_unreadable",
		.help = "TFLoadBalancers that cannot be read as they are now, and with which nothing is done",
		.type = METRIC_GAUGE},
	[M_UNFOLDED] = {.name = "tflb_objects_unfolded",
		.help = "TFLoadBalancers whose resources are in memory in full, not packed",
		.type = METRIC_GAUGE},
	[M_UNFOLDS] = {.name = "tflb_unfolds_total",
		.help = "times that a packed TFLoadBalancer was opened",
		.type = METRIC_COUNTER},
	[M_OBJECT_WRITES] = {.name = "tflb_object_writes_total",
		.help = "writes to TFLoadBalancers",
		.type = METRIC_COUNTER,
		.labels = {"what"}},
	[M_OBJECT_READS] = {.name = "tflb_object_reads_total",
		.help = "single reads of TFLoadBalancers, before what can't be undone",
		.type = METRIC_COUNTER},
	[M_DRIFT_FOUND] = {.name = "tflb_drift_found_total",
		.help = "resources that somebody else had changed or deleted",
		.type = METRIC_COUNTER,
		.labels = {"kind"}},
	[M_DRIFT_CORRECTED] = {.name = "tflb_drift_corrected_total",
		.help = "resources that somebody else had changed or deleted, and that are as they should be again",
		.type = METRIC_COUNTER,
		.labels = {"kind"}},
	[M_DRIFT_MEMBERS] = {.name = "tflb_drift_members_total",
		.help = "members that somebody else had changed, and whole resources that were deleted",
		.type = METRIC_COUNTER,
		.labels = {"kind", "member"}},
	[M_ORPHANS] = {.name = "tflb_orphans",
		.help = "resources that bear our mark while their object is gone",
		.type = METRIC_GAUGE,
		.labels = {"project"}},
	[M_ORPHANS_DELETED] = {.name = "tflb_orphans_deleted_total",
		.help = "resources that were deleted because their object was gone",
		.type = METRIC_COUNTER,
		.labels = {"kind"}},
	[M_POLICIES] = {.name = "tflb_policies",
		.help = "TFLoadBalancerPolicies known, by whether they can be read",
		.type = METRIC_GAUGE,
		.labels = {"state"}},
	[M_PROJECTS] = {.name = "tflb_projects",
		.help = "projects that some TFLoadBalancer names",
		.type = METRIC_GAUGE},
	[M_SWEEP_AGE] = {.name = "tflb_sweep_age_seconds",
		.help = "time since the last look at the whole project began that saw everything",
		.type = METRIC_GAUGE,
		.labels = {"project"}},
	[M_SWEEPS] = {.name = "tflb_sweeps_total",
		.help = "looks at whole projects",
		.type = METRIC_COUNTER,
		.labels = {"result"}},
	[M_SWEEP_SECONDS] = {.name = "tflb_sweep_duration_seconds",
		.help = "time one look at a whole project took",
		.type = METRIC_HISTOGRAM,
		.bounds = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}},
	[M_SWEEP_ITEMS] = {.name = "tflb_sweep_items_total",
		.help = "resources that lists showed, by whether they had to be parsed",
		.type = METRIC_COUNTER,
		.labels = {"way"}},
};

static const char *const REASONS[SHOWN_REASONS] = {"Pending", "Serving", "Running", "Creating", "Updating", "Scaling",
	"RollingOut", "RollingBack", "Migrating", "Moving", "Deleting", "Waiting", "CertificatePending", "StockOut",
	"MachinesFailing", "Unhealthy", "RateLimited", "CloudUnavailable", "Suspended", "Drifted", "RolledBack",
	"InvalidSpec", "ImageNotFound", "ReferenceNotFound", "SecretInvalid", "CertificateFailed", "Conflict",
	"PolicyDenied", "PermissionDenied", "QuotaExceeded", "OrgPolicyViolated", "APIDisabled", "BillingDisabled",
	"Other"};
static const char *const CONDITIONS[SHOWN_CONDITIONS] = {"Ready", "Programmed", "Healthy", "Reconciling", "Stalled"};
static const char *const STATES[SHOWN_STATES] = {"", "True", "False", "Unknown"};
enum {
	CONDITION_READY = 0,
	CONDITION_PROGRAMMED = 1,
	CONDITION_RECONCILING = 3,
	CONDITION_STALLED = 4,
	STATE_TRUE = 1
};

/* --- what objects show --- */

static unsigned char place_of(const char *const words[], size_t count, const char *word, size_t otherwise)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(words[i], word))
			return (unsigned char)i;
	}
	return (unsigned char)otherwise;
}

static void count_shown(struct shown_sums *sums, const struct shown *shown, size_t by)
{
	sums->reasons[shown->reason] += by;
	for (size_t i = 0; i < SHOWN_CONDITIONS; i++)
		sums->conditions[i][shown->conditions[i]] += by;
}

static struct shown shown_of(const cJSON *conditions)
{
	struct shown shown = {0};
	const cJSON *condition;

	cJSON_ArrayForEach(condition, conditions)
	{
		size_t i = place_of(CONDITIONS, SHOWN_CONDITIONS, json_text(condition, "type"), SHOWN_CONDITIONS);

		if (i < SHOWN_CONDITIONS)
			shown.conditions[i] = place_of(STATES, SHOWN_STATES, json_text(condition, "status"), 0);
		if (i == CONDITION_READY)
			shown.reason =
				place_of(REASONS, SHOWN_REASONS, json_text(condition, "reason"), SHOWN_REASONS - 1);
	}
	return shown;
}

void measure_met(struct entry *entry)
{
	count_shown(&entry->controller->shown, &entry->shown, 1);
}

void measure_gone(struct entry *entry)
{
	count_shown(&entry->controller->shown, &entry->shown, (size_t)-1);
}

void measure_status(struct entry *entry, const cJSON *conditions)
{
	measure_gone(entry);
	entry->shown = shown_of(conditions);
	measure_met(entry);
}

bool measure_shows(const struct entry *entry)
{
	return entry->shown.conditions[CONDITION_READY] != 0;
}

bool measure_shows_programmed(const struct entry *entry)
{
	return entry->shown.conditions[CONDITION_PROGRAMMED] == STATE_TRUE;
}

void measure_asked(struct entry *entry)
{
	entry->asked_at = loop_now(entry->controller->loop);
}

void measure_programmed(struct entry *entry)
{
	struct controller *controller = entry->controller;
	int64_t took = loop_now(controller->loop) - entry->asked_at;

	if (entry->asked_at)
		metric_observe(controller->measured[M_PROGRAMMED_SECONDS], (double)took / 1000);
	entry->asked_at = 0;
}

/* --- the queue and the work --- */

static double seconds_since(const struct controller *controller, int64_t us)
{
	return (double)(loop_now_us(controller->loop) - us) / 1e6;
}

void measure_queued(struct entry *entry)
{
	entry->queued_us = loop_now_us(entry->controller->loop);
	metric_count(entry->controller->measured[M_QUEUE_ADDS], MEASURED_NAME);
}

void measure_work_begins(struct entry *entry)
{
	struct controller *controller = entry->controller;

	controller->work_began_us = loop_now_us(controller->loop);
	metric_observe(controller->measured[M_QUEUE_SECONDS],
		(double)(controller->work_began_us - entry->queued_us) / 1e6, MEASURED_NAME);
}

static const char *result_of(const struct entry *entry)
{
	if (entry->failing)
		return "error";
	if (entry->settled)
		return "success";
	return entry->calls.count || !timer_armed(&entry->wake) ? "requeue" : "requeue_after";
}

void measure_work_ends(struct entry *entry)
{
	struct controller *controller = entry->controller;
	double took = seconds_since(controller, controller->work_began_us);

	metric_observe(controller->measured[M_WORK_SECONDS], took, MEASURED_NAME);
	metric_observe(controller->measured[M_RECONCILE_SECONDS], took, MEASURED_NAME);
	metric_count(controller->measured[M_RECONCILE], MEASURED_NAME, result_of(entry));
	if (!entry->failing)
		return;
	metric_count(controller->measured[M_RECONCILE_ERRORS], MEASURED_NAME);
	if (entry->shown.conditions[CONDITION_STALLED] == STATE_TRUE)
		metric_count(controller->measured[M_RECONCILE_TERMINAL], MEASURED_NAME);
}

/* --- sweeps --- */

void measure_sweep(struct project *project)
{
	struct controller *controller = project->controller;
	int64_t took = loop_now(controller->loop) - project->last_at;

	metric_count(controller->measured[M_SWEEPS], project->own_error ? "failed" : "complete");
	metric_observe(controller->measured[M_SWEEP_SECONDS], (double)took / 1000);
	if (!project->own_error)
		project->complete_at = project->last_at;
}

/* --- what is so now --- */

static void collect_shown(struct controller *controller)
{
	const struct shown_sums *sums = &controller->shown;

	for (size_t i = 0; i < SHOWN_REASONS; i++)
		metric_set(controller->measured[M_OBJECTS], (double)sums->reasons[i], REASONS[i]);
	for (size_t i = 0; i < SHOWN_CONDITIONS; i++) {
		for (size_t state = STATE_TRUE; state < SHOWN_STATES; state++) {
			if (i < CONDITION_RECONCILING || state == STATE_TRUE)
				metric_set(controller->measured[M_CONDITIONS], (double)sums->conditions[i][state],
					CONDITIONS[i], STATES[state]);
		}
	}
}

static size_t unreadable(const struct controller *controller)
{
	size_t count = 0;

	for (size_t i = 0; i < controller->entries.count; i++)
		count += ((const struct entry *)controller->entries.own_entries[i].value)->unreadable;
	return count;
}

static void collect_projects(struct controller *controller)
{
	int64_t now = loop_now(controller->loop);

	for (size_t i = 0; i < controller->projects.count; i++) {
		const struct project *project = controller->projects.own_entries[i].value;

		metric_set(
			controller->measured[M_ORPHANS], (double)orphans_count(project->own_orphans), project->own_key);
		if (project_is_named(project))
			metric_set(controller->measured[M_SWEEP_AGE], (double)(now - project->complete_at) / 1000,
				project->own_key);
	}
}

static size_t count_named(const struct controller *controller)
{
	size_t count = 0;

	for (size_t i = 0; i < controller->projects.count; i++) {
		const struct project *project = controller->projects.own_entries[i].value;

		count += !LIST_EMPTY(&project->entries);
	}
	return count;
}

static void collect_queue(struct controller *controller)
{
	const struct entry *first = TAILQ_FIRST(&controller->queue);
	const struct entry *entry;
	size_t depth = 0;

	TAILQ_FOREACH(entry, &controller->queue, in_queue)
	{
		depth++;
	}
	metric_set(controller->measured[M_QUEUE_DEPTH], (double)depth, MEASURED_NAME);
	metric_set(controller->measured[M_QUEUE_LONGEST], first ? seconds_since(controller, first->queued_us) : 0,
		MEASURED_NAME);
}

static void collect_policies(struct controller *controller)
{
	const struct access *access = controller->own_access;
	size_t unreadable = access ? access_unreadable(access) : 0;

	metric_set(controller->measured[M_POLICIES], (double)(access ? access_known(access) - unreadable : 0), "good");
	metric_set(controller->measured[M_POLICIES], (double)unreadable, "unreadable");
}

void controller_collect(struct controller *controller)
{
	gce_collect(controller->gce);
	kube_collect(controller->kube);
	if (controller->lease)
		lease_collect(controller->lease);
	collect_queue(controller);
	collect_policies(controller);
	metric_set(controller->measured[M_KNOWN], (double)controller->entries.count);
	metric_set(controller->measured[M_UNFOLDED], (double)controller->unfolded);
	metric_set(controller->measured[M_UNFOLDS], (double)controller->unfolds);
	metric_set(controller->measured[M_OBJECT_WRITES], (double)controller->status_writes, "status");
	metric_set(controller->measured[M_OBJECT_WRITES], (double)controller->finalizer_writes, "finalizer");
	metric_set(controller->measured[M_OBJECT_READS], (double)controller->live_reads);
	metric_set(controller->measured[M_PROJECTS], (double)count_named(controller));
	if (may_write(controller)) { /* else another replica tells the same */
		metric_set(controller->measured[M_UNREADABLE], (double)unreadable(controller));
		collect_shown(controller);
		collect_projects(controller);
	}
}

/* --- the start --- */

/* What an alarm may ask for is there as 0 before it happens for the first time. */
static void begin(struct controller *controller)
{
	static const char *const results[] = {"success", "requeue", "requeue_after", "error"};
	struct metric **measured = controller->measured;

	metric_begin(measured[M_QUEUE_ADDS], MEASURED_NAME);
	metric_begin(measured[M_QUEUE_RETRIES], MEASURED_NAME);
	metric_begin(measured[M_RECONCILE_ERRORS], MEASURED_NAME);
	metric_begin(measured[M_RECONCILE_TERMINAL], MEASURED_NAME);
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		metric_begin(measured[M_RECONCILE], MEASURED_NAME, results[i]);
	for (int kind = 0; kind < KINDS; kind++) {
		if (kind_at(kind)->external)
			continue;
		metric_begin(measured[M_DRIFT_FOUND], kind_at(kind)->name);
		metric_begin(measured[M_DRIFT_CORRECTED], kind_at(kind)->name);
		metric_begin(measured[M_ORPHANS_DELETED], kind_at(kind)->name);
	}
	metric_begin(measured[M_SWEEPS], "complete");
	metric_begin(measured[M_SWEEPS], "failed");
	metric_begin(measured[M_SWEEP_ITEMS], "unchanged");
	metric_begin(measured[M_SWEEP_ITEMS], "parsed");
}

void measure_init(struct controller *controller, struct metrics *metrics)
{
	gce_measure(controller->gce, metrics);
	kube_measure(controller->kube, metrics);
	metrics_add_rows(metrics, ROWS, MEASURED, controller->measured);
	begin(controller);
}
