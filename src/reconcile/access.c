/* Policies and labels of namespaces, as last heard. A policy is kept as it was read, in an arena of its own; of a namespace its labels
 * are kept as text, without the one that repeats its name. What can't be read is not what it was before, and not empty: nobody knows.
 * What changes wakes the objects that it concerns. */
#include <stdlib.h>
#include <string.h>

#include "reconcile/internal.h"

enum { NAME_MAX_LENGTH = 256 };

#define NAMELESS "(without a name)"

static const char NAME_LABEL[] = "kubernetes.io/metadata.name";

/* One of the two collections. */
struct source {
	struct access *access;
	const char *what; /* for people */
	struct kube_watch *watch;
	struct map known; /* name -> struct known_policy or struct known_labels */
	uint64_t epoch;   /* of the last list */
	bool listed;      /* once, at least */
	char *own_trouble;
};

/* The first member of what is known. */
struct known {
	uint64_t epoch; /* of the list that brought it last */
	uint64_t hash;  /* of what it was made from */
	bool unreadable;
};

struct known_policy {
	struct known known;
	struct arena *own_arena; /* of policy */
	struct policy policy;
};

struct known_labels {
	struct known known;
	char *own_text; /* JSON; NULL: none */
	bool concerned; /* by what changes just now */
};

struct access {
	struct controller *controller;
	struct source policies, namespaces;
};

/* --- who is concerned --- */

static bool is_listed(const struct access *access)
{
	return access->policies.listed && access->namespaces.listed;
}

static void mark_selected(struct access *access, const struct policy *policy)
{
	struct map *namespaces = &access->namespaces.known;

	for (size_t i = 0; i < namespaces->count; i++) {
		struct known_labels *labels = namespaces->own_entries[i].value;
		JSON_WORK(work);
		struct lb_map map;

		if (!labels->concerned && access_labels(access, namespaces->own_entries[i].own_key, &map))
			labels->concerned = policy_selects(policy, &map);
	}
}

static void wake_marked(struct access *access)
{
	struct map *entries = &access->controller->entries, *namespaces = &access->namespaces.known;

	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = entries->own_entries[i].value;
		const struct known_labels *labels = map_find(namespaces, entry->namespace);

		if (labels && labels->concerned)
			entry_dirty(entry);
	}
	for (size_t i = 0; i < namespaces->count; i++)
		((struct known_labels *)namespaces->own_entries[i].value)->concerned = false;
}

static void wake_namespace(struct access *access, const char *name)
{
	struct map *entries = &access->controller->entries;

	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = entries->own_entries[i].value;

		if (text_equal(entry->namespace, name))
			entry_dirty(entry);
	}
}

/* --- policies --- */

static void policy_free(void *value)
{
	struct known_policy *known = value;

	arena_free(known->own_arena);
	mem_free(known);
}

static struct known_policy *policy_read(const cJSON *object)
{
	struct known_policy *known = mem_alloc(sizeof(*known));
	struct arena *before;

	known->own_arena = arena_new();
	before = json_use(known->own_arena);
	policy_parse(object, &known->policy);
	json_use(before);
	return known;
}

static void tell_policy(const struct access *access, const char *message, const struct policy *policy)
{
	bool bad = policy->trouble != NULL;

	log_line(access->controller->log, bad ? LOG_WARN : LOG_INFO, message, "policy", policy->name,
		bad ? "error" : NULL, policy->trouble, NULL);
}

/* What nobody can read may say anything: it selects all namespaces, and allows nothing. */
static cJSON *policy_object(const char *text, size_t length, const char *name, bool *unreadable)
{
	cJSON *object = json_parse(text, length, (struct json_limits){.bytes = OBJECT_MAX}, NULL);

	*unreadable = !json_text(object, "metadata.name");
	if (*unreadable) {
		object = cJSON_CreateObject();
		json_set_text(json_set_object(object, "metadata"), "name", name);
	}
	return object;
}

static void policy_seen(struct source *source, const char *name, const char *text, size_t length)
{
	struct access *access = source->access;
	JSON_WORK(work);
	bool unreadable;
	struct known_policy *known = policy_read(policy_object(text, length, name, &unreadable));
	struct known_policy *before = map_put(&source->known, name, known);

	known->known.epoch = source->epoch;
	known->known.unreadable = unreadable;
	tell_policy(access, known->policy.trouble ? "a policy can't be read, and allows nothing" : "policy",
		&known->policy);
	if (is_listed(access)) {
		mark_selected(access, &known->policy);
		if (before)
			mark_selected(access, &before->policy);
		wake_marked(access);
	}
	if (before)
		policy_free(before);
}

