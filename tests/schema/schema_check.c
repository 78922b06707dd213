/* The judge. The schema's tree lives in an arena of its own, for as long as the schema. */
#include "schema_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/file_text.h"

struct schema {
	struct arena *own_arena;
	cJSON *messages, *methods;
};

struct judgement {
	const struct schema *schema;
	enum schema_use use;
	struct error *err;
};

/* Where the service knows more than the schema, which is a little older (mid 2025). */
struct exception {
	const char *message, *member, *type;
	bool repeated;
	const char *reason;
};

static const struct exception exceptions[] = {
	{"InstanceGroupManager", "namedPorts", "NamedPort", true, "marked output-only and accepted at insert"},
	{"InstanceGroupManager", "targetSizePolicy", "any", false, "recorded on v1"},
	{"InstanceGroupManagerInstanceLifecyclePolicy", "onFailedHealthCheck", "string", false, "recorded on v1"},
};

/* Messages of requests that are no resource. */
static const struct {
	const char *method, *message;
} requests[] = {
	{"compute.backendBuckets.addSignedUrlKey", "SignedUrlKey"},
	{"compute.backendBuckets.setEdgeSecurityPolicy", "SecurityPolicyReference"},
	{"compute.backendServices.getHealth", "ResourceGroupReference"},
	{"compute.backendServices.addSignedUrlKey", "SignedUrlKey"},
	{"compute.backendServices.setEdgeSecurityPolicy", "SecurityPolicyReference"},
	{"compute.backendServices.setSecurityPolicy", "SecurityPolicyReference"},
	{"compute.urlMaps.validate", "UrlMapsValidateRequest"},
	{"compute.globalAddresses.setLabels", "GlobalSetLabelsRequest"},
	{"compute.globalForwardingRules.setLabels", "GlobalSetLabelsRequest"},
	{"compute.globalForwardingRules.setTarget", "TargetReference"},
	{"compute.instanceGroupManagers.createInstances", "InstanceGroupManagersCreateInstancesRequest"},
	{"compute.instanceGroupManagers.deleteInstances", "InstanceGroupManagersDeleteInstancesRequest"},
	{"compute.instanceGroups.setNamedPorts", "InstanceGroupsSetNamedPortsRequest"},
	{"compute.regionInstanceGroups.setNamedPorts", "RegionInstanceGroupsSetNamedPortsRequest"},
	{"compute.targetHttpProxies.setUrlMap", "UrlMapReference"},
	{"compute.targetHttpsProxies.setUrlMap", "UrlMapReference"},
};

/* The resource of a collection, for insert, patch and update. */
static const struct {
	const char *collection, *message;
} resources[] = {
	{"autoscalers", "Autoscaler"},
	{"backendServices", "BackendService"},
	{"firewalls", "Firewall"},
	{"globalAddresses", "Address"},
	{"globalForwardingRules", "ForwardingRule"},
	{"healthChecks", "HealthCheck"},
	{"instanceGroupManagers", "InstanceGroupManager"},
	{"instanceTemplates", "InstanceTemplate"},
	{"regionAutoscalers", "Autoscaler"},
	{"regionInstanceGroupManagers", "InstanceGroupManager"},
	{"backendBuckets", "BackendBucket"},
	{"sslCertificates", "SslCertificate"},
	{"sslPolicies", "SslPolicy"},
	{"targetHttpProxies", "TargetHttpProxy"},
	{"targetHttpsProxies", "TargetHttpsProxy"},
	{"urlMaps", "UrlMap"},
};

