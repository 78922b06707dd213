/* Sweeps: one paged list per kind and project is the observation of everything in it, and the census that nothing may be
 * deleted without (design rules 7 and 10, section 6). */
#include <string.h>

#include "kinds/link.h"
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

/* Our names carry the id of their object: "tflb-<id>-...". */
struct entry *entry_by_name(struct controller *controller, const char *name)
{
	char id[MODEL_ID_SIZE];

	if (!text_starts(name, "tflb-") || strlen(name) < 5 + MODEL_ID_SIZE)
		return NULL;
	memcpy(id, name + 5, MODEL_ID_SIZE - 1);
	id[MODEL_ID_SIZE - 1] = '\0';
	return map_find(&controller->ids, id);
}

static const char *location_of(const cJSON *item)
{
	const char *place = json_text_or(item, "zone", json_text(item, "region"));

	return place ? link_name(place) : "";
}

static void see_ours(struct list *list, struct entry *entry, const cJSON *item, const char *text, size_t length)
{
	struct sight sight = {
		.kind = kind_at(list->kind),
		.location = location_of(item),
		.name = json_text(item, "name"),
		.number = list->began,
		.text = text,
		.length = length,
	};

	if (entry->project != list->project || entry->born >= list->began ||
		(entry->folded && folded_shows(entry, sight.kind, sight.number, text, length)))
		return;
	if (!folded_notes(entry, &sight)) {
		entry_unfold(entry);
		if (!nodes_see(entry, &sight))
			return;
	}
	entry_dirty(entry);
}

/* What objects refer to by name is in the same lists. */
static void see_used(struct list *list, const cJSON *item, const char *text, size_t length)
{
	const struct kind *kind = kind_at(list->kind);
	const char *name = json_text(item, "name");
	const struct vec *users = users_of(list->project, kind, name);

	for (size_t i = 0; users && i < users->count; i++) {
		struct entry *entry = users->own_items[i];
		struct node *node;

		if (entry->project != list->project ||
			(entry->folded && folded_shows(entry, kind, list->began, text, length)))
			continue;
		entry_unfold(entry);
		node = nodes_find(entry, kind, "", name);
		if (node && node->external && node_record(entry, node, list->began, text, length))
			entry_dirty(entry);
	}
}

/* Whose it is by its name, without parsing: the first "name" is good enough for a guess that is then held against the text. */
static struct entry *entry_by_text(struct controller *controller, const char *text, size_t length)
{
	static const char member[] = "\"name\"";
	const char *at = memmem(text, length, member, sizeof(member) - 1);
	const char *open =
		at ? memchr(at + sizeof(member) - 1, '"', length - (size_t)(at - text) - sizeof(member) + 1) : NULL;
	char name[MODEL_NAME_SIZE] = "";
	size_t left;

	if (!open)
		return NULL;
	left = length - (size_t)(open + 1 - text);
	memcpy(name, open + 1, left < sizeof(name) - 1 ? left : sizeof(name) - 1);
	return entry_by_name(controller, name);
}

/* At rest nothing has changed, and nothing is parsed. */
static bool see_unchanged(const struct list *list, const char *text, size_t length)
{
	struct entry *entry = entry_by_text(list->project->controller, text, length);
	struct node *node;

	if (!entry || entry->project != list->project)
		return false;
	if (entry->folded)
		return folded_shows(entry, kind_at(list->kind), list->began, text, length);
	node = nodes_unchanged(entry, kind_at(list->kind), text, length);
	if (node && node_record(entry, node, list->began, text, length))
		entry_dirty(entry);
	return node != NULL;
}

/* Whose it is: by our names, or, where the user gave the name, by the mark. */
static struct entry *owner_of(struct controller *controller, const cJSON *item, const char *name)
{
	struct entry *entry = entry_by_name(controller, name);
	struct mark mark;

	if (!entry && mark_parse(json_text(item, "description"), &mark) &&
		text_equal(mark.cluster, controller->own_cluster))
		entry = entry_find(controller, mark.namespace, mark.name);
	return entry;
}

