#include "emulator/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static const char *const versions[] = {"/compute/v1/", "/compute/beta/", "/compute/alpha/"};

void emu_project_number(const char *project, char text[16])
{
	snprintf(text, 16, "%" PRIu64, UINT64_C(100000000000) + hash_text(project) % UINT64_C(900000000000));
}

/* What follows host and version of a full URL; text itself when there is neither; NULL for a URL that is not ours. */
static const char *after_base(const char *text)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		const char *at = strstr(text, versions[i]);

		if (at && strstr(text, "://"))
			return at + strlen(versions[i]);
	}
	return strstr(text, "://") ? NULL : text;
}

/* No empty, "." or ".." segments, nothing but the characters that names and literals are made of. */
static bool is_clean(const char *path)
{
	char before = '/';

	for (const char *at = path; *at; at++) {
		if (*at == '/' && before == '/')
			return false;
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:", *at))
			return false;
		before = *at;
	}
	return before != '/';
}

static char *with_project_id(const char *path, const char *project)
{
	char number[16];
	const char *rest;

	emu_project_number(project, number);
	rest = path + strlen("projects/") + strlen(number);
	if (text_starts(path + strlen("projects/"), number) && *rest == '/')
		return arena_printf(json_arena(), "projects/%s%s", project, rest);
	return arena_strdup(json_arena(), path);
}

char *emu_link_path(const char *text, const char *project)
{
	const char *path = text ? after_base(text) : NULL;

	if (!path || !is_clean(path))
		return NULL;
	if (text_starts(path, "projects/"))
		return strlen(path) > strlen("projects/") ? with_project_id(path, project) : NULL;
	if (text_starts(path, "global/") || text_starts(path, "zones/") || text_starts(path, "regions/"))
		return arena_printf(json_arena(), "projects/%s/%s", project, path);
	return NULL;
}

char *emu_link_url(const char *path)
{
	return arena_printf(json_arena(), EMU_LINK_BASE "%s", path);
}

const char *emu_link_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *emu_link_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return arena_strndup(json_arena(), path, slash ? (size_t)(slash - path) : 0);
}

char *emu_link_collection(const char *path)
{
	return arena_strdup(json_arena(), emu_link_name(emu_link_parent(path)));
}

static char *segment_after(const char *path, const char *word)
{
	const char *at = strstr(path, word);
	const char *end;

	if (!at)
		return NULL;
	at += strlen(word);
	end = strchr(at, '/');
	return end ? arena_strndup(json_arena(), at, (size_t)(end - at)) : arena_strdup(json_arena(), at);
}

char *emu_link_project(const char *path)
{
	return segment_after(path, "projects/");
}

char *emu_link_location(const char *path)
{
	char *zone = segment_after(path, "/zones/");

	return zone ? zone : segment_after(path, "/regions/");
}

bool emu_link_is_zonal(const char *path)
{
	return strstr(path, "/zones/") != NULL;
}
