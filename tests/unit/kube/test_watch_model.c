/* A server that is a log of changes, and that answers wrongly as often as not. Whatever happened, once it is quiet the
 * consumer's table must be the server's. */
#include "rig.h"

#include <stdlib.h>

enum { NAMES = 12, PAGE = 3, SEEDS = 400, WATCHERS_MAX = 64, CHANGES_MAX = 4096 };

struct change {
	int name, version;
	const char *type;
};

struct watcher {
	struct fake_call *call;
	size_t at;    /* in the log */
	bool initial; /* owes the bookmark behind the first state */
};

/* What the server makes of sendInitialEvents. */
enum streaming { STREAMING_KNOWN, STREAMING_REFUSED, STREAMING_IGNORED };

struct model {
	struct rig rig;
	struct kube_watch *watch;
	struct timer timer;
	bool quiet;
	int version, compacted;
	int table[NAMES]; /* version, 0: absent */
	int snapshot[NAMES], snapshot_version;
	struct change log[CHANGES_MAX];
	size_t log_count;
	struct watcher watchers[WATCHERS_MAX];
	size_t watcher_count;
	/* The consumer. */
	int known[NAMES];
	bool listed[NAMES], listing;
	int lists_ended;
	bool troubled;
	enum streaming streaming;
	int streamed; /* first states by way of a watch */
	uint64_t seed, random;
};

static unsigned below(struct model *model, unsigned limit)
{
	model->random = model->random * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(model->random >> 33) % limit;
}

static bool fault(struct model *model, unsigned percent)
{
	return !model->quiet && below(model, 100) < percent;
}

static void add_object(struct str *to, int name, int version)
{
	str_addf(to, "{\"kind\":\"Widget\",\"metadata\":{\"name\":\"%d\",\"resourceVersion\":\"%d\"}}", name, version);
}

static const char expired[] = "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}";

/* Says text, or only a part of it before the connection breaks. */
static bool say(struct model *model, struct fake_call *call, const struct str *text)
{
	bool cut = text->length > 1 && fault(model, 10);
	fake_chunk(call, str_text(text), cut ? below(model, (unsigned)text->length) : text->length);
	if (cut)
		fake_drop(call);
	return !cut;
}

static void add_items(struct model *model, struct str *page, int from, int count)
{
	const char *comma = "";
	for (int i = from; i < from + count && i < NAMES; i++) {
		if (!model->snapshot[i])
			continue;
		str_adds(page, comma);
		add_object(page, i, model->snapshot[i]);
		comma = ",";
	}
}

static void serve_list(struct model *model, struct fake_call *call)
{
	char token[32] = "";
	bool paged = strstr(call->query, "limit=500") != NULL;
	int from = 0;
	if (fake_query(call, "continue", token, sizeof(token)))
		from = (int)strtol(token, NULL, 10);
	if (from && fault(model, 20)) {
		fake_answer(call, 410, "application/json", expired);
		return;
	}
	if (!from) {
		memcpy(model->snapshot, model->table, sizeof(model->table));
		model->snapshot_version = model->version;
	}
	int count = paged ? PAGE : NAMES;
	AUTO_STR struct str page = {0};
	str_addf(&page, "{\"kind\":\"WidgetList\",\"metadata\":{\"resourceVersion\":\"%d\"", model->snapshot_version);
	if (from + count < NAMES)
		str_addf(&page, ",\"continue\":\"%d\"", from + count);
	str_adds(&page, "},\"items\":[");
	add_items(model, &page, from, count);
	str_adds(&page, "]}\n");
	fake_head(call, 200, "application/json", 0);
	if (say(model, call, &page))
		fake_end(call);
}

static void add_event(struct str *to, const struct change *change)
{
	str_addf(to, "{\"type\":\"%s\",\"object\":", change->type);
	add_object(to, change->name, change->version);
	str_adds(to, "}\n");
}

static const char *const last_words[] = {
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"m\"}}\n",
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\",\"message\":"
	"\"m\"}}\n",
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":429,\"reason\":\"TooManyRequests\",\"message\":"
	"\"m\"}}\n",
	"{\"type\":\"NONSENSE\",\"object\":{}}\n",
	"<html>502 Bad Gateway</html>",
	"",
};

