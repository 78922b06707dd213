/* Orphans: what bears the mark of our cluster while its object is gone. They are found by the sweeps, told by an event and a
 * metric, and deleted only on request (design section 6).
 *
 * A resource is one when its mark names an object of a namespace that we watch and that object is not there, nothing but
 * orphans refers to it, and none of its object's resources bears the label by which Abandon released them. So each sweep
 * notes who refers to whom, and only what a complete one confirms counts. Before each deletion the object is asked for once
 * more; they go from the front backwards, one at a time. */
#include <string.h>

#include "kinds/link.h"
#include "plan/edges.h"
#include "reconcile/internal.h"

enum { DELETE_AFTER = 3, KEPT_MAX = 2000, NAMED_MAX = 5, LOOKED_ALONE = 3 };

struct orphan {
	const struct kind *kind;
	char *own_path;                             /* "projects/p/global/urlMaps/n" */
	char *own_namespace, *own_object, *own_uid; /* whom its mark names */
	char *own_key;                              /* the same as one text */
	char *own_address;                          /* literal, of an address; NULL: none */
	struct vec refers;                          /* paths and addresses that it refers to, own texts */
	uint64_t read;                              /* number of the list that showed it last */
	bool held;  /* something that is no orphan refers to it, as the running sweep shows */
	int sweeps; /* complete ones in a row that found it to be one */
};

struct orphans {
	struct project *project;
	struct map items; /* path -> struct orphan */
	struct map moved; /* ids in the names of what bears the mark of another object than the id is made of: theirs is
	                      * moved, and so is what bears an old mark for good; values are not used */
	struct map released; /* keys of objects that Abandon let go, as the running sweep shows; values are not used */
	struct map told;     /* keys of objects that an event told of; values are not used */
	struct kube_call *look;
	struct gce_call *deletion;
	struct orphan *leaving; /* of look and deletion; NULL: none */
	int alone;              /* sweeps since no object names the project */
};

static void orphan_free(void *value)
{
	struct orphan *orphan = value;

	mem_free(orphan->own_path);
	mem_free(orphan->own_namespace);
	mem_free(orphan->own_object);
	mem_free(orphan->own_uid);
	mem_free(orphan->own_key);
	mem_free(orphan->own_address);
	vec_done(&orphan->refers, mem_free);
	mem_free(orphan);
}

struct orphans *orphans_new(struct project *project)
{
	struct orphans *orphans = mem_alloc(sizeof(*orphans));

	orphans->project = project;
	return orphans;
}

void orphans_free(struct orphans *orphans)
{
	kube_cancel(orphans->look);
	gce_cancel(orphans->deletion);
	map_done(&orphans->items, orphan_free);
	map_done(&orphans->moved, NULL);
	map_done(&orphans->released, NULL);
	map_done(&orphans->told, NULL);
	mem_free(orphans);
}

static struct orphan *orphan_at(const struct orphans *orphans, size_t index)
{
	return orphans->items.own_entries[index].value;
}

static bool is_orphan(const struct orphan *orphan)
{
	return orphan->sweeps > 0;
}

size_t orphans_count(const struct orphans *orphans)
{
	size_t count = 0;

	for (size_t i = 0; i < orphans->items.count; i++)
		count += is_orphan(orphan_at(orphans, i));
	return count;
}

/* --- what a list shows --- */

static bool is_watched(const struct controller *controller, const char *namespace)
{
	for (size_t i = 0; i < controller->namespaces.count; i++) {
		if (text_equal(controller->namespaces.own_items[i], namespace))
			return true;
	}
	return controller->namespaces.count == 0;
}

static char *object_key(const char *namespace, const char *name, const char *uid)
{
	return arena_printf(json_arena(), "%s/%s/%s", namespace, name, uid);
}

/* The backend service names the group, the rule the literal address. */
static char *path_of(const char *link, const char *project)
{
	char *path = link_path(link, project);
	char *group = strstr(path, "/instanceGroups/");

	if (!path[0])
		return arena_strdup(json_arena(), link);
	if (group)
		return arena_printf(json_arena(), "%.*s/instanceGroupManagers/%s", (int)(group - path), path,
			group + strlen("/instanceGroups/"));
	return path;
}

static struct orphan *find(const struct orphans *orphans, const char *path)
{
	struct orphan *found = map_find(&orphans->items, path);

