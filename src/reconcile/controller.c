/* Start, watches and end of the controller. Before anything else it learns which cluster this is, for that is in every name. */
#include "reconcile/controller.h"

#include <string.h>

#include "kube/measure.h"
#include "reconcile/internal.h"

enum { START_RETRY_MS = 2000, START_RETRY_LAST_MS = 30000 };

static void on_list_begin(void *arg)
{
	struct watch_state *state = arg;

	state->epoch = ++state->controller->reads;
	state->listing = true;
	state->nameless = false;
}

static void left_out(const struct watch_state *state, struct entry *entry)
{
	entry->epoch = state->epoch;
	entry_unreadable(entry);
}

static void on_object(void *arg, const char *text, size_t length)
{
	struct watch_state *state = arg;
	struct entry *entry = entry_take(state->controller, text, length, state->listing ? state->epoch : 0);

	if (entry) {
		entry->epoch = state->epoch;
		return;
	}
	entry = entry_meant(state->controller, text, length);
	if (entry) {
		left_out(state, entry);
		return;
	}
	log_line(state->controller->log, LOG_WARN, "an object cannot be read and is skipped", NULL);
	state->nameless = true;
}

static void on_left_out(void *arg, const char *namespace, const char *name)
{
	struct watch_state *state = arg;

	struct entry *entry = name ? entry_find(state->controller, namespace, name) : NULL;

	log_line(state->controller->log, LOG_WARN, "an object is too large and is skipped",
		LOG_OBJECT(namespace, name ? name : "?"), NULL);
	if (entry)
		left_out(state, entry);
	state->nameless = state->nameless || !name;
}

static void on_removed(void *arg, const char *text, size_t length)
{
	struct watch_state *state = arg;

	entry_gone(state->controller, text, length);
}

bool all_listed(const struct controller *controller)
{
	for (size_t i = 0; i < controller->watches.count; i++) {
		if (!((struct watch_state *)controller->watches.own_items[i])->listed)
			return false;
	}
	return controller->watches.count > 0; /* they begin when the policies are listed */
}

bool objects_known(const struct controller *controller)
{
	for (size_t i = 0; i < controller->watches.count; i++) {
		const struct watch_state *state = controller->watches.own_items[i];

		if (state->own_trouble || state->nameless)
			return false;
	}
	return all_listed(controller);
}

static bool is_in(const struct watch_state *state, const struct entry *entry)
{
	return !state->namespace || text_equal(entry->namespace, state->namespace);
}

static void on_list_end(void *arg)
{
	struct watch_state *state = arg;
	struct map *entries = &state->controller->entries;

	state->listing = false;
	for (size_t i = entries->count; i-- > 0;) {
		struct entry *entry = entries->own_entries[i].value;

		if (entry->epoch >= state->epoch || !is_in(state, entry))
			continue;
		if (state->nameless)
			left_out(state, entry); /* perhaps it is that one */
		else
			entry_remove(entry);
	}
	log_line(state->controller->log, LOG_INFO, "objects listed", "namespace",
		state->namespace ? state->namespace : "*", NULL);
	state->listed = true;
	if (!all_listed(state->controller))
		return;
	election_start(state->controller);
	if (may_act(state->controller))
		orphans_start(state->controller);
}

void tell_watch(struct controller *controller, const char *what, char **own_trouble, const struct error *err)
{
	text_set(own_trouble, err ? err->message : NULL);
	if (!err)
		log_line(controller->log, LOG_INFO, "watch works", "of", what, NULL);
	else if (text_equal(err->code, "NotFound"))
		log_line(controller->log, LOG_WARN, "the resource type is not installed; tried again", "of", what, "do",
			"kubectl apply -f crds/", NULL);
	else
		log_line(
			controller->log, LOG_WARN, "watch fails; tried again", "of", what, "error", err->message, NULL);
}

static void on_trouble(void *arg, const struct error *err)
{
	struct watch_state *state = arg;

	tell_watch(state->controller, "load balancers", &state->own_trouble, err);
}

