/* Links to resources. Nothing but the path counts: hosts and API versions differ between what is sent and what is read. */
#include "kinds/link.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/json.h"

static bool is_partial(const char *link)
{
	return text_starts(link, "global/") || text_starts(link, "regions/") || text_starts(link, "zones/");
}

/* A link's path in place: its project, and what follows it, with its slash. */
struct parts {
	const char *project, *rest;
	size_t project_length, rest_length;
};

/* false: it has none. */
static bool split(const char *link, const char *project, struct parts *parts)
{
	static const char collection[] = "projects/";
	const char *inner;

	assert(link);
	inner = text_starts(link, collection) ? link : strstr(link, "/projects/");
	if (inner) {
		parts->project = inner + (inner[0] == '/') + strlen(collection);
		parts->project_length = strcspn(parts->project, "/?");
		parts->rest = parts->project + parts->project_length;
	} else if (is_partial(link)) {
		parts->project = project;
		parts->project_length = strlen(project);
		parts->rest = link;
	} else {
		return false;
	}
	parts->rest_length = strcspn(parts->rest, "?");
	return true;
}

char *link_path(const char *link, const char *project)
{
	struct parts parts;

	if (!split(link, project, &parts))
		return arena_strdup(json_arena(), "");
	return arena_printf(json_arena(), "projects/%.*s%s%.*s", (int)parts.project_length, parts.project,
		parts.rest == link ? "/" : "", (int)parts.rest_length, parts.rest);
}

/* Of "projects/P/rest". */
static size_t project_length(const char *path)
{
	return strcspn(path + strlen("projects/"), "/");
}

static bool is_number(const char *text, size_t length)
{
	return length > 0 && strspn(text, "0123456789") >= length;
}

static bool same_bytes(const char *a, size_t length_a, const char *b, size_t length_b)
{
	return length_a == length_b && memcmp(a, b, length_a) == 0;
}

static bool same_rest(const struct parts *a, const struct parts *b)
{
	size_t slash_a = a->rest[0] == '/', slash_b = b->rest[0] == '/'; /* a partial link begins without */

	return same_bytes(a->rest + slash_a, a->rest_length - slash_a, b->rest + slash_b, b->rest_length - slash_b);
}

bool link_equal(const char *a, const char *b, const char *project)
{
	struct parts in_a, in_b;

	if (text_equal(a, b))
		return true;
	if (!split(a, project, &in_a) || !split(b, project, &in_b) || !same_rest(&in_a, &in_b))
		return false;
	return is_number(in_a.project, in_a.project_length) || is_number(in_b.project, in_b.project_length) ||
	       same_bytes(in_a.project, in_a.project_length, in_b.project, in_b.project_length);
}

char *link_url(const char *path)
{
	return arena_printf(json_arena(), "https://www.googleapis.com/compute/v1/%s", path);
}

const char *link_place(const char *link)
{
	const char *inner = text_starts(link, "projects/") ? link : strstr(link, "/projects/"), *place;

	if (!inner)
		return link;
	place = strchr(strstr(inner, "projects/") + strlen("projects/"), '/');
	return place ? place + 1 : link;
}

const char *link_name(const char *link)
{
	const char *slash = strrchr(link, '/');

	return slash ? slash + 1 : link;
}

char *link_project(const char *path)
{
	return arena_strndup(json_arena(), path + strlen("projects/"), project_length(path));
}

static const char *after(const char *link, const char *segment)
{
	const char *at = strstr(link, segment);

	while (at && at != link && at[-1] != '/')
		at = strstr(at + 1, segment);
	return at ? at + strlen(segment) : NULL;
}

char *link_location(const char *link)
{
	const char *location = after(link, "zones/");

	if (!location)
		location = after(link, "regions/");
	return location ? arena_strndup(json_arena(), location, strcspn(location, "/?"))
	                : arena_strdup(json_arena(), "");
}

/* A zone's letter stands behind its region, which ends with a digit. */
bool link_is_region(const char *location)
{
	const char *dash = strrchr(location, '-');

	return dash && dash != location && !isdigit((unsigned char)dash[-1]);
}
