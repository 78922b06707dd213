/* What stands around the schema: names, columns, scale, and the root of the object. */
#include "model/crd.h"

#include "model/model.h"
#include "model/policy_types.h"
#include "model/rules.h"
#include "model/schema.h"
#include "model/yaml_write.h"

struct column {
	const char *name, *type, *path, *text;
	bool wide; /* only with -o wide */
};

/* One resource type. */
struct resource {
	const char *plural, *singular, *kind, *short_name;
	const char *text; /* description of the whole */
	const struct column *columns;
	size_t column_count;
	bool namespaced;
	void (*add_more)(cJSON *version); /* subresources and the like; NULL: none */
	const struct rule *rules;         /* of the root; NULL: none */
	const struct type *spec, *status; /* status NULL: there is none */
};

#define READY ".status.conditions[?(@.type==\"Ready\")]"

static const struct column balancer_columns[] = {
	{"Ready", "string", READY ".status", "Whether the load balancer serves as wanted.", false},
	{"Address", "string", ".status.address", "IPv4 address where clients arrive.", false},
	{"Healthy", "integer", ".status.readyReplicas", "Healthy machines.", false},
	{"Replicas", "integer", ".status.replicas", "Machines that exist.", false},
	{"Status", "string", READY ".reason", "One word on what is going on.", false},
	{"Age", "date", ".metadata.creationTimestamp", "Time since the object was created.", false},
	{"Pools", "string", ".status.display.pools", "Healthy and wanted machines by pool.", true},
	{"Template", "string", ".status.display.templates", "Instance template of each pool.", true},
	{"Project", "string", ".spec.project", "Google Cloud project.", true},
	{"Changed", "date", READY ".lastTransitionTime", "Last change of Ready.", true},
	{"Message", "string", READY ".message", "What is, and who must do what.", true},
};

static const struct column policy_columns[] = {
	{"Projects", "string", ".spec.allow.projects", "Projects that load balancers may be made in.", false},
	{"Identity", "string", ".spec.impersonateServiceAccount", "Service account that the controller acts as.",
		false},
	{"Age", "date", ".metadata.creationTimestamp", "Time since the object was created.", false},
};

static void add_names(const struct resource *resource, cJSON *spec)
{
	cJSON *names = json_set_object(spec, "names");
	json_set_text(names, "plural", resource->plural);
	json_set_text(names, "singular", resource->singular);
	json_set_text(names, "kind", resource->kind);
	json_setf(names, "listKind", "%sList", resource->kind);
	json_add_text(json_set_array(names, "shortNames"), resource->short_name);
}

static void add_subresources(cJSON *version)
{
	cJSON *subresources = json_set_object(version, "subresources");
	json_set_object(subresources, "status");
	cJSON *scale = json_set_object(subresources, "scale");
	json_set_text(scale, "specReplicasPath", ".spec.replicas");
	json_set_text(scale, "statusReplicasPath", ".status.replicasPerPool");
	json_set_text(scale, "labelSelectorPath", ".status.selector");
}

static void add_selectable(cJSON *version)
{
	cJSON *fields = json_set_array(version, "selectableFields");
	json_set_text(json_add_object(fields), "jsonPath", ".spec.project");
	json_set_text(json_add_object(fields), "jsonPath", ".spec.suspend");
}

static void add_balancer_parts(cJSON *version)
{
	add_subresources(version);
	add_selectable(version);
}

static void add_columns(const struct resource *resource, cJSON *version)
{
	const struct column *columns = resource->columns;
	cJSON *list = json_set_array(version, "additionalPrinterColumns");
	for (size_t i = 0; i < resource->column_count; i++) {
		cJSON *column = json_add_object(list);
		json_set_text(column, "name", columns[i].name);
		json_set_text(column, "type", columns[i].type);
		json_set_text(column, "jsonPath", columns[i].path);
		json_set_text(column, "description", columns[i].text);
		if (columns[i].wide)
			json_set_int(column, "priority", 1);
	}
}