/* Every method takes these. */
static const char *const common_parameters[] = {"alt", "fields", "prettyPrint", "key", "quotaUser"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct schema *schema_load(const char *file)
{
	size_t length = 0;
	AUTO_FREE char *text = file_text(file, &length);
	struct schema *schema = mem_alloc(sizeof(*schema));
	struct arena *before;
	cJSON *tree;

	schema->own_arena = arena_new();
	before = json_use(schema->own_arena);
	tree = text ? json_parse(text, length, (struct json_limits){0}, NULL) : NULL;
	json_use(before);
	schema->messages = json_member(tree, "messages");
	schema->methods = json_member(tree, "methods");
	if (schema->messages && schema->methods)
		return schema;
	schema_free(schema);
	return NULL;
}

void schema_free(struct schema *schema)
{
	if (!schema)
		return;
	arena_free(schema->own_arena);
	mem_free(schema);
}

static bool check_message(const struct judgement *judge, const char *path, const char *message, const cJSON *value);

static bool refuse(const struct judgement *judge, const char *path, const char *problem)
{
	return error_set(judge->err, ERROR_REJECTED, "%s: %s", path[0] ? path : "body", problem);
}

static bool is_integer(const cJSON *value, double least, double most)
{
	return cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble &&
	       value->valuedouble >= least && value->valuedouble <= most;
}

static bool is_digits(const cJSON *value, bool sign)
{
	const char *digits;

	if (!cJSON_IsString(value))
		return false;
	digits = value->valuestring + (sign && value->valuestring[0] == '-');
	return *digits && digits[strspn(digits, "0123456789")] == '\0';
}

static bool is_listed(const cJSON *values, const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, values)
	{
		if (cJSON_IsString(value) && text_equal(item->valuestring, value->valuestring))
			return true;
	}
	return false;
}

static bool is_plain(const char *type, const cJSON *value)
{
	if (text_equal(type, "string") || text_equal(type, "bytes"))
		return cJSON_IsString(value);
	if (text_equal(type, "bool"))
		return cJSON_IsBool(value);
	if (text_equal(type, "number"))
		return cJSON_IsNumber(value);
	if (text_equal(type, "int32"))
		return is_integer(value, -2147483648.0, 2147483647.0);
	if (text_equal(type, "uint32"))
		return is_integer(value, 0, 4294967295.0);
	if (text_equal(type, "int64") || text_equal(type, "uint64"))
		return is_digits(value, type[0] == 'i');
	return false;
}

static bool check_one(
	const struct judgement *judge, const char *path, const char *type, const cJSON *values, const cJSON *value)
{
	if (text_equal(type, "any"))
		return true;
	if (json_member(judge->schema->messages, type))
		return check_message(judge, path, type, value);
	if (text_equal(type, "enum"))
		return is_listed(values, value) || refuse(judge, path, "not one of the enum's values");
	return is_plain(type, value) || refuse(judge, path, arena_printf(json_arena(), "not of type %s", type));
}

static bool check_value(const struct judgement *judge, const char *path, const char *type, bool repeated,
	const cJSON *values, const cJSON *value)
{
	const cJSON *item;
	int index = 0;

	if (cJSON_IsNull(value))
		return judge->use == SCHEMA_PATCH || refuse(judge, path, "null");
	if (!repeated)
		return check_one(judge, path, type, values, value);
	if (!cJSON_IsArray(value))
		return refuse(judge, path, "not an array");
	cJSON_ArrayForEach(item, value)
	{
		if (!check_one(judge, arena_printf(json_arena(), "%s[%d]", path, index++), type, values, item))
			return false;
	}
	return true;
}

static const struct exception *exception_of(const char *message, const char *member)
{
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		if (text_equal(exceptions[i].message, message) && text_equal(exceptions[i].member, member))
			return &exceptions[i];
	}
	return NULL;
}

static bool check_member(const struct judgement *judge, const char *path, const char *message, const cJSON *value)
{
	const struct exception *exception = exception_of(message, value->string);
	const cJSON *fields = json_member(json_member(judge->schema->messages, message), "fields");
	const cJSON *field = json_member(fields, value->string);

	if (exception)
		return check_value(judge, path, exception->type, exception->repeated, NULL, value);
	if (!field)
		return refuse(judge, path, arena_printf(json_arena(), "unknown member of %s", message));
	if (judge->use != SCHEMA_ANSWER && json_bool(field, "output_only", false))
		return refuse(judge, path, "output only");
	return check_value(judge, path, json_text(field, "type"), json_bool(field, "repeated", false),
		json_member(field, "values"), value);
}

/* Maps hold texts, enums whose values the schema does not list, or messages. */
static const char *map_type(const cJSON *entry)
{
	const char *type = json_text(entry, "map");

	return type && text_ends(type, "Field") ? "string" : type;
}

