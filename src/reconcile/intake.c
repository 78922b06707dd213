/* What the API server says of an object, taken in without a tree: of most of what it sends nothing matters to us but the new
 * resourceVersion. Digests tell: one of what our work begins from, one of the status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "reconcile/internal.h"

enum pick {
	NAME,
	NAMESPACE,
	UID,
	VERSION,
	GENERATION,
	CREATED,
	DELETED,
	FINALIZERS,
	ANNOTATIONS,
	SPEC,
	PROJECT,
	ADDRESS,
	ADDRESS_IPV6,
	GIVEN,
	FROM_NAMESPACE,
	FROM_NAME,
	TO_NAMESPACE,
	TO_NAME,
	STATUS,
	OBSERVED,
	CONDITIONS,
	REPLICAS,
	PICKS
};

static const char *const paths[PICKS] = {
	[NAME] = "metadata.name",
	[NAMESPACE] = "metadata.namespace",
	[UID] = "metadata.uid",
	[VERSION] = "metadata.resourceVersion",
	[GENERATION] = "metadata.generation",
	[CREATED] = "metadata.creationTimestamp",
	[DELETED] = "metadata.deletionTimestamp",
	[FINALIZERS] = "metadata.finalizers",
	[ANNOTATIONS] = "metadata.annotations",
	[SPEC] = "spec",
	[PROJECT] = "spec.project",
	[ADDRESS] = "spec.frontend.address.type",
	[ADDRESS_IPV6] = "spec.frontend.ipv6.address.type",
	[GIVEN] = "spec.resourceNames",
	[FROM_NAMESPACE] = "spec.moveFrom.namespace",
	[FROM_NAME] = "spec.moveFrom.name",
	[TO_NAMESPACE] = "spec.moveTo.namespace",
	[TO_NAME] = "spec.moveTo.name",
	[STATUS] = "status",
	[OBSERVED] = "status.observedGeneration",
	[CONDITIONS] = "status.conditions",
	[REPLICAS] = "status.replicas",
};

/* What is kept of an object between units of work; the members of metadata in this order. */
static const enum pick kept[] = {NAME, NAMESPACE, UID, GENERATION, CREATED, DELETED, FINALIZERS};

struct intake {
	struct json_pick picks[PICKS];
	char name[INTAKE_TEXT], namespace[INTAKE_TEXT], uid[INTAKE_TEXT], version[INTAKE_TEXT];
	char asked[MODEL_ASK_SIZE]; /* value of the annotation that asks for a fresh look; "": it is not there */
	uint64_t object_digest, status_digest;
};

static uint64_t digest_of(const struct json_pick *pick)
{
	return pick->text ? hash_long(pick->text, pick->length) : 0;
}

static uint64_t object_digest(const struct intake *intake)
{
	uint64_t digests[sizeof(kept) / sizeof(kept[0]) + 2];
	size_t count = 0;

	for (; count < sizeof(kept) / sizeof(kept[0]); count++)
		digests[count] = digest_of(&intake->picks[kept[count]]);
	digests[count++] = digest_of(&intake->picks[SPEC]);
	digests[count++] = hash_text(intake->asked);
	return hash_long(digests, sizeof(digests));
}

/* Of all annotations one matters, and seldom it is there. */
static void read_asked(struct intake *intake)
{
	const struct json_pick *all = &intake->picks[ANNOTATIONS];

	intake->asked[0] = '\0';
	if (!all->text || !memmem(all->text, all->length, MODEL_ASK, strlen(MODEL_ASK)))
		return;
	JSON_WORK(work);
	model_ask(json_parse(all->text, all->length, (struct json_limits){0}, NULL), intake->asked);
}

static bool read_identity(struct intake *intake)
{
	return json_pick_text(&intake->picks[NAME], intake->name, sizeof(intake->name)) &&
	       json_pick_text(&intake->picks[NAMESPACE], intake->namespace, sizeof(intake->namespace)) &&
	       json_pick_text(&intake->picks[UID], intake->uid, sizeof(intake->uid)) &&
	       model_is_identity(intake->name) && model_is_identity(intake->namespace) &&
	       model_is_identity(intake->uid);
}

static bool intake_read(struct intake *intake, const char *text, size_t length)
{
	for (size_t i = 0; i < PICKS; i++)
		intake->picks[i].path = paths[i];
	if (!json_pick(text, length, intake->picks, PICKS) || !read_identity(intake))
		return false;
	if (!json_pick_text(&intake->picks[VERSION], intake->version, sizeof(intake->version)))
		intake->version[0] = '\0';
	read_asked(intake);
	intake->object_digest = object_digest(intake);
	intake->status_digest = digest_of(&intake->picks[STATUS]);
	return true;
}

