/* A small YAML writer. Invariant: what it writes reads back as the same tree (YAML 1.1 and 1.2); keys are never quoted, so they
 * must be plain words. */
#include "model/yaml_write.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { LINE_WIDTH = 110, FOLD_FROM = 80, YAML_MAX = 16 * 1024 * 1024 };

static void indent(struct str *out, int depth)
{
	for (int i = 0; i < depth; i++)
		str_adds(out, "  ");
}

/* Texts that YAML 1.1 or 1.2 would read as something else. */
static bool is_other_word(const char *text)
{
	static const char *const words[] = {
		"true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the text can stand without quotes: it begins as no number, list or other thing does, and nothing in it ends it. */
static bool is_plain(const char *text)
{
	const char *first = text[0] == '.' ? text + 1 : text;
	size_t length = strlen(text);
	return is_letter(*first) && !is_other_word(text) && !strstr(text, ": ") && !strstr(text, " #") &&
	       !strchr(": ", text[length - 1]) && !strpbrk(text, "\n\t");
}

static void write_quoted(struct str *out, const char *text)
{
	str_adds(out, "'");
	for (const char *c = text; *c; c++)
		str_add(out, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1);
	str_adds(out, "'");
}

/* Folding turns each single blank into a line break and back: nothing else may be near one. */
static bool can_fold(const char *text)
{
	size_t length = strlen(text);
	return length > FOLD_FROM && text[0] != ' ' && text[length - 1] != ' ' && !strstr(text, "  ") &&
	       !strpbrk(text, "\n\t");
}

static void write_folded(struct str *out, const char *text, int depth)
{
	str_adds(out, ">-");
	size_t column = LINE_WIDTH;
	while (*text) {
		size_t word = strcspn(text, " ");
		if (column + 1 + word > LINE_WIDTH) {
			str_adds(out, "\n");
			indent(out, depth);
			column = 2 * (size_t)depth;
		} else {
			str_adds(out, " ");
			column++;
		}
		str_add(out, text, word);
		column += word;
		text += word + (text[word] == ' ');
	}
}

static void write_scalar(struct str *out, const cJSON *node, int depth)
{
	if (!cJSON_IsString(node))
		str_adds(out, json_print(node));
	else if (can_fold(node->valuestring))
		write_folded(out, node->valuestring, depth);
	else if (is_plain(node->valuestring))
		str_adds(out, node->valuestring);
	else
		write_quoted(out, node->valuestring);
}

static bool is_block(const cJSON *node)
{
	return (cJSON_IsObject(node) || cJSON_IsArray(node)) && node->child;
}

static void write_block(struct str *out, const cJSON *node, int depth);

/* What stands behind "name:". */
static void write_member(struct str *out, const cJSON *member, int depth)
{
	if (!is_block(member)) {
		str_adds(out, " ");
		write_scalar(out, member, depth + 1);
		str_adds(out, "\n");
		return;
	}
	str_adds(out, "\n");
	write_block(out, member, cJSON_IsArray(member) ? depth : depth + 1);
}

/* first: the cursor stands behind "- ", so the first member needs no indentation. */
static void write_object(struct str *out, const cJSON *object, int depth, bool first)
{
	for (const cJSON *member = object->child; member; member = member->next) {
		if (!first)
			indent(out, depth);
		first = false;
		str_addf(out, "%s:", member->string);
		write_member(out, member, depth);
	}
}

static void write_array(struct str *out, const cJSON *array, int depth)
{
	for (const cJSON *item = array->child; item; item = item->next) {
		indent(out, depth);
		str_adds(out, "- ");
		if (cJSON_IsObject(item) && item->child) {
			write_object(out, item, depth + 1, true);
			continue;
		}
		write_scalar(out, item, depth + 1);
		str_adds(out, "\n");
	}
}

static void write_block(struct str *out, const cJSON *node, int depth)
{
	if (cJSON_IsArray(node))
		write_array(out, node, depth);
	else
		write_object(out, node, depth, false);
}

char *yaml_write(const cJSON *tree)
{
	AUTO_STR struct str out = STR_INIT(YAML_MAX);
	write_block(&out, tree, 0);
	return arena_strdup(json_arena(), str_text(&out));
}
