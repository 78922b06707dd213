#include "gce/select.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

/* Whether a selector has name at its top level, as in "items(id,name),kind". */
static bool selects(const char *selector, size_t length, const char *name)
{
	int depth = 0;
	bool starts = true;
	for (size_t i = 0; i < length; i++) {
		size_t rest = length - i, wanted = strlen(name);
		bool here = starts && depth == 0 && rest >= wanted && memcmp(selector + i, name, wanted) == 0;
		if (here && (rest == wanted || strchr(",(/", selector[i + wanted])))
			return true;
		depth += (selector[i] == '(') - (selector[i] == ')');
		starts = selector[i] == ',';
	}
	return false;
}

char *list_query(const char *query, bool aggregated)
{
	static const char *const needed[] = {"kind", "nextPageToken", "warning", "unreachables"};
	const char *at = query && text_starts(query, "fields=") ? query : query ? strstr(query, "&fields=") : NULL;
	if (!at)
		return mem_strdup(query);
	const char *selector = strchr(at, '=') + 1;
	size_t length = strcspn(selector, "&");
	AUTO_STR struct str all = {0};
	str_add(&all, query, (size_t)(selector - query) + length);
	for (size_t i = 0; i < (aggregated ? 4 : 3); i++) {
		if (!selects(selector, length, needed[i]))
			str_addf(&all, ",%s", needed[i]);
	}
	str_adds(&all, selector + length);
	return str_take(&all);
}
