/* A filter becomes a small tree: comparisons, and AND, OR, NOT over them. One after the other means AND. */
#include "emulator/filter.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum node { NODE_COMPARE, NODE_AND, NODE_OR, NODE_NOT };

struct emu_filter {
	enum node node;
	struct emu_filter *left, *right;
	const char *field, *operator, * value; /* NODE_COMPARE */
	regex_t *own_pattern;                  /* value, compiled; NULL: it is no regular expression */
};

struct parser {
	const char *at;
	int depth;
	bool failed;
};

enum { DEPTH_MAX = 32, NESTED_MAX = 4, COUNT_MAX = 255 };

static struct emu_filter *parse_or(struct parser *parser);

static struct emu_filter *make(enum node node, struct emu_filter *left, struct emu_filter *right)
{
	struct emu_filter *filter = arena_alloc(json_arena(), sizeof(*filter));

	*filter = (struct emu_filter){.node = node, .left = left, .right = right};
	return filter;
}

static void skip_space(struct parser *parser)
{
	while (isspace((unsigned char)*parser->at))
		parser->at++;
}

/* Takes word when it stands here as a whole word. */
static bool take_word(struct parser *parser, const char *word)
{
	size_t length = strlen(word);

	skip_space(parser);
	if (strncmp(parser->at, word, length) != 0 ||
		(!isspace((unsigned char)parser->at[length]) && parser->at[length] != '('))
		return false;
	parser->at += length;
	return true;
}

static char *take_quoted(struct parser *parser)
{
	char quote = *parser->at++;
	char *text = arena_alloc(json_arena(), strlen(parser->at) + 1);
	size_t length = 0;

	while (*parser->at && *parser->at != quote) {
		if (*parser->at == '\\' && parser->at[1] == quote)
			parser->at++;
		text[length++] = *parser->at++;
	}
	parser->failed = parser->failed || *parser->at != quote;
	parser->at += *parser->at == quote;
	return text;
}

static char *take_text(struct parser *parser, const char *ends)
{
	size_t length;
	char *text;

	skip_space(parser);
	if (*parser->at == '"' || *parser->at == '\'')
		return take_quoted(parser);
	length = strcspn(parser->at, ends);
	text = arena_strndup(json_arena(), parser->at, length);
	parser->at += length;
	parser->failed = parser->failed || !length;
	return text;
}

static const char *take_operator(struct parser *parser)
{
	static const char *const operators[] = {"!=", "<=", ">=", "=", "<", ">", ":"};

	if (take_word(parser, "eq"))
		return "eq";
	if (take_word(parser, "ne"))
		return "ne";
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (text_starts(parser->at, operators[i])) {
			parser->at += strlen(operators[i]);
			return operators[i];
		}
	}
	parser->failed = true;
	return "";
}

/* Regular expressions hold parentheses: the one that closes a group is the unbalanced one. */
static char *take_pattern(struct parser *parser)
{
	const char *start;
	int open = 0;

	skip_space(parser);
	if (*parser->at == '"' || *parser->at == '\'')
		return take_quoted(parser);
	for (start = parser->at; *parser->at && !isspace((unsigned char)*parser->at); parser->at++) {
		open += (*parser->at == '(') - (*parser->at == ')');
		if (open < 0)
			break;
	}
	return arena_strndup(json_arena(), start, (size_t)(parser->at - start));
}

static struct emu_filter *parse_compare(struct parser *parser)
{
	struct emu_filter *filter = make(NODE_COMPARE, NULL, NULL);

	filter->field = take_text(parser, " \t()=!<>:\"");
	filter->operator= take_operator(parser);
	if (!strcmp(filter->operator, "eq") || !strcmp(filter->operator, "ne"))
		filter->value = take_pattern(parser);
	else
		filter->value = take_text(parser, " \t()");
	return filter;
}

static struct emu_filter *parse_term(struct parser *parser)
{
	struct emu_filter *inner;

	if (parser->failed || ++parser->depth > DEPTH_MAX) {
		parser->failed = true;
		return make(NODE_COMPARE, NULL, NULL);
	}
	skip_space(parser);
	if (take_word(parser, "NOT") || (*parser->at == '-' && parser->at++)) {
		inner = make(NODE_NOT, parse_term(parser), NULL);
	} else if (*parser->at == '(') {
		parser->at++;
		inner = parse_or(parser);
		skip_space(parser);
		parser->failed = parser->failed || *parser->at != ')';
		parser->at += *parser->at == ')';
	} else {
		inner = parse_compare(parser);
	}
	parser->depth--;
	return inner;
}

static bool at_end(struct parser *parser)
{
	skip_space(parser);
	return parser->failed || !*parser->at || *parser->at == ')';
}

static struct emu_filter *parse_and(struct parser *parser)
{
	struct emu_filter *left = parse_term(parser);

	while (!at_end(parser)) {
		const char *before = parser->at;

		if (take_word(parser, "OR")) {
			parser->at = before;
			break;
		}
		take_word(parser, "AND");
		left = make(NODE_AND, left, parse_term(parser));
	}
	return left;
}

static struct emu_filter *parse_or(struct parser *parser)
{
	struct emu_filter *left = parse_and(parser);

	while (!at_end(parser) && take_word(parser, "OR"))
		left = make(NODE_OR, left, parse_and(parser));
	return left;
}

static bool is_pattern(const struct emu_filter *filter)
{
	return !strcmp(filter->operator, "eq") || !strcmp(filter->operator, "ne");
}

