#include <string.h>

#include "base/str.h"
#include "kube/kube.h"

static bool is_number(const char *version)
{
	return version && *version && version[strspn(version, "0123456789")] == '\0';
}

enum kube_order kube_version_order(const char *version, const char *than)
{
	if (version && than && text_equal(version, than))
		return KUBE_SAME;
	if (!is_number(version) || !is_number(than))
		return KUBE_UNORDERED;
	size_t length = strlen(version), other = strlen(than);
	if (length != other)
		return length > other ? KUBE_NEWER : KUBE_OLDER;
	return strcmp(version, than) > 0 ? KUBE_NEWER : KUBE_OLDER;
}
