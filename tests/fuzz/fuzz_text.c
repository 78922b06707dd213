/* Small texts from outside, all at once: links, marks, times, base64, addresses, and sentences of others. */
#include "fuzz.h"

#include "base/secret.h"
#include "base/str.h"
#include "base/time.h"
#include "gce/url.h"
#include "kinds/link.h"
#include "kinds/mark.h"
#include "kube/kube.h"

static void links(const char *a, const char *b)
{
	const char *path = link_path(a, "my-project");
	assert(text_equal(link_path(path, "my-project"), path));
	assert(link_equal(a, a, "my-project") && link_equal(b, b, "my-project"));
	assert(link_equal(a, b, "my-project") == link_equal(b, a, "my-project"));
	if (*path)
		assert(link_equal(a, path, "my-project") && link_equal(link_url(path), path, "my-project"));
	link_name(a);
	link_project(path);
	link_location(a);
}

static bool same_mark(const struct mark *a, const struct mark *b)
{
	return text_equal(a->cluster, b->cluster) && text_equal(a->namespace, b->namespace) &&
	       text_equal(a->name, b->name) && text_equal(a->uid, b->uid) && text_equal(a->role, b->role) &&
	       json_equal(a->note, b->note);
}

/* What mark_text asks of its callers. */
static bool is_legal(const struct mark *mark)
{
	return model_is_identity(mark->cluster) && model_is_identity(mark->namespace) &&
	       model_is_identity(mark->name) && model_is_identity(mark->uid) && text_is_label(mark->role, 40) &&
	       (!mark->note || strlen(json_print(mark->note)) <= MARK_NOTE_MAX);
}

static void marks(const char *text)
{
	struct mark mark = {0}, again = {0};
	if (!mark_parse(text, &mark))
		return;
	assert(mark.cluster && mark.namespace && mark.name && mark.uid);
	struct identity who = {
		.cluster = mark.cluster, .namespace = mark.namespace, .name = mark.name, .uid = mark.uid};
	assert(mark_compare(&mark, &who, mark.role) == MARK_OURS);
	if (!is_legal(&mark))
		return;
	assert(mark_parse(mark_text(&who, mark.role, mark.note), &again) && same_mark(&mark, &again));
	who.uid = "another";
	assert(mark_compare(&mark, &who, mark.role) ==
		(text_equal(mark.uid, "another") ? MARK_OURS : MARK_PREDECESSOR));
}

static void times(const char *text)
{
	int64_t us, ms, again;
	char printed[TIME_TEXT_SIZE];
	if (time_parse(text, &us)) {
		time_text_micro(us, printed);
		if (printed[4] == '-' && printed[0] != '-') /* an offset may lead out of the years 0 to 9999 */
			assert(time_parse(printed, &again) && again == us);
		time_text_offset(us, -7 * 60, printed);
		if (printed[4] == '-' && printed[0] != '-')
			assert(time_parse(printed, &again) && us - again >= 0 && us - again < 1000);
	}
	if (time_parse_duration(text, &ms))
		assert(ms >= 0 && ms <= INT64_C(366) * 24 * 3600 * 1000);
	if (time_parse_http(text, &us)) {
		time_text(us, printed);
		assert(time_parse(printed, &again) && again == us);
	}
}

static void base64(struct part part)
{
	AUTO_STR struct str decoded = STR_INIT(1 << 20), printed = STR_INIT(1 << 20), again = STR_INIT(1 << 20);
	for (int url = 0; url < 2; url++) {
		str_clear(&printed);
		str_clear(&again);
		assert(str_add_base64(&printed, part.text, part.length, url));
		assert(str_decode_base64(&again, str_text(&printed), printed.length));
		assert(again.length == part.length && memcmp(str_text(&again), part.text, part.length) == 0);
	}
	if (str_decode_base64(&decoded, part.text, part.length))
		assert(decoded.length <= part.length);
}

static void addresses(const char *text)
{
	struct endpoint endpoint = {0};
	struct error err = {0};
	if (address_is_trusted(text, "googleapis.com"))
		assert(address_is_web(text));
	if (!endpoint_parse(&endpoint, text, &err)) {
		assert(is_error(&err));
		return;
	}
	AUTO_FREE char *universe = endpoint_universe(&endpoint);
	AUTO_FREE char *url = endpoint_url(&endpoint, "projects/p", NULL, NULL);
	assert(!universe || (*universe && !strchr(universe, '/')));
	assert(text_ends(endpoint.own_base, "/") && text_starts(url, endpoint.own_base));
	endpoint_done(&endpoint);
}

static void sentences(const char *text, const char *secret)
{
	const char *const secrets[] = {secret, NULL};
	AUTO_FREE char *clean = secret_clean(text, secrets);
	size_t length = strlen(clean);
	for (size_t i = 0; i < length; i++)
		assert((unsigned char)clean[i] >= ' ');
	if (strlen(secret) >= 4 && strcspn(secret, "[.] ") == strlen(secret))
		assert(!strstr(clean, secret));
	assert(secret_is_token(text) ==
		(*text && strspn(text, text) && !text[strcspn(text, " \t\n")] && secret_is_token(text)));
}

static void orders(const char *a, const char *b)
{
	enum kube_order order = kube_version_order(a, b), back = kube_version_order(b, a);
	assert((order == KUBE_OLDER) == (back == KUBE_NEWER) && (order == KUBE_SAME) == (back == KUBE_SAME));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part first, second;
	input_part(&input, &first);
	input_part(&input, &second);
	const char *a = part_text(first), *b = part_text(second);
	links(a, b);
	marks(a);
	times(a);
	base64(first.length ? first : (struct part){"", 0});
	addresses(a);
	sentences(a, b);
	orders(a, b);
	return 0;
}