static bool has_pattern(const struct emu_filter *filter)
{
	if (!filter)
		return false;
	if (filter->node != NODE_COMPARE)
		return has_pattern(filter->left) || has_pattern(filter->right);
	return is_pattern(filter);
}

/* Regular expressions stand alone: they do not mix with the other dialect, and look at one field. */
static bool dialect_is_one(const struct emu_filter *filter)
{
	return filter->node == NODE_COMPARE || !has_pattern(filter);
}

/* Repetitions of repetitions make automata that fill the memory: what would multiply too often is refused. */
static bool is_modest(const char *pattern)
{
	int depth = 0, counted = 0;
	char before = '\0';

	for (const char *at = pattern; *at; before = *at++) {
		if (*at == '\\' && at[1]) {
			at++;
			continue;
		}
		depth += (*at == '(') - (*at == ')');
		counted += *at == '{';
		if (depth > NESTED_MAX || counted > 1 || (*at == '{' && strtol(at + 1, NULL, 10) > COUNT_MAX))
			return false;
		if (before && strchr("*+?}", before) && strchr("*+?{", *at))
			return false;
	}
	return true;
}

static bool compile(regex_t *compiled, const char *pattern)
{
	if (!is_modest(pattern))
		return false;
	/* The whole value must match. */
	return !regcomp(compiled, arena_printf(json_arena(), "^(%s)$", pattern), REG_EXTENDED | REG_NOSUB);
}

static bool compile_pattern(struct emu_filter *filter)
{
	regex_t compiled;

	if (filter->node != NODE_COMPARE || !is_pattern(filter))
		return true;
	if (!compile(&compiled, filter->value))
		return false;
	filter->own_pattern = mem_copy(&compiled, sizeof(compiled));
	return true;
}

struct emu_filter *emu_filter_parse(const char *text, struct emu_refusal *refusal)
{
	struct parser parser = {.at = text};
	struct emu_filter *filter = parse_or(&parser);

	skip_space(&parser);
	if (!parser.failed && !*parser.at && dialect_is_one(filter) && compile_pattern(filter))
		return filter;
	emu_refuse(refusal, 400, "invalid", "Invalid value for field 'filter': '%s'. Invalid list filter expression.",
		text);
	return NULL;
}

void emu_filter_free(struct emu_filter *filter)
{
	if (!filter || !filter->own_pattern)
		return;
	regfree(filter->own_pattern);
	mem_free(filter->own_pattern);
}

static const char *as_text(const cJSON *value)
{
	return cJSON_IsString(value) ? value->valuestring : json_print(value);
}

static bool matches_pattern(const struct emu_filter *filter, const char *text)
{
	return regexec(filter->own_pattern, text, 0, NULL, 0) == 0;
}

/* '*' in a value of = and : stands for any text. Only the last one that was met may still take more: those before it took as
 * little as they could. */
static bool matches_wildcard(const char *pattern, const char *text)
{
	const char *star = NULL, *taken = NULL;

	while (*text || *pattern == '*') {
		if (*pattern == '*') {
			star = ++pattern;
			taken = text;
		} else if (tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++taken;
		} else {
			return false;
		}
	}
	return !*pattern;
}

static bool contains(const cJSON *value, const char *wanted)
{
	const cJSON *item;

	if (!strcmp(wanted, "*"))
		return true;
	if (cJSON_IsObject(value) && json_member(value, wanted))
		return true;
	if (value->child) {
		cJSON_ArrayForEach(item, value) if (contains(item, wanted)) return true;
		return false;
	}
	return strcasestr(as_text(value), wanted) || matches_wildcard(wanted, as_text(value));
}

static bool matches_order(const cJSON *value, const char *operator, const char * wanted)
{
	char *end;
	double number = strtod(wanted, &end),
	       mine = cJSON_IsNumber(value) ? value->valuedouble : strtod(as_text(value), NULL);
	int order = *wanted && !*end ? (mine > number) - (mine < number) : strcmp(as_text(value), wanted);

	switch (operator[0]) {
	case '<':
		return operator[1] == '=' ? order <= 0 : order<0;
	default:
		return operator[1] == '=' ? order >= 0 : order> 0;
	}
}

/* "labels.env": names of members only. */
static const cJSON *member_at(const cJSON *item, const char *field)
{
	while (item && *field) {
		size_t length = strcspn(field, ".");

		item = json_member(item, arena_strndup(json_arena(), field, length));
		field += length + (field[length] == '.');
	}
	return item;
}

static bool matches_compare(const struct emu_filter *filter, const cJSON *item)
{
	const cJSON *value = member_at(item, filter->field);
	const char *text = value ? as_text(value) : "";

	if (!strcmp(filter->operator, "eq"))
		return value && matches_pattern(filter, text);
	if (!strcmp(filter->operator, "ne"))
		return !value || !matches_pattern(filter, text);
	if (!strcmp(filter->operator, "="))
		return value && matches_wildcard(filter->value, text);
	if (!strcmp(filter->operator, "!="))
		return !value || !matches_wildcard(filter->value, text);
	if (!strcmp(filter->operator, ":"))
		return value && contains(value, filter->value);
	return value && matches_order(value, filter->operator, filter->value);
}

bool emu_filter_matches(const struct emu_filter *filter, const cJSON *item)
{
	switch (filter->node) {
	case NODE_AND:
		return emu_filter_matches(filter->left, item) && emu_filter_matches(filter->right, item);
	case NODE_OR:
		return emu_filter_matches(filter->left, item) || emu_filter_matches(filter->right, item);
	case NODE_NOT:
		return !emu_filter_matches(filter->left, item);
	case NODE_COMPARE:
		break;
	}
	return matches_compare(filter, item);
}
