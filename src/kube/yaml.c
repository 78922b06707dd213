/* libyaml's events, built into a tree as they come. Events and not documents, since a limit then stops the parser
 * before it has built what the limit forbids. */
#include "kube/yaml.h"

#include <string.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	struct yaml_limits limits;
	size_t nodes;
	struct error *err;
};

#define AUTO_EVENT __attribute__((cleanup(yaml_event_delete))) yaml_event_t

static cJSON *value_read(struct reader *reader, const yaml_event_t *event, int depth);

static bool refuse(struct reader *reader, const yaml_event_t *event, const char *why)
{
	return error_set(reader->err, ERROR_REJECTED, "line %zu: %s", event->start_mark.line + 1, why);
}

static bool next(struct reader *reader, yaml_event_t *event)
{
	if (yaml_parser_parse(&reader->parser, event))
		return true;
	memset(event, 0, sizeof(*event));
	const char *problem = reader->parser.problem ? reader->parser.problem : "not YAML";
	return error_set(reader->err, ERROR_REJECTED, "line %zu: %s", reader->parser.problem_mark.line + 1, problem);
}

static const char *scalar_text(struct reader *reader, const yaml_event_t *event)
{
	if (event->type != YAML_SCALAR_EVENT) {
		refuse(reader, event,
			event->type == YAML_ALIAS_EVENT ? "aliases are refused" : "a name must be a plain text");
		return NULL;
	}
	const char *text = (const char *)event->data.scalar.value;
	if (strlen(text) == event->data.scalar.length)
		return text;
	refuse(reader, event, "a NUL character");
	return NULL;
}

static cJSON *scalar_read(struct reader *reader, const yaml_event_t *event)
{
	const char *text = scalar_text(reader, event);
	if (!text)
		return NULL;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (plain && (!*text || text_equal(text, "null") || text_equal(text, "~")))
		return cJSON_CreateNull();
	return cJSON_CreateString(text);
}

/* In a member that texts, arrays and objects have no use for. */
static cJSON *at_line(cJSON *value, const yaml_event_t *event)
{
	if (value)
		value->valueint = (int)event->start_mark.line + 1;
	return value;
}

size_t yaml_line(const cJSON *value)
{
	return (size_t)value->valueint;
}

static cJSON *sequence_read(struct reader *reader, int depth)
{
	cJSON *array = cJSON_CreateArray();
	for (;;) {
		AUTO_EVENT event;
		if (!next(reader, &event))
			return NULL;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			return array;
		cJSON *item = value_read(reader, &event, depth);
		if (!item)
			return NULL;
		json_add(array, item);
	}
}

static bool member_read(struct reader *reader, cJSON *object, const yaml_event_t *name, int depth)
{
	const char *text = scalar_text(reader, name);
	if (!text)
		return false;
	if (json_member(object, text))
		return error_set(
			reader->err, ERROR_REJECTED, "line %zu: \"%s\" a second time", name->start_mark.line + 1, text);
	AUTO_EVENT event;
	if (!next(reader, &event))
		return false;
	cJSON *value = value_read(reader, &event, depth);
	if (value)
		json_set(object, text, at_line(value, name));
	return value != NULL;
}

static cJSON *mapping_read(struct reader *reader, int depth)
{
	cJSON *object = cJSON_CreateObject();
	for (;;) {
		AUTO_EVENT event;
		if (!next(reader, &event))
			return NULL;
		if (event.type == YAML_MAPPING_END_EVENT)
			return object;
		if (!member_read(reader, object, &event, depth))
			return NULL;
	}
}

static cJSON *value_read(struct reader *reader, const yaml_event_t *event, int depth)
{
	const char *problem = depth > reader->limits.depth             ? "nested too deeply"
	                      : ++reader->nodes > reader->limits.nodes ? "too many entries"
	                                                               : NULL;
	if (problem) {
		refuse(reader, event, problem);
		return NULL;
	}
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return at_line(sequence_read(reader, depth + 1), event);
	if (event->type == YAML_MAPPING_START_EVENT)
		return at_line(mapping_read(reader, depth + 1), event);
	return at_line(scalar_read(reader, event), event);
}

static cJSON *document_read(struct reader *reader)
{
	for (;;) {
		AUTO_EVENT event;
		if (!next(reader, &event))
			return NULL;
		if (event.type == YAML_STREAM_END_EVENT)
			return cJSON_CreateNull();
		if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT)
			return value_read(reader, &event, 0);
	}
}

/* What is left holds no second document. */
static bool end_read(struct reader *reader)
{
	for (;;) {
		AUTO_EVENT event;
		if (!next(reader, &event))
			return false;
		if (event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT)
			return true;
		if (event.type == YAML_DOCUMENT_START_EVENT)
			return refuse(reader, &event, "a second document");
	}
}

cJSON *yaml_read(const char *text, size_t length, struct yaml_limits limits, struct error *err)
{
	struct reader reader = {.limits = limits, .err = err};
	if (!yaml_parser_initialize(&reader.parser)) {
		error_set(err, ERROR_REJECTED, "no memory for the YAML parser");
		return NULL;
	}
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
	cJSON *tree = document_read(&reader);
	if (tree && limits.single && !end_read(&reader))
		tree = NULL;
	yaml_parser_delete(&reader.parser);
	return tree;
}
