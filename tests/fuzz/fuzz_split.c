/* The splitter of streams: first line the form, then the stream. How the stream is cut changes nothing, and the elements are
 * those that the tree has. */
#include "fuzz.h"

#include "base/str.h"

enum { MAXIMUM = 200 };

/* Everything that a splitter told, as one text. */
struct heard {
	struct str text;
	size_t elements;
	bool good;
};

static void on_element(void *arg, const char *text, size_t length)
{
	struct heard *heard = arg;
	heard->elements++;
	str_add(&heard->text, text, length);
	str_adds(&heard->text, "\n");
}

static struct json_split splitter(struct part form, struct heard *heard)
{
	bool sequence = form.length && form.text[0] == 's';
	struct json_split split = {.form = sequence ? JSON_SPLIT_SEQUENCE : JSON_SPLIT_MEMBER,
		.member = "items",
		.inner = form.length && form.text[0] == 'a' ? "rules" : NULL,
		.maximum = MAXIMUM,
		.skip = form.length > 1,
		.fn = on_element,
		.arg = heard};
	json_split_init(&split);
	return split;
}

/* piece: most bytes at once. */
static void feed(struct heard *heard, struct part form, struct part stream, size_t piece)
{
	struct error err = {0};
	const char *rest = "";
	struct json_split split = splitter(form, heard);
	bool good = true;
	for (size_t at = 0; good && at < stream.length; at += piece)
		good = json_split_feed(
			&split, stream.text + at, stream.length - at < piece ? stream.length - at : piece, &err);
	good = good && json_split_end(&split, &rest, &err);
	assert(good || is_error(&err));
	heard->good = good;
	if (good)
		str_addf(&heard->text, "good, %zu skipped\n%s", split.skipped, rest);
	json_split_done(&split);
}

/* A whole answer whose tree can be read has the same elements. */
static void agrees(const struct heard *heard, struct part form, struct part stream)
{
	const cJSON *items = json_member(part_json(stream), "items"), *item;
	if (!heard->good || !cJSON_IsArray(items) || !form.length || form.text[0] != 'm')
		return;
	size_t small = 0;
	cJSON_ArrayForEach(item, items) small += strlen(json_print(item)) < MAXIMUM / 8;
	assert(heard->elements >= small || stream.length > MAXIMUM);
	assert(heard->elements <= (size_t)cJSON_GetArraySize(items));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct part stream = {(const char *)bytes, length}, form = part_line(&stream);
	struct heard whole = {.text = STR_INIT(0)}, cut = {.text = STR_INIT(0)};
	size_t sizes[] = {1, 2, 1 + part_number(form) % 13};
	feed(&whole, form, stream, stream.length ? stream.length : 1);
	agrees(&whole, form, stream);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		str_clear(&cut.text);
		feed(&cut, form, stream, sizes[i]);
		assert(text_equal(str_text(&whole.text), str_text(&cut.text)));
	}
	str_done(&whole.text);
	str_done(&cut.text);
	return 0;
}
