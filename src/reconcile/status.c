/* The status object. Nothing in it changes by itself: an object at rest is never written. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "kinds/link.h"
#include "reconcile/status.h"

enum { RESOURCES_MAX = 512 }; /* what the schema takes */

const cJSON *status_condition(const cJSON *status, const char *type)
{
	const cJSON *condition;

	cJSON_ArrayForEach(condition, json_member(status, "conditions"))
	{
		if (text_equal(json_text(condition, "type"), type))
			return condition;
	}
	return NULL;
}

static const char *truth_name(enum truth truth)
{
	return truth == TRUTH_TRUE ? "True" : truth == TRUTH_FALSE ? "False" : "Unknown";
}

struct condition_list {
	cJSON *array;
	const cJSON *before;
	const struct status_input *input;
};

static void add_condition(
	struct condition_list *list, const char *type, enum truth truth, const char *reason, const char *message)
{
	const cJSON *old = status_condition(list->before, type);
	cJSON *condition = json_add_object(list->array);
	char now[TIME_TEXT_SIZE];

	time_text(list->input->wall_us, now);
	json_set_text(condition, "type", type);
	json_set_text(condition, "status", truth_name(truth));
	json_set_text(condition, "reason", reason);
	json_set_text(condition, "message", message);
	json_set_int(condition, "observedGeneration", list->input->entry->generation);
	json_set_text(condition, "lastTransitionTime",
		old && text_equal(json_text(old, "status"), truth_name(truth))
			? json_text_or(old, "lastTransitionTime", now)
			: now);
}

/* As a time of day. The clocks that it is made of differ by little from look to look; what was written stands then. */
static void add_next_attempt(cJSON *status, const struct status_input *input, const cJSON *before, int64_t again)
{
	enum { SAME_US = 2000000 };
	const char *written = json_text(before, "nextAttemptTime");
	int64_t at = input->wall_us + (again - input->now_ms) * 1000, old;
	char text[TIME_TEXT_SIZE];

	if (!again)
		return;
	time_text(at, text);
	if (written && time_parse(written, &old) && llabs(at - old) < SAME_US)
		json_set_text(status, "nextAttemptTime", written);
	else
		json_set_text(status, "nextAttemptTime", text);
}

static void add_conditions(
	cJSON *status, const struct status_input *input, const cJSON *before, const struct pool_sums *sums)
{
	struct story story = story_make(input, before, sums);
	struct condition_list list = {json_set_array(status, "conditions"), before, input};
	bool programmed = story.programmed == TRUTH_TRUE, healthy = story.healthy == TRUTH_TRUE;

	add_condition(&list, "Ready", story.ready, story.reason, story.message);
	add_condition(&list, "Programmed", story.programmed, programmed ? "Programmed" : story.reason,
		programmed ? "every resource is as the spec wants, as last read" : story.message);
	add_condition(&list, "Healthy", story.healthy,
		healthy      ? "Healthy"
		: programmed ? story.reason
			     : "Pending",
		healthy      ? "enough machines of each pool are at their version and healthy"
		: programmed ? story.message
			     : "machines are judged once every resource is there");
	if (story.reconciling)
		add_condition(&list, "Reconciling", TRUTH_TRUE, story.reason, story.message);
	if (story.stalled)
		add_condition(&list, "Stalled", TRUTH_TRUE, story.reason, story.message);
	add_next_attempt(status, input, before, story.again);
}

const char *status_address(const struct status_input *input, bool ipv6)
{
	const struct nodes *nodes = &input->entry->nodes;
	const char *address = NULL;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];
		bool of_address = node->kind->id == KIND_ADDRESS;
		const char *found = json_text(node->seen, of_address ? "address" : "IPAddress");

		if (!node->wanted || node->presence != NODE_PRESENT || !found || strchr(found, '/') ||
			text_starts(node->own_role, "ipv6-") != ipv6)
			continue;
		if (of_address || (node->kind->id == KIND_FORWARDING_RULE && !address))
			address = found;
	}
	return address;
}

/* By HTTPS a client must name a host that some certificate is for, if one is known. */
static const char *host_of(const struct lb_frontend *frontend, const char *address)
{
	const struct lb_certificates *certificates = &frontend->tls.certificates;

	for (size_t i = 0; i < certificates->count; i++) {
		if (certificates->items[i].domains.count)
			return certificates->items[i].domains.items[0];
	}
	return address;
}

static char *url_of(const struct lb_frontend *frontend, const char *address)
{
	bool tls = lb_has_tls(frontend);
	const char *scheme = tls ? "https" : "http", *host = tls ? host_of(frontend, address) : address;
	int64_t port = tls ? frontend->tls.port : frontend->port;

	if (port == (tls ? 443 : 80))
		return arena_printf(json_arena(), "%s://%s/", scheme, host);
	return arena_printf(json_arena(), "%s://%s:%lld/", scheme, host, (long long)port);
}

/* Is something wanted that shows an address, and was not read yet by this process? */
static bool is_unread(const struct status_input *input, bool ipv6)
{
	const struct nodes *nodes = &input->entry->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if ((node->kind->id == KIND_ADDRESS || node->kind->id == KIND_FORWARDING_RULE) && node->wanted &&
			node->presence == NODE_UNKNOWN && text_starts(node->own_role, "ipv6-") == ipv6)
			return true;
	}
	return false;
}

