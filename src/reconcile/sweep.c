/* Sweeps: one paged list per kind and project is the observation of everything in it, and the census that nothing may be
 * deleted without (design rules 7 and 10, section 6). */
#include <string.h>

#include "reconcile/internal.h"

enum {
	SPACING_MS = 3000,
	SPACING_LAST_MS = 15000,
	RETRY_MS = 10000,
	REFUSED_MS = 60000,
	DEFAULT_INTERVAL_MS = 50000,
	REST_FACTOR = 4
};

static void mark_interested(struct project *project, bool all)
{
	struct entry *entry;

	LIST_FOREACH(entry, &project->entries, in_project)
	{
		if (all || !entry->settled || entry->asking)
			entry_dirty(entry);
	}
}

static void on_operation(void *arg, const char *text, size_t length)
{
	proof_see_operation(((struct list *)arg)->project, text, length);
}

/* Whose sweeps take long has a short quota, or much to show: it rests longer, so that others find a share of the quota. */
static int64_t base_interval(const struct project *project)
{
	int64_t set = project->controller->drift_interval_ms;
	int64_t base = set ? set : DEFAULT_INTERVAL_MS;

	return base < project->took * REST_FACTOR ? project->took * REST_FACTOR : base;
}

static int64_t interval(const struct project *project)
{
	return env_jitter(project->controller->env, base_interval(project), 10);
}

/* How long a project rests after a sweep that failed. Quotas are of minutes. */
static int64_t retry_delay(const struct project *project)
{
	enum error_class class = project->own_error->class;

	return class == ERROR_REJECTED || class == ERROR_THROTTLED ? REFUSED_MS : RETRY_MS;
}

/* Is what every status tells of the project another thing now? */
static void on_old(void *arg)
{
	struct project *project = arg;

	project->old = true;
	mark_interested(project, true);
}

static void on_old_reached(void *arg)
{
	struct project *project = arg;

	project->old_reached = true;
	mark_interested(project, true);
}

static bool is_unreachable(const struct error *err)
{
	return err && text_equal(err->code, "UNREACHABLE");
}

/* Has the entry nothing in the scope? Not of every unreachable one it is known what would be there. */
static bool is_elsewhere(const struct entry *entry, const char *scope)
{
	const char *location = strchr(scope, '/');

	if (!location || (!text_starts(scope, "zones/") && !text_starts(scope, "regions/")))
		return false;
	for (size_t i = 0; i < entry->nodes.count; i++) {
		if (text_equal(entry->nodes.items[i]->own_location, location + 1))
			return false;
	}
	return true;
}

bool project_missed(const struct project *project, const struct entry *entry)
{
	if (!is_unreachable(project->own_error))
		return project->own_error;
	for (size_t i = 0; i < project->unreached.count; i++) {
		if (!is_elsewhere(entry, project->unreached.own_entries[i].own_key))
			return true;
	}
	return false;
}

/* What a sweep saw first is as old as its beginning. */
void project_ages(struct project *project, int64_t took)
{
	enum { SWEEPS_MISSED = 3, SPREAD_PERCENT = 10 };
	int64_t limit = SWEEPS_MISSED * base_interval(project) * (100 + SPREAD_PERCENT) / 100;
	int64_t left = took < limit / 2 ? limit - took : limit / 2; /* the next one shall have its time */

	if (!project->own_error)
		timer_start(project->controller->loop, &project->age, left, on_old, project);
	timer_start(project->controller->loop, &project->age_reached, left, on_old_reached, project);
}

/* One alone may be long because a call got stuck. */
static void note_took(struct project *project, int64_t took)
{
	project->took = took < project->took_last ? took : project->took_last;
	project->took_last = took;
}

static bool is_news(const struct project *project, const struct error *before)
{
	const struct error *now = project->own_error;

	if (!before || !now)
		return before || now;
	return project->failed_sweeps <= SWEEPS_TOLD || !text_equal(before->message, now->message);
}

static void sweep_end(struct project *project)
{
	struct error *before = project->own_error;
	int64_t took = loop_now(project->controller->loop) - project->last_at;
	bool was_old, was_old_reached;

	project->sweeping = false;
	project->swept = project->sweep;
	note_took(project, took);
	turn_end(project);
	project->own_error = TAKE(project->own_failing);
	measure_sweep(project);
	project->failed_sweeps = project->own_error ? project->failed_sweeps + 1 : 0;
	was_old = project->old;
	was_old_reached = project->old_reached;
	map_done(&project->unreached, NULL);
	project->unreached = project->unreaching;
	project->unreaching = (struct map){0};
	if (!project->own_error) {
		mem_free(TAKE(project->own_told));
		project->old = false;
	}
	if (!project->own_error || is_unreachable(project->own_error)) {
		project->old_reached = false;
		project_ages(project, took);
	}
	mark_interested(project,
		is_news(project, before) || was_old != project->old || was_old_reached != project->old_reached);
	mem_free(before);
	orphans_sweep_ends(project->own_orphans, !project->own_error && !project->partial);
	if (!project_is_named(project) && orphans_are_over(project->own_orphans)) {
		project_free(project);
	} else if (project->again) {
		project->again = false;
		project_want(project, 0);
	} else {
		project_keep(project);
	}
}