static void policy_gone(struct source *source, const char *name)
{
	struct known_policy *known = map_remove(&source->known, name);

	if (!known)
		return;
	tell_policy(source->access, "policy is gone", &known->policy);
	mark_selected(source->access, &known->policy);
	wake_marked(source->access);
	policy_free(known);
}

/* --- namespaces --- */

static void labels_free(void *value)
{
	struct known_labels *labels = value;

	mem_free(labels->own_text);
	mem_free(labels);
}

/* false: they can't be read. */
static bool labels_kept(const char *text, size_t length, char **own_kept)
{
	JSON_WORK(work);
	cJSON *object = json_parse(text, length, (struct json_limits){.bytes = OBJECT_MAX}, NULL);
	cJSON *labels = json_at(object, "metadata.labels");

	json_remove(labels, NAME_LABEL);
	*own_kept = labels && labels->child ? json_print_owned(labels) : NULL;
	return object != NULL;
}

/* text NULL: it is too large. */
static void labels_seen(struct source *source, const char *name, const char *text, size_t length)
{
	struct known_labels *labels = map_find(&source->known, name);
	AUTO_FREE char *kept = NULL;
	bool unreadable = !text || !labels_kept(text, length, &kept);
	bool same = labels && labels->known.unreadable == unreadable && text_equal(labels->own_text, kept);

	if (!labels) {
		labels = mem_alloc(sizeof(*labels));
		map_put(&source->known, name, labels);
	}
	labels->known.epoch = source->epoch;
	if (same)
		return;
	if (unreadable)
		log_line(source->access->controller->log, LOG_WARN,
			"a namespace can't be read, and nothing is done for its objects", "namespace", name, NULL);
	labels->known.unreadable = unreadable;
	mem_free(labels->own_text);
	labels->own_text = TAKE(kept);
	if (is_listed(source->access))
		wake_namespace(source->access, name);
}

static void labels_gone(struct source *source, const char *name)
{
	struct known_labels *labels = map_remove(&source->known, name);

	if (labels)
		labels_free(labels);
}

/* --- the watches --- */

static bool is_policies(const struct source *source)
{
	return source == &source->access->policies;
}

static void gone(struct source *source, const char *name)
{
	if (is_policies(source))
		policy_gone(source, name);
	else
		labels_gone(source, name);
}

/* Enough to know that nothing changed. */
static uint64_t hash_of(const struct source *source, const struct json_pick *spec, const struct json_pick *labels)
{
	const struct json_pick *pick = is_policies(source) ? spec : labels;

	return pick->text ? hash_long(pick->text, pick->length) : 0;
}

static void on_object(void *arg, const char *text, size_t length)
{
	struct source *source = arg;
	struct json_pick picks[] = {{.path = "metadata.name"}, {.path = "spec"}, {.path = "metadata.labels"}};
	char name[NAME_MAX_LENGTH] = NAMELESS;
	bool readable = json_pick(text, length, picks, 3) && json_pick_text(&picks[0], name, sizeof(name));
	uint64_t hash = readable ? hash_of(source, &picks[1], &picks[2]) : 0;
	struct known *known = map_find(&source->known, name);

	if (known && readable && !known->unreadable && known->hash == hash) {
		known->epoch = source->epoch;
		return;
	}
	if (is_policies(source))
		policy_seen(source, name, text, length);
	else
		labels_seen(source, name, text, length);
	((struct known *)map_find(&source->known, name))->hash = hash;
}

/* Too large to be looked at. */
static void on_left_out(void *arg, const char *namespace, const char *name)
{
	struct source *source = arg;

	if (is_policies(source))
		policy_seen(source, name ? name : NAMELESS, "", 0);
	else if (name)
		labels_seen(source, name, NULL, 0);
}

static void on_removed(void *arg, const char *text, size_t length)
{
	struct json_pick pick = {.path = "metadata.name"};
	char name[NAME_MAX_LENGTH];

	if (json_pick(text, length, &pick, 1) && json_pick_text(&pick, name, sizeof(name)))
		gone(arg, name);
}

static void on_list_begin(void *arg)
{
	struct source *source = arg;

	source->epoch++;
}

