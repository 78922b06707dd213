/* The table of load balancers. An entry lives from the first sight of an object to its disappearance; a new uid under the
 * same name starts over with what is known of the cloud thrown away, for it must be read again before anything is done. */
#include <stdlib.h>
#include <string.h>

#include "reconcile/internal.h"

struct identity entry_identity(const struct entry *entry)
{
	struct identity who = {
		.cluster = entry->controller->own_cluster,
		.namespace = entry->own_namespace,
		.name = entry->own_name,
		.uid = entry->own_uid,
	};

	memcpy(who.id, entry->id, sizeof(who.id));
	return who;
}

char *entry_path(const struct entry *entry, const char *subresource)
{
	return arena_printf(json_arena(), "/apis/%s/%s/namespaces/%s/%s/%s%s%s", MODEL_GROUP, MODEL_VERSION,
		entry->own_namespace, MODEL_PLURAL, entry->own_name, subresource ? "/" : "",
		subresource ? subresource : "");
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
	entry_fold(entry);
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
		LOG_OBJECT(entry->own_namespace, entry->own_name), "error", err->message, NULL);
	entry_dirty(entry);
	return false;
}

bool entry_may_call(const struct entry *entry, const struct patience *patience)
{
	return patience->until <= loop_now(entry->controller->loop);
}

/* Everything learned of the cloud for one uid. */
static void forget_cloud(struct entry *entry)
{
	carry_cancel_all(entry);
	nodes_free(entry);
	entry->born = entry->gone_final = ++entry->controller->reads;
	entry->born_here = entry->wrote = entry->ready = entry->settled = entry->judged = false;
	entry->live_generation = entry->programmed_generation = entry->planned_generation = -1;
	entry->changing_at = loop_now(entry->controller->loop);
	map_done(&entry->events, mem_free);
	entry->events = (struct map){0};
}

static struct entry *entry_new(struct controller *controller, const char *key, const char *namespace, const char *name)
{
	struct entry *entry = mem_alloc(sizeof(*entry));

	entry->controller = controller;
	entry->own_key = mem_strdup(key);
	entry->own_namespace = mem_strdup(namespace);
	entry->own_name = mem_strdup(name);
	entry->status_written_at = INT64_MIN / 2;
	model_id(controller->own_cluster, namespace, name, entry->id);
	forget_cloud(entry);
	map_put(&controller->entries, key, entry);
	map_put(&controller->ids, entry->id, entry);
	measure_met(entry);
	return entry;
}

void entry_cancel(struct entry *entry)
{
	kube_cancel(TAKE(entry->status_call));
	kube_cancel(TAKE(entry->finalizer_call));
	kube_cancel(TAKE(entry->live_call));
	mem_free(TAKE(entry->own_sent_status));
}

void entry_remove(struct entry *entry)
{
	struct controller *controller = entry->controller;

	entry_cancel(entry);
	carry_cancel_all(entry);
	nodes_free(entry);
	controller->folded -= entry->folded;
	folded_free(entry->own_folded);
	measure_gone(entry);
	timer_stop(controller->loop, &entry->wake);
	if (entry->dirty)
		TAILQ_REMOVE(&controller->queue, entry, in_queue);
	claim_drop(entry);
	project_join(entry, NULL);
	if (map_find(&controller->ids, entry->id) == entry)
		map_remove(&controller->ids, entry->id);
	map_remove(&controller->entries, entry->own_key);
	map_done(&entry->events, mem_free);
	vec_done(&entry->calls, NULL);
	mem_free(entry->own_key);
	mem_free(entry->own_namespace);
	mem_free(entry->own_name);
	mem_free(entry->own_uid);
	mem_free(entry->own_version);
	mem_free(entry->own_text);
	mem_free(entry->own_created);
	mem_free(entry->own_status);
	mem_free(entry);
}

