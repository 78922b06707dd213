/* List and watch: the parts are what the API server answers, one request after the other; the first may be a line "list", for a
 * server without streaming lists. How the answers are cut changes nothing of what the consumer hears, lists begin before they end,
 * and every object is a text. */
#include "fuzz.h"

#include "base/str.h"
#include "kube/kube.h"
#include "session.h"

struct heard {
	struct str text;
	bool listing;
};

static void on_begin(void *arg)
{
	struct heard *heard = arg;
	heard->listing = true;
	str_adds(&heard->text, "begin\n");
}

static void on_object(void *arg, const char *text, size_t length)
{
	struct heard *heard = arg;
	assert(length && text[0] == '{');
	str_adds(&heard->text, "+");
	str_add(&heard->text, text, length);
	str_adds(&heard->text, "\n");
}

static void on_removed(void *arg, const char *text, size_t length)
{
	struct heard *heard = arg;
	assert(length && text[0] == '{');
	str_adds(&heard->text, "-");
	str_add(&heard->text, text, length);
	str_adds(&heard->text, "\n");
}

static void on_end(void *arg)
{
	struct heard *heard = arg;
	assert(heard->listing);
	heard->listing = false;
	str_adds(&heard->text, "end\n");
}

/* That trouble is over is told once per piece that arrived, so how often depends on the cuts. */
static void on_trouble(void *arg, const struct error *err)
{
	struct heard *heard = arg;
	assert(!err || is_error(err));
	if (err)
		str_addf(&heard->text, "%s\n", err->message);
}

static void watch(struct heard *heard, struct input answers, size_t piece)
{
	struct session session;
	struct kube_config config = {.own_server = mem_strdup("https://api:6443")};
	session_open(&session, answers, piece);
	struct kube *kube = kube_new(&session.loop.loop, &session.env.env, &session.http.http, &config);
	struct kube_watch_options options = {.path = "/apis/x/v1/widgets",
		.list_kind = "widgets",
		.object_max = 300,
		.list_begin = on_begin,
		.object = on_object,
		.removed = on_removed,
		.list_end = on_end,
		.trouble = on_trouble,
		.arg = heard};
	struct kube_watch *watched = kube_watch_new(kube, &options);
	while (!session.answers.over && fake_loop_step(&session.loop, INT64_MAX - 1))
		;
	fake_loop_run_for(&session.loop, 100);
	kube_watch_free(watched);
	kube_free(kube);
	kube_config_done(&config);
	session_close(&session);
}

/* Answers to calls and their errors go another way. */
static void refusals(struct input input)
{
	struct part body;
	struct error err = {0};
	input_part(&input, &body);
	struct part line = part_line(&body);
	kube_error_from_answer(
		&err, 300 + (int)(part_number(line) % 300), body.length ? body.text : "", body.length, 0);
	assert(is_error(&err));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct heard whole = {0}, cut = {0};
	refusals(input);
	watch(&whole, input, 0);
	watch(&cut, input, 1 + part_number((struct part){(const char *)bytes, length < 8 ? length : 8}) % 7);
	assert(text_equal(str_text(&whole.text), str_text(&cut.text)));
	str_done(&whole.text);
	str_done(&cut.text);
	return 0;
}
