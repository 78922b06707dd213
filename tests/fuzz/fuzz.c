#include "fuzz.h"

#include "base/str.h"

static const char divider[] = "\n%\n";

bool input_part(struct input *input, struct part *part)
{
	const char *end = input->left ? memmem(input->at, input->left, divider, strlen(divider)) : NULL;
	*part = (struct part){input->at, end ? (size_t)(end - input->at) : input->left};
	if (input->over) {
		part->length = 0;
		return false;
	}
	input->over = !end;
	if (end) {
		input->at += part->length + strlen(divider);
		input->left -= part->length + strlen(divider);
	}
	return true;
}

char *part_text(struct part part)
{
	return arena_strndup(json_arena(), part.length ? part.text : "", part.length);
}

struct part part_line(struct part *part)
{
	const char *end = part->length ? memchr(part->text, '\n', part->length) : NULL;
	struct part line = {part->text, end ? (size_t)(end - part->text) : part->length};
	size_t taken = line.length + (end != NULL);
	*part = (struct part){part->length ? part->text + taken : "", part->length - taken};
	return line;
}

uint64_t part_number(struct part part)
{
	return hash_bytes(part.length ? part.text : "", part.length);
}

cJSON *part_json(struct part part)
{
	return json_parse(part.length ? part.text : "", part.length, (struct json_limits){.depth = 32}, NULL);
}

bool is_sentence(const char *text)
{
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return length > 0 && text_utf8(text, length) == length;
}

bool is_error(const struct error *err)
{
	return err->class > ERROR_NONE && err->class <= ERROR_REJECTED && err->retry_after_ms >= 0 &&
	       is_sentence(err->message);
}