	if (found || text_starts(path, "projects/"))
		return found;
	for (size_t i = 0; i < orphans->items.count && !found; i++) {
		if (text_equal(orphan_at(orphans, i)->own_address, path))
			found = orphan_at(orphans, i);
	}
	return found;
}

struct reading {
	struct orphans *orphans;
	struct orphan *referrer; /* NULL: it is none */
};

static bool on_link(void *arg, const struct kind_member *member, const char *link)
{
	struct reading *reading = arg;
	const char *path = path_of(link, reading->orphans->project->own_name);
	struct orphan *target;

	if (reading->referrer) {
		vec_add(&reading->referrer->refers, mem_strdup(path));
		return false;
	}
	target = find(reading->orphans, path);
	if (target)
		target->held = true;
	return false;
}

static struct orphan *take(struct orphans *orphans, const struct kind *kind, const char *path, const struct mark *mark)
{
	struct orphan *orphan = map_find(&orphans->items, path);
	const char *key = object_key(mark->namespace, mark->name, mark->uid);

	if (orphan && text_equal(orphan->own_key, key))
		return orphan;
	if (orphan || orphans->items.count >= KEPT_MAX)
		return NULL; /* of somebody else now: it is forgotten when the sweep ends */
	orphan = mem_alloc(sizeof(*orphan));
	orphan->kind = kind;
	orphan->own_path = mem_strdup(path);
	orphan->own_namespace = mem_strdup(mark->namespace);
	orphan->own_object = mem_strdup(mark->name);
	orphan->own_uid = mem_strdup(mark->uid);
	orphan->own_key = mem_strdup(key);
	orphan->sweeps = -1; /* what referred to it before in this sweep was not noted */
	map_put(&orphans->items, path, orphan);
	return orphan;
}

/* Whoever it is looked at as. */
static bool is_in_project(const struct entry *entry, const struct orphans *orphans)
{
	return entry->project && text_equal(entry->project->own_name, orphans->project->own_name);
}

/* Before all objects are known nothing is said to be without its own. */
static bool is_lost(const struct orphans *orphans, const struct mark *mark, const char *name)
{
	const struct controller *controller = orphans->project->controller;
	const struct entry *entry = entry_find(controller, mark->namespace, mark->name);

	return !move_knows_holder(orphans->project, name) && all_listed(controller) &&
	       text_equal(mark->cluster, controller->own_cluster) && is_watched(controller, mark->namespace) &&
	       (!entry || !is_in_project(entry, orphans));
}

/* "tflb-<id>" of a name that begins so, in the arena; "": it does not. */
static char *id_part(const char *name)
{
	bool ours = text_starts(name, "tflb-");

	return arena_strndup(json_arena(), name, ours ? strnlen(name, strlen("tflb-") + MODEL_ID_SIZE - 1) : 0);
}

static bool is_moved(const struct mark *mark, const char *name)
{
	char id[MODEL_ID_SIZE];

	model_id(mark->cluster, mark->namespace, mark->name, id);
	return id_part(name)[0] && !text_ends(id_part(name), id);
}

void orphans_see(struct orphans *orphans, const struct kind *kind, uint64_t number, const cJSON *item)
{
	struct reading reading = {.orphans = orphans};
	const char *link = json_text(item, "selfLink"), *name = json_text_or(item, "name", "");
	struct mark mark;

	bool marked = mark_parse(json_text(item, "description"), &mark);

	if (marked && !mark_released(item) && is_moved(&mark, name))
		map_put(&orphans->moved, id_part(name), orphans);
	if (marked && link && is_lost(orphans, &mark, name)) {
		if (mark_released(item))
			map_put(&orphans->released, object_key(mark.namespace, mark.name, mark.uid), orphans);
		else
			reading.referrer = take(orphans, kind, link_path(link, orphans->project->own_name), &mark);
	}
	if (reading.referrer) {
		vec_done(&reading.referrer->refers, mem_free);
		reading.referrer->refers = (struct vec){0};
		reading.referrer->read = number;
		text_set(&reading.referrer->own_address, kind->id == KIND_ADDRESS ? json_text(item, "address") : NULL);
	}
	if (reading.referrer || orphans->items.count)
		edges_each_link(kind, item, on_link, &reading);
}

bool orphans_are_sought(const struct orphans *orphans)
{
	return orphans->items.count > 0;
}

/* --- the end of a sweep --- */

