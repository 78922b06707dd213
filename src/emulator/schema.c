/* The schema is kept as tables of our own, not as a JSON tree: it lives as long as the emulator. */
#include "emulator/schema.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "emulator/schema_file.h"

enum field_type {
	FIELD_STRING,
	FIELD_BYTES,
	FIELD_INT32,
	FIELD_INT64,
	FIELD_NUMBER,
	FIELD_BOOL,
	FIELD_ENUM,
	FIELD_ANY,
	FIELD_MESSAGE
};

#define LIST_QUERY "[\"filter\",\"includeAllScopes\",\"maxResults\",\"orderBy\",\"pageToken\",\"returnPartialSuccess\"]"

struct field {
	enum field_type type;
	char *own_message; /* FIELD_MESSAGE */
	bool repeated, output_only, is_unsigned;
	struct vec values; /* FIELD_ENUM: own texts */
};

struct message {
	bool is_map;
	struct map fields;       /* name -> own struct field */
	struct field *own_value; /* is_map: of every member */
};

struct emu_method {
	char *own_http, *own_path;
	struct vec query; /* own texts */
};

struct emu_schema {
	struct map messages; /* name -> own struct message */
	struct vec methods;  /* own struct emu_method */
};

/* Where the service differs from the schema's text, as merge patches over it. */
static const struct exception {
	const char *patch, *reason;
} exceptions[] = {
	{"{\"messages\":{\"InstanceGroupManager\":{\"fields\":{\"namedPorts\":{\"output_only\":null}}}}}",
		"marked output only, but insert takes them (recorded)"},
	{"{\"messages\":{\"InstanceGroupManagerInstanceLifecyclePolicy\":{\"fields\":{\"onFailedHealthCheck\":"
	 "{\"type\":\"enum\",\"values\":[\"DEFAULT_ACTION\",\"DO_NOTHING\",\"REPAIR\"]}}}}}",
		"newer than the schema, on v1 (recorded)"},
	{"{\"messages\":{\"InstanceGroupManager\":{\"fields\":{\"targetSizePolicy\":"
	 "{\"type\":\"InstanceGroupManagerTargetSizePolicy\"}}},"
	 "\"InstanceGroupManagerTargetSizePolicy\":{\"fields\":{\"mode\":{\"type\":\"enum\",\"values\":[\"BULK\","
	 "\"INDIVIDUAL\"]}}}}}",
		"newer than the schema, on v1 (recorded)"},
	{"{\"methods\":{\"compute.addresses.aggregatedList\":{\"http\":\"GET\",\"path\":\"projects/{project}/"
	 "aggregated/addresses\","
	 "\"query\":" LIST_QUERY "},"
	 "\"compute.forwardingRules.aggregatedList\":{\"http\":\"GET\",\"path\":\"projects/{project}/aggregated/"
	 "forwardingRules\","
	 "\"query\":" LIST_QUERY "}}}",
		"left out of the schema's selection; gcloud lists global addresses and rules with them"},
};

static const struct {
	const char *name;
	enum field_type type;
} type_names[] = {
	{"string", FIELD_STRING},
	{"bytes", FIELD_BYTES},
	{"int32", FIELD_INT32},
	{"uint32", FIELD_INT32},
	{"int64", FIELD_INT64},
	{"uint64", FIELD_INT64},
	{"bool", FIELD_BOOL},
	{"number", FIELD_NUMBER},
	{"enum", FIELD_ENUM},
	{"any", FIELD_ANY},
};

static void field_set_type(struct field *field, const char *name)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
		if (!strcmp(name, type_names[i].name)) {
			field->type = type_names[i].type;
			field->is_unsigned = name[0] == 'u';
			return;
		}
	}
	field->type = FIELD_MESSAGE;
	field->own_message = mem_strdup(name);
}

static void texts_add(struct vec *texts, const cJSON *array)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array) vec_add(texts, mem_strdup(item->valuestring));
}

static struct field *field_new(const cJSON *tree)
{
	struct field *field = mem_alloc(sizeof(*field));

	field_set_type(field, json_text_or(tree, "type", "any"));
	field->repeated = json_bool(tree, "repeated", false);
	field->output_only = json_bool(tree, "output_only", false);
	texts_add(&field->values, json_member(tree, "values"));
	return field;
}

static void field_free(void *value)
{
	struct field *field = value;

	if (!field)
		return;
	mem_free(field->own_message);
	vec_done(&field->values, mem_free);
	mem_free(field);
}

/* Maps of plain values are written as "map": "StringField"; those of enums do not say which. */
static struct field *map_value_new(const char *type)
{
	struct field *field = mem_alloc(sizeof(*field));

	if (!strcmp(type, "StringField") || !strcmp(type, "EnumField"))
		field->type = FIELD_STRING;
	else
		field_set_type(field, type);
	return field;
}

static struct message *message_new(const cJSON *tree)
{
	struct message *message = mem_alloc(sizeof(*message));
	const char *map = json_text(tree, "map");
	const cJSON *item;

