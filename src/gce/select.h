/* The query of a list as its caller wants it, completed by what we must see of every page. */
#pragma once

#include <stdbool.h>

/* query with kind, nextPageToken, warning (and unreachables, when aggregated) added to its "fields=..." selector, where they
 * lack: without them a page that is not the last, or not complete, would look like a whole list. NULL gives NULL; owned by the caller. */
char *list_query(const char *query, bool aggregated);