static char *kept_text(const struct intake *intake)
{
	const struct json_pick *spec = &intake->picks[SPEC];
	struct str text = {0};
	const char *before = "{\"metadata\":{";

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const struct json_pick *pick = &intake->picks[kept[i]];

		if (!pick->text)
			continue;
		str_addf(&text, "%s\"%s\":", before, strrchr(pick->path, '.') + 1);
		str_add(&text, pick->text, pick->length);
		before = ",";
	}
	if (intake->asked[0]) {
		str_adds(&text, ",\"annotations\":{\"" MODEL_ASK "\":");
		str_add_quoted(&text, intake->asked);
		str_adds(&text, "}");
	}
	str_adds(&text, "}");
	if (spec->text) {
		str_adds(&text, ",\"spec\":");
		str_add(&text, spec->text, spec->length);
	}
	str_adds(&text, "}");
	return str_take(&text);
}

/* What the API server holds of a status may be older than what was made here. */
static void show(struct entry *entry, const struct json_pick *conditions)
{
	if (entry->judged)
		return;
	JSON_WORK(work);
	measure_status(entry, conditions->text
				      ? json_parse(conditions->text, conditions->length, (struct json_limits){0}, NULL)
				      : NULL);
}

static int64_t number_of(const struct json_pick *pick, int64_t otherwise)
{
	char text[24];

	if (!pick->text || pick->length >= sizeof(text))
		return otherwise;
	memcpy(text, pick->text, pick->length);
	text[pick->length] = '\0';
	return strtoll(text, NULL, 10);
}

static void status_set(struct entry *entry, const struct intake *intake)
{
	const struct json_pick *status = &intake->picks[STATUS];

	entry->machines = number_of(&intake->picks[REPLICAS], 0);
	mem_free(entry->own_status);
	entry->own_status = status->text ? mem_strndup(status->text, status->length) : mem_strdup("{}");
	entry->status_digest = digest_of(status);
	show(entry, &intake->picks[CONDITIONS]);
}

static void take_generation(struct entry *entry, const struct intake *intake)
{
	int64_t generation = number_of(&intake->picks[GENERATION], 0);

	if (generation != entry->generation && number_of(&intake->picks[OBSERVED], -1) != generation)
		measure_asked(entry);
	entry->generation = generation;
}

/* The API server's history went back (its storage was restored): generations begin anew from an older one, and what we know
 * of those that were is not true of those to come. */
static void forget_generations(struct entry *entry)
{
	entry->live_generation = entry->programmed_generation = entry->planned_generation = -1;
	entry->written_digest = 0;
}

/* Whether what is said of the object is to be taken in. */
static bool is_news(const struct entry *entry, const char *uid, enum kube_order order, uint64_t list)
{
	if (order == KUBE_OLDER)
		return entry->learnt < list;
	return order != KUBE_SAME || !text_equal(uid, entry->own_uid);
}

/* Has only the version changed, or what is no business of ours? What was refused may be taken now, though. */
static bool is_same(const struct entry *entry, const struct intake *intake, enum kube_order order)
{
	return order != KUBE_OLDER && text_equal(entry->own_uid, intake->uid) &&
	       entry->object_digest == intake->object_digest &&
	       (entry->status_call || entry->status_digest == intake->status_digest) &&
	       !entry->object_patience.refusals && !entry->status_patience.refusals;
}

static void take_version(struct entry *entry, const struct intake *intake)
{
	if (!text_copy(entry->version, sizeof(entry->version), intake->version))
		entry->version[0] = '\0';
	entry->learnt = entry->controller->reads;
}

/* What one names others may name, too: who does is looked at early, so that all know of the oldest claim. */
static bool is_named(const struct json_pick *type)
{
	char text[INTAKE_TEXT];

	return json_pick_text(type, text, sizeof(text)) && text_equal(text, "Named");
}

static bool names_some(const struct intake *intake)
{
	return intake->picks[GIVEN].text || is_named(&intake->picks[ADDRESS]) || is_named(&intake->picks[ADDRESS_IPV6]);
}

static bool is_held(const struct intake *intake)
{
	static const char finalizer[] = "\"" MODEL_FINALIZER "\"";
	const struct json_pick *finalizers = &intake->picks[FINALIZERS];

	return finalizers->text &&
	       memmem(finalizers->text, finalizers->length, finalizer, sizeof(finalizer) - 1) != NULL;
}

static bool has_past(const struct entry *entry, const struct intake *intake)
{
	return entry->held && measure_shows(entry) && !names_some(intake);
}