static void see_given(struct list *list, const cJSON *item, const char *text, size_t length)
{
	const char *name = json_text_or(item, "name", "");
	const struct vec *claimants = claimants_of(list->project, kind_at(list->kind), location_of(item), name);

	for (size_t i = 0; claimants && i < claimants->count; i++)
		see_ours(list, claimants->own_items[i], item, text, length);
}

/* Others that have the id of the one that the name leads to. */
static void see_shared(struct list *list, const cJSON *item, const char *text, size_t length)
{
	struct controller *controller = list->project->controller;
	const char *name = json_text_or(item, "name", "");
	const struct entry *first = controller->sharers.count ? entry_by_name(controller, name) : NULL;

	for (size_t i = 0; first && i < controller->sharers.count; i++) {
		struct entry *sharer = controller->sharers.own_items[i];

		if (text_equal(sharer->id, first->id))
			see_ours(list, sharer, item, text, length);
	}
}

static void see_node(struct list *list, const cJSON *item, const char *text, size_t length)
{
	const char *name = json_text(item, "name");
	struct entry *entry = name ? owner_of(list->project->controller, item, name) : NULL;

	if (!name)
		return;
	if (entry)
		see_ours(list, entry, item, text, length);
	see_used(list, item, text, length);
}

static void see(struct list *list, const char *text, size_t length, bool unchanged)
{
	JSON_WORK(work);
	const cJSON *item = json_parse(text, length, (struct json_limits){0}, NULL);

	if (!unchanged)
		see_node(list, item, text, length);
	see_given(list, item, text, length);
	see_shared(list, item, text, length);
	orphans_see(list->project->own_orphans, kind_at(list->kind), list->began, item);
}

/* Does another one have the same id? */
static bool is_shared(const struct list *list, const char *text, size_t length)
{
	struct controller *controller = list->project->controller;
	const struct entry *first = controller->sharers.count ? entry_by_text(controller, text, length) : NULL;

	for (size_t i = 0; first && i < controller->sharers.count; i++) {
		const struct entry *sharer = controller->sharers.own_items[i];

		if (text_equal(sharer->id, first->id))
			return true;
	}
	return false;
}

static void on_item(void *arg, const char *text, size_t length)
{
	struct list *list = arg;
	bool unchanged = see_unchanged(list, text, length);

	metric_count(list->project->controller->measured[M_SWEEP_ITEMS], unchanged ? "unchanged" : "parsed");
	if (!unchanged || list->project->controller->given || is_shared(list, text, length) ||
		orphans_are_sought(list->project->own_orphans))
		see(list, text, length, unchanged);
}

static void on_operation(void *arg, const char *text, size_t length)
{
	proof_see_operation(((struct list *)arg)->project, text, length);
}

