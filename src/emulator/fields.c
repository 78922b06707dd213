/* The grammar: PATH {"," PATH}; PATH is NAME {"/" NAME}, the last of them may carry "(" ... ")"; "*" is every member.
 * A selector becomes a tree of wanted names first; then the body is cut by it. */
#include "emulator/fields.h"

#include <string.h>

enum { DEPTH_MAX = 16 };

struct parser {
	const struct emu_schema *schema;
	const char *at, *whole;
	struct emu_refusal *refusal;
	int depth;
};

static bool malformed(struct parser *parser)
{
	return emu_refuse(parser->refusal, 400, "invalidParameter", "Invalid field selection %s", parser->whole);
}

static bool parse_paths(struct parser *parser, const char *message, cJSON *wanted);

/* NAME and what is chosen inside it. wanted: an object of names; an empty object means everything inside. */
static bool parse_path(struct parser *parser, const char *message, cJSON *wanted)
{
	size_t length = strcspn(parser->at, ",/()");
	char *name = arena_strndup(json_arena(), parser->at, length);
	const char *inner = NULL;
	cJSON *inside;

	if (!length || ++parser->depth > DEPTH_MAX)
		return malformed(parser);
	if (strcmp(name, "*") != 0 && !emu_schema_member(parser->schema, message, name, &inner))
		return malformed(parser);
	parser->at += length;
	inside = json_member(wanted, name);
	if (!inside)
		inside = json_set_object(wanted, name);
	if (*parser->at == '/') {
		parser->at++;
		if (!parse_path(parser, inner, inside))
			return false;
	} else if (*parser->at == '(') {
		parser->at++;
		if (!parse_paths(parser, inner, inside) || *parser->at != ')')
			return malformed(parser);
		parser->at++;
	}
	parser->depth--;
	return true;
}

static bool parse_paths(struct parser *parser, const char *message, cJSON *wanted)
{
	for (;;) {
		if (!parse_path(parser, message, wanted))
			return false;
		if (*parser->at != ',')
			return true;
		parser->at++;
	}
}

static cJSON *cut(const cJSON *value, const cJSON *wanted);

static cJSON *cut_array(const cJSON *array, const cJSON *wanted)
{
	cJSON *result = cJSON_CreateArray();
	const cJSON *item;

	cJSON_ArrayForEach(item, array) json_add(result, cut(item, wanted));
	return result;
}

static cJSON *cut(const cJSON *value, const cJSON *wanted)
{
	cJSON *result;
	const cJSON *member;

	if (!wanted->child)
		return json_copy(value);
	if (cJSON_IsArray(value))
		return cut_array(value, wanted);
	result = cJSON_CreateObject();
	cJSON_ArrayForEach(member, value)
	{
		const cJSON *inside = json_member(wanted, member->string);

		if (!inside)
			inside = json_member(wanted, "*");
		if (inside)
			json_set(result, member->string, cut(member, inside));
	}
	return result;
}

cJSON *emu_fields_select(const struct emu_schema *schema, const char *message, const char *selector, const cJSON *body,
	struct emu_refusal *refusal)
{
	struct parser parser = {.schema = schema, .at = selector, .whole = selector, .refusal = refusal};
	cJSON *wanted = cJSON_CreateObject();

	if (!parse_paths(&parser, message, wanted))
		return NULL;
	if (*parser.at) {
		malformed(&parser);
		return NULL;
	}
	return cut(body, wanted);
}