void orphans_sweep_begins(struct orphans *orphans)
{
	map_done(&orphans->released, NULL);
	map_done(&orphans->moved, NULL);
	orphans->released = orphans->moved = (struct map){0};
	for (size_t i = 0; i < orphans->items.count; i++)
		orphan_at(orphans, i)->held = false;
}

static void forget(struct orphans *orphans, const char *path)
{
	struct orphan *orphan = map_remove(&orphans->items, path);

	if (orphan == orphans->leaving) {
		kube_cancel(TAKE(orphans->look));
		gce_cancel(TAKE(orphans->deletion));
		orphans->leaving = NULL;
	}
	orphan_free(orphan);
}

static bool was_shown(const struct orphans *orphans, const struct orphan *orphan)
{
	return orphan->read >= orphans->project->lists[orphan->kind->id].complete;
}

/* What held ones refer to is held, too. */
static void spread_hold(struct orphans *orphans)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < orphans->items.count; i++) {
			const struct orphan *orphan = orphan_at(orphans, i);

			for (size_t j = 0; orphan->held && j < orphan->refers.count; j++) {
				struct orphan *target = find(orphans, orphan->refers.own_items[j]);

				more |= target && !target->held;
				if (target)
					target->held = true;
			}
		}
	}
}

static void count_sweep(struct orphans *orphans)
{
	for (size_t i = orphans->items.count; i-- > 0;) {
		struct orphan *orphan = orphan_at(orphans, i);
		const struct entry *entry =
			entry_find(orphans->project->controller, orphan->own_namespace, orphan->own_object);

		if (!was_shown(orphans, orphan) || (entry && is_in_project(entry, orphans)))
			forget(orphans, orphan->own_path);
	}
	for (size_t i = 0; i < orphans->items.count; i++) {
		struct orphan *orphan = orphan_at(orphans, i);

		orphan->held |= map_find(&orphans->released, orphan->own_key) != NULL ||
		                map_find(&orphans->moved, id_part(link_name(orphan->own_path))) != NULL;
	}
	spread_hold(orphans);
	for (size_t i = 0; i < orphans->items.count; i++) {
		struct orphan *orphan = orphan_at(orphans, i);

		orphan->sweeps = orphan->held ? 0 : orphan->sweeps + 1;
	}
}

/* --- told --- */

static char *sentence(const struct orphans *orphans, const struct orphan *first)
{
	const struct controller *controller = orphans->project->controller;
	char *names = arena_strdup(json_arena(), "");
	size_t count = 0;

	for (size_t i = 0; i < orphans->items.count; i++) {
		const struct orphan *orphan = orphan_at(orphans, i);

		if (!is_orphan(orphan) || !text_equal(orphan->own_key, first->own_key))
			continue;
		if (count++ < NAMED_MAX)
			names = arena_printf(json_arena(), "%s%s%s %s", names, names[0] ? ", " : "", orphan->kind->text,
				link_name(orphan->own_path));
	}
	return arena_printf(json_arena(),
		"%zu resources in project %s bear the mark of this object, which is gone: %s%s; %s", count,
		orphans->project->own_name, names, count > NAMED_MAX ? ", ..." : "",
		controller->delete_orphans ? "they are deleted if they stay so"
					   : "create the object again to own them, or delete them, by hand or with "
					     "--orphan-policy=Delete");
}

static void tell_one(struct orphans *orphans, const struct orphan *orphan)
{
	struct controller *controller = orphans->project->controller;
	JSON_WORK(work);
	const char *note = sentence(orphans, orphan);
	struct kube_event event = {
		.api_version = MODEL_GROUP "/" MODEL_VERSION,
		.kind = MODEL_KIND,
		.namespace = orphan->own_namespace,
		.name = orphan->own_object,
		.uid = orphan->own_uid,
		.warning = true,
		.reason = "Orphaned",
		.action = "Sweep",
		.note = note,
	};

	map_put(&orphans->told, orphan->own_key, orphans);
	if (may_write(controller))
		kube_event(controller->kube, &event);
	log_line(controller->log, LOG_WARN, "orphans", LOG_OBJECT(orphan->own_namespace, orphan->own_object), "project",
		orphans->project->own_name, "note", note, NULL);
}