/* "namespace/name" of the object that two members name; false: they name none. */
static bool names_object(const struct intake *intake, enum pick namespace, enum pick name, char key[INTAKE_TEXT * 2])
{
	char first[INTAKE_TEXT], second[INTAKE_TEXT];

	if (!json_pick_text(&intake->picks[namespace], first, sizeof(first)) ||
		!json_pick_text(&intake->picks[name], second, sizeof(second)) || !model_is_identity(first) ||
		!model_is_identity(second))
		return false;
	snprintf(key, INTAKE_TEXT * 2, "%s/%s", first, second);
	return true;
}

static void take_moves(struct entry *entry, const struct intake *intake)
{
	char from[INTAKE_TEXT * 2], to[INTAKE_TEXT * 2];
	const char *next = names_object(intake, TO_NAMESPACE, TO_NAME, to) ? to : NULL;

	move_changed(entry);
	entry_set_origin(entry, names_object(intake, FROM_NAMESPACE, FROM_NAME, from) ? from : NULL);
	text_set(&entry->own_move_to, next);
	move_changed(entry);
}

static int64_t created_at(const struct intake *intake)
{
	char text[TIME_TEXT_SIZE];
	int64_t at;

	return json_pick_text(&intake->picks[CREATED], text, sizeof(text)) && time_parse(text, &at) ? at : 0;
}

static void take_object(struct entry *entry, const struct intake *intake)
{
	char project[INTAKE_TEXT];

	text_set(&entry->own_uid, intake->uid);
	entry->created = created_at(intake);
	/* Known before the first list of the project begins: what a list says is taken only for who is in it. */
	project_join(entry,
		json_pick_text(&intake->picks[PROJECT], project, sizeof(project)) && *project ? project : NULL,
		entry->project ? entry->project->own_identity : NULL);
	entry->leaving = intake->picks[DELETED].text != NULL;
	entry->held = is_held(intake);
	take_moves(entry, intake);
	take_generation(entry, intake);
	mem_free(entry->own_text);
	entry->own_text = kept_text(intake);
	entry->object_digest = intake->object_digest;
}

static void take(struct entry *entry, const struct intake *intake, uint64_t list)
{
	enum kube_order order = kube_version_order(intake->version, entry->version);

	if (order != KUBE_OLDER || entry->learnt < list)
		entry_readable(entry);
	if (!is_news(entry, intake->uid, order, list))
		return;
	if (is_same(entry, intake, order)) {
		take_version(entry, intake);
		return;
	}
	entry_unfold(entry);
	if (entry->own_uid && !text_equal(entry->own_uid, intake->uid)) {
		entry_cancel(entry);
		entry_forget_cloud(entry);
	} else if (order == KUBE_OLDER) {
		forget_generations(entry);
	}
	take_version(entry, intake);
	take_object(entry, intake);
	if (!entry->status_call) /* our own newer write is on its way there */
		status_set(entry, intake);
	entry->has_past = has_past(entry, intake);
	/* That its deletion began is another generation. */
	entry->observed = number_of(&intake->picks[OBSERVED], -1) + entry->leaving >= entry->generation;
	entry->object_patience.until = entry->status_patience.until = 0; /* what was refused may be taken now */
	entry_dirty(entry);
	entry_rest(entry);
}

struct entry *entry_take(struct controller *controller, const char *text, size_t length, uint64_t list)
{
	struct intake intake;
	struct entry *entry;

	if (!intake_read(&intake, text, length))
		return NULL;
	entry = entry_find(controller, intake.namespace, intake.name);
	if (!entry)
		entry = entry_new(controller, intake.namespace, intake.name);
	take(entry, &intake, list);
	return entry;
}

struct entry *entry_meant(const struct controller *controller, const char *text, size_t length)
{
	struct intake intake;

	intake_read(&intake, text, length);
	if (!json_pick_text(&intake.picks[NAME], intake.name, sizeof(intake.name)) ||
		!json_pick_text(&intake.picks[NAMESPACE], intake.namespace, sizeof(intake.namespace)))
		return NULL;
	return entry_find(controller, intake.namespace, intake.name);
}

void entry_gone(struct controller *controller, const char *text, size_t length)
{
	struct intake intake;
	struct entry *entry;

	if (!intake_read(&intake, text, length))
		return;
	entry = entry_find(controller, intake.namespace, intake.name);
	/* Who came after it under the same name may be known already, by the answer to a call. */
	if (entry && text_equal(intake.uid, entry->own_uid))
		entry_remove(entry);
}

void entry_take_written(struct entry *entry, const char *text, size_t length)
{
	struct intake intake;

	if (!intake_read(&intake, text, length))
		return;
	entry_unfold(entry);
	status_set(entry, &intake);
	entry->written_digest = entry->status_digest;
	/* An edit may have come between: its event is older than this answer. */
	take(entry, &intake, 0);
}
