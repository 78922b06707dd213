/* Table of types -> schema. Descriptions are put together here, so that bounds, defaults and the cost of a change are said in
 * the same words everywhere and cannot differ from what holds. */
#include "model/schema.h"

#include <assert.h>
#include <string.h>

#include "model/rules.h"

enum { DECIMAL_LENGTH = 16 }; /* of pattern_decimal at most */

static const char *change_sentence(enum change change)
{
	switch (change) {
	case CHANGE_UNSAID:
		return NULL;
	case CHANGE_PLACE:
		return "A change restarts no machine.";
	case CHANGE_ROLL:
		return "A change updates the machines as updatePolicy says.";
	case CHANGE_GROUP:
		return "A change makes a new group of machines; the old one is drained when the new one serves.";
	case CHANGE_FRONT:
		return "A change makes a new forwarding rule before the old one goes.";
	case CHANGE_HEALTH_CHECK:
		return "A change makes a new health check, attached before the old one goes.";
	case CHANGE_CERTIFICATE:
		return "A change makes a new certificate; the old one goes when the new one serves.";
	case CHANGE_NEVER:
		return "It cannot be changed.";
	case CHANGE_OURS:
		return "A change calls nothing in the cloud.";
	}
	assert(!"a change of the enum");
	return NULL;
}

static bool is_leaf(const struct type *type)
{
	return type->kind != TYPE_OBJECT && !(type->kind == TYPE_LIST && type->item->kind == TYPE_OBJECT);
}

/* Texts that say when a member is needed, or what holds without it, say it better. */
static const char *without_it(const struct field *field)
{
	if (field->change == CHANGE_UNSAID || field->fallback || !is_leaf(field->type) || strstr(field->text, "nset") ||
		strstr(field->text, "eeded"))
		return "";
	return field->required ? " Required." : " Unset: none.";
}

/* What it means; which values; what holds without it; what changing it costs. */
static const char *description(const struct field *field)
{
	AUTO_STR struct str text = STR_INIT(4096);
	const struct type *type = field->type;
	str_adds(&text, field->text);
	if (type->kind == TYPE_INTEGER && field->change != CHANGE_UNSAID)
		str_addf(&text, " %lld to %lld%s%s.", (long long)type->least, (long long)type->most,
			field->unit ? " " : "", field->unit ? field->unit : "");
	if (field->fallback && type->kind != TYPE_OBJECT)
		str_addf(&text, " Default: %s.", field->fallback);
	str_adds(&text, without_it(field));
	const char *change = change_sentence(field->change);
	if (change)
		str_addf(&text, " %s", change);
	return arena_strdup(json_arena(), str_text(&text));
}

static cJSON *fallback_of(const struct field *field)
{
	if (field->type->kind == TYPE_STRING)
		return cJSON_CreateString(field->fallback);
	return json_parse_text(field->fallback);
}

static void add_rule(cJSON *schema, const char *cel, const char *message, const char *field_path, const char *reason)
{
	cJSON *rules = json_member(schema, "x-kubernetes-validations");
	if (!rules)
		rules = json_set_array(schema, "x-kubernetes-validations");
	cJSON *rule = json_add_object(rules);
	json_set_text(rule, "rule", cel);
	json_set_text(rule, "message", message);
	json_set_text(rule, "fieldPath", field_path);
	json_set_text(rule, "reason", reason);
}

static void add_rules(const struct type *type, struct schema_site site, cJSON *schema)
{
	for (const struct rule *rule = type->rules; rule && rule->cel; rule++) {
		if (!rule->whole || !site.override)
			add_rule(schema, rule->cel, rule->message, rule->field_path, rule->reason);
	}
}

/* A pattern with a sentence of its own goes as a rule, since the API server would answer with the expression. */
static void add_text(const struct type *type, cJSON *schema)
{
	json_set_text(schema, "type", "string");
	json_set_text(schema, "format", type->format);
	if (type->words) {
		cJSON *words = json_set_array(schema, "enum");
		for (const char *const *word = type->words; *word; word++)
			json_add_text(words, *word);
		return;
	}
	if (type->least > 1 || (type->least == 1 && !(type->pattern && !type->pattern->matches(""))))
		json_set_int(schema, "minLength", type->least); /* else the pattern says it */
	json_set_int(schema, "maxLength", type->most);
	if (type->pattern && type->pattern->message)
		add_rule(schema, arena_printf(json_arena(), "self.matches(r'%s')", type->pattern->text),
			type->pattern->message, NULL, NULL);
	else if (type->pattern)
		json_set_text(schema, "pattern", type->pattern->text);
}

