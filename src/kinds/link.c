/* Links to resources. Nothing but the path counts: hosts and API versions differ between what is sent and what is read. */
#include "kinds/link.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"

static bool is_partial(const char *link)
{
	return text_starts(link, "global/") || text_starts(link, "regions/") || text_starts(link, "zones/");
}

char *link_path(const char *link, const char *project)
{
	const char *inner = strstr(link, "/projects/");
	size_t length;

	if (!text_starts(link, "projects/") && inner)
		link = inner + 1;
	length = strcspn(link, "?");
	if (text_starts(link, "projects/"))
		return arena_strndup(json_arena(), link, length);
	if (is_partial(link))
		return arena_printf(json_arena(), "projects/%s/%.*s", project, (int)length, link);
	return arena_strdup(json_arena(), "");
}

/* Splits "projects/P/rest"; rest begins with its slash. */
static size_t project_length(const char *path)
{
	return strcspn(path + strlen("projects/"), "/");
}

static bool is_number(const char *text, size_t length)
{
	return length > 0 && strspn(text, "0123456789") >= length;
}

static bool path_equal(const char *a, const char *b)
{
	const char *project_a = a + strlen("projects/"), *project_b = b + strlen("projects/");
	size_t length_a = project_length(a), length_b = project_length(b);

	if (!text_equal(project_a + length_a, project_b + length_b))
		return false;
	if (is_number(project_a, length_a) || is_number(project_b, length_b))
		return true;
	return length_a == length_b && strncmp(project_a, project_b, length_a) == 0;
}

/* Most links that are compared are of different names: that takes no memory to see. */
static bool same_name(const char *a, const char *b)
{
	size_t end_a = strcspn(a, "?"), end_b = strcspn(b, "?");

	while (end_a && end_b && a[end_a - 1] == b[end_b - 1] && a[end_a - 1] != '/')
		end_a--, end_b--;
	return (!end_a || a[end_a - 1] == '/') && (!end_b || b[end_b - 1] == '/');
}

bool link_equal(const char *a, const char *b, const char *project)
{
	const char *path_a, *path_b;

	if (!same_name(a, b))
		return false;
	path_a = link_path(a, project);
	path_b = link_path(b, project);
	if (!path_a[0] || !path_b[0])
		return text_equal(a, b);
	return path_equal(path_a, path_b);
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