/* As read, or as it was told before it can be. */
static const char *address_or_last(const struct status_input *input, const cJSON *before, const char *member, bool ipv6)
{
	const char *address = status_address(input, ipv6);

	return address || !is_unread(input, ipv6) ? address : json_text(before, member);
}

static void add_address(cJSON *status, const struct status_input *input, const cJSON *before)
{
	const char *address = address_or_last(input, before, "address", false);

	json_set_text(status, "ipv6Address", address_or_last(input, before, "ipv6Address", true));
	if (!address)
		return;
	json_set_text(status, "address", address);
	json_set_text(status, "url", url_of(&input->lb->spec.frontend, address));
}

/* Resources are a list by kind and name: what would stand in it twice would make the whole status unwritable. */
static bool is_listed(const cJSON *resources, const struct node *node)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, resources)
	{
		if (text_equal(json_text(item, "name"), node->own_name) &&
			text_equal(json_text(item, "kind"), node->kind->name))
			return true;
	}
	return false;
}

static void add_resource(cJSON *resources, const struct status_input *input, size_t index)
{
	const struct node *node = input->entry->nodes.items[index];
	const char *message = story_node(input, index);
	cJSON *item = json_add_object(resources);

	json_set_text(item, "kind", node->kind->name);
	json_set_text(item, "name", node->own_name);
	json_set_text(item, "role", node->own_role);
	if (node->own_location[0])
		json_set_text(item, "location", node->own_location);
	json_set_text(item, "state", node_state_name(input->plan->verdicts[index].state));
	if (message[0])
		json_set_text(item, "message", message);
}

static void add_resources(cJSON *status, const struct status_input *input)
{
	const struct nodes *nodes = &input->entry->nodes;
	cJSON *resources = json_set_array(status, "resources");

	/* Of who gave everything away nothing is left, whatever the marks say that can't be rewritten. */
	for (size_t i = 0; input->plan && input->move.part != MOVE_GAVE && i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->external || input->plan->verdicts[i].state == STATE_GONE || is_listed(resources, node))
			continue;
		if (cJSON_GetArraySize(resources) < RESOURCES_MAX)
			add_resource(resources, input, i);
	}
}

static void add_training(cJSON *status, const struct status_input *input)
{
	struct identity who = entry_identity(input->entry);

	if (lb_has_training(&input->lb->spec))
		json_set(json_set_object(status, "training"), "cluster", training_cluster(input->lb, &who));
}

static void add_sizes(cJSON *status, const struct status_input *input, cJSON *pools, const struct pool_sums *sums)
{
	cJSON *display;
	char prefix[MODEL_NAME_SIZE];

	model_prefix(input->entry->id, prefix);
	json_set_int(status, "replicas", sums->existing);
	json_set_int(status, "readyReplicas", sums->healthy);
	json_set_int(status, "updatedReplicas", sums->updated);
	json_set_int(status, "replicasPerPool", sums->least_following);
	json_setf(status, "selector", "tflb.dev/name=%s", input->entry->name);
	json_set_text(status, "resourcePrefix", prefix);
	display = json_set_object(status, "display");
	json_set_text(display, "pools", sums->display_pools ? sums->display_pools : "");
	json_set_text(display, "templates", sums->display_templates ? sums->display_templates : "");
	json_set(status, "pools", pools);
	json_set(status, "backends", backends_make(input));
}

cJSON *status_make(const struct status_input *input, bool *changing)
{
	const char *text = input->entry->own_status;
	const cJSON *before = json_parse(text, strlen(text), (struct json_limits){0}, NULL);
	cJSON *status = cJSON_CreateObject();
	cJSON *pools = cJSON_CreateArray(), *differences = differences_make(input);
	struct pool_sums sums = input->plan ? pools_make(input, before, pools) : (struct pool_sums){0};

	json_set_int(status, "observedGeneration", input->entry->generation);
	if (input->plan) {
		add_address(status, input, before);
		add_sizes(status, input, pools, &sums);
		certificates_add(status, input);
		add_training(status, input);
		images_add(status, input, before);
	}
	add_resources(status, input);
	if (differences->child)
		json_set(status, "differences", differences);
	json_set_text(status, "handledReconcile",
		input->asked_done ? input->lb->asked : json_text(before, "handledReconcile"));
	add_conditions(status, input, before, &sums);
	*changing = input->plan && !(input->plan->programmed && sums.stable && sums.at_version);
	return status;
}

static bool same_word(const cJSON *before, const cJSON *after, const char *member)
{
	return text_equal(json_text(before, member), json_text(after, member));
}

bool status_urgent(const cJSON *before, const cJSON *after)
{
	const cJSON *old = status_condition(before, "Ready"), *ready = status_condition(after, "Ready");

	return json_int(before, "observedGeneration", -1) != json_int(after, "observedGeneration", -1) ||
	       !same_word(before, after, "handledReconcile") || !same_word(old, ready, "status") ||
	       !same_word(old, ready, "reason") ||
	       !status_condition(before, "Stalled") != !status_condition(after, "Stalled") ||
	       (status_condition(before, "Reconciling") && !status_condition(after, "Reconciling"));
}