static void add_integer(const struct type *type, cJSON *schema)
{
	json_set_text(schema, "type", "integer");
	if (type->most > INT32_MAX) /* else the bounds say it */
		json_set_text(schema, "format", "int64");
	json_set_int(schema, "minimum", type->least);
	if (type->most < INT64_MAX)
		json_set_int(schema, "maximum", type->most);
}

/* The bounds are the integer's, the pattern is the decimal's. */
static void add_number(const struct type *type, cJSON *schema)
{
	cJSON *either = json_set_array(schema, "anyOf");

	json_set_bool(schema, "x-kubernetes-int-or-string", true);
	json_set_text(json_add_object(either), "type", "integer");
	json_set_text(json_add_object(either), "type", "string");
	json_set_int(schema, "minimum", type->least);
	json_set_int(schema, "maximum", type->most);
	json_set_text(schema, "pattern", type->pattern->text);
	json_set_int(schema, "maxLength", DECIMAL_LENGTH);
}

static const char *const form_words[] = {[LIST_SET] = "set", [LIST_KEYED] = "map"};

/* Items are whole, also where the list overrides another one. */
static cJSON *item_schema(const struct type *type, struct schema_site site)
{
	struct schema_site below = {.silent = site.silent};

	return schema_build(type->item, below, site.silent ? NULL : type->item_text);
}

static void add_list(const struct type *type, struct schema_site site, cJSON *schema)
{
	json_set_text(schema, "type", "array");
	if (type->least > 0)
		json_set_int(schema, "minItems", type->least);
	json_set_int(schema, "maxItems", type->most);
	if (type->form != LIST_ATOMIC) /* which all are that don't say otherwise */
		json_set_text(schema, "x-kubernetes-list-type", form_words[type->form]);
	if (type->form == LIST_KEYED) {
		cJSON *keys = json_set_array(schema, "x-kubernetes-list-map-keys");
		for (const char *const *key = type->keys; *key; key++)
			json_add_text(keys, *key);
	}
	json_set(schema, "items", item_schema(type, site));
}

static void add_map(const struct type *type, struct schema_site site, cJSON *schema)
{
	json_set_text(schema, "type", "object");
	json_set_int(schema, "maxProperties", type->most);
	json_set(schema, "additionalProperties", item_schema(type, site));
}

static void add_required(const struct type *type, struct schema_site site, cJSON *schema)
{
	cJSON *required = NULL;
	for (size_t i = 0; i < type->field_count && !site.override; i++) {
		if (!type->fields[i].required)
			continue;
		if (!required)
			required = json_set_array(schema, "required");
		json_add_text(required, type->fields[i].name);
	}
}

/* What stands there once more only says where the manual is, once for all that is below: the schema has to stay small. */
static struct schema_site site_of(const struct field *field, struct schema_site above)
{
	if (field->over)
		return (struct schema_site){.see = field->over, .override = true, .common = field->common};
	above.silent |= above.see || field->as;
	above.silent &= !field->as || field->as[0];
	above.see = NULL;
	above.common = field->common;
	return above;
}

static const char *description_at(const struct field *field, struct schema_site above, struct schema_site below)
{
	const char *own = is_leaf(field->type) ? "" : arena_printf(json_arena(), "%s ", field->text);

	if (above.see && !field->over && field->as && field->as[0])
		return arena_printf(json_arena(), "See %s.", field->as);
	if (above.see && !field->over)
		return arena_printf(json_arena(), "See %s.%s.", above.see, field->name);
	if (!below.silent)
		return description(field);
	return above.silent ? NULL : arena_printf(json_arena(), "%sSee %s.", own, field->as);
}

static void add_object(const struct type *type, struct schema_site site, cJSON *schema)
{
	json_set_text(schema, "type", "object");
	add_required(type, site, schema);
	cJSON *properties = json_set_object(schema, "properties");
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		if (site.common && field->rare)
			continue;
		struct schema_site below = site_of(field, site);
		cJSON *member = schema_build(field->type, below, description_at(field, site, below));
		if (field->fallback && !site.override)
			json_set(member, "default", fallback_of(field));
		json_set(properties, field->name, member);
	}
}

cJSON *schema_build(const struct type *type, struct schema_site site, const char *text)
{
	cJSON *schema = cJSON_CreateObject();
	json_set_text(schema, "description", text);
	switch (type->kind) {
	case TYPE_OBJECT:
		add_object(type, site, schema);
		break;
	case TYPE_LIST:
		add_list(type, site, schema);
		break;
	case TYPE_MAP:
		add_map(type, site, schema);
		break;
	case TYPE_STRING:
		add_text(type, schema);
		break;
	case TYPE_INTEGER:
		add_integer(type, schema);
		break;
	case TYPE_BOOLEAN:
		json_set_text(schema, "type", "boolean");
		break;
	case TYPE_NUMBER:
		add_number(type, schema);
		break;
	}
	add_rules(type, site, schema);
	return schema;
}
