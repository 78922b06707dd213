/* Where a pool goes: to what is wanted, or back. */
#include "kinds/rollout.h"

#include <string.h>

#include "base/str.h"
#include "kinds/internal.h"

enum { WHY_MAX = 400, MARK_ROOM = 1500 };

/* --- what the note says --- */

static bool is_name(const cJSON *note, const char *path)
{
	return text_is_label(json_text(note, path), MODEL_NAME_SIZE - 1);
}

bool rollout_is_note(const cJSON *note)
{
	return is_name(note, "healthy") && (!json_has(note, "rejected") || is_name(note, "rejected.template")) &&
	       strlen(json_print(note)) <= MARK_NOTE_MAX;
}

const cJSON *rollout_note(const struct node *group)
{
	const char *description = json_text(group->seen, "description");
	struct mark mark;

	if (description && strstr(description, "\"note\"") && mark_parse(description, &mark) && /* most have none */
		rollout_is_note(mark.note))
		return mark.note;
	return group->terms ? group->terms->lost_note : NULL;
}

static bool is_latest(const struct lb *lb, const struct lb_pool *pool)
{
	return pool && text_equal(lb_pool_template(&lb->spec, pool)->image_policy, "Latest");
}

/* A newer image may do what the one before did not, although the spec says the same. */
static void add_latest(const struct node *group, cJSON *inputs)
{
	const struct rollout_terms *terms = group->terms;
	const cJSON *version;
	cJSON *templates;

	if (!is_latest(terms->lb, terms->pool) && !is_latest(terms->lb, terms->pool->trial))
		return;
	templates = json_set_array(inputs, "templates");
	cJSON_ArrayForEach(version, json_member(group->want, "versions"))
		json_add_text(templates, link_name(json_text_or(version, "instanceTemplate", "")));
}

const char *rollout_digest(const struct node *group)
{
	const struct rollout_terms *terms = group->terms;
	char *hash = arena_alloc(json_arena(), HASH_SIZE);
	cJSON *inputs = cJSON_CreateObject();

	json_set_text(inputs, "inputs", model_rollout_inputs(terms->lb, terms->pool));
	add_latest(group, inputs);
	hash_inputs(inputs, hash);
	return hash;
}

struct rollout rollout_of(const struct node *group)
{
	const cJSON *note = rollout_note(group), *rejected = json_member(note, "rejected");
	struct rollout rollout = {.healthy = json_text(note, "healthy")};
	const char *inputs = json_text(rejected, "inputs");

	if (!rollout.healthy || !inputs || !group->terms || !text_equal(inputs, rollout_digest(group)))
		return rollout;
	rollout.rejected = json_text_or(rejected, "template", "");
	rollout.inputs = inputs;
	rollout.why = json_text_or(rejected, "message", "");
	return rollout;
}

static char *template_path(const struct node *group, const char *name)
{
	return arena_printf(json_arena(), "projects/%s/global/instanceTemplates/%s", group->own_project, name);
}

static cJSON *only(const struct node *group, const char *template)
{
	cJSON *versions = cJSON_CreateArray();

	json_set_text(json_add_object(versions), "instanceTemplate", template_path(group, template));
	return versions;
}

const cJSON *rollout_versions(const struct node *group)
{
	struct rollout rollout = rollout_of(group);

	return rollout.rejected ? only(group, rollout.healthy) : json_member(group->want, "versions");
}

const char *version_template(const cJSON *version)
{
	const char *link = json_text(version, "instanceTemplate");

	return link ? link_name(link) : NULL;
}

const char *versions_template(const cJSON *versions)
{
	return version_template(group_main(versions));
}

uint64_t versions_key(const cJSON *versions)
{
	AUTO_STR struct str names = {0};
	const cJSON *version;

	cJSON_ArrayForEach(version, versions)
	{
		const cJSON *size = json_member(version, "targetSize");

		str_addf(&names, "%s ", link_name(json_text_or(version, "instanceTemplate", "")));
		if (version == group_canary(versions))
			str_addf(&names, "%lld %lld%% ", (long long)json_int(size, "fixed", -1),
				(long long)json_int(size, "percent", -1));
	}
	return hash_text(str_text(&names));
}