/* All that the server has was told. */
static void add_end(struct model *model, struct watcher *watcher, struct str *to)
{
	memcpy(model->snapshot, model->table, sizeof(model->table));
	watcher->initial = false;
	model->streamed++;
	str_addf(to,
		"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"%d\","
		"\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n",
		model->version);
}

/* Tells a watcher what is new; false when its stream is over. */
static bool feed(struct model *model, struct watcher *watcher)
{
	AUTO_STR struct str text = {0};
	for (; watcher->at < model->log_count; watcher->at++) {
		const struct change *change = &model->log[watcher->at];
		add_event(&text, change);
		if (fault(model, 10))
			add_event(&text, change);
	}
	if (fault(model, 20))
		str_addf(&text,
			"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"%"
			"d\"}}}\n",
			model->version);
	if (watcher->initial && model->streaming == STREAMING_KNOWN && !fault(model, 30))
		add_end(model, watcher, &text);
	if (!say(model, watcher->call, &text))
		return false;
	if (!fault(model, 5))
		return true;
	const char *words = last_words[below(model, sizeof(last_words) / sizeof(last_words[0]))];
	fake_chunk(watcher->call, words, strlen(words));
	fake_end(watcher->call);
	return false;
}

static void watch_on(struct model *model, const struct watcher *watcher)
{
	assert_true(model->watcher_count < WATCHERS_MAX);
	model->watchers[model->watcher_count++] = *watcher;
}

static void serve_stream(struct model *model, struct fake_call *call)
{
	if (model->streaming == STREAMING_REFUSED) {
		fake_answer(call, 422, "application/json", "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\"}");
		return;
	}
	AUTO_STR struct str text = {0};
	for (int i = 0; i < NAMES; i++)
		if (model->table[i])
			add_event(&text, &(struct change){i, model->table[i], "ADDED"});
	struct watcher watcher = {.call = call, .at = model->log_count, .initial = true};
	fake_head(call, 200, "application/json", 0);
	if (say(model, call, &text) && feed(model, &watcher))
		watch_on(model, &watcher);
}

static void serve_watch(struct model *model, struct fake_call *call)
{
	char text[32];
	assert_true(fake_query(call, "resourceVersion", text, sizeof(text)));
	int from = (int)strtol(text, NULL, 10);
	if (from < model->compacted && below(model, 2)) {
		fake_answer(call, 410, "application/json", expired);
		return;
	}
	fake_head(call, 200, "application/json", 0);
	if (from < model->compacted) {
		fake_chunk(call, last_words[0], strlen(last_words[0]));
		fake_end(call);
		return;
	}
	struct watcher watcher = {.call = call};
	while (watcher.at < model->log_count && model->log[watcher.at].version <= from)
		watcher.at++;
	if (feed(model, &watcher))
		watch_on(model, &watcher);
}

/* "Have you got so far?" */
static void serve_check(struct model *model, struct fake_call *call)
{
	char text[32];
	assert_true(fake_query(call, "resourceVersion", text, sizeof(text)));
	if (strtol(text, NULL, 10) > model->version)
		fake_answer(call, 504, "application/json",
			"{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"Too large resource "
			"version\"}");
	else
		fake_answer(call, 200, "application/json", "{\"kind\":\"WidgetList\",\"metadata\":{},\"items\":[]}");
}

static void serve(void *arg, struct fake_call *call)
{
	struct model *model = arg;
	static const int refusals[] = {401, 403, 404, 429, 500, 503};
	if (fault(model, 10))
		fake_drop(call);
	else if (fault(model, 3))
		return; /* never */
	else if (fault(model, 10))
		fake_answer_retry(call, refusals[below(model, 6)], (int)below(model, 3), "no");
	else if (strstr(call->query, "sendInitialEvents"))
		serve_stream(model, call);
	else if (text_starts(call->query, "limit=1&"))
		serve_check(model, call);
	else if (strstr(call->query, "watch=1"))
		serve_watch(model, call);
	else
		serve_list(model, call);
}

static void change(struct model *model)
{
	int name = (int)below(model, NAMES);
	bool removed = model->table[name] && below(model, 3) == 0;
	const char *type = removed ? "DELETED" : model->table[name] ? "MODIFIED" : "ADDED";
	model->version += 1 + (int)below(model, 3);
	model->table[name] = removed ? 0 : model->version;
	assert_true(model->log_count < CHANGES_MAX);
	model->log[model->log_count++] = (struct change){name, model->version, type};
}

