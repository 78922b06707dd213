/* A list of the cloud, page by page: first line plain or aggregated, then the answers. It ends once; well only if every page was
 * whole; and how the answers are cut changes nothing. */
#include "fuzz.h"

#include "base/str.h"
#include "gce/gce.h"
#include "session.h"

struct heard {
	struct str text;
	unsigned done, items;
	bool well;
};

static void on_item(void *arg, const char *text, size_t length)
{
	struct heard *heard = arg;
	assert(!heard->done && length >= 2 && text[0] == '{');
	heard->items++;
	str_add(&heard->text, text, length);
	str_adds(&heard->text, "\n");
}

static void on_unreachable(void *arg, const char *scope)
{
	struct heard *heard = arg;
	assert(!heard->done);
	str_addf(&heard->text, "unreachable %s\n", scope ? scope : "");
}

static void on_done(void *arg, const struct error *err)
{
	struct heard *heard = arg;
	heard->done++;
	heard->well = !err;
	assert(!err || is_error(err));
	str_addf(&heard->text, "%s\n", err ? err->message : "well");
}

static void list(struct heard *heard, struct part form, struct input answers, size_t piece)
{
	struct session session;
	bool aggregated = form.length && form.text[0] == 'a';
	session_open(&session, answers, piece);
	struct gce_options options = {.loop = &session.loop.loop,
		.env = &session.env.env,
		.http = &session.http.http,
		.endpoint = "http://127.0.0.1:1/compute/v1"};
	struct gce *gce = gce_new(&options, NULL);
	struct gce_list what = {.project = "my-project",
		.path = aggregated ? "projects/my-project/aggregated/urlMaps" : "projects/my-project/global/urlMaps",
		.query = "fields=items(name)",
		.inner = aggregated ? "urlMaps" : NULL,
		.item = on_item,
		.unreachable = on_unreachable,
		.done = on_done,
		.arg = heard};
	gce_list(gce, &what);
	session_run(&session);
	gce_free(gce);
	session_close(&session);
}

/* The last page that was read is an object, and says that it is the last. */
static void was_whole(struct input answers, const struct heard *heard)
{
	struct part body;
	const cJSON *last = NULL;
	while (input_part(&answers, &body)) {
		part_line(&body);
		const cJSON *tree =
			json_parse(body.length ? body.text : "", body.length, (struct json_limits){0}, NULL);
		if (cJSON_IsObject(tree) && !*json_text_or(tree, "nextPageToken", ""))
			last = tree;
	}
	assert(!heard->well || last);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct heard whole = {0}, cut = {0};
	struct part form;
	input_part(&input, &form);
	list(&whole, form, input, 0);
	assert(whole.done <= 1);
	was_whole(input, &whole);
	list(&cut, form, input, 1 + part_number(form) % 7);
	assert(text_equal(str_text(&whole.text), str_text(&cut.text)));
	str_done(&whole.text);
	str_done(&cut.text);
	return 0;
}
