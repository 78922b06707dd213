/* What a machine is made of. Immutable: a change is a new template under a new name, and the hash in the name covers what the
 * user set and nothing of ours, so that no later version rolls a machine. Listed without properties: name and mark tell all
 * that is ever asked of one that exists. */
#include <string.h>

#include "kinds/families.h"
#include "kinds/internal.h"
#include "kinds/machine.h"
#include "kinds/rollout.h"
#include "kinds/training.h"

static const struct kind_member members[] = {
	{"properties.disks[].initializeParams.sourceImage", .rule = MEMBER_REFERENCE, .target = KIND_IMAGE},
	{"properties.guestAccelerators[].acceleratorType", .rule = MEMBER_REFERENCE, .target = KIND_ACCELERATOR},
	{0},
};

static const struct kind_source sources[] = {
	{"properties.machineType", "spec.template.machineType"},
	{"properties.disks", "spec.template.disk"},
	{"properties.disks[0]", "spec.template.disk"},
	{"properties.disks[0].initializeParams", "spec.template.disk"},
	{"properties.disks[0].initializeParams.sourceImage", "spec.template.image"},
	{"properties.disks[]", "spec.template.additionalDisks[i-1]"},
	{"properties.disks[].initializeParams", "spec.template.additionalDisks[i-1]"},
	{"properties.networkInterfaces", "spec.template.network"},
	{"properties.networkInterfaces[0]", "spec.template"},
	{"properties.networkInterfaces[0].accessConfigs", "spec.template.externalIP"},
	{"properties.networkInterfaces[0].accessConfigs[].networkTier", "spec.template.networkTier"},
	{"properties.networkInterfaces[0].ipv6AccessConfigs", "spec.template.externalIPv6"},
	{"properties.networkInterfaces[]", "spec.template.additionalNetworkInterfaces[i-1]"},
	{"properties.networkInterfaces[].accessConfigs", "spec.template.additionalNetworkInterfaces[i-1].externalIP"},
	{"properties.networkInterfaces[].accessConfigs[].networkTier",
		"spec.template.additionalNetworkInterfaces[i-1].networkTier"},
	{"properties.networkInterfaces[].ipv6AccessConfigs",
		"spec.template.additionalNetworkInterfaces[i-1].externalIPv6"},
	{"properties.metadata", "spec.template.metadata"},
	{"properties.labels", "spec.template.labels"},
	{"properties.tags", "spec.template.tags"},
	{"properties.scheduling.provisioningModel", "spec.template.provisioningModel"},
	{"properties.scheduling", "spec.template.scheduling"},
	{"properties.guestAccelerators", "spec.template.guestAccelerators"},
	{"properties.minCpuPlatform", "spec.template.minCpuPlatform"},
	{"properties.shieldedInstanceConfig", "spec.template.shieldedInstanceConfig"},
	{"properties.confidentialInstanceConfig", "spec.template.confidentialInstanceConfig"},
	{"properties.advancedMachineFeatures", "spec.template.advancedMachineFeatures"},
	{"properties.reservationAffinity", "spec.template.reservationAffinity"},
	{"properties.resourcePolicies", "spec.template.resourcePolicies"},
	{"properties.resourceManagerTags", "spec.template.resourceManagerTags"},
	{"properties.keyRevocationActionType", "spec.template.keyRevocationActionType"},
	{"properties.canIpForward", "spec.template.canIpForward"},
	{"properties.networkPerformanceConfig", "spec.template.networkPerformanceConfig"},
	{"properties.privateIpv6GoogleAccess", "spec.template.privateIpv6GoogleAccess"},
	{"properties.serviceAccounts[].scopes", "spec.template.scopes"},
	{"properties.serviceAccounts", "spec.template.serviceAccount"},
	{0},
};

/* Another image is another template, where newer ones are rolled out. */
static void add_latest(const struct families *families, cJSON *inputs)
{
	for (size_t i = 0; i < families->count; i++) {
		cJSON *images = json_member(inputs, "images");

		if (families->items[i].latest && families->items[i].image)
			json_add_text(images ? images : json_set_array(inputs, "images"), families->items[i].image);
	}
}