static bool check_message(const struct judgement *judge, const char *path, const char *message, const cJSON *value)
{
	const char *map = map_type(json_member(judge->schema->messages, message));
	const cJSON *member;

	if (!cJSON_IsObject(value))
		return refuse(judge, path, arena_printf(json_arena(), "not a %s", message));
	cJSON_ArrayForEach(member, value)
	{
		const char *below =
			path[0] ? arena_printf(json_arena(), "%s.%s", path, member->string) : member->string;

		if (map ? !check_value(judge, below, map, false, NULL, member)
			: !check_member(judge, below, message, member))
			return false;
	}
	return true;
}

bool schema_check_body(
	const struct schema *schema, const char *message, enum schema_use use, const cJSON *body, struct error *err)
{
	struct judgement judge = {.schema = schema, .use = use, .err = err};

	if (!json_member(schema->messages, message))
		return error_set(err, ERROR_REJECTED, "the schema has no message %s", message);
	return check_message(&judge, "", message, body);
}

/* "projects/{project}/zones/{zone}/x" against "projects/p/zones/z/x". */
static bool path_fits(const char *template, const char *path)
{
	while (*template && *path) {
		size_t want = strcspn(template, "/"), have = strcspn(path, "/");

		if (have == 0 || (template[0] != '{' && (want != have || strncmp(template, path, want) != 0)))
			return false;
		template += want;
		path += have;
		if (*template != *path)
			return false;
		if (*template) {
			template ++;
			path++;
		}
	}
	return *template == *path;
}

static const cJSON *find_method(const struct schema *schema, const char *method, const char *path)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, schema->methods)
	{
		if (text_equal(json_text(item, "http"), method) && path_fits(json_text(item, "path"), path))
			return item;
	}
	return NULL;
}

static bool takes(const cJSON *method, const char *name)
{
	const cJSON *item;

	for (size_t i = 0; i < COUNT(common_parameters); i++) {
		if (text_equal(common_parameters[i], name))
			return true;
	}
	cJSON_ArrayForEach(item, json_member(method, "query"))
	{
		if (text_equal(item->valuestring, name))
			return true;
	}
	return false;
}

static bool check_query(const cJSON *method, const char *query, struct error *err)
{
	while (query && *query) {
		size_t pair = strcspn(query, "&"), name = strcspn(query, "=&");
		char *text = arena_strndup(json_arena(), query, name);

		if (!takes(method, text))
			return error_set(err, ERROR_REJECTED, "%s takes no parameter %s", method->string, text);
		query += pair + (query[pair] == '&');
	}
	return true;
}

/* "compute.urlMaps.insert" is about urlMaps. */
static const char *message_of(const char *method)
{
	const char *collection = strchr(method, '.') + 1;
	const char *verb = strrchr(method, '.') + 1;
	bool resource = text_equal(verb, "insert") || text_equal(verb, "patch") || text_equal(verb, "update");

	for (size_t i = 0; i < COUNT(requests); i++) {
		if (text_equal(requests[i].method, method))
			return requests[i].message;
	}
	for (size_t i = 0; resource && i < COUNT(resources); i++) {
		size_t length = strlen(resources[i].collection);

		if (strncmp(collection, resources[i].collection, length) == 0 && collection[length] == '.')
			return resources[i].message;
	}
	return NULL;
}

static bool check_request_body(const struct schema *schema, const cJSON *method, const cJSON *body, struct error *err)
{
	const char *message = message_of(method->string);
	bool insert = text_ends(method->string, ".insert");

	if (json_bool(method, "body", false) != (body != NULL))
		return error_set(err, ERROR_REJECTED, "%s %s", method->string, body ? "takes no body" : "needs a body");
	if (!body)
		return true;
	if (!message)
		return error_set(err, ERROR_REJECTED, "%s: add its message to schema_check", method->string);
	if (insert && !json_text(body, "name"))
		return error_set(err, ERROR_REJECTED, "%s: the body has no name", method->string);
	return schema_check_body(schema, message, insert ? SCHEMA_INSERT : SCHEMA_PATCH, body, err);
}

bool schema_check_call(const struct schema *schema, const char *method, const char *path, const char *query,
	const cJSON *body, struct error *err)
{
	const cJSON *found = find_method(schema, method, path);

	if (!found)
		return error_set(err, ERROR_REJECTED, "no such call: %s %s", method, path);
	return check_query(found, query, err) && check_request_body(schema, found, body, err);
}