	message->is_map = map != NULL;
	if (map)
		message->own_value = map_value_new(map);
	cJSON_ArrayForEach(item, json_member(tree, "fields")) map_put(&message->fields, item->string, field_new(item));
	return message;
}

static void message_free(void *value)
{
	struct message *message = value;

	map_done(&message->fields, field_free);
	field_free(message->own_value);
	mem_free(message);
}

static void method_free(void *value)
{
	struct emu_method *method = value;

	mem_free(method->own_http);
	mem_free(method->own_path);
	vec_done(&method->query, mem_free);
	mem_free(method);
}

static void schema_fill(struct emu_schema *schema, cJSON *tree)
{
	const cJSON *item;

	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		json_merge(tree, json_parse_text(exceptions[i].patch));
	cJSON_ArrayForEach(item, json_member(tree, "messages"))
		map_put(&schema->messages, item->string, message_new(item));
	cJSON_ArrayForEach(item, json_member(tree, "methods"))
	{
		struct emu_method *method = mem_alloc(sizeof(*method));

		method->own_http = mem_strdup(json_text_or(item, "http", ""));
		method->own_path = mem_strdup(json_text_or(item, "path", ""));
		texts_add(&method->query, json_member(item, "query"));
		vec_add(&schema->methods, method);
	}
}

struct emu_schema *emu_schema_new(const char *text, size_t length, struct error *err)
{
	JSON_WORK(work);
	struct emu_schema *schema;
	cJSON *tree;

	if (!text) {
		text = emu_schema_text;
		length = (size_t)(emu_schema_text_end - emu_schema_text);
	}
	tree = json_parse(text, length, (struct json_limits){0}, err);
	if (!tree)
		return NULL;
	if (!cJSON_IsObject(json_member(tree, "messages")) || !cJSON_IsObject(json_member(tree, "methods"))) {
		error_set(err, ERROR_REJECTED, "the schema has no messages or no methods");
		return NULL;
	}
	schema = mem_alloc(sizeof(*schema));
	schema_fill(schema, tree);
	return schema;
}

void emu_schema_free(struct emu_schema *schema)
{
	if (!schema)
		return;
	map_done(&schema->messages, message_free);
	vec_done(&schema->methods, method_free);
	mem_free(schema);
}

/* One walk over a body. */
struct check {
	const struct emu_schema *schema;
	bool lenient, answer;
	struct emu_refusal *refusal;
};

static bool check_message(const struct check *check, const char *name, cJSON *body, const char *at);

static char *shown(const cJSON *value)
{
	return cJSON_IsString(value) ? value->valuestring : json_print(value);
}

static bool wrong(const struct check *check, const cJSON *value, const char *at, const char *expected)
{
	return emu_refuse_field(check->refusal, at, shown(value), "%s", expected);
}

static bool is_whole(const cJSON *value, double least, double most)
{
	return cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble &&
	       value->valuedouble >= least && value->valuedouble <= most;
}

static bool is_digits(const char *text)
{
	if (*text == '-')
		text++;
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 20;
}

/* int64 travels as text; a number is accepted on input and becomes text. */
static bool check_int64(const struct check *check, cJSON *value, const char *at)
{
	char text[32];

	if (cJSON_IsString(value) && is_digits(value->valuestring))
		return true;
	if (check->answer || !is_whole(value, -9007199254740992.0, 9007199254740992.0))
		return wrong(check, value, at, "A whole number in quotes is expected.");
	snprintf(text, sizeof(text), "%lld", (long long)value->valuedouble);
	value->type = cJSON_String;
	value->valuestring = arena_strdup(json_arena(), text);
	return true;
}

static bool check_enum(const struct check *check, const struct field *field, const cJSON *value, const char *at)
{
	if (!cJSON_IsString(value))
		return wrong(check, value, at, "A text is expected.");
	for (size_t i = 0; i < field->values.count; i++)
		if (!strcmp(field->values.own_items[i], value->valuestring))
			return true;
	return wrong(check, value, at, "The value is not one of the allowed ones.");
}

static bool check_value(const struct check *check, const struct field *field, cJSON *value, const char *at)
{
	switch (field->type) {
	case FIELD_STRING:
	case FIELD_BYTES:
		return cJSON_IsString(value) || wrong(check, value, at, "A text is expected.");
	case FIELD_INT32:
		return is_whole(value, field->is_unsigned ? 0 : INT32_MIN,
			       field->is_unsigned ? UINT32_MAX : INT32_MAX) ||
		       wrong(check, value, at, "A whole number is expected.");
	case FIELD_INT64:
		return check_int64(check, value, at);
	case FIELD_NUMBER:
		return cJSON_IsNumber(value) || wrong(check, value, at, "A number is expected.");
	case FIELD_BOOL:
		return cJSON_IsBool(value) || wrong(check, value, at, "true or false is expected.");
	case FIELD_ENUM:
		return check_enum(check, field, value, at);
	case FIELD_MESSAGE:
		return check_message(check, field->own_message, value, at);
	case FIELD_ANY:
		break;
	}
	return true;
}

