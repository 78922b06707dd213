/* What the cloud says of a member of a body, said of the spec: nobody who wrote the spec ever saw the body. */
#include <string.h>

#include "base/str.h"
#include "kinds/kind.h"

enum { MEMBER_SIZE = 128 };

static const char MARK[] = "field 'resource.";

/* "disks[0].type" is a row "disks[].type". */
static void without_indexes(const char *from, size_t length, char to[MEMBER_SIZE])
{
	size_t used = 0;
	bool inside = false;

	for (size_t i = 0; i < length && used < MEMBER_SIZE - 1; i++) {
		inside = inside && from[i] != ']';
		if (!inside)
			to[used++] = from[i];
		inside = inside || from[i] == '[';
	}
	to[used] = '\0';
}

static bool is_within(const char *member, const char *row)
{
	size_t length = strlen(row);

	return strncmp(member, row, length) == 0 && strchr(".[", member[length]);
}

/* The row of the member, or of what it is a part of. */
static const struct kind_source *find(const struct kind *kind, const char *member)
{
	const struct kind_source *found = NULL;

	for (const struct kind_source *row = kind->sources; row && row->member; row++) {
		if (is_within(member, row->member) && (!found || strlen(row->member) > strlen(found->member)))
			found = row;
	}
	return found;
}

/* A machine is told of as its template's properties are, without their name. */
static const struct kind_source *find_either(const struct kind *kind, const char *member)
{
	const struct kind_source *found = find(kind, member);

	return found ? found : find(kind, arena_printf(json_arena(), "properties.%s", member));
}

/* "spec.pools[].zone" with the pool, where the resource is of one; what is said for all backends may be said for one, too. */
static char *with_part(const struct kind *kind, const char *path, const char *part)
{
	const char *list = strstr(path, "[]");
	bool of_backend = kind->id == KIND_BACKEND_SERVICE || kind->id == KIND_HEALTH_CHECK;
	bool overridable = text_starts(path, "spec.serving.") || text_starts(path, "spec.healthCheck.");

	if (of_backend && overridable && part[0] && !text_equal(part, "default"))
		return arena_printf(json_arena(), "spec.backends[%s].%s, or %s", part, path + strlen("spec."), path);
	if (!list || of_backend)
		return arena_strdup(json_arena(), path);
	return arena_printf(json_arena(), "%.*s[%s]%s", (int)(list - path), path, part, list + 2);
}

char *kind_in_spec(const struct kind *kind, const char *part, const char *message)
{
	const char *begin = strstr(message, MARK), *member = begin ? begin + strlen(MARK) : NULL;
	const char *end = member ? strchr(member, '\'') : NULL;
	const struct kind_source *source;
	char plain[MEMBER_SIZE];

	if (!end)
		return arena_strdup(json_arena(), message);
	without_indexes(member, (size_t)(end - member), plain);
	source = find_either(kind, plain);
	if (!source)
		return arena_strdup(json_arena(), message);
	return arena_printf(json_arena(), "%.*s%s%s%s", (int)(begin - message), message,
		text_starts(message, "Required ") ? "field " : "", with_part(kind, source->spec, part), end + 1);
}