static void list_failed(struct project *project, int kind, const struct error *err)
{
	bool news = !text_equal(project->own_told, err->message);

	if (project->own_failing && !(is_unreachable(project->own_failing) && !is_unreachable(err)))
		return;
	mem_free(project->own_failing);
	project->own_failing = mem_copy(err, sizeof(*err));
	text_set(&project->own_told, err->message);
	log_line(project->controller->log, news ? LOG_WARN : LOG_DEBUG, "list failed", "project", project->own_name,
		"kind", kind < KINDS ? kind_at(kind)->name : "Operation", "class", error_class_name(err->class),
		"error", err->message, NULL);
}

static void start_lists(struct project *project);

static void on_list_done(void *arg, const struct error *err)
{
	struct list *list = arg;
	struct project *project = list->project;
	int kind = list->kind;

	list->call = NULL;
	if (err) { /* a project that can't be seen may hold machines all the same */
		list_failed(project, kind, err);
	} else {
		list->complete = list->began;
		if (kind < KINDS)
			list_is_complete(list);
	}
	project->in_flight--;
	if (kind == KINDS)
		start_lists(project);
	else if (project->in_flight == 0)
		sweep_end(project);
}

static void on_unreachable(void *arg, const char *scope)
{
	struct list *list = arg;

	map_put(&list->project->unreaching, scope, (void *)"");
}

static void start_list(struct project *project, int kind)
{
	struct list *list = &project->lists[kind];
	const struct kind *row = kind < KINDS ? kind_at(kind) : NULL;
	JSON_WORK(work);
	struct gce_list options = {
		.project = project->own_name,
		.path = arena_printf(json_arena(), "projects/%s/%s", project->own_name,
			row ? row->list_path : "aggregated/operations"),
		.query = row ? row->list_query : "filter=status%20ne%20DONE",
		.inner = row ? row->list_inner : "operations",
		.identity = project->own_identity,
		.item = row ? list_shows : on_operation,
		.unreachable = on_unreachable,
		.done = on_list_done,
		.arg = list,
	};

	list->project = project;
	list->kind = kind;
	list->began = ++project->controller->reads;
	project->in_flight++;
	list->call = gce_list(project->controller->gce, &options);
}

static void start_lists(struct project *project)
{
	for (int kind = 0; kind < KINDS; kind++) {
		if (kind_at(kind)->list_path && !project->lists[kind].skipped)
			start_list(project, kind);
	}
}

/* What an operation still makes may be in no list, and the operation itself in none any more when it is done in between:
 * operations are listed first, and to the end. */
static void start_with_operations(struct project *project)
{
	vec_done(&project->unfinished, mem_free);
	project->unfinished = (struct vec){0};
	project->lists[KINDS].complete = 0;
	start_list(project, KINDS);
}

static void sweep_begin(struct project *project)
{
	if (project->sweeping || !may_act(project->controller) || !turn_taken(project))
		return;
	project->sweeping = true;
	project->sweep = ++project->controller->reads;
	seldom_choose(project);
	project->wanted = false;
	project->last_at = loop_now(project->controller->loop);
	orphans_sweep_begins(project->own_orphans);
	if (proof_wants_operations(project))
		start_with_operations(project);
	else
		start_lists(project);
}

static void sweep_hurried(void *arg)
{
	struct project *project = arg;

	project->hurry++;
	sweep_begin(project);
}

static void sweep_by_the_clock(void *arg)
{
	struct project *project = arg;

	project->hurry = 0;
	sweep_begin(project);
}

static bool is_written(const struct project *project)
{
	const struct entry *entry;

	LIST_FOREACH(entry, &project->entries, in_project)
	{
		if (carry_writes(entry))
			return true;
	}
	return false;
}

/* The later a sweep, the more writes are seen by it. When the last one is over there is nothing to wait for. */
static int64_t spacing(const struct project *project)
{
	if (project->own_error)
		return retry_delay(project);
	if (project->hurry <= 2 || (project->written_at > project->last_at && !is_written(project)))
		return SPACING_MS;
	return SPACING_LAST_MS;
}

void project_written(struct project *project)
{
	project->written_at = loop_now(project->controller->loop);
	if (project->wanted)
		project_want(project, 0);
}

void project_want(struct project *project, int64_t delay_ms)
{
	struct loop *loop = project->controller->loop;
	int64_t now = loop_now(loop);
	int64_t first = project->last_at + spacing(project);
	int64_t at = now + delay_ms > first ? now + delay_ms : first;

	project->wanted = true;
	if (project->sweeping) {
		project->again = true;
		return;
	}
	if (!timer_armed(&project->timer) || project->timer.due > at)
		timer_start(loop, &project->timer, at - now, sweep_hurried, project);
}

void project_keep(struct project *project)
{
	if (project->sweeping || timer_armed(&project->timer))
		return;
	timer_start(project->controller->loop, &project->timer,
		project->own_error ? retry_delay(project) : interval(project), sweep_by_the_clock, project);
}
