/* One whole session of a watch, cut at every byte of what the server says in it, and told in other orders than it happened.
 * The server is a log of changes; whatever came in between, in the end the consumer's table is the server's, and outside of
 * lists nothing came to it twice or out of order. */
#include "rig.h"

enum { NAMES = 6, LOG_MAX = 64, TICK_MS = 2000, SESSION_MS = 500 * 1000, PAGE = 2, NEVER = -1 };

/* How the first state is served. */
enum way { WAY_STREAM, WAY_PAGES, WAYS };

/* What is wrong with the events of a watch. */
enum lie { LIE_NONE, LIE_TWICE, LIE_SWAPPED, LIE_OLD_ONE_AGAIN, LIE_NO_BOOKMARKS, LIE_LOST };

struct change {
	int name, version, uid;
	bool removed;
};

struct known {
	int version, uid; /* 0: absent */
};

struct session {
	struct rig rig;
	struct kube_watch *watch;
	struct timer timer;
	enum way way;
	enum lie lie;
	/* The server. */
	struct change log[LOG_MAX];
	size_t log_count, step;
	struct known truth[NAMES];
	int version, compacted, uids;
	struct fake_call *watcher; /* NULL: none */
	size_t told;               /* of the log, to the watcher */
	int refusals;              /* of watches, still to come */
	/* The cut. */
	int64_t said, cut_at; /* bytes of answers; NEVER: no cut */
	bool cut_clean;       /* the answer ends as if it were complete */
	bool was_cut;
	/* The consumer. */
	struct known known[NAMES];
	bool listed[NAMES], listing;
	int lists, twice, back, unknown;
};

/* --- the server's words --- */

/* false: the connection was cut, and the call is over. */
static bool say(struct session *s, struct fake_call *call, const char *text)
{
	size_t length = strlen(text);
	int64_t left = s->cut_at - s->said;
	if (s->was_cut || s->cut_at == NEVER || left >= (int64_t)length) {
		s->said += (int64_t)length;
		fake_chunk(call, text, length);
		return true;
	}
	fake_chunk(call, text, (size_t)left);
	s->was_cut = true;
	if (s->cut_clean)
		fake_end(call);
	else
		fake_drop(call);
	return false;
}

/* A whole answer, which may be cut like all others. */
static void answer(struct session *s, struct fake_call *call, int status, const char *body)
{
	fake_head(call, status, "application/json", status == 429 ? 1 : 0);
	if (say(s, call, body))
		fake_end(call);
}

static void refuse(struct session *s, struct fake_call *call, int status, const char *reason)
{
	AUTO_STR struct str body = {0};
	str_addf(&body, "{\"kind\":\"Status\",\"code\":%d,\"reason\":\"%s\",\"message\":\"m\"}", status, reason);
	answer(s, call, status, str_text(&body));
}

static void add_object(struct str *to, int name, int version, int uid)
{
	str_addf(to, "{\"kind\":\"Widget\",\"metadata\":{\"name\":\"%d\",\"uid\":\"%d\",\"resourceVersion\":\"%d\"}}",
		name, uid, version);
}

static void add_event(struct str *to, const char *type, int name, int version, int uid)
{
	str_addf(to, "{\"type\":\"%s\",\"object\":", type);
	add_object(to, name, version, uid);
	str_adds(to, "}\n");
}