static void watch_start(struct controller *controller, const char *namespace)
{
	struct watch_state *state = mem_alloc(sizeof(*state));
	AUTO_FREE char *path = namespace ? mem_printf("/apis/%s/%s/namespaces/%s/%s", MODEL_GROUP, MODEL_VERSION,
						   namespace, MODEL_PLURAL)
	                                 : mem_printf("/apis/%s/%s/%s", MODEL_GROUP, MODEL_VERSION, MODEL_PLURAL);
	struct kube_watch_options options = {
		.path = path,
		.list_kind = MODEL_PLURAL,
		.object_max = OBJECT_MAX,
		.list_begin = on_list_begin,
		.object = on_object,
		.removed = on_removed,
		.left_out = on_left_out,
		.list_end = on_list_end,
		.trouble = on_trouble,
		.arg = state,
	};

	state->controller = controller;
	state->namespace = namespace;
	vec_add(&controller->watches, state);
	state->watch = kube_watch_new(controller->kube, &options);
}

void watches_start(struct controller *controller)
{
	if (controller->namespaces.count == 0)
		watch_start(controller, NULL);
	for (size_t i = 0; i < controller->namespaces.count; i++)
		watch_start(controller, controller->namespaces.own_items[i]);
}

/* The cluster is known. Who may use what comes before the objects, so that none is ever worked on without. */
static void begin(struct controller *controller)
{
	kube_measure_watch_begins(controller->kube, MODEL_PLURAL); /* who scrapes meanwhile sees it beside the others */
	if (controller->built_in_only)
		watches_start(controller);
	else
		controller->own_access = access_new(controller);
}

static void cluster_ask(void *arg);

static void cluster_retry(struct controller *controller, const char *why)
{
	int64_t delay = START_RETRY_MS << (controller->start_attempts < 4 ? controller->start_attempts : 4);

	text_set(&controller->own_start_trouble, why);
	if (controller->start_attempts++ == 0)
		log_line(controller->log, LOG_WARN, "waiting for the API server", "error", why, NULL);
	timer_start(controller->loop, &controller->start_timer,
		env_jitter(controller->env, delay < START_RETRY_LAST_MS ? delay : START_RETRY_LAST_MS, 20), cluster_ask,
		controller);
}

static void on_cluster(void *arg, const char *body, size_t length, const struct error *err)
{
	struct controller *controller = arg;
	JSON_WORK(work);
	cJSON *object = err ? NULL : json_parse(body, length, (struct json_limits){0}, NULL);
	const char *uid = json_text(object, "metadata.uid");

	controller->start_call = NULL;
	if (!uid || !model_is_identity(uid)) {
		const char *why = err ? err->message : "namespace kube-system has no uid that can name the cluster";
		bool forbidden = err && err->status == 403;

		cluster_retry(
			controller, forbidden ? arena_printf(json_arena(), "%s; or give --cluster-id", why) : why);
		return;
	}
	controller->own_cluster = mem_strdup(uid);
	text_set(&controller->own_start_trouble, NULL);
	log_line(controller->log, LOG_INFO, "cluster known", "id", uid, NULL);
	begin(controller);
}

static void cluster_ask(void *arg)
{
	struct controller *controller = arg;
	struct kube_request request = {.method = "GET", .path = "/api/v1/namespaces/kube-system"};

	controller->start_call = kube_send(controller->kube, &request, on_cluster, controller);
}

static bool kube_guarded(void *controller)
{
	return may_write(controller);
}

static bool cloud_guarded(void *controller)
{
	return may_act(controller);
}

static void on_warning(void *arg, const char *text)
{
	struct controller *controller = arg;

	log_line(controller->log, LOG_WARN, "the API server warns", "warning", text, NULL);
}

struct controller *controller_new(const struct controller_options *options, struct error *err)
{
	struct controller *controller = mem_alloc(sizeof(*controller));
	struct gce_options gce = {
		.loop = options->loop,
		.env = options->env,
		.http = options->http,
		.endpoint = options->compute_endpoint,
		.access_token_file = options->access_token_file,
	};

