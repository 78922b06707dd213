/* Going on with a watch where the last one ended. A server whose storage was restored from an older copy has gone back in time:
 * it takes a version that is still to come without a word, and tells nothing until it gets there. So the server is asked
 * first: for a list of one object, not older than our version. */
#include "kube/reflector.h"

enum { ANSWER_MS = 30 * 1000 };

/* Whatever the object is, it does not matter. */
static bool on_data(void *arg, const char *bytes, size_t length, struct error *err)
{
	return true;
}

static void on_end(void *arg, const struct error *err)
{
	struct kube_watch *watch = arg;
	if (err) {
		watch_refused(watch, err);
		return;
	}
	watch_open(watch);
}

void watch_resume(void *arg)
{
	struct kube_watch *watch = arg;
	AUTO_STR struct str query = {0};
	str_adds(&query, "limit=1&resourceVersionMatch=NotOlderThan&resourceVersion=");
	str_add_escaped(&query, watch->own_version);
	struct stream_request request = {
		.path = watch->own_path, .query = str_text(&query), .total_ms = ANSWER_MS, .fresh = watch->suspect};
	struct stream_handler handler = {.data = on_data, .end = on_end, .arg = watch};
	stream_start(&watch->stream, watch->kube, &request, &handler);
}