static void add_bookmark(struct str *to, int version, bool end)
{
	str_addf(to,
		"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Widget\",\"metadata\":{\"resourceVersion\":\"%d\"%s}}}"
		"\n",
		version, end ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
}

static void add_change(struct str *to, const struct change *change)
{
	add_event(to, change->removed ? "DELETED" : "MODIFIED", change->name, change->version, change->uid);
}

/* What is left of the log for the watcher, as the server tells it: rightly, or not. */
static void add_news(struct session *s, struct str *to)
{
	size_t from = s->told, left = s->log_count - from;
	s->told = s->log_count;
	for (size_t i = from; i < s->log_count; i++) {
		const struct change *at = &s->log[i];
		if (s->lie == LIE_SWAPPED && left == 2)
			at = &s->log[from + s->log_count - 1 - i];
		if (s->lie == LIE_LOST && at->name == 4)
			continue;
		add_change(to, at);
		if (s->lie == LIE_TWICE)
			add_change(to, at);
	}
	if (s->lie == LIE_OLD_ONE_AGAIN && left && from)
		add_change(to, &s->log[from - 1]);
}

static void tell(struct session *s)
{
	AUTO_STR struct str text = {0};
	if (!s->watcher)
		return;
	if (s->watcher->gone) {
		fake_end(s->watcher);
		s->watcher = NULL;
		return;
	}
	add_news(s, &text);
	if (text.length && !say(s, s->watcher, str_text(&text)))
		s->watcher = NULL;
}

static const char expired[] =
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"m\"}}\n";
static const char throttled[] = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":429,\"reason\":"
				"\"TooManyRequests\",\"message\":\"m\",\"details\":{\"retryAfterSeconds\":1}}}\n";

static void last_words(struct session *s, const char *words)
{
	if (s->watcher && say(s, s->watcher, words))
		fake_end(s->watcher);
	s->watcher = NULL;
}

static void bookmark(struct session *s)
{
	AUTO_STR struct str text = {0};
	add_bookmark(&text, s->version, false);
	if (s->watcher && s->lie != LIE_NO_BOOKMARKS && !say(s, s->watcher, str_text(&text)))
		s->watcher = NULL;
}

/* The connection breaks, and so the server is asked whether it has got so far. */
static void lose(struct session *s)
{
	if (s->watcher)
		fake_drop(s->watcher);
	s->watcher = NULL;
}

/* --- what happens, the same in every session --- */

static void change(struct session *s, int name, bool removed)
{
	struct known *truth = &s->truth[name];
	assert_true(s->log_count < LOG_MAX);
	s->version += 3;
	if (!truth->version)
		truth->uid = ++s->uids;
	s->log[s->log_count++] =
		(struct change){.name = name, .version = s->version, .uid = truth->uid, .removed = removed};
	*truth = removed ? (struct known){0} : (struct known){.version = s->version, .uid = truth->uid};
}

static void happen(struct session *s)
{
	switch (s->step++) {
	case 2:
		change(s, 0, false);
		change(s, 1, true);
		break;
	case 4:
		change(s, 3, false);
		change(s, 4, false);
		break;
	case 6:
		bookmark(s);
		break;
	case 7:
		change(s, 1, false); /* again under its name */
		break;
	case 9:
		s->refusals = 1;
		last_words(s, throttled);
		break;
	case 11:
		change(s, 3, true);
		change(s, 3, false);
		break;
	case 13:
		lose(s);
		break;
	case 15:
		change(s, 4, false);
		break;
	case 30: /* nobody has listed lately */
		change(s, 2, true);
		s->compacted = s->version;
		last_words(s, expired);
		break;
	case 32:
		change(s, 5, false);
		change(s, 0, true);
		break;
	case 60: /* the same once more, but the watch is lost first: 410 is the answer to the next one */
		lose(s);
		change(s, 1, false);
		s->compacted = s->version;
		break;
	default:
		break;
	}
}

enum { STEPS = 61 };

static void tick(void *arg)
{
	struct session *s = arg;
	happen(s);
	tell(s);
	timer_start(&s->rig.loop.loop, &s->timer, TICK_MS, tick, s);
}

/* --- requests --- */

static void watch_on(struct session *s, struct fake_call *call, size_t told)
{
	if (s->watcher)
		fake_end(s->watcher); /* its client has gone */
	s->watcher = call;
	s->told = told;
	tell(s);
}

static void serve_stream(struct session *s, struct fake_call *call)
{
	AUTO_STR struct str text = {0};
	if (s->way != WAY_STREAM) {
		refuse(s, call, 422, "Invalid");
		return;
	}
	fake_head(call, 200, "application/json", 0);
	for (int i = 0; i < NAMES; i++)
		if (s->truth[i].version)
			add_event(&text, "ADDED", i, s->truth[i].version, s->truth[i].uid);
	add_bookmark(&text, s->version, true);
	if (say(s, call, str_text(&text)))
		watch_on(s, call, s->log_count);
}

static void serve_watch(struct session *s, struct fake_call *call)
{
	char from[16];
	size_t told = 0;
	assert_true(fake_query(call, "resourceVersion", from, sizeof(from)));
	int version = (int)strtol(from, NULL, 10);
	if (version < s->compacted) {
		refuse(s, call, 410, "Expired");
		return;
	}
	if (s->refusals > 0) {
		s->refusals--;
		refuse(s, call, 429, "TooManyRequests");
		return;
	}
	while (told < s->log_count && s->log[told].version <= version)
		told++;
	fake_head(call, 200, "application/json", 0);
	watch_on(s, call, told);
}

/* Nothing changes while the pages are fetched, so a page is what there is now. */
static void serve_page(struct session *s, struct fake_call *call)
{
	char token[16] = "0";
	AUTO_STR struct str text = {0};
	const char *comma = "";
	fake_query(call, "continue", token, sizeof(token));
	int from = (int)strtol(token, NULL, 10), to = from + PAGE;
	str_addf(&text, "{\"kind\":\"WidgetList\",\"metadata\":{\"resourceVersion\":\"%d\"", s->version);
	if (to < NAMES)
		str_addf(&text, ",\"continue\":\"%d\"", to);
	str_adds(&text, "},\"items\":[");
	for (int i = from; i < to && i < NAMES; i++) {
		if (!s->truth[i].version)
			continue;
		str_adds(&text, comma);
		add_object(&text, i, s->truth[i].version, s->truth[i].uid);
		comma = ",";
	}
	str_adds(&text, "]}\n");
	answer(s, call, 200, str_text(&text));
}

static void serve(void *arg, struct fake_call *call)
{
	struct session *s = arg;
	if (text_starts(call->query, "limit=1&"))
		answer(s, call, 200, "{\"kind\":\"WidgetList\",\"metadata\":{},\"items\":[]}\n");
	else if (strstr(call->query, "sendInitialEvents"))
		serve_stream(s, call);
	else if (strstr(call->query, "watch=1"))
		serve_watch(s, call);
	else
		serve_page(s, call);
}

/* --- the consumer --- */

static void on_begin(void *arg)
{
	struct session *s = arg;
	s->listing = true;
	s->lists++;
	memset(s->listed, 0, sizeof(s->listed));
}

static int object_read(const char *text, size_t length, struct known *object)
{
	JSON_WORK(work);
	const cJSON *tree = json_parse(text, length, (struct json_limits){0}, NULL);
	int64_t name = json_int(tree, "metadata.name", -1);
	object->version = (int)json_int(tree, "metadata.resourceVersion", 0);
	object->uid = (int)json_int(tree, "metadata.uid", 0);
	assert_in_range(name, 0, NAMES - 1);
	assert_true(object->version > 0 && object->uid > 0);
	return (int)name;
}

static void on_object(void *arg, const char *text, size_t length)
{
	struct session *s = arg;
	struct known object;
	int name = object_read(text, length, &object);
	s->twice += !s->listing && object.version == s->known[name].version;
	s->back += !s->listing && object.version < s->known[name].version;
	s->known[name] = object;
	s->listed[name] = true;
}

static void on_removed(void *arg, const char *text, size_t length)
{
	struct session *s = arg;
	struct known object;
	int name = object_read(text, length, &object);
	s->unknown += !s->listing && s->known[name].uid != object.uid;
	if (s->known[name].uid == object.uid)
		s->known[name] = (struct known){0};
}

static void on_end(void *arg)
{
	struct session *s = arg;
	assert_true(s->listing);
	s->listing = false;
	for (int i = 0; i < NAMES; i++)
		if (!s->listed[i])
			s->known[i] = (struct known){0};
}

static void on_trouble(void *arg, const struct error *err)
{
}

/* --- sessions --- */

static void begin(struct session *s, enum way way, enum lie lie)
{
	memset(s, 0, sizeof(*s));
	s->way = way;
	s->lie = lie;
	s->cut_at = NEVER;
	rig_init(&s->rig, serve, s);
	for (int i = 0; i < 3; i++)
		change(s, i, false);
	struct kube_watch_options options = {.path = "/w",
		.list_kind = "widgets",
		.object_max = 1000,
		.list_begin = on_begin,
		.object = on_object,
		.removed = on_removed,
		.list_end = on_end,
		.trouble = on_trouble,
		.arg = s};
	s->watch = kube_watch_new(s->rig.kube, &options);
	timer_start(&s->rig.loop.loop, &s->timer, TICK_MS, tick, s);
}

/* Until some time after the last thing has happened. */
static void play(struct session *s)
{
	fake_loop_run_for(&s->rig.loop, SESSION_MS);
	assert_true(s->step > STEPS);
}

static void finish(struct session *s)
{
	timer_stop(&s->rig.loop.loop, &s->timer);
	kube_watch_free(s->watch);
	rig_done(&s->rig);
}

static void judge(const struct session *s)
{
	if (s->listing || memcmp(s->known, s->truth, sizeof(s->known)) != 0)
		fail_msg("way %d, lie %d, cut at byte %d: the table is not the server's", s->way, s->lie,
			(int)s->cut_at);
	if (s->twice || s->back || s->unknown)
		fail_msg("way %d, lie %d, cut at byte %d: %d came twice, %d went back, %d were not known", s->way,
			s->lie, (int)s->cut_at, s->twice, s->back, s->unknown);
}

/* Lists of a session in which nothing is wrong: the first one and one after each 410, and what was refused before. */
static int lists_of(enum way way)
{
	return way == WAY_STREAM ? 3 : 4;
}

/* Bytes that the server says in such a session. */
static int64_t length_of(enum way way)
{
	struct session s;
	begin(&s, way, LIE_NONE);
	play(&s);
	judge(&s);
	assert_int_equal(s.lists, lists_of(way));
	int64_t said = s.said;
	finish(&s);
	return said;
}

static void cut_everywhere(enum way way, bool clean, size_t piece, int64_t stride)
{
	int64_t length = length_of(way);
	assert_in_range(length, 1500, 6000);
	for (int64_t at = 0; at < length; at += stride) {
		struct session s;
		begin(&s, way, LIE_NONE);
		s.rig.http.piece = piece;
		s.cut_at = at;
		s.cut_clean = clean;
		play(&s);
		judge(&s);
		assert_true(s.was_cut);
		finish(&s);
	}
}

static void test_stream_broken_at_every_byte(void **state)
{
	cut_everywhere(WAY_STREAM, false, 0, 1);
}

static void test_stream_ended_at_every_byte(void **state)
{
	cut_everywhere(WAY_STREAM, true, 0, 1);
}

static void test_pages_broken_at_every_byte(void **state)
{
	cut_everywhere(WAY_PAGES, false, 0, 1);
}

static void test_pages_ended_at_every_byte(void **state)
{
	cut_everywhere(WAY_PAGES, true, 0, 1);
}

/* Each place within an event is met in some event. */
static void test_bytewise_and_cut(void **state)
{
	for (int way = 0; way < WAYS; way++)
		cut_everywhere((enum way)way, false, 1, 7);
}

static void test_in_pieces_of_one_byte(void **state)
{
	for (int way = 0; way < WAYS; way++) {
		struct session s;
		begin(&s, (enum way)way, LIE_NONE);
		s.rig.http.piece = 1;
		play(&s);
		judge(&s);
		assert_int_equal(s.lists, lists_of((enum way)way));
		finish(&s);
	}
}

/* A server that tells changes twice, or in another order, or an old one again, or no bookmarks. */
static void test_events_in_other_orders(void **state)
{
	static const enum lie lies[] = {LIE_TWICE, LIE_SWAPPED, LIE_OLD_ONE_AGAIN, LIE_NO_BOOKMARKS};
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (int way = 0; way < WAYS; way++) {
			struct session s;
			begin(&s, (enum way)way, lies[i]);
			play(&s);
			judge(&s);
			if (lies[i] == LIE_SWAPPED || lies[i] == LIE_OLD_ONE_AGAIN)
				assert_true(
					s.lists > lists_of((enum way)way)); /* an older event is followed by a list */
			else
				assert_int_equal(s.lists, lists_of((enum way)way));
			finish(&s);
		}
	}
}

/* What a server never tells nobody can know; the next list makes it good. */
static void test_an_event_that_is_never_told(void **state)
{
	for (int way = 0; way < WAYS; way++) {
		struct session s;
		begin(&s, (enum way)way, LIE_LOST);
		fake_loop_run_for(&s.rig.loop, 20 * TICK_MS);
		assert_true(s.truth[4].version > 0);
		assert_int_equal(s.known[4].version, 0);
		play(&s);
		judge(&s);
		finish(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream_broken_at_every_byte),
		cmocka_unit_test(test_stream_ended_at_every_byte),
		cmocka_unit_test(test_pages_broken_at_every_byte),
		cmocka_unit_test(test_pages_ended_at_every_byte),
		cmocka_unit_test(test_bytewise_and_cut),
		cmocka_unit_test(test_in_pieces_of_one_byte),
		cmocka_unit_test(test_events_in_other_orders),
		cmocka_unit_test(test_an_event_that_is_never_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