	controller->entries.loans = controller->ids.loans = true;
	TAILQ_INIT(&controller->queue);
	TAILQ_INIT(&controller->open);
	TAILQ_INIT(&controller->waiting);
	TAILQ_INIT(&controller->statuses);
	controller->loop = options->loop;
	controller->env = options->env;
	controller->log = options->log;
	controller->built_in_only = options->built_in_only;
	controller->own_home = mem_strdup(options->project);
	controller->drift_interval_ms = options->drift_interval_ms;
	controller->delete_orphans = options->delete_orphans;
	for (size_t i = 0; i < options->orphan_project_count; i++)
		vec_add(&controller->orphan_projects, mem_strdup(options->orphan_projects[i]));
	controller->gce = gce_new(&gce, err);
	if (!controller->gce) {
		mem_free(controller->own_home);
		mem_free(controller);
		return NULL;
	}
	log_line(controller->log, LOG_INFO, "credentials", "identity", gce_identity(controller->gce), NULL);
	controller->kube = kube_new(options->loop, options->env, options->http, options->kube_config);
	controller->own_packer = packer_new();
	measure_init(controller, options->metrics);
	gce_guard(controller->gce, cloud_guarded, controller);
	kube_guard(controller->kube, kube_guarded, controller);
	kube_on_warning(controller->kube, on_warning, controller);
	controller->lost = options->lost;
	controller->lost_arg = options->lost_arg;
	if (options->election)
		election_init(controller, options->election);
	for (size_t i = 0; i < options->namespace_count; i++)
		vec_add(&controller->namespaces, mem_strdup(options->namespaces[i]));
	if (options->cluster_id) {
		controller->own_cluster = mem_strdup(options->cluster_id);
		begin(controller);
	} else {
		cluster_ask(controller);
	}
	return controller;
}

static void watch_free(void *value)
{
	struct watch_state *state = value;

	kube_watch_free(state->watch);
	mem_free(state->own_trouble);
	mem_free(state);
}

void controller_free(struct controller *controller)
{
	if (!controller)
		return;
	controller->stopping = true;
	vec_done(&controller->watches, watch_free);
	access_free(controller->own_access);
	kube_cancel(controller->start_call);
	while (controller->entries.count > 0)
		entry_remove(controller->entries.own_entries[0].value);
	projects_free(controller);
	gce_free(controller->gce);
	lease_free(controller->lease);
	kube_free(controller->kube);
	timer_stop(controller->loop, &controller->queue_timer);
	timer_stop(controller->loop, &controller->start_timer);
	timer_stop(controller->loop, &controller->stop_timer);
	timer_stop(controller->loop, &controller->status_timer);
	map_done(&controller->entries, NULL);
	map_done(&controller->ids, NULL);
	vec_done(&controller->sharers, NULL);
	map_done(&controller->projects, NULL);
	map_done(&controller->claims, NULL);
	vec_done(&controller->namespaces, mem_free);
	vec_done(&controller->orphan_projects, mem_free);
	packer_free(controller->own_packer);
	mem_free(controller->own_cluster);
	mem_free(controller->own_home);
	mem_free(controller->own_start_trouble);
	mem_free(controller);
}

struct controller_counts controller_counted(const struct controller *controller)
{
	struct controller_counts counts = {
		.objects = controller->entries.count,
		.status_writes = controller->status_writes,
		.finalizer_writes = controller->finalizer_writes,
		.live_reads = controller->live_reads,
		.events = kube_events_sent(controller->kube),
		.cloud = gce_counted(controller->gce),
	};

	for (size_t i = 0; i < controller->entries.count; i++) {
		const struct entry *entry = controller->entries.own_entries[i].value;

		counts.unsettled += !entry->settled;
		counts.programmed += entry->programmed_generation == entry->generation;
	}
	return counts;
}