static void add_standard_members(cJSON *properties)
{
	json_set_text(json_set_object(properties, "apiVersion"), "type", "string");
	json_set_text(json_set_object(properties, "kind"), "type", "string");
	cJSON *metadata = json_set_object(properties, "metadata");
	json_set_text(metadata, "type", "object");
	json_set_text(json_set_object(json_set_object(metadata, "properties"), "name"), "type", "string");
}

static void add_status(const struct resource *resource, cJSON *properties)
{
	static const struct schema_site whole = {.see = NULL};
	if (!resource->status)
		return;
	cJSON *status = schema_build(resource->status, whole, "What is. Written by the controller.");
	/* So that nobody takes an object that the controller has not seen yet for a healthy one. */
	json_set_int(json_set_object(status, "default"), "observedGeneration", -1);
	json_set(properties, "status", status);
}

static cJSON *root_schema(const struct resource *resource)
{
	static const struct schema_site whole = {.see = NULL};
	struct type root = {.kind = TYPE_OBJECT, .rules = resource->rules};
	cJSON *schema = schema_build(&root, whole, resource->text);
	json_add_text(json_set_array(schema, "required"), "spec");
	cJSON *properties = json_member(schema, "properties");
	add_standard_members(properties);
	json_set(properties, "spec", schema_build(resource->spec, whole, "What you want."));
	add_status(resource, properties);
	return schema;
}

static void add_version(const struct resource *resource, cJSON *spec)
{
	cJSON *version = json_add_object(json_set_array(spec, "versions"));
	json_set_text(version, "name", MODEL_VERSION);
	json_set_bool(version, "served", true);
	json_set_bool(version, "storage", true);
	if (resource->add_more)
		resource->add_more(version);
	add_columns(resource, version);
	json_set(json_set_object(version, "schema"), "openAPIV3Schema", root_schema(resource));
}

static cJSON *build(const struct resource *resource)
{
	cJSON *crd = cJSON_CreateObject();
	json_set_text(crd, "apiVersion", "apiextensions.k8s.io/v1");
	json_set_text(crd, "kind", "CustomResourceDefinition");
	json_setf(json_set_object(crd, "metadata"), "name", "%s." MODEL_GROUP, resource->plural);
	cJSON *spec = json_set_object(crd, "spec");
	json_set_text(spec, "group", MODEL_GROUP);
	json_set_text(spec, "scope", resource->namespaced ? "Namespaced" : "Cluster");
	add_names(resource, spec);
	add_version(resource, spec);
	return crd;
}

cJSON *crd_build(void)
{
	static const struct resource balancer = {
		.plural = MODEL_PLURAL,
		.singular = "tfloadbalancer",
		.kind = MODEL_KIND,
		.short_name = "tflb",
		.text = "Pools of TensorFlow machines behind a Google Cloud HTTP load balancer.",
		.columns = balancer_columns,
		.column_count = sizeof balancer_columns / sizeof *balancer_columns,
		.namespaced = true,
		.add_more = add_balancer_parts,
		.rules = object_rules,
		.spec = &spec_type,
		.status = &status_type,
	};
	return build(&balancer);
}

cJSON *crd_build_policy(void)
{
	static const struct resource policy = {
		.plural = MODEL_POLICY_PLURAL,
		.singular = "tfloadbalancerpolicy",
		.kind = MODEL_POLICY_KIND,
		.short_name = "tflbpolicy",
		.text = "What the load balancers of some namespaces may use, and whom the controller acts as for them.",
		.columns = policy_columns,
		.column_count = sizeof policy_columns / sizeof *policy_columns,
		.spec = &policy_spec_type,
	};
	return build(&policy);
}

char *model_crd_yaml(void)
{
	return yaml_write(crd_build());
}

char *policy_crd_yaml(void)
{
	return yaml_write(crd_build_policy());
}