static void tick(void *arg)
{
	struct model *model = arg;
	if (!model->quiet)
		for (unsigned i = below(model, 4); i; i--)
			change(model);
	if (fault(model, 5))
		model->compacted = model->version;
	for (size_t i = 0; i < model->watcher_count;) {
		struct watcher *watcher = &model->watchers[i];
		bool gone = watcher->call->gone;
		if (gone)
			fake_end(watcher->call);
		if (!gone && feed(model, watcher))
			i++;
		else
			*watcher = model->watchers[--model->watcher_count];
	}
	timer_start(&model->rig.loop.loop, &model->timer, 1 + below(model, 4000), tick, model);
}

static void on_begin(void *arg)
{
	struct model *model = arg;
	model->listing = true;
	memset(model->listed, 0, sizeof(model->listed));
}

static int read_object(const char *text, size_t length, int *version)
{
	JSON_WORK(work);
	const cJSON *tree = json_parse(text, length, (struct json_limits){0}, NULL);
	*version = (int)json_int(tree, "metadata.resourceVersion", -1);
	int name = (int)json_int(tree, "metadata.name", -1);
	assert_true(name >= 0 && name<NAMES && * version> 0);
	return name;
}

static void on_object(void *arg, const char *text, size_t length)
{
	struct model *model = arg;
	int version, name = read_object(text, length, &version);
	if (version < model->known[name])
		fail_msg("seed %d: object %d went back from %d to %d", (int)model->seed, name, model->known[name],
			version);
	model->known[name] = version;
	model->listed[name] = true;
}

static void on_removed(void *arg, const char *text, size_t length)
{
	struct model *model = arg;
	int version, name = read_object(text, length, &version);
	assert_true(!model->listing || model->streaming != STREAMING_REFUSED);
	model->known[name] = 0;
	model->listed[name] = false;
}

static void on_end(void *arg)
{
	struct model *model = arg;
	assert_true(model->listing);
	model->listing = false;
	model->lists_ended++;
	for (int i = 0; i < NAMES; i++)
		if (!model->listed[i])
			model->known[i] = 0;
	if (memcmp(model->known, model->snapshot, sizeof(model->known)) != 0)
		fail_msg("seed %d: list %d is not the snapshot", (int)model->seed, model->lists_ended);
}

static void on_trouble(void *arg, const struct error *err)
{
	struct model *model = arg;
	assert_true(err || model->troubled);
	model->troubled = err != NULL;
}

static void begin(struct model *model, uint64_t seed)
{
	memset(model, 0, sizeof(*model));
	model->seed = model->random = seed;
	model->version = 1;
	model->streaming = (enum streaming)(seed % 3);
	rig_init(&model->rig, serve, model);
	model->rig.env.seed = seed;
	model->rig.http.piece = below(model, 3) ? below(model, 40) : 0;
	model->rig.http.latency_ms = (int)below(model, 50);
	for (int i = 0; i < 20; i++)
		change(model);
	struct kube_watch_options options = {.path = "/w",
		.list_kind = "widgets",
		.object_max = 1000,
		.list_begin = on_begin,
		.object = on_object,
		.removed = on_removed,
		.list_end = on_end,
		.trouble = on_trouble,
		.arg = model};
	model->watch = kube_watch_new(model->rig.kube, &options);
	timer_start(&model->rig.loop.loop, &model->timer, 0, tick, model);
}

static void test_the_table_is_the_servers(void **state)
{
	static struct model model;
	int relisted = 0, streamed = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		begin(&model, seed);
		fake_loop_run_for(&model.rig.loop, 1000 * 1000);
		model.quiet = true;
		fake_loop_run_for(&model.rig.loop, 700 * 1000);
		if (memcmp(model.known, model.table, sizeof(model.known)) != 0)
			fail_msg("seed %d: the tables differ", (int)seed);
		if (model.troubled)
			fail_msg("seed %d: still in trouble", (int)seed);
		relisted += model.lists_ended > 1;
		streamed += model.streamed > 1;
		timer_stop(&model.rig.loop.loop, &model.timer);
		kube_watch_free(model.watch);
		rig_done(&model.rig);
	}
	assert_true(relisted > SEEDS / 2); /* else the faults are too rare to prove anything */
	assert_true(streamed > SEEDS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_table_is_the_servers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