/* A bare subnetwork lies in the pool's region: there the same words mean another network in another zone. */
static void name_hash(
	const struct lb *lb, const struct lb_pool *pool, const struct families *families, char hash[HASH_SIZE])
{
	cJSON *inputs = cJSON_CreateObject();

	json_set_text(inputs, "template", model_template_inputs(lb, pool));
	if (is_bare_name(lb_pool_template(&lb->spec, pool)->subnetwork))
		json_set_text(inputs, "region", pool_region(pool));
	add_latest(families, inputs);
	hash_inputs(inputs, hash);
}

static void add_metadata(cJSON *items, const char *key, const char *value)
{
	cJSON *item = json_add_object(items);

	json_set_text(item, "key", key);
	json_set_text(item, "value", value);
}

static bool has_metadata(const struct lb_template *template, const char *key)
{
	for (size_t i = 0; i < template->metadata.count; i++) {
		if (text_equal(template->metadata.items[i].key, key))
			return true;
	}
	return false;
}

/* Google's deep-learning images install the driver when they are asked to; those that have it say so in their names. */
static bool needs_driver(const struct lb_template *template)
{
	return lb_template_has_gpus(template) && text_equal(template->gpu_driver, "Auto") && template->image &&
	       text_starts(template->image, "projects/deeplearning-platform-release/") &&
	       !strstr(template->image, "nvidia") && !has_metadata(template, "install-nvidia-driver");
}

/* Of a cluster's machine the user's is run by one of ours. */
static void add_startup_script(cJSON *items, const struct lb_pool *pool, const char *script)
{
	add_metadata(items, "startup-script", pool->role ? training_startup_script() : script);
	if (pool->role)
		add_metadata(items, TRAINING_SCRIPT_KEY, script);
}

static void set_metadata(cJSON *properties, const struct lb_spec *spec, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(spec, pool);
	cJSON *items = cJSON_CreateArray();

	for (size_t i = 0; i < template->metadata.count; i++)
		add_metadata(items, template->metadata.items[i].key, template->metadata.items[i].value);
	if (template->startup_script)
		add_startup_script(items, pool, template->startup_script);
	if (template->container.image)
		add_metadata(items, "user-data", machine_user_data(spec, pool));
	if (needs_driver(template))
		add_metadata(items, "install-nvidia-driver", "True");
	if (items->child)
		json_set(json_set_object(properties, "metadata"), "items", items);
}

static void set_labels_and_tags(
	cJSON *properties, const struct lb_template *template, const struct kind_context *context)
{
	cJSON *labels = json_set_object(properties, "labels");
	cJSON *tags = json_set_array(json_set_object(properties, "tags"), "items");

	for (size_t i = 0; i < template->labels.count; i++)
		json_set_text(labels, template->labels.items[i].key, template->labels.items[i].value);
	json_set_text(labels, "tflb-id", context->who->id);
	for (size_t i = 0; i < template->tags.count; i++)
		json_add_text(tags, template->tags.items[i]);
	json_add_text(tags, machine_tag(context->who));
}

static void add_scope(cJSON *scopes, const char *scope)
{
	bool complete = strchr(scope, '/') != NULL;

	json_add_text(
		scopes, complete ? scope : arena_printf(json_arena(), "https://www.googleapis.com/auth/%s", scope));
}

static void set_service_account(cJSON *properties, const struct lb_template *template)
{
	cJSON *account, *scopes;

	if (!template->service_account)
		return;
	account = json_add_object(json_set_array(properties, "serviceAccounts"));
	json_set_text(account, "email", template->service_account);
	scopes = json_set_array(account, "scopes");
	for (size_t i = 0; i < template->scopes.count; i++)
		add_scope(scopes, template->scopes.items[i]);
	if (!template->scopes.count)
		add_scope(scopes, "cloud-platform");
}

/* Pinned at birth: all machines of one template have one image. image: NULL where the family was not found yet. */
static void pin(cJSON *properties, cJSON *note, const char *source, const char *revision, const char *image)
{
	cJSON *disk;

	if (!image)
		return;
	cJSON_ArrayForEach(disk, json_member(properties, "disks"))
	{
		cJSON *made = json_member(disk, "initializeParams");

		if (text_equal(json_text(made, "sourceImage"), source))
			json_set_text(made, "sourceImage", image);
	}
	family_pin(note, source, revision, image);
}