static void tell_all(struct orphans *orphans)
{
	for (size_t i = 0; i < orphans->items.count; i++) {
		const struct orphan *orphan = orphan_at(orphans, i);

		if (is_orphan(orphan) && !map_find(&orphans->told, orphan->own_key))
			tell_one(orphans, orphan);
	}
	if (orphans->items.count == 0) {
		map_done(&orphans->told, NULL);
		orphans->told = (struct map){0};
	}
}

/* --- deleted --- */

static void delete_next(struct orphans *orphans);

static void on_deleted(void *arg, const struct gce_mutation_event *event)
{
	struct orphans *orphans = arg;
	struct orphan *orphan = orphans->leaving;
	struct controller *controller = orphans->project->controller;

	if (event->outcome == GCE_ACCEPTED)
		return;
	orphans->deletion = NULL;
	orphans->leaving = NULL;
	log_line(controller->log, event->err ? LOG_WARN : LOG_INFO,
		event->err ? "an orphan can't be deleted" : "an orphan is deleted",
		LOG_OBJECT(orphan->own_namespace, orphan->own_object),
		LOG_RESOURCE(orphan->kind->name, link_name(orphan->own_path)), "error",
		event->err ? event->err->message : NULL, NULL);
	if (event->err) {
		orphan->sweeps = 1; /* something that we do not see may hold it */
	} else {
		metric_count(controller->measured[M_ORPHANS_DELETED], orphan->kind->name);
		forget(orphans, orphan->own_path);
	}
	delete_next(orphans);
}

static void delete_one(struct orphans *orphans)
{
	struct controller *controller = orphans->project->controller;
	struct gce_request request = {
		.project = orphans->project->own_name,
		.budget = GCE_WRITE,
		.method = "DELETE",
		.path = orphans->leaving->own_path,
		.identity = orphans->project->own_identity,
	};

	orphans->deletion = gce_mutate(controller->gce, &request, on_deleted, orphans);
}

static void on_looked(void *arg, const char *body, size_t length, const struct error *err)
{
	struct orphans *orphans = arg;
	struct orphan *orphan = orphans->leaving;
	bool gone = err && err->status == 404 && text_equal(err->code, "NotFound") &&
	            objects_known(orphans->project->controller);

	orphans->look = NULL;
	if (gone && may_act(orphans->project->controller)) {
		delete_one(orphans);
		return;
	}
	orphans->leaving = NULL;
	orphan->sweeps = 1; /* there, or not known to be gone: once more from the beginning */
}

/* Nothing that is left refers to it. */
static bool is_front(const struct orphans *orphans, const struct orphan *orphan)
{
	for (size_t i = 0; i < orphans->items.count; i++) {
		const struct orphan *other = orphan_at(orphans, i);

		for (size_t j = 0; other != orphan && j < other->refers.count; j++) {
			if (find(orphans, other->refers.own_items[j]) == orphan)
				return false;
		}
	}
	return true;
}

static struct orphan *next_to_go(const struct orphans *orphans)
{
	for (size_t i = 0; i < orphans->items.count; i++) {
		struct orphan *orphan = orphan_at(orphans, i);

		if (orphan->sweeps >= DELETE_AFTER && is_front(orphans, orphan))
			return orphan;
	}
	return NULL;
}

static void delete_next(struct orphans *orphans)
{
	struct controller *controller = orphans->project->controller;
	struct orphan *orphan = next_to_go(orphans);
	struct kube_request request = {.method = "GET"};
	JSON_WORK(work);

	if (!controller->delete_orphans || !orphan || orphans->leaving || !may_act(controller))
		return;
	request.path = object_path(orphan->own_namespace, orphan->own_object, NULL);
	orphans->leaving = orphan;
	controller->live_reads++;
	orphans->look = kube_send(controller->kube, &request, on_looked, orphans);
}

void orphans_sweep_ends(struct orphans *orphans, bool complete)
{
	if (complete && objects_known(orphans->project->controller)) {
		JSON_WORK(work);

		count_sweep(orphans);
		tell_all(orphans);
		delete_next(orphans);
	}
	orphans->alone = LIST_EMPTY(&orphans->project->entries) ? orphans->alone + 1 : 0;
}

bool orphans_are_over(const struct orphans *orphans)
{
	return orphans->alone >= LOOKED_ALONE && orphans->items.count == 0;
}

void orphans_start(struct controller *controller)
{
	for (size_t i = 0; i < controller->orphan_projects.count; i++)
		project_want(project_get(controller, controller->orphan_projects.own_items[i], NULL), 0);
}