static void on_list_end(void *arg)
{
	struct source *source = arg;
	struct access *access = source->access;
	bool before = is_listed(access);

	for (size_t i = source->known.count; i-- > 0;) {
		const struct known *known = source->known.own_entries[i].value;

		if (known->epoch < source->epoch) {
			AUTO_FREE char *name = mem_strdup(source->known.own_entries[i].own_key);
			gone(source, name);
		}
	}
	source->listed = true;
	if (!before && is_listed(access)) {
		log_line(access->controller->log, LOG_INFO, "policies listed", NULL);
		watches_start(access->controller);
	}
}

static void on_trouble(void *arg, const struct error *err)
{
	struct source *source = arg;

	tell_watch(source->access->controller, source->what, &source->own_trouble, err);
}

static void source_start(struct source *source, struct access *access, const char *what, const char *path)
{
	struct kube_watch_options options = {
		.path = path,
		.list_kind = strrchr(path, '/') + 1,
		.object_max = OBJECT_MAX,
		.list_begin = on_list_begin,
		.object = on_object,
		.removed = on_removed,
		.left_out = on_left_out,
		.list_end = on_list_end,
		.trouble = on_trouble,
		.arg = source,
	};

	source->access = access;
	source->what = what;
	source->watch = kube_watch_new(access->controller->kube, &options);
}

static void source_done(struct source *source, void (*free_value)(void *value))
{
	kube_watch_free(source->watch);
	map_done(&source->known, free_value);
	mem_free(source->own_trouble);
}

struct access *access_new(struct controller *controller)
{
	struct access *access = mem_alloc(sizeof(*access));

	access->controller = controller;
	source_start(
		&access->policies, access, "policies", "/apis/" MODEL_GROUP "/" MODEL_VERSION "/" MODEL_POLICY_PLURAL);
	source_start(&access->namespaces, access, "namespaces", "/api/v1/namespaces");
	return access;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	source_done(&access->policies, policy_free);
	source_done(&access->namespaces, labels_free);
	mem_free(access);
}

/* --- what is known --- */

static const char *source_trouble(const struct source *source)
{
	return arena_printf(json_arena(), "the %s are not listed yet%s%s", source->what,
		source->own_trouble ? ": " : "", source->own_trouble ? source->own_trouble : "");
}

const char *access_trouble(const struct access *access)
{
	if (!access || is_listed(access))
		return NULL;
	return source_trouble(access->policies.listed ? &access->namespaces : &access->policies);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct policy *)a)->name, ((const struct policy *)b)->name);
}

struct policy *access_policies(const struct access *access, size_t *count)
{
	const struct map *known = &access->policies.known;
	struct policy *policies = arena_alloc(json_arena(), known->count * sizeof(*policies));

	for (size_t i = 0; i < known->count; i++)
		policies[i] = ((const struct known_policy *)known->own_entries[i].value)->policy;
	qsort(policies, known->count, sizeof(*policies), by_name);
	*count = known->count;
	return policies;
}

bool access_labels(const struct access *access, const char *namespace, struct lb_map *labels)
{
	const struct known_labels *known = map_find(&access->namespaces.known, namespace);
	const cJSON *tree = known && known->own_text ? json_parse_text(known->own_text) : NULL, *label;

	if (!known || known->known.unreadable)
		return false;
	*labels = (struct lb_map){
		.items = arena_alloc(json_arena(), (size_t)(cJSON_GetArraySize(tree) + 1) * sizeof(*labels->items))};
	labels->items[labels->count++] = (struct lb_pair){(char *)NAME_LABEL, arena_strdup(json_arena(), namespace)};
	cJSON_ArrayForEach(label, tree)
	{
		if (cJSON_IsString(label))
			labels->items[labels->count++] = (struct lb_pair){label->string, label->valuestring};
	}
	return true;
}

bool access_unknowable(const struct access *access, const char *namespace)
{
	const struct known_labels *known = access ? map_find(&access->namespaces.known, namespace) : NULL;

	return known && known->known.unreadable;
}

size_t access_known(const struct access *access)
{
	return access->policies.known.count;
}

size_t access_unreadable(const struct access *access)
{
	size_t count = 0;

	for (size_t i = 0; i < access->policies.known.count; i++)
		count += ((const struct known_policy *)access->policies.known.own_entries[i].value)->policy.trouble !=
		         NULL;
	return count;
}
