/* The table of load balancers. An entry lives from the first sight of an object to its disappearance; a new uid under the
 * same name starts over with what is known of the cloud thrown away, for it must be read again before anything is done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/internal.h"

struct entry *entry_find(const struct controller *controller, const char *namespace, const char *name)
{
	char key[INTAKE_TEXT * 2];

	snprintf(key, sizeof(key), "%s/%s", namespace, name);
	return map_find(&controller->entries, key);
}

struct identity entry_identity(const struct entry *entry)
{
	struct identity who = {
		.cluster = entry->controller->own_cluster,
		.namespace = entry->namespace,
		.name = entry->name,
		.uid = entry->own_uid,
	};

	memcpy(who.id, entry->id, sizeof(who.id));
	who.holds = entry->move == MOVE_HAS || entry->move == MOVE_TAKES;
	return who;
}

char *object_path(const char *namespace, const char *name, const char *subresource)
{
	return arena_printf(json_arena(), "/apis/%s/%s/namespaces/%s/%s/%s%s%s", MODEL_GROUP, MODEL_VERSION, namespace,
		MODEL_PLURAL, name, subresource ? "/" : "", subresource ? subresource : "");
}

char *entry_path(const struct entry *entry, const char *subresource)
{
	return object_path(entry->namespace, entry->name, subresource);
}

static void on_queue(void *arg)
{
	struct controller *controller = arg;
	struct entry *entry = TAILQ_FIRST(&controller->queue);

	if (!entry)
		return;
	TAILQ_REMOVE(&controller->queue, entry, in_queue);
	entry->dirty = false;
	measure_work_begins(entry);
	if (!TAILQ_EMPTY(&controller->queue))
		timer_start(controller->loop, &controller->queue_timer, 0, on_queue, controller);
	work_entry(entry);
	if (may_write(controller)) /* else it was only looked at */
		measure_work_ends(entry);
	entry_rest(entry);
}

void entry_dirty(struct entry *entry)
{
	struct controller *controller = entry->controller;

	if (entry->dirty)
		return;
	entry->dirty = true;
	TAILQ_INSERT_TAIL(&controller->queue, entry, in_queue);
	measure_queued(entry);
	if (!timer_armed(&controller->queue_timer))
		timer_start(controller->loop, &controller->queue_timer, 0, on_queue, controller);
}

void entries_dirty(struct controller *controller)
{
	for (size_t i = 0; i < controller->entries.count; i++)
		entry_dirty(controller->entries.own_entries[i].value);
}

static void on_wake(void *arg)
{
	struct entry *entry = arg;

	if (looks_again(entry))
		return;
	metric_count(entry->controller->measured[M_QUEUE_RETRIES], MEASURED_NAME);
	entry_dirty(entry);
}

static int64_t at_the_end_of(const struct patience *patience, int64_t now, int64_t at)
{
	return patience->until > now && patience->until < at ? patience->until : at;
}

void entry_wake_at(struct entry *entry, int64_t at)
{
	int64_t now = loop_now(entry->controller->loop);

	at = at_the_end_of(&entry->object_patience, now, at);
	at = at_the_end_of(&entry->status_patience, now, at);
	if (at == INT64_MAX)
		timer_stop(entry->controller->loop, &entry->wake);
	else
		timer_start(entry->controller->loop, &entry->wake, at > now ? at - now : 0, on_wake, entry);
}

bool entry_answered(struct entry *entry, struct patience *patience, const char *what, const struct error *err)
{
	struct controller *controller = entry->controller;

	if (!err) {
		*patience = (struct patience){0};
		return true;
	}
	patience->until = loop_now(controller->loop) + back_off_api(controller->env, err, ++patience->refusals);
	log_line(controller->log, err->status == 404 ? LOG_INFO : LOG_WARN, what,
		LOG_OBJECT(entry->namespace, entry->name), "error", err->message, NULL);
	entry_dirty(entry);
	return false;
}

bool entry_waits(const struct entry *entry)
{
	const struct project *project = entry->project;

	return entry->has_past && !entry->born_here && project && project->swept < entry->born && !project->old;
}

bool entry_may_call(const struct entry *entry, const struct patience *patience)
{
	return patience->until <= loop_now(entry->controller->loop);
}

void entry_forget_events(struct entry *entry)
{
	if (!entry->own_events)
		return;
	map_done(entry->own_events, mem_free);
	mem_free(TAKE(entry->own_events));
}

void entry_forget_cloud(struct entry *entry)
{
	carry_cancel_all(entry);
	secrets_forget(entry);
	nodes_free(entry);
	entry->born = entry->gone_final = entry->unfollowed = ++entry->controller->reads;
	entry->unshown_until = 0;
	entry->born_here = entry->wrote = entry->ready = entry->settled = entry->judged = false;
	looks_forget(entry);
	entry->live_generation = entry->programmed_generation = entry->planned_generation = -1;
	entry->changing_at = loop_now(entry->controller->loop);
	entry->move = MOVE_UNJUDGED;
	entry->willing = false;
	entry_forget_events(entry);
}