/* What is kept of an object between units of work. */
static char *kept_text(const cJSON *object)
{
	static const char *const members[] = {"name", "namespace", "uid", "resourceVersion", "generation",
		"creationTimestamp", "deletionTimestamp", "finalizers"};
	const cJSON *metadata = json_member(object, "metadata");
	cJSON *kept = cJSON_CreateObject();
	cJSON *kept_metadata = json_set_object(kept, "metadata");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const cJSON *member = json_member(metadata, members[i]);
		if (member)
			json_set(kept_metadata, members[i], json_copy(member));
	}
	if (json_member(object, "spec"))
		json_set(kept, "spec", json_copy(json_member(object, "spec")));
	return json_print_owned(kept);
}

/* The status as the API server holds it, unless our own newer write is on its way there. */
static void take_status(struct entry *entry, const cJSON *object)
{
	const cJSON *status = json_member(object, "status");

	if (entry->status_call)
		return;
	text_set(&entry->own_status, status ? json_print_canonical(status) : "{}");
	if (!entry->judged)
		measure_status(entry, status);
}

static void take_generation(struct entry *entry, const cJSON *object)
{
	int64_t generation = json_int(object, "metadata.generation", 0);

	if (generation != entry->generation && json_int(object, "status.observedGeneration", -1) != generation)
		measure_asked(entry);
	entry->generation = generation;
}

/* The API server's history went back (its storage was restored): generations begin anew from an older one, and what we know
 * of those that were is not true of those to come. */
static void forget_generations(struct entry *entry)
{
	entry->live_generation = entry->programmed_generation = entry->planned_generation = -1;
	entry->status_digest = 0;
}

/* Whether what is said of the object is to be taken in. */
static bool is_news(const struct entry *entry, const char *uid, enum kube_order order, uint64_t list)
{
	if (order == KUBE_OLDER)
		return entry->learnt < list;
	return order != KUBE_SAME || !text_equal(uid, entry->own_uid);
}

static void take(struct entry *entry, const cJSON *object, uint64_t list)
{
	const char *uid = json_text_or(object, "metadata.uid", "");
	const char *version = json_text_or(object, "metadata.resourceVersion", "");
	enum kube_order order = kube_version_order(version, entry->own_version);

	if (!is_news(entry, uid, order, list))
		return;
	entry_unfold(entry);
	if (entry->own_uid && !text_equal(entry->own_uid, uid)) {
		entry_cancel(entry);
		forget_cloud(entry);
	} else if (order == KUBE_OLDER) {
		forget_generations(entry);
	}
	text_set(&entry->own_uid, uid);
	text_set(&entry->own_version, version);
	entry->learnt = entry->controller->reads;
	text_set(&entry->own_created, json_text_or(object, "metadata.creationTimestamp", ""));
	/* Known before the first list of the project begins: what a list says is taken only for who is in it. */
	project_join(entry, json_text(object, "spec.project"));
	entry->leaving = json_has(object, "metadata.deletionTimestamp");
	mem_free(entry->own_text);
	entry->own_text = kept_text(object);
	take_generation(entry, object);
	entry->object_patience.until = entry->status_patience.until = 0; /* what was refused may be taken now */
	take_status(entry, object);
	entry_dirty(entry);
}

struct entry *entry_take(struct controller *controller, const char *text, size_t length, uint64_t list)
{
	JSON_WORK(work);
	cJSON *object = json_parse(text, length, (struct json_limits){.bytes = 4 << 20}, NULL);
	const char *namespace = json_text(object, "metadata.namespace");
	const char *name = json_text(object, "metadata.name");
	struct entry *entry;
	char *key;

	if (!namespace || !name || !json_text(object, "metadata.uid"))
		return NULL;
	key = arena_printf(json_arena(), "%s/%s", namespace, name);
	entry = map_find(&controller->entries, key);
	if (!entry)
		entry = entry_new(controller, key, namespace, name);
	take(entry, object, list);
	return entry;
}