/* --- the way --- */

/* A text that takes as much room in a mark as it has bytes. */
static char *plain_text(const char *text, size_t most)
{
	char *plain = arena_strndup(json_arena(), text, strnlen(text, most));

	for (char *at = plain; *at; at++) {
		if (*at < ' ' || *at > '~')
			*at = ' ';
		if (*at == '"' || *at == '\\')
			*at = '\'';
	}
	return plain;
}

/* Was the pool healthy at what its group is going away from? When nobody looked, machines that the group itself is content with
 * were healthy once. */
static bool was_healthy(const struct node *group)
{
	const cJSON *seen = json_member(group->seen, "versions");
	struct group_sight sight = group_sight(group);

	if (group->rollout.arrived == versions_key(seen))
		return true;
	return json_bool(group->seen, "status.versionTarget.isReached", false) &&
	       (sight.health_known ? sight.healthy >= group->least_healthy : sight.stable);
}

static bool is_there(const struct node *group, const struct nodes *nodes, const char *template)
{
	const struct node *node = nodes_target(nodes, KIND_INSTANCE_TEMPLATE, template_path(group, template));

	return node && node->presence == NODE_PRESENT;
}

/* What is tried: a version that the pool was not healthy at; where that is no other, the canaries. NULL: nothing is. */
static const cJSON *tried_version(const struct node *group, const char *healthy)
{
	const cJSON *wanted = json_member(group->want, "versions"), *own = group_main(wanted);

	return text_equal(healthy, version_template(own)) ? group_canary(wanted) : own;
}

static bool goes_back(const struct node *group, const struct nodes *nodes, const char *healthy)
{
	return group->rollout.failed != ROLLOUT_GOES_ON && healthy && is_there(group, nodes, healthy) &&
	       text_equal(group->terms->lb->spec.rollout.failure_policy, "Rollback") && tried_version(group, healthy);
}

static cJSON *rejection(const struct node *group, const char *healthy)
{
	size_t room = strlen(json_text_or(group->want, "description", ""));
	cJSON *rejected = cJSON_CreateObject();

	room = room < MARK_ROOM - WHY_MAX ? WHY_MAX : WHY_MAX / 4;
	json_set_text(rejected, "template", version_template(tried_version(group, healthy)));
	json_set_text(rejected, "inputs", rollout_digest(group));
	json_set_text(rejected, "message", plain_text(rollout_failure(group), room));
	return rejected;
}

/* Is the template that the group has now the one to go back to from here on: on its way to another, or beside canaries that it was
 * born with? */
static bool is_left(const struct node *group, const struct rollout *rollout)
{
	const cJSON *wanted = json_member(group->want, "versions"), *seen = json_member(group->seen, "versions");

	return !group_has_versions(group) || (!rollout->healthy && group_canary(wanted) &&
						     text_equal(versions_template(wanted), versions_template(seen)));
}

void rollout_aim(const struct node *group, const struct nodes *nodes, cJSON *aim)
{
	struct rollout rollout = rollout_of(group);
	const char *seen = versions_template(json_member(group->seen, "versions"));
	const cJSON *wanted = json_member(group->want, "versions"), *rejected = NULL;
	cJSON *note;

	if (rollout.rejected)
		rejected = json_copy(json_member(rollout_note(group), "rejected"));
	else if (goes_back(group, nodes, rollout.healthy))
		rejected = rejection(group, rollout.healthy);
	if (rejected)
		json_set(aim, "versions", only(group, rollout.healthy));
	else if (is_left(group, &rollout) && was_healthy(group) && seen && is_there(group, nodes, seen))
		rollout.healthy = seen;
	if (!rollout.healthy || !wanted)
		return;
	note = cJSON_CreateObject();
	json_set_text(note, "healthy", rollout.healthy);
	if (rejected)
		json_set(note, "rejected", json_copy(rejected));
	json_set_text(aim, "description", mark_with_note(json_text(aim, "description"), note));
}