/* One text holds all three: "namespace/name", which ends with the name, and behind it the namespace. */
static void name_entry(struct entry *entry, const char *namespace, const char *name)
{
	size_t before = strlen(namespace), length = before + 1 + strlen(name);

	entry->own_key = mem_alloc(length + 1 + before + 1);
	snprintf(entry->own_key, length + 1, "%s/%s", namespace, name);
	memcpy(entry->own_key + length + 1, namespace, before);
	entry->name = entry->own_key + before + 1;
	entry->namespace = entry->own_key + length + 1;
}

/* --- ids: several have one while resources move between them --- */

static void id_join(struct entry *entry)
{
	struct controller *controller = entry->controller;

	if (map_find(&controller->ids, entry->id))
		vec_add(&controller->sharers, entry);
	else
		map_put(&controller->ids, entry->id, entry);
}

static void id_leave(struct entry *entry)
{
	struct controller *controller = entry->controller;
	bool first = map_find(&controller->ids, entry->id) == entry;
	const char *wanted = entry->id;

	if (first)
		map_remove(&controller->ids, entry->id);
	for (size_t i = 0; i < controller->sharers.count; i++) {
		struct entry *sharer = controller->sharers.own_items[i];

		if (first ? !text_equal(sharer->id, wanted) : sharer != entry)
			continue;
		vec_remove_at(&controller->sharers, i);
		if (first)
			map_put(&controller->ids, sharer->id, sharer);
		return;
	}
}

void entry_set_origin(struct entry *entry, const char *from)
{
	const char *slash = from ? strchr(from, '/') : NULL;
	char namespace[INTAKE_TEXT];

	if (text_equal(entry->own_move_from, from))
		return;
	id_leave(entry);
	text_set(&entry->own_move_from, from);
	if (slash) {
		snprintf(namespace, sizeof(namespace), "%.*s", (int)(slash - from), from);
		model_id(entry->controller->own_cluster, namespace, slash + 1, entry->id);
	} else {
		model_id(entry->controller->own_cluster, entry->namespace, entry->name, entry->id);
	}
	id_join(entry);
}

static bool is_peer(const struct entry *entry, const struct entry *other)
{
	return other && other != entry && text_equal(other->id, entry->id) && other->project && entry->project &&
	       text_equal(other->project->own_name, entry->project->own_name);
}

struct entry *entry_next_peer(const struct entry *entry, const struct entry *before)
{
	const struct vec *sharers = &entry->controller->sharers;
	struct entry *first = sharers->count ? map_find(&entry->controller->ids, entry->id) : NULL;
	bool past = !before || before == first;

	if (!before && is_peer(entry, first))
		return first;
	for (size_t i = 0; i < sharers->count; i++) {
		struct entry *sharer = sharers->own_items[i];

		if (past && is_peer(entry, sharer))
			return sharer;
		past |= sharer == before;
	}
	return NULL;
}

struct entry *entry_new(struct controller *controller, const char *namespace, const char *name)
{
	struct entry *entry = mem_alloc(sizeof(*entry));

	entry->controller = controller;
	name_entry(entry, namespace, name);
	entry->status_written_at = INT64_MIN / 2;
	entry->granted = -1;
	model_id(controller->own_cluster, namespace, name, entry->id);
	entry_forget_cloud(entry);
	fold_begin(entry);
	map_put(&controller->entries, entry->own_key, entry);
	id_join(entry);
	measure_met(entry);
	return entry;
}

void entry_cancel(struct entry *entry)
{
	status_leave(entry);
	kube_cancel(entry->status_call);
	status_over(entry);
	kube_cancel(TAKE(entry->finalizer_call));
	kube_cancel(TAKE(entry->live_call));
	secrets_forget(entry);
}

void entry_remove(struct entry *entry)
{
	struct controller *controller = entry->controller;

	entry_cancel(entry);
	carry_cancel_all(entry);
	fold_end(entry);
	measure_gone(entry);
	timer_stop(controller->loop, &entry->wake);
	if (entry->dirty)
		TAILQ_REMOVE(&controller->queue, entry, in_queue);
	claim_drop(entry);
	grant_forget(entry);
	move_changed(entry);
	project_join(entry, NULL, NULL);
	id_leave(entry);
	map_remove(&controller->entries, entry->own_key);
	entry_forget_events(entry);
	vec_done(&entry->calls, NULL);
	mem_free(entry->own_key);
	mem_free(entry->own_uid);
	mem_free(entry->own_looks);
	mem_free(entry->own_move_from);
	mem_free(entry->own_move_to);
	mem_free(entry);
}
