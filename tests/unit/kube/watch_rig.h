/* The reflector against a server that the test plays by hand: expect() waits for the next request, the test answers it,
 * and heard() says what the consumer was told since the last time. Whether the server has got as far as a version is
 * answered by the rig, with yes until the test says otherwise. */
#pragma once

#include "rig.h"

#define STATUS(code, reason)                                                                                           \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"m\","         \
	"\"reason\":\"" reason "\",\"code\":" code "}"
#define OBJECT(name, version)                                                                                          \
	"{\"kind\":\"Widget\",\"apiVersion\":\"x/v1\",\"metadata\":{\"name\":\"" name                                  \
	"\",\"resourceVersion\":\"" version "\"}}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define BOOKMARK(version)                                                                                              \
	EVENT("BOOKMARK",                                                                                              \
		"{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"" version "\",\"creationTimestamp\":null}}")
#define LIST(version, next, items)                                                                                     \
	"{\"kind\":\"WidgetList\",\"apiVersion\":\"x/v1\",\"metadata\":{\"resourceVersion\":\"" version                \
	"\",\"continue\":\"" next "\"},\"items\":[" items "]}\n"

#define CHECK "limit=1&resourceVersionMatch=NotOlderThan&resourceVersion="

struct fixture {
	struct rig rig;
	struct kube_watch *watch;
	struct fake_call *call; /* the request that is being answered */
	bool asked;
	int64_t asked_at;
	struct str heard;
	size_t lists, watches;
	size_t checks; /* "have you got so far?" */
	bool checked;  /* by the test, like all other requests */
	bool raw;      /* objects are noted without being read */
	struct error trouble;
};

static inline void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
	assert_string_equal(call->method, "GET");
	assert_string_equal(call->path, "/apis/x/v1/widgets");
	if (text_starts(call->query, CHECK)) {
		f->checks++;
		if (!f->checked) {
			fake_answer(call, 200, "application/json", LIST("999", "t", OBJECT("a", "1")));
			return;
		}
	}
	f->call = call;
	f->asked = true;
	f->asked_at = f->rig.loop.now_ms;
	bool watching = strstr(call->query, "watch=1") != NULL, checking = text_starts(call->query, CHECK);
	assert_int_equal(call->own_connection, watching);
	f->watches += watching;
	f->lists += !watching && !checking;
}

static inline void note(struct fixture *f, const char *what, const char *text, size_t length)
{
	JSON_WORK(work);
	if (f->raw) {
		str_addf(&f->heard, " %s", what);
		return;
	}
	const cJSON *tree = json_parse(text, length, (struct json_limits){0}, NULL);
	assert_non_null(tree);
	str_addf(&f->heard, " %s%s@%s", what, json_text_or(tree, "metadata.name", "?"),
		json_text_or(tree, "metadata.resourceVersion", "?"));
}

static inline void on_begin(void *arg)
{
	str_adds(&((struct fixture *)arg)->heard, " begin");
}

static inline void on_object(void *arg, const char *text, size_t length)
{
	note(arg, "+", text, length);
}

static inline void on_removed(void *arg, const char *text, size_t length)
{
	note(arg, "-", text, length);
}

static inline void on_left_out(void *arg, const char *namespace, const char *name)
{
	str_addf(&((struct fixture *)arg)->heard, " !%s/%s", namespace, name ? name : "?");
}

static inline void on_end(void *arg)
{
	str_adds(&((struct fixture *)arg)->heard, " end");
}

static inline void on_trouble(void *arg, const struct error *err)
{
	struct fixture *f = arg;
	const char *what = !err ? "well" : *err->code ? err->code : error_class_name(err->class);
	str_addf(&f->heard, " %s", what);
	if (err)
		f->trouble = *err;
}

static inline void begin_new(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	rig_init(&f->rig, serve, f);
	struct kube_watch_options options = {.path = "/apis/x/v1/widgets",
		.list_kind = "widgets",
		.object_max = 4096,
		.list_begin = on_begin,
		.object = on_object,
		.removed = on_removed,
		.left_out = on_left_out,
		.list_end = on_end,
		.trouble = on_trouble,
		.arg = f};
	f->watch = kube_watch_new(f->rig.kube, &options);
}

static inline void finish(struct fixture *f)
{
	kube_watch_free(f->watch);
	rig_done(&f->rig);
	str_done(&f->heard);
}

/* Waits for the next request; want is what its query begins with. Returns the ms it took to come. */
static inline int64_t expect(struct fixture *f, const char *want)
{
	int64_t from = f->rig.loop.now_ms;
	if (!f->asked)
		fake_loop_run_until(&f->rig.loop, &f->asked, 3600 * 1000);
	assert_true(f->asked);
	f->asked = false;
	if (strncmp(f->call->query, want, strlen(want)) != 0)
		fail_msg("asked %s, wanted %s...", f->call->query, want);
	return f->asked_at - from;
}

#define WATCH "watch=1&allowWatchBookmarks=true&resourceVersion="
#define STREAM                                                                                                         \
	"watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds="

static inline void heard(struct fixture *f, const char *want)
{
	fake_loop_settle(&f->rig.loop);
	if (!text_equal(str_text(&f->heard), want))
		fail_msg("heard \"%s\", wanted \"%s\"", str_text(&f->heard), want);
	str_clear(&f->heard);
}

static inline void answer(struct fixture *f, int status, const char *body)
{
	fake_answer(f->call, status, "application/json", body);
	fake_loop_settle(&f->rig.loop);
}

static inline void stream(struct fixture *f, const char *text)
{
	fake_chunk(f->call, text, strlen(text));
	fake_loop_settle(&f->rig.loop);
}

static inline void opened(struct fixture *f)
{
	fake_head(f->call, 200, "application/json", 0);
	fake_loop_settle(&f->rig.loop);
}

/* A server that does not know sendInitialEvents. */
static inline void begin(struct fixture *f)
{
	begin_new(f);
	expect(f, STREAM);
	answer(f, 422, STATUS("422", "Invalid"));
	heard(f, " begin begin"); /* the second one is a list in pages */
	f->watches = 0;
}

/* A list of nothing at version 5 was taken and a watch from there is open; nothing was heard yet. */
static inline void begin_watching(struct fixture *f)
{
	begin(f);
	expect(f, "limit=500");
	answer(f, 200, LIST("5", "", ""));
	expect(f, WATCH "5&");
	opened(f);
	heard(f, " end");
}