/* What a complete list did not show is absent, unless it was written meanwhile. */
static void mark_absent(struct list *list)
{
	struct entry *entry;

	LIST_FOREACH(entry, &list->project->entries, in_project)
	{
		if (entry->folded && !folded_lacks(entry, kind_at(list->kind), list->began))
			continue;
		entry_unfold(entry);
		for (size_t i = 0; i < entry->nodes.count; i++) {
			struct node *node = entry->nodes.items[i];

			if ((int)node->kind->id == list->kind && node->read < list->began &&
				node_record_absent(entry, node, list->began))
				entry_dirty(entry);
		}
	}
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

/* After three missed sweeps nobody knows. What a sweep saw first is as old as its beginning. */
static void start_age(struct project *project, int64_t took)
{
	enum { SWEEPS_MISSED = 3, SPREAD_PERCENT = 10 };
	int64_t limit = SWEEPS_MISSED * base_interval(project) * (100 + SPREAD_PERCENT) / 100;
	int64_t left = took < limit / 2 ? limit - took : limit / 2; /* the next one shall have its time */

	timer_start(project->controller->loop, &project->age, left, on_old, project);
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

static void project_free(struct project *project);

static void sweep_end(struct project *project)
{
	struct error *before = project->own_error;
	int64_t took = loop_now(project->controller->loop) - project->last_at;
	bool was_old;

	project->sweeping = false;
	project->swept = project->sweep;
	note_took(project, took);
	turn_end(project);
	project->own_error = TAKE(project->own_failing);
	measure_sweep(project);
	project->failed_sweeps = project->own_error ? project->failed_sweeps + 1 : 0;
	was_old = project->old;
	if (!project->own_error) {
		mem_free(TAKE(project->own_told));
		project->old = false;
		start_age(project, took);
	}
	mark_interested(project, is_news(project, before) || was_old != project->old);
	mem_free(before);
	orphans_sweep_ends(project->own_orphans, !project->own_error);
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

	if (project->own_failing)
		return;
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
			mark_absent(list);
	}
	project->in_flight--;
	if (kind == KINDS)
		start_lists(project);
	else if (project->in_flight == 0)
		sweep_end(project);
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
		.item = row ? on_item : on_operation,
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
		if (kind_at(kind)->list_path)
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

struct project *project_get(struct controller *controller, const char *name, const char *identity)
{
	AUTO_FREE char *key = identity ? mem_printf("%s as %s", name, identity) : mem_strdup(name);
	struct project *project = map_find(&controller->projects, key);

	if (project)
		return project;
	project = mem_alloc(sizeof(*project));
	project->controller = controller;
	project->own_key = TAKE(key);
	project->own_name = mem_strdup(name);
	project->own_identity = mem_strdup(identity);
	project->last_at = project->written_at = INT64_MIN / 2;
	project->complete_at = loop_now(controller->loop);
	TAILQ_INIT(&project->looks);
	project->own_orphans = orphans_new(project);
	map_put(&controller->projects, project->own_key, project);
	start_age(project, 0);
	return project;
}

static void project_free(struct project *project)
{
	struct controller *controller = project->controller;

	timer_stop(controller->loop, &project->timer);
	timer_stop(controller->loop, &project->age);
	timer_stop(controller->loop, &project->look_timer);
	turn_end(project);
	for (int kind = 0; kind <= KINDS; kind++)
		gce_cancel(project->lists[kind].call);
	map_remove(&controller->projects, project->own_key);
	orphans_free(project->own_orphans);
	vec_done(&project->unfinished, mem_free);
	mem_free(project->own_error);
	mem_free(project->own_failing);
	mem_free(project->own_told);
	mem_free(project->own_key);
	mem_free(project->own_name);
	mem_free(project->own_identity);
	mem_free(project);
}

static bool is_configured(const struct project *project)
{
	const struct vec *names = &project->controller->orphan_projects;

	for (size_t i = 0; i < names->count; i++) {
		if (text_equal(names->own_items[i], project->own_name))
			return true;
	}
	return false;
}

bool project_is_named(const struct project *project)
{
	return !LIST_EMPTY(&project->entries) || is_configured(project);
}

/* The last object has left: is something of ours left there? */
static void project_left(struct project *project)
{
	if (may_act(project->controller) && project_was_swept(project))
		project_keep(project);
	else if (!is_configured(project))
		project_free(project);
}

void projects_free(struct controller *controller)
{
	while (controller->projects.count > 0)
		project_free(controller->projects.own_entries[0].value);
}

void project_join(struct entry *entry, const char *name, const char *identity)
{
	struct project *before = entry->project;

	if (before && text_equal(before->own_name, name) && text_equal(before->own_identity, identity))
		return;
	if (before)
		LIST_REMOVE(entry, in_project);
	entry->project = name ? project_get(entry->controller, name, identity) : NULL;
	if (entry->project)
		LIST_INSERT_HEAD(&entry->project->entries, entry, in_project);
	looks_join(entry, before);
	if (before && LIST_EMPTY(&before->entries))
		project_left(before);
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