/* What is nowhere in a machine only the mark can tell of a template that is there. */
static void set_note(cJSON *body, const struct families *families, const char *revision)
{
	cJSON *note = cJSON_CreateObject();

	json_set_text(note, "revision", revision);
	for (size_t i = 0; i < families->count; i++)
		pin(json_member(body, "properties"), note, families->items[i].source, families->items[i].revision,
			families->items[i].image);
	if (note->child)
		json_set_text(body, "description", mark_with_note(json_text(body, "description"), note));
}

static void add(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(&context->lb->spec, pool);
	struct families families = families_of_template(context, pool);
	char hash[HASH_SIZE];
	struct want *want;
	cJSON *properties, *tree = model_template_tree(template);

	name_hash(context->lb, pool, &families, hash);
	want = want_begin(wants, &kind_instance_template, context, pool_role("template", pool), pool->name, hash);
	properties = json_set_object(want->body, "properties");
	json_set_text(properties, "machineType", template->machine_type);
	machine_set_disks(properties, context->lb, pool, tree);
	machine_set_interfaces(properties, context->lb, pool, tree);
	set_metadata(properties, &context->lb->spec, pool);
	set_labels_and_tags(properties, template, context);
	set_service_account(properties, template);
	machine_set_options(properties, template, tree);
	set_note(want->body, &families, template->revision);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	each_make(context, wants, add);
}

/* Families that stand there still are found by now. */
static void pin_found(cJSON *properties, cJSON *note, const char *revision, const struct nodes *nodes)
{
	const cJSON *disk;

	cJSON_ArrayForEach(disk, json_member(properties, "disks"))
	{
		const char *source = json_text(disk, "initializeParams.sourceImage");

		if (source && is_family(source))
			pin(properties, note, arena_strdup(json_arena(), source), revision ? revision : "",
				family_found(nodes, source));
	}
}

/* The mark says what a change to it, or from it, costs: by its images, too. */
static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	cJSON *body = json_copy(node->want), *properties = json_member(body, "properties"), *note;
	const char *description = json_text(body, "description"), *revision;
	struct mark mark;

	mark_parse(description, &mark);
	revision = json_text(mark.note, "revision");
	note = mark.note ? json_copy(mark.note) : cJSON_CreateObject();
	pin_found(properties, note, revision, nodes);
	note = json_merge(note, machine_change_note(properties, revision));
	json_set_text(body, "description", mark_with_note(description, note));
	return body;
}

/* The wanted group whose machines were made of it; NULL: none is. */
static const struct node *group_of(const struct node *template, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *group = nodes->items[i];

		if (group->kind->id == KIND_GROUP && group->wanted && text_equal(group->own_part, template->own_part))
			return group;
	}
	return NULL;
}

/* How many earlier templates of its pool are newer. */
static int64_t count_newer(const struct node *template, const struct nodes *nodes)
{
	int64_t count = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		count += node != template && node->kind == template->kind && !node->wanted &&
		         node->presence == NODE_PRESENT && text_equal(node->own_part, template->own_part) &&
		         node_is_newer(node, template);
	}
	return count;
}

/* The last few are kept, the one to go back to however old it is, and what machines are made anew of that their group must not
 * change. */
static bool stays(const struct node *node, const struct nodes *nodes)
{
	const struct node *group = group_of(node, nodes);
	const struct lb_rollout *rollout = group && group->terms ? &group->terms->lb->spec.rollout : NULL;

	if (!rollout)
		return false;
	if (group->presence == NODE_PRESENT && group_sight(group).mixed)
		return true;
	if (group->presence == NODE_PRESENT && text_equal(rollout->failure_policy, "Rollback") &&
		text_equal(rollout_healthy(group), node->own_name))
		return true;
	return count_newer(node, nodes) < rollout->revision_history_limit;
}

const struct kind kind_instance_template = {
	.id = KIND_INSTANCE_TEMPLATE,
	.name = "InstanceTemplate",
	.text = "instance template",
	.collection = "instanceTemplates",
	.immutable = true,
	.description_fixed = true,
	.list_path = "global/instanceTemplates",
	.list_query = "fields=items(name,description,selfLink,creationTimestamp),nextPageToken",
	.members = members,
	.sources = sources,
	.build = build,
	.toward = toward,
	.stays = stays,
};
