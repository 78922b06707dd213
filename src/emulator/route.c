#include "emulator/route.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "emulator/query.h"

enum { SEGMENTS_MAX = 9 };

static int split(const char *path, const char *segments[SEGMENTS_MAX])
{
	int count = 0;

	while (count < SEGMENTS_MAX) {
		size_t length = strcspn(path, "/");

		if (!length)
			return -1;
		segments[count++] = emu_percent_decode(path, length, false);
		if (!path[length])
			return count;
		path += length + 1;
	}
	return -1;
}

static const char *after_version(const char *path)
{
	if (text_starts(path, "/compute/v1/"))
		return path + strlen("/compute/v1/");
	if (text_starts(path, "/compute/beta/"))
		return path + strlen("/compute/beta/");
	return NULL;
}

/* The segments from the collection on: COLLECTION [NAME [VERB]]; images/family/NAME says the verb before the name. */
static bool parse_tail(struct emu_route *route, const char **segments, int count)
{
	if (count < 1 || count > 3)
		return false;
	route->collection = segments[0];
	route->name = count > 1 ? segments[1] : NULL;
	route->verb = count > 2 ? segments[2] : NULL;
	if (count == 3 && !strcmp(segments[0], "images") && !strcmp(segments[1], "family")) {
		route->verb = "family";
		route->name = segments[2];
	}
	return true;
}

/* projects/P/zones, projects/P/zones/Z, projects/P/zones/Z/COLLECTION... */
static bool parse_located(struct emu_route *route, const char **segments, int count)
{
	if (count <= 2)
		return parse_tail(route, segments, count);
	route->scope = !strcmp(segments[0], "zones") ? EMU_ZONE : EMU_REGION;
	route->location = segments[1];
	return parse_tail(route, segments + 2, count - 2);
}

static bool parse_in_project(struct emu_route *route, const char **segments, int count)
{
	if (!count) {
		route->collection = "projects";
		route->name = route->project;
		return true;
	}
	if (!strcmp(segments[0], "global"))
		return parse_tail(route, segments + 1, count - 1);
	if (!strcmp(segments[0], "zones") || !strcmp(segments[0], "regions"))
		return parse_located(route, segments, count);
	if (!strcmp(segments[0], "aggregated")) {
		route->aggregated = true;
		return count == 2 && parse_tail(route, segments + 1, 1);
	}
	/* projects/P/targetHttpProxies/X/setUrlMap: two verbs go without "global". */
	return count == 3 && parse_tail(route, segments, count);
}

bool emu_route_parse(struct emu_route *route, const char *path)
{
	const char *segments[SEGMENTS_MAX];
	const char *below = after_version(path);
	int count = below ? split(below, segments) : -1;

	*route = (struct emu_route){0};
	if (count < 2 || strcmp(segments[0], "projects") != 0)
		return false;
	route->below = emu_percent_decode(below, strlen(below), false);
	route->project = segments[1];
	return parse_in_project(route, segments + 2, count - 2);
}

char *emu_route_scope_path(const struct emu_route *route)
{
	if (route->scope == EMU_GLOBAL)
		return arena_printf(json_arena(), "projects/%s/global", route->project);
	return arena_printf(json_arena(), "projects/%s/%s/%s", route->project,
		route->scope == EMU_ZONE ? "zones" : "regions", route->location);
}