static bool check_field(const struct check *check, const struct field *field, cJSON *value, const char *at)
{
	cJSON *item;
	int index = 0;

	if (cJSON_IsNull(value) && !check->answer)
		return true;
	if (!field->repeated)
		return check_value(check, field, value, at);
	if (!cJSON_IsArray(value))
		return wrong(check, value, at, "A list is expected.");
	cJSON_ArrayForEach(item, value) if (!check_value(check, field, item,
						    arena_printf(json_arena(), "%s[%d]", at, index++))) return false;
	return true;
}

static bool unknown(const struct check *check, const cJSON *member, const char *at)
{
	return emu_refuse(check->refusal, 400, "badRequest",
		"Invalid JSON payload received. Unknown name \"%s\" at 'resource%s%s': Cannot find field.",
		member->string, *at ? "." : "", at);
}

static bool check_member(
	const struct check *check, const struct message *message, cJSON *member, const char *at, bool *drop)
{
	const struct field *field = message->is_map ? message->own_value : map_find(&message->fields, member->string);
	char *path = arena_printf(json_arena(), "%s%s%s", at, *at ? "." : "", member->string);
	bool good;

	if (field && field->output_only && !check->answer) {
		*drop = true;
		return true;
	}
	good = field ? check_field(check, field, member, path) : unknown(check, member, at);
	if (good || !check->lenient)
		return good;
	*check->refusal = (struct emu_refusal){0};
	*drop = true;
	return true;
}

static bool check_message(const struct check *check, const char *name, cJSON *body, const char *at)
{
	const struct message *message = map_find(&check->schema->messages, name);
	cJSON *next;

	if (!cJSON_IsObject(body))
		return wrong(check, body, at, "An object is expected.");
	if (!message)
		return true;
	for (cJSON *member = body->child; member; member = next) {
		bool drop = false;

		next = member->next;
		if (!check_member(check, message, member, at, &drop))
			return false;
		if (drop)
			cJSON_DetachItemViaPointer(body, member);
	}
	return true;
}

bool emu_schema_check(
	const struct emu_schema *schema, const char *message, cJSON *body, bool lenient, struct emu_refusal *refusal)
{
	struct check check = {.schema = schema, .lenient = lenient, .refusal = refusal};

	return check_message(&check, message, body, "");
}

bool emu_schema_check_answer(
	const struct emu_schema *schema, const char *message, const cJSON *body, struct emu_refusal *refusal)
{
	struct check check = {.schema = schema, .answer = true, .refusal = refusal};

	return check_message(&check, message, json_copy(body), "");
}

/* Plain lists are no messages of the schema, but what they hold is: "HealthCheckList" holds items of HealthCheck. */
static const char *item_of_list(const struct emu_schema *schema, const char *message)
{
	size_t length = strlen(message) - (text_ends(message, "List") ? strlen("List") : 0);

	for (size_t i = 0; i < schema->messages.count; i++) {
		const char *key = schema->messages.own_entries[i].own_key;

		if (strlen(key) == length && strncmp(key, message, length) == 0)
			return key;
	}
	return NULL;
}

bool emu_schema_member(const struct emu_schema *schema, const char *message, const char *name, const char **inner)
{
	const struct message *found = message ? map_find(&schema->messages, message) : NULL;
	const struct field *field;

	*inner = NULL;
	if (!found) {
		*inner = message && !strcmp(name, "items") ? item_of_list(schema, message) : NULL;
		return true;
	}
	field = found->is_map ? found->own_value : map_find(&found->fields, name);
	if (field && field->type == FIELD_MESSAGE)
		*inner = field->own_message;
	return field != NULL;
}

/* "projects/{project}/zones" against "projects/p/zones": segments in braces match any one segment. */
static bool path_matches(const char *template, const char *path)
{
	while (*template && *path) {
		if (*template == '{') {
			template += strcspn(template, "/");
			path += strcspn(path, "/");
		} else if (*template ++ != *path++) {
			return false;
		}
	}
	return !*template && (!*path || (path[0] == '/' && !path[1]));
}

const struct emu_method *emu_schema_method(const struct emu_schema *schema, const char *http, const char *path)
{
	const struct emu_method *found = NULL;

	for (size_t i = 0; i < schema->methods.count; i++) {
		const struct emu_method *method = schema->methods.own_items[i];

		/* A template without variable in the last place wins: ".../images/family/{family}" is longer anyway. */
		if (!strcmp(method->own_http, http) && path_matches(method->own_path, path) &&
			(!found || strlen(method->own_path) < strlen(found->own_path)))
			found = method;
	}
	return found;
}

bool emu_method_takes(const struct emu_method *method, const char *parameter)
{
	for (size_t i = 0; i < method->query.count; i++)
		if (!strcmp(method->query.own_items[i], parameter))
			return true;
	return false;
}
